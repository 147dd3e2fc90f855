"""PostgreSQL of the distribution's packages (or of PGDG, where the host has that repository): one cluster a service, as postgresql-common names them."""
import gzip
import hashlib
import hmac
import ipaddress

VERSION_OF = {("debian", "12"): "15", ("debian", "13"): "17", ("ubuntu", "22.04"): "14", ("ubuntu", "24.04"): "16"}
ADMINISTRATOR = "data_services"


def unit_of(facts):
    return "postgresql@%s-%s.service" % (facts["version"], facts["id"])


def configuration_of(facts, *parts):
    return os.path.join("/etc/postgresql", facts["version"], facts["id"], *parts)


def data_of(facts):
    return os.path.join("/var/lib/postgresql", facts["version"], facts["id"])


def program(facts, name):
    return os.path.join("/usr/lib/postgresql", facts["version"], "bin", name)


def own_version():
    return VERSION_OF.get(system()[:2])


def preflight(desired):
    known = marker(desired.get("id"))
    problems = common_preflight(desired, None if known else desired["storageGb"])
    version = desired.get("version") or (known or {}).get("version") or own_version()
    if version and version != own_version() and not (known and known["version"] == version) and has_package("postgresql-" + version) is not True:
        problems.append(
            Refusal(
                "version",
                'the host (%s) has no PostgreSQL %s among its packages. Set version: "%s"; or add the repository of postgresql.org (PGDG) on the host; or choose another host.'
                % (system()[2], version, own_version()),
            )
        )
    port = port_problem("port", desired["port"], desired.get("id")) if desired.get("port") else None
    problems += [problem for problem in (port, schedule_problem(desired)) if problem]
    if desired.get("id") and version and not known:
        facts = {"id": desired["id"], "version": version}
        for path in (configuration_of(facts), data_of(facts)):
            if os.path.exists(path):
                problems.append(
                    Refusal("host", "%s exists on the host, and isn't this service's. Move it away; nothing is overwritten." % path)
                )
    return {"problems": refuse(problems), "machine": machine_id(), "version": version}


def facts_for(desired):
    """What the marker says of a living service, and what a new one gets."""
    known = marker(desired["id"])
    port = desired.get("port") or (known or {}).get("ports", {}).get("main") or free_port(5432, desired["id"])
    version = (known or {}).get("version") or desired.get("version") or own_version()
    if known and desired.get("version") and known["version"] != desired["version"]:
        raise Refusal(
            "version",
            'the database "%s" has data of version %s, and this backend doesn\'t upgrade data: %s is refused. Set version: "%s"; or make a second database and copy the data (pg_dump).'
            % (desired["service"], known["version"], desired["version"], known["version"]),
        )
    made = bool(known and known.get("made"))
    return {
        **{key: desired[key] for key in ("id", "service", "project", "stack")},
        **{"kind": "database", "version": version, "ports": {"main": port}, "made": made, "stopped": False, "data": data_of({"id": desired["id"], "version": version})},
    }


def bring_up(work, desired, facts):
    """The one road to the declared state. @returns the settings that wait for a restart"""
    install(work, facts)
    make_cluster(work, facts)
    unit = unit_of(facts)
    running = unit_state(unit) == "active"
    work_unit(work, facts)
    work_backups(work, desired, facts)
    configured = work_configuration(work, desired, facts)
    if not work.dry and configured:
        validate(work, facts)
    firewall(work, facts["id"], facts["ports"]["main"], desired["cidrs"])
    if work.dry:
        if not running:
            work.tell("start %s (it is %s)" % (unit, unit_state(unit)))
            return []
        pending = pending_restart(facts)
        work_administrator(work, desired, facts)
        switch_backups_on(work, desired, facts)
        if pending:
            why = ", ".join(pending)
            work.tell("restart %s for %s" % (unit, why) if desired["restart"] else "wait for a restart of %s: %s" % (unit, why))
        return pending
    pending = activate(work, desired, facts, running)
    work_administrator(work, desired, facts)
    switch_backups_on(work, desired, facts)
    become_made(facts)
    return pending


