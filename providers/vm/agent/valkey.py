"""Valkey, or Redis where the distribution has no Valkey: one instance of the package's template unit a service."""
import hashlib
import hmac
import ssl

ADMINISTRATOR = "data_services"
PACKAGE_OF = {("debian", "13"): "valkey", ("ubuntu", "24.04"): "valkey", ("debian", "12"): "redis", ("ubuntu", "22.04"): "redis"}
VERSION_OF = {("debian", "12"): "7", ("debian", "13"): "8", ("ubuntu", "22.04"): "6", ("ubuntu", "24.04"): "7"}


def server():
    """The product's name, which is that of its user, its folders and its programs."""
    return PACKAGE_OF.get(system()[:2], "valkey")


def unit_of(facts):
    return "%s-server@%s.service" % (facts["server"], facts["id"])


def configuration_of(facts):
    return "/etc/%s/%s-%s.conf" % (facts["server"], facts["server"], facts["id"])


def tls_of(facts, *parts):
    return os.path.join("/etc", facts["server"], "tls-" + facts["id"], *parts)


def data_of(facts):
    return os.path.join("/var/lib", facts["server"], facts["id"])


def users_of(facts):
    return os.path.join(facts["data"], "users.acl")


def preflight(desired):
    known = marker(desired.get("id"))
    problems = common_preflight(desired, None if known else desired["storageGb"])
    own = VERSION_OF.get(system()[:2])
    if own == "6":
        problems.append(Refusal("host", "Ubuntu 22.04 has Redis 6, which knows no users for single keys. Choose a host with Ubuntu 24.04 or Debian 12 and newer."))
    version = desired.get("version") or own
    if own and version != own:
        problems.append(
            Refusal("version", 'the host (%s) has version %s of %s among its packages. Set version: "%s", or choose another host.' % (system()[2], own, server().title(), own))
        )
    if desired.get("port"):
        problem = port_problem("port", desired["port"], desired.get("id"))
        if problem:
            problems.append(problem)
    if desired.get("id") and not known:
        facts = {"id": desired["id"], "server": server()}
        for path in (configuration_of(facts), data_of(facts)):
            if os.path.exists(path):
                problems.append(Refusal("host", "%s exists on the host, and isn't this service's. Move it away; nothing is overwritten." % path))
    return {"problems": refuse(problems), "machine": machine_id(), "version": version}


def facts_for(desired):
    known = marker(desired["id"]) or {}
    product = known.get("server") or server()
    port = desired.get("port") or known.get("ports", {}).get("main") or free_port(6379, desired["id"])
    return {
        **{key: desired[key] for key in ("id", "service", "project", "stack")},
        **{"kind": "cache", "server": product, "ports": {"main": port}, "made": bool(known.get("made")), "stopped": False},
        "data": data_of({"id": desired["id"], "server": product}),
    }


def bring_up(work, desired, facts):
    """The one road to the declared state. @returns the settings that wait for a restart"""
    product = facts["server"]
    work.packages([product + "-server"], ["%s-server.service" % product] + (["redis.service"] if product == "redis" else []))
    if not work.dry and not marker(facts["id"]):
        write_marker(facts["id"], facts)
    refuse_lost_data(facts)
    unit = unit_of(facts)
    running = unit_state(unit) == "active"
    work.directory(facts["data"], 0o750, product)
    work.directory(tls_of(facts), 0o750, product)
    renewed = work.file(tls_of(facts, "server.crt"), desired["certificate"], 0o644, product)
    renewed |= work.file(tls_of(facts, "server.key"), desired["certificateKey"], 0o600, product)
    work.file(tls_of(facts, "ca.crt"), desired["authority"], 0o644, product)
    drop_in = "/etc/systemd/system/%s.d/50-data-services.conf" % unit
    work.directory(os.path.dirname(drop_in))
    # The packaged unit is strict already; memory that runs over is the service's own affair.
    limit = "MemoryMax=%dM\n" % max(64, int(desired["memoryGb"] * 1024 * 1.25))
    limited = work.file(drop_in, "# Written by pulumi-data-services; changes are overwritten.\n[Service]\n" + limit)
    if limited and not work.dry:
        run(["systemctl", "daemon-reload"])
    # What a killed run wrote may not be in force: then all of it is set again.
    before = "" if work.unfinished else read(configuration_of(facts), "") or ""
    renewed |= work.unfinished
    directives = directives_of(desired, facts)
    changed = work.file(configuration_of(facts), format_directives(directives), 0o640, product)
    if changed and not work.dry:
        validate(work, facts)
    firewall(work, facts["id"], facts["ports"]["main"], desired["cidrs"])
    if not running:
        ensure_users(work, desired, facts)
        work.tell("start %s (it is %s)" % (unit, unit_state(unit)))
        if not work.dry:
            start(work, facts)
            become_made(facts)
        return []
    pending = online(work, desired, facts, parse_directives(before), directives, renewed)
    if not knows_administrator(desired, facts):
        ensure_users(work, desired, facts)
        pending = [*pending, "the administrator's user"]
    elif not default_is_off(desired, facts):
        work.tell("switch off the user default")
        if not work.dry:
            with Connection(desired, facts) as connection:
                connection.call("ACL", "SETUSER", "default", "reset", "off")
                connection.call("ACL", "SAVE")
    if not enabled(unit):
        work.tell("enable " + unit)
        if not work.dry:
            run(["systemctl", "enable", "--quiet", unit])
    if pending and desired["restart"]:
        work.tell("restart %s for %s" % (unit, ", ".join(pending)))
        if not work.dry:
            start(work, facts, "restart")
        pending = []
    elif pending:
        work.tell("wait for a restart of %s: %s" % (unit, ", ".join(pending)))
    if not work.dry:
        become_made(facts)
    return pending


