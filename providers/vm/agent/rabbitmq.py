"""RabbitMQ of the distribution's packages: one node a host, which is how the package is made."""
import hashlib
import hmac
import ssl
import urllib.error
import urllib.request

ADMINISTRATOR = "data_services"
VERSION_OF = {("debian", "12"): "3", ("debian", "13"): "4", ("ubuntu", "22.04"): "3", ("ubuntu", "24.04"): "3"}
UNIT = "rabbitmq-server.service"
NODE = "rabbit@localhost"
PLUGINS = "/etc/rabbitmq/enabled_plugins"
CONFIGURATION = "/etc/rabbitmq/conf.d/50-data-services.conf"
DEFINITIONS = "/etc/rabbitmq/data-services-definitions.json"
ENVIRONMENT = "/etc/rabbitmq/rabbitmq-env.conf"
DROP_IN = "/etc/systemd/system/rabbitmq-server.service.d/50-data-services.conf"
EPMD = "/etc/systemd/system/epmd.socket.d/50-data-services.conf"
TLS = "/etc/rabbitmq/data-services-tls"


def data_of(facts):
    return os.path.join("/var/lib/rabbitmq", "mnesia-" + facts["id"])


def preflight(desired):
    known = marker(desired.get("id"))
    problems = common_preflight(desired, None if known else desired["storageGb"])
    own = VERSION_OF.get(system()[:2])
    version = desired.get("version") or own
    if own and version != own:
        problems.append(
            Refusal("version", 'the host (%s) has version %s of RabbitMQ among its packages. Set version: "%s", or choose another host.' % (system()[2], own, own))
        )
    for other in all_markers():
        if other["kind"] == "queue" and other["id"] != desired.get("id") and not other.get("stopped"):
            problems.append(
                Refusal("host", 'the host has a queue already, "%s" of the stack "%s", and a host has one. Place this one on another host.' % (other["service"], other["stack"]))
            )
    if not known and not any(other["kind"] == "queue" for other in all_markers()):
        foreign = [path for path in ("/var/lib/rabbitmq/mnesia",) if os.path.isdir(path) and os.listdir(path)]
        if foreign and not is_fresh_installation():
            problems.append(
                Refusal("host", "the host has a RabbitMQ that isn't this service's, with data in %s. Choose another host, or remove it; nothing is overwritten." % foreign[0])
            )
    if desired.get("port"):
        problem = port_problem("port", desired["port"], desired.get("id"))
        if problem:
            problems.append(problem)
    return {"problems": refuse(problems), "machine": machine_id(), "version": version}


def is_fresh_installation():
    """Whether the package's own node never held more than its first start makes: a run of this agent that was killed right after the installation."""
    return unit_state(UNIT) != "active" and not any(name.startswith("rabbit@") for name in os.listdir("/var/lib/rabbitmq/mnesia"))


def facts_for(desired):
    known = marker(desired["id"]) or {}
    ports = known.get("ports", {})
    main = desired.get("port") or ports.get("main") or free_port(5671, desired["id"])
    admin = ports.get("admin") or free_port(15671, desired["id"], (main,))
    return {
        **{key: desired[key] for key in ("id", "service", "project", "stack")},
        **{"kind": "queue", "ports": {"main": main, "admin": admin}, "made": bool(known.get("made")), "stopped": False, "data": data_of(desired)},
    }