def install(work, facts):
    package = "postgresql-" + facts["version"]
    if is_installed(package):
        return
    no_cluster = "/etc/postgresql-common/createcluster.d/pulumi-data-services.conf"
    if work.dry:
        work.tell("install " + package)
        return
    work.packages(["postgresql-common"])
    # Else the package makes a cluster "main" of its own, which listens before anyone has configured it.
    os.makedirs(os.path.dirname(no_cluster), mode=0o755, exist_ok=True)
    write_atomically(no_cluster, "create_main_cluster = false\n")
    try:
        work.packages([package])
    finally:
        os.unlink(no_cluster)


def make_cluster(work, facts):
    refuse_lost_data(facts, "PG_VERSION")
    if facts["made"]:
        return
    work.tell("make the cluster %s/%s" % (facts["version"], facts["id"]))
    if work.dry:
        return
    begun = marker(facts["id"])
    if begun:
        # What a run left that was killed before the cluster was whole: it never held anyone's data.
        run(["systemctl", "stop", unit_of(facts)], check=False)
        if os.path.exists(configuration_of(facts, "postgresql.conf")):
            run(["pg_dropcluster", "--stop", facts["version"], facts["id"]], check=False, keeps_lock=True)
        for path in (configuration_of(facts), facts["data"]):
            shutil.rmtree(path, ignore_errors=True)
    write_marker(facts["id"], facts)
    # A collation that is the same on every machine and never changes with the operating system.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if int(facts["version"]) >= 17 else []
    initdb = ["--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256", *locale]
    base = ["pg_createcluster", "--port", str(facts["ports"]["main"]), "--start-conf", "auto", "--locale", "C", "--encoding", "UTF8"]
    run([*base, facts["version"], facts["id"], "--", *initdb], keeps_lock=True)


def work_unit(work, facts):
    """What the service may touch of the machine; in force from its next start on."""
    path = "/etc/systemd/system/%s.d/50-data-services.conf" % unit_of(facts)
    work.directory(os.path.dirname(path))
    if work.file(path, hardening(["/etc/postgresql/%s/%s" % (facts["version"], facts["id"])])) and not work.dry:
        run(["systemctl", "daemon-reload"])


def work_configuration(work, desired, facts):
    changed = False
    for name, text, mode in (("server.crt", desired["certificate"], 0o644), ("server.key", desired["certificateKey"], 0o600)):
        changed |= work.file(configuration_of(facts, name), text, mode, "postgres")
    work.directory(configuration_of(facts, "conf.d"), owner="postgres")
    changed |= work.file(configuration_of(facts, "conf.d", "50-data-services.conf"), configuration(desired, facts), 0o644, "postgres")
    changed |= work.file(configuration_of(facts, "pg_hba.conf"), host_based_authentication(desired), 0o640, "postgres")
    changed |= work.file(configuration_of(facts, "start.conf"), "auto\n", 0o644, "postgres")
    return changed


def configuration(desired, facts):
    own = {
        "port": str(facts["ports"]["main"]),
        "listen_addresses": "*",
        "ssl": "on",
        "ssl_cert_file": configuration_of(facts, "server.crt"),
        "ssl_key_file": configuration_of(facts, "server.key"),
        "ssl_ca_file": "",
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        "log_connections": "on",
        **archive_settings(desired, facts),
    }
    lines = ["%s = '%s'" % (name, value.replace("\\", "\\\\").replace("'", "''")) for name, value in sorted({**desired["settings"], **own}.items())]
    return "# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedDatabase.\n%s\n" % "\n".join(lines)