def enabled(unit):
    return ok("systemctl", "is-enabled", "--quiet", unit)


def directives_of(desired, facts):
    own = {
        "bind": "* -::*",
        "port": "0",
        "tls-port": str(facts["ports"]["main"]),
        "tls-cert-file": quote(tls_of(facts, "server.crt")),
        "tls-key-file": quote(tls_of(facts, "server.key")),
        "tls-ca-cert-file": quote(tls_of(facts, "ca.crt")),
        "tls-auth-clients": "no",
        "tls-protocols": quote("TLSv1.2 TLSv1.3"),
        "protected-mode": "yes",
        "aclfile": quote(users_of(facts)),
        "dir": quote(facts["data"]),
        "logfile": quote(""),
        # Kept at any durability, since turning it off and on again loses data at a restart: what differs is how soon it is on the disk.
        "appendonly": "yes",
    }
    return {**desired["settings"], **own}


def quote(text):
    return json.dumps(text)


def unquote(value):
    return json.loads(value) if re.fullmatch(r'".*"', value) else value


def format_directives(directives):
    lines = ["%s %s" % pair for pair in sorted(directives.items())]
    return "# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedCache.\n%s\n" % "\n".join(lines)


def parse_directives(text):
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(" ", 1) for line in lines if " " in line)


def validate(work, facts):
    """Lets the server read the configuration without starting: it stops at the first directive that it refuses, and the last one is made up."""
    product = facts["server"]
    with tempfile.TemporaryDirectory(prefix="data-services-") as scratch:
        owner = pwd.getpwnam(product)
        os.chown(scratch, owner.pw_uid, owner.pw_gid)
        text = re.sub(r"^dir .*$", "dir " + quote(scratch), read(configuration_of(facts)), flags=re.MULTILINE)
        candidate = os.path.join(scratch, "candidate.conf")
        write_atomically(candidate, text + "data-services-end-of-check yes\n", 0o600, product)
        done = run(["/usr/bin/%s-server" % product, candidate], check=False, user=product, timeout=30)
    said = done.stdout + done.stderr
    if "'data-services-end-of-check yes'" in said:
        return
    work.roll_back()
    complaint = re.search(r">>> ('.*)", said, re.DOTALL)
    raise Refusal("settings", "%s refuses them, so they were not applied: %s" % (product.title(), (complaint.group(1) if complaint else tail(said)).strip()))


def online(work, desired, facts, before, after, renewed):
    """Puts new settings into force in the running server. @returns those that it takes at a start only"""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    removed = [name for name in before if name not in after]
    pending = list(removed)
    if renewed:
        # Read anew when they are set, also to what they are.
        changed.update({name: after[name] for name in ("tls-cert-file", "tls-key-file")})
    if not changed:
        return pending
    if work.dry:
        work.tell("set %s" % ", ".join(sorted(changed)))
        return pending
    if not knows_administrator(desired, facts):
        return sorted(set(pending) | set(changed))
    with Connection(desired, facts) as connection:
        if renewed:
            arguments = [part for name in ("tls-cert-file", "tls-key-file") for part in (name, unquote(after[name]))]
            if isinstance(connection.call("CONFIG", "SET", *arguments), Exception):
                pending.append("the certificate")
        for name, value in sorted(changed.items()):
            if name.startswith("tls-") and renewed and name in ("tls-cert-file", "tls-key-file"):
                continue
            if isinstance(connection.call("CONFIG", "SET", name, unquote(value)), Exception):
                pending.append(name)
    return pending