def bring_up(work, desired, facts):
    """The one road to the declared state. @returns what waits for a restart"""
    work.packages(["rabbitmq-server"], [UNIT])
    if not work.dry and not marker(facts["id"]):
        write_marker(facts["id"], facts)
    refuse_lost_data(facts)
    running = unit_state(UNIT) == "active"
    work.directory(facts["data"], 0o750, "rabbitmq")
    work.directory(TLS, 0o750, "rabbitmq")
    work.directory(os.path.dirname(CONFIGURATION), 0o755, "rabbitmq")
    for path in (DROP_IN, EPMD):
        work.directory(os.path.dirname(path))
    renewed = work.file(os.path.join(TLS, "server.crt"), desired["certificate"], 0o644, "rabbitmq")
    renewed |= work.file(os.path.join(TLS, "server.key"), desired["certificateKey"], 0o600, "rabbitmq")
    work.file(os.path.join(TLS, "ca.crt"), desired["authority"], 0o644, "rabbitmq")
    units = work.file(DROP_IN, hardening(["/etc/rabbitmq", "/var/lib/rabbitmq", "/var/log/rabbitmq"], "LimitNOFILE=64000\n"))
    # Erlang's register of nodes is of use on this host only.
    units |= work.file(EPMD, "# Written by pulumi-data-services; changes are overwritten.\n[Socket]\nListenStream=\nListenStream=127.0.0.1:4369\nListenStream=[::1]:4369\n")
    if units and not work.dry:
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "restart", "epmd.socket"], check=False)
    environment = work.file(ENVIRONMENT, environment_of(facts), 0o644, "rabbitmq")
    plugins = work.file(PLUGINS, plugins_text(), 0o644, "rabbitmq")
    work.file(DEFINITIONS, definitions(desired), 0o600, "rabbitmq")
    before = "" if work.unfinished else read(CONFIGURATION, "") or ""
    text = configuration(desired, facts)
    configured = work.file(CONFIGURATION, text, 0o640, "rabbitmq")
    for name in ("main", "admin"):
        firewall(work, facts["id"], facts["ports"][name], desired["cidrs"])
    if not running:
        work.tell("start %s (it is %s)" % (UNIT, unit_state(UNIT)))
        if not work.dry:
            start(work, facts, "start")
            settle(work, desired, facts)
        return []
    pending = []
    if environment or plugins or (configured or work.unfinished) and not online(work, desired, before, text):
        pending.append("its configuration")
    if (renewed or work.unfinished) and not work.dry:
        run(ctl("eval", "ssl:clear_pem_cache()."))
    if pending and desired["restart"]:
        work.tell("restart %s for %s" % (UNIT, ", ".join(pending)))
        if not work.dry:
            start(work, facts, "restart")
        pending = []
    elif pending:
        work.tell("wait for a restart of %s: %s" % (UNIT, ", ".join(pending)))
    settle(work, desired, facts)
    return pending


def settle(work, desired, facts):
    """What the running node has to know: its administrator, and nobody else that a package brings."""
    status = administrator_status(desired, facts)
    if status != 200:
        work.tell("set the administrator's password" if status == 401 else "wait for the management API")
        if not work.dry:
            run(ctl("import_definitions", DEFINITIONS))
            wait_for("the management API", 60, lambda: administrator_status(desired, facts) == 200)
    if re.search(r"^guest\b", run(ctl("list_users", "--quiet")).stdout, re.MULTILINE):
        work.tell("remove the user guest")
        if not work.dry:
            run(ctl("delete_user", "guest"))
    if not ok("systemctl", "is-enabled", "--quiet", UNIT):
        work.tell("enable " + UNIT)
        if not work.dry:
            run(["systemctl", "enable", "--quiet", UNIT])
    if not work.dry:
        become_made(facts)


def ctl(*words):
    return ["rabbitmqctl", "--node", NODE, *words]


def environment_of(facts):
    lines = ["NODENAME=%s" % NODE, "MNESIA_BASE=%s" % facts["data"], 'SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"']
    return "# Written by pulumi-data-services; changes are overwritten.\n%s\n" % "\n".join(lines)


def plugins_text():
    """Plugins that others switched on stay on."""
    names = re.findall(r"\w+", read(PLUGINS, "") or "")
    return "[%s].\n" % ",".join(names if "rabbitmq_management" in names else [*names, "rabbitmq_management"])


def configuration(desired, facts):
    own = {
        "listeners.tcp": "none",
        "listeners.ssl.default": str(facts["ports"]["main"]),
        "management.ssl.port": str(facts["ports"]["admin"]),
        "load_definitions": DEFINITIONS,
        "ssl_options.verify": "verify_none",
        "ssl_options.fail_if_no_peer_cert": "false",
    }
    for prefix in ("ssl_options", "management.ssl"):
        own[prefix + ".cacertfile"] = os.path.join(TLS, "ca.crt")
        own[prefix + ".certfile"] = os.path.join(TLS, "server.crt")
        own[prefix + ".keyfile"] = os.path.join(TLS, "server.key")
        own[prefix + ".versions.1"] = "tlsv1.3"
        own[prefix + ".versions.2"] = "tlsv1.2"
    lines = ["%s = %s" % pair for pair in sorted({**desired["settings"], **own}.items())]
    return "# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedQueue.\n%s\n" % "\n".join(lines)