def host_based_authentication(desired):
    """Over the network everybody encrypts and has a password; the administrator comes by SSH only."""
    lines = ["local all postgres peer", "local replication postgres peer", "local all all scram-sha-256"]
    lines += ["hostssl all %s %s scram-sha-256" % (ADMINISTRATOR, address) for address in ("127.0.0.1/32", "::1/128")]
    lines += ["host all %s all reject" % name for name in (ADMINISTRATOR, "postgres")]
    lines += ["hostssl all all %s scram-sha-256" % ipaddress.ip_network(cidr, strict=False) for cidr in desired["cidrs"]]
    lines += ["hostssl all all %s scram-sha-256" % address for address in ("127.0.0.1/32", "::1/128")]
    return "# Written by pulumi-data-services; changes are overwritten.\n%s\n" % "\n".join(lines)


def validate(work, facts):
    """Lets the server read its new configuration without starting; refused, everything is put back."""
    command = [program(facts, "postgres"), "-D", facts["data"], "-c", "config_file=" + configuration_of(facts, "postgresql.conf"), "-C", "port"]
    done = run(command, check=False, user="postgres")
    said = done.stderr
    if done.returncode == 0 and unit_state(unit_of(facts)) == "active":
        said = psql(facts, "SELECT string_agg('pg_hba.conf line ' || line_number || ': ' || error, E'\\n') FROM pg_hba_file_rules WHERE error IS NOT NULL").strip()
    elif done.returncode == 0:
        return
    if said:
        work.roll_back()
        words = re.sub(r"^.*?\[\d+\] ", "", said.strip(), flags=re.MULTILINE)
        raise Refusal("settings", "PostgreSQL refuses them, so they were not applied: %s" % words)


def activate(work, desired, facts, running):
    """Starts, reloads or restarts, whichever is the least that does. A server that doesn't come up gets its old configuration back."""
    unit = unit_of(facts)
    if not running:
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "reset-failed", unit], check=False)
        work.tell("start %s" % unit)
        start(work, facts, "start")
        return []
    if work.before or work.unfinished:
        loaded = psql(facts, "SELECT pg_conf_load_time()")
        run(["systemctl", "reload", unit])
        wait_for("PostgreSQL to read its configuration", 30, lambda: psql(facts, "SELECT pg_conf_load_time()") != loaded)
    pending = pending_restart(facts)
    if pending and desired["restart"]:
        work.tell("restart %s" % unit)
        start(work, facts, "restart")
        return []
    return pending


def start(work, facts, how):
    unit = unit_of(facts)
    done = run(["systemctl", how, unit], check=False, timeout=300)
    if done.returncode == 0 and accepts(facts):
        return
    told = last_log(facts) or journal(unit)
    if work.before:
        work.roll_back()
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "reset-failed", unit], check=False)
        if how == "restart":
            run(["systemctl", "restart", unit], check=False, timeout=300)
            raise Failure("PostgreSQL didn't come up with the new configuration, so it runs with the old one again. It said:\n%s" % told)
    raise Failure("PostgreSQL didn't start. It said:\n%s" % told)


def last_log(facts):
    text = read("/var/log/postgresql/postgresql-%s-%s.log" % (facts["version"], facts["id"]), "")
    # No statement, which could quote values of users.
    lines = [line for line in text.splitlines() if re.search(r"(FATAL|PANIC|LOG|HINT|DETAIL):", line)]
    return "\n".join(lines[-8:])


def accepts(facts):
    try:
        wait_for("PostgreSQL", 60, lambda: psql(facts, "SELECT 1", check=False).strip() == "1")
        return True
    except Failure:
        return False


def psql(facts, sql, check=True, database="postgres"):
    command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1", "-p", str(port_in_force(facts)), "-d", database, "-f", "-"]
    return run(command, stdin=sql + ";\n", check=check, user="postgres").stdout


def port_in_force(facts):
    """The one that the running server has, which a restart may be about to change."""
    lines = (read(os.path.join(facts["data"], "postmaster.pid"), "") or "").splitlines()
    return int(lines[3]) if len(lines) > 3 else facts["ports"]["main"]


def pending_restart(facts):
    return psql(facts, "SELECT name FROM pg_settings WHERE pending_restart ORDER BY 1").split()