class Connection:
    """A connection of the administrator, over TLS, to this host's own server."""

    def __init__(self, desired, facts):
        self.password = desired["adminPassword"]
        self.port = running_port(facts)

    def __enter__(self):
        context = ssl.create_default_context()
        # The certificate that the server has may be the very thing that is wrong: it is this host, and what is sent is checked by root's own files.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.socket = context.wrap_socket(raw)
        self.file = self.socket.makefile("rb")
        answer = self.call("AUTH", ADMINISTRATOR, self.password)
        if isinstance(answer, Exception):
            self.__exit__()
            raise Failure("the server doesn't know its administrator")
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def call(self, *words):
        parts = ["*%d\r\n" % len(words)]
        message = parts[0].encode()
        for word in words:
            data = word.encode()
            message += b"$%d\r\n%s\r\n" % (len(data), data)
        self.socket.sendall(message)
        return self.answer()

    def answer(self):
        line = self.file.readline().rstrip(b"\r\n").decode(errors="replace")
        kind, rest = line[:1], line[1:]
        if kind == "-":
            return Failure(rest)
        if kind in "+:,":
            return rest
        if kind == "$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind in "*~>":
            return [self.answer() for _ in range(int(rest))]
        if kind == "%":
            return [self.answer() for _ in range(2 * int(rest))]
        raise Failure("the server ended the connection")


def running_port(facts):
    known = marker(facts["id"]) or facts
    ports = [facts["ports"]["main"], known["ports"]["main"]]
    listening = listening_ports()
    return next((port for port in reversed(ports) if port in listening), ports[0])


def knows_administrator(desired, facts):
    try:
        with Connection(desired, facts):
            return True
    except (Failure, OSError):
        return False


def default_is_off(desired, facts):
    with Connection(desired, facts) as connection:
        lines = connection.call("ACL", "LIST")
        return any(re.match(r"user default off ", line + " ") for line in lines)


def ensure_users(work, desired, facts):
    """The lines of the administrator and of nobody in the file of users; those of others stay."""
    digest = hashlib.sha256(desired["adminPassword"].encode()).hexdigest()
    own = {"default": "user default off sanitize-payload resetchannels -@all", ADMINISTRATOR: "user %s on #%s ~* &* +@all" % (ADMINISTRATOR, digest)}
    lines = (read(users_of(facts), "") or "").splitlines()
    found = {name: next((line for line in lines if line.split()[:2] == ["user", name]), "") for name in own}
    right = found["default"].split()[2:3] == ["off"] and "#" + digest in found[ADMINISTRATOR].split() and " on " in found[ADMINISTRATOR]
    if right and "+@all" in found[ADMINISTRATOR].split():
        return
    others = [line for line in lines if line and line.split()[1:2] not in (["default"], [ADMINISTRATOR])]
    work.file(users_of(facts), "\n".join([*own.values(), *others]) + "\n", 0o640, facts["server"])


def start(work, facts, how="start"):
    unit = unit_of(facts)
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "reset-failed", unit], check=False)
    run(["systemctl", "enable", "--quiet", unit])
    done = run(["systemctl", how, unit], check=False, timeout=600)
    if done.returncode == 0:
        return
    told = journal(unit)
    run(["systemctl", "stop", unit], check=False)
    if work.before:
        work.roll_back()
        run(["systemctl", "daemon-reload"])
        if how == "restart":
            run(["systemctl", "start", unit], check=False, timeout=600)
            raise Failure("the server didn't come up with the new configuration, so it runs with the old one again. It said:\n%s" % told)
    raise Failure("the server didn't start. It said:\n%s" % told)


def destroy(desired):
    known = marker(desired["id"])
    if not known:
        return {"changes": []}
    work = Work(False, desired["id"])
    unit = unit_of(known)
    if desired["purge"]:
        work.tell("remove %s and its data" % unit)
        run(["systemctl", "disable", "--quiet", "--now", unit], check=False)
        for path in (known["data"], tls_of(known), "/etc/systemd/system/%s.d" % unit):
            shutil.rmtree(path, ignore_errors=True)
        if os.path.exists(configuration_of(known)):
            os.unlink(configuration_of(known))
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "reset-failed", unit], check=False)
        remove_marker(known["id"])
    elif not known.get("stopped"):
        if known["made"]:
            final_dump(work, desired, known)
        work.tell("stop %s; its data stay in %s" % (unit, known["data"]))
        run(["systemctl", "disable", "--quiet", "--now", unit])
        write_marker(known["id"], {**known, "stopped": True})
    close_firewall(known["ports"]["main"], desired["cidrs"])
    return {"changes": work.changes}


def final_dump(work, desired, facts):
    unit = unit_of(facts)
    if unit_state(unit) != "active":
        run(["systemctl", "start", unit], timeout=600)
    with Connection(desired, facts) as connection:
        connection.socket.settimeout(3600)
        saved = connection.call("SAVE")
        name = connection.call("CONFIG", "GET", "dbfilename")
    if isinstance(saved, Exception):
        raise Failure("the final dump failed, so nothing was stopped: %s" % saved)
    os.makedirs(BACKUPS, mode=0o700, exist_ok=True)
    path = os.path.join(BACKUPS, "%s-%s.rdb" % (facts["id"], time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())))
    shutil.copyfile(os.path.join(facts["data"], name[1]), path + ".unfinished")
    os.rename(path + ".unfinished", path)
    sync_directory(BACKUPS)
    work.tell("wrote the final dump %s" % path)


SERVICE = commands(preflight, facts_for, bring_up, destroy)