def definitions(desired):
    """The administrator, with its password as a hash, which stays the same while the password does."""
    found = ""
    try:
        found = json.loads(read(DEFINITIONS, "") or "{}")["users"][0]["password_hash"]
    except (KeyError, IndexError, ValueError):
        pass
    digest = found if is_hash_of(found, desired["adminPassword"]) else password_hash(desired["adminPassword"], os.urandom(4))
    user = {"name": ADMINISTRATOR, "password_hash": digest, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "administrator"}
    grant = {"user": ADMINISTRATOR, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
    return json.dumps({"users": [user], "vhosts": [{"name": "/"}], "permissions": [grant]}) + "\n"


def password_hash(password, salt):
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def is_hash_of(found, password):
    try:
        salt = base64.b64decode(found)[:4]
    except ValueError:
        return False
    return len(salt) == 4 and hmac.compare_digest(found, password_hash(password, salt))


def online(work, desired, before, after):
    """Puts the limit of memory into force, which is what another size changes. @returns whether that was all"""
    name = "vm_memory_high_watermark.absolute"
    others = [[line for line in text.splitlines() if not line.startswith(name)] for text in (before, after)]
    limit = re.search(r"^%s = (\d+)$" % re.escape(name), after, re.MULTILINE)
    if others[0] != others[1] or not limit:
        return False
    work.tell("set the limit of memory")
    if not work.dry:
        run(ctl("set_vm_memory_high_watermark", "absolute", limit.group(1)))
    return True


def administrator_status(desired, facts):
    """What the management API says to the administrator; 0 where it doesn't answer."""
    context = ssl.create_default_context()
    # The certificate that the node shows may be the very thing that is wrong; this is its own host.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    port = facts["ports"]["admin"]
    request = urllib.request.Request("https://127.0.0.1:%d/api/whoami" % port)
    token = base64.b64encode(("%s:%s" % (ADMINISTRATOR, desired["adminPassword"])).encode()).decode()
    request.add_header("Authorization", "Basic " + token)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


def start(work, facts, how):
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "reset-failed", UNIT], check=False)
    done = run(["systemctl", how, UNIT], check=False, timeout=660)
    if done.returncode == 0 and run(ctl("await_startup"), check=False, timeout=300).returncode == 0:
        return
    told = last_errors()
    run(["systemctl", "stop", UNIT], check=False)
    refused = bool(work.before)
    if refused:
        work.roll_back()
        run(["systemctl", "daemon-reload"])
        if how == "restart":
            run(["systemctl", "start", UNIT], check=False, timeout=660)
            raise Failure("RabbitMQ didn't come up with the new configuration, so it runs with the old one again. It said:\n%s" % told)
    raise Failure("RabbitMQ didn't start. It said:\n%s" % told)


def last_errors():
    texts = [read("/var/log/rabbitmq/%s.log" % NODE, "") or "", read("/var/log/rabbitmq/rabbitmq-server.error.log", "") or ""]
    lines = [line for text in texts for line in text.splitlines()[-200:] if re.search(r"\[error\]|error:|failed|^- ", line)]
    return "\n".join(re.sub(r"^\S+ \S+ \[error\] \S+ ", "", line) for line in lines[-8:]) or journal(UNIT)


def destroy(desired):
    known = marker(desired["id"])
    if not known:
        return {"changes": []}
    work = Work(False, desired["id"])
    if desired["purge"]:
        work.tell("remove %s and its data" % UNIT)
        run(["systemctl", "disable", "--quiet", "--now", UNIT], check=False)
        shutil.rmtree(known["data"], ignore_errors=True)
        remove_configuration()
        remove_marker(known["id"])
    elif not known.get("stopped"):
        if known["made"]:
            final_dump(work, known)
        work.tell("stop %s; its data stay in %s" % (UNIT, known["data"]))
        run(["systemctl", "disable", "--quiet", "--now", UNIT])
        write_marker(known["id"], {**known, "stopped": True})
    for port in known["ports"].values():
        close_firewall(port, desired["cidrs"])
    return {"changes": work.changes}


def remove_configuration():
    for path in (CONFIGURATION, DEFINITIONS, ENVIRONMENT, PLUGINS):
        if os.path.exists(path):
            os.unlink(path)
    for path in (TLS, os.path.dirname(DROP_IN), os.path.dirname(EPMD)):
        shutil.rmtree(path, ignore_errors=True)
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "reset-failed", UNIT], check=False)


def final_dump(work, facts):
    """The definitions: what queues and users there are. Messages stay in the data."""
    if unit_state(UNIT) != "active":
        run(["systemctl", "start", UNIT], timeout=660)
    done = run(ctl("export_definitions", "-", "--format", "json"), timeout=600)
    os.makedirs(BACKUPS, mode=0o700, exist_ok=True)
    path = os.path.join(BACKUPS, "%s-%s.json" % (facts["id"], time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())))
    write_atomically(path, done.stdout, 0o600)
    work.tell("wrote the final dump %s" % path)


SERVICE = commands(preflight, facts_for, bring_up, destroy)