def work_administrator(work, desired, facts):
    """The administrator as whom users are made, with its password as a verifier only."""
    found = psql(facts, "SELECT rolpassword FROM pg_authid WHERE rolname = '%s' AND rolsuper AND rolcanlogin" % ADMINISTRATOR).strip()
    if matches(found, desired["adminPassword"]):
        return
    work.tell("set the administrator's password")
    if not work.dry:
        exists = psql(facts, "SELECT 1 FROM pg_roles WHERE rolname = '%s'" % ADMINISTRATOR).strip() == "1"
        verb = "ALTER" if exists else "CREATE"
        psql(facts, "SET log_statement = 'none';\n%s ROLE %s SUPERUSER LOGIN PASSWORD '%s'" % (verb, ADMINISTRATOR, verifier(desired["adminPassword"])))


def verifier(password, salt=None, iterations=4096):
    """What PostgreSQL stores of a password (RFC 5803)."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return "SCRAM-SHA-256$%d:%s$%s:%s" % (iterations, *encoded)


def matches(found, password):
    parts = re.fullmatch(r"SCRAM-SHA-256\$(\d+):([^$]+)\$.*", found)
    return bool(parts) and hmac.compare_digest(found, verifier(password, base64.b64decode(parts.group(2)), int(parts.group(1))))


def destroy(desired):
    known = marker(desired["id"])
    if not known:
        return {"changes": []}
    work = Work(False, desired["id"])
    if desired["purge"]:
        purge(work, known)
        purge_backups(desired, known)
    else:
        put_to_rest(work, known)
        take_backups_away(work, known)
    close_firewall(known["ports"]["main"], desired["cidrs"])
    return {"changes": work.changes}


def purge(work, facts):
    work.tell("remove %s and its data" % unit_of(facts))
    run(["systemctl", "stop", unit_of(facts)], check=False)
    if os.path.exists(configuration_of(facts, "postgresql.conf")):
        run(["pg_dropcluster", "--stop", facts["version"], facts["id"]])
    for path in (configuration_of(facts), facts["data"], "/etc/systemd/system/%s.d" % unit_of(facts)):
        shutil.rmtree(path, ignore_errors=True)
    log = "/var/log/postgresql/postgresql-%s-%s.log" % (facts["version"], facts["id"])
    for name in os.listdir("/var/log/postgresql"):
        if os.path.join("/var/log/postgresql", name).startswith(log):
            os.unlink(os.path.join("/var/log/postgresql", name))
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "reset-failed", unit_of(facts)], check=False)
    remove_marker(facts["id"])


def put_to_rest(work, facts):
    """A last dump, and then the server stays off with its data where they are."""
    if facts.get("stopped"):
        return
    unit = unit_of(facts)
    if facts["made"]:
        if unit_state(unit) != "active":
            run(["systemctl", "start", unit], timeout=300)
        final_dump(work, facts)
    work.tell("stop %s; its data stay in %s" % (unit, facts["data"]))
    run(["systemctl", "stop", unit])
    write_atomically(configuration_of(facts, "start.conf"), "manual\n", 0o644, "postgres")
    run(["systemctl", "daemon-reload"])
    write_marker(facts["id"], {**facts, "stopped": True})


def final_dump(work, facts):
    os.makedirs(BACKUPS, mode=0o700, exist_ok=True)
    path = os.path.join(BACKUPS, "%s-%s.sql.gz" % (facts["id"], time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())))
    unfinished = path + ".unfinished"
    command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--", "pg_dumpall", "-p", str(port_in_force(facts))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/") as dump, gzip.open(unfinished, "wb") as file:
        shutil.copyfileobj(dump.stdout, file)
        complaint = dump.stderr.read().decode(errors="replace")
        if dump.wait() != 0:
            raise Failure("the final dump failed, so nothing was stopped: %s" % tail(complaint))
    os.rename(unfinished, path)
    sync_directory(BACKUPS)
    work.tell("wrote the final dump %s" % path)


SERVICE = commands(preflight, facts_for, bring_up, destroy)
