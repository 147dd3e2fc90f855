"""What the agents of all services share. Python's standard library only: nothing is installed on a host that its service doesn't need.

An agent is this file and that of one service, sent over SSH to the standard input of `python3`, with the request as its last line. It answers with
one line of JSON. The same code plans and applies: what is only planned goes through `Work` with `dry` set, and changes nothing.
"""
import base64
import fcntl
import grp
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

MARKERS = "/etc/pulumi-data-services"
BACKUPS = "/var/backups/pulumi-data-services"
LOCK = "/run/pulumi-data-services.lock"
LOCK_SECONDS = 900
APT_LOCK_SECONDS = 300

SYSTEMS = {("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04")}
SYSTEMS_WORDS = "Debian 12 and 13, Ubuntu 22.04 and 24.04"


class Refusal(Exception):
    """Something that a person has to decide or mend. Nothing was changed for it."""

    def __init__(self, name, reason):
        super().__init__(reason)
        self.name = name
        self.reason = reason


class Failure(Exception):
    """Something that went wrong. The host is as it was before, or as the next attempt can take it up."""


def read(path, default=None):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return default


def run(args, stdin="", check=True, user=None, timeout=600, keeps_lock=False):
    """Runs a program without a shell. Secrets go to its standard input, which no message repeats. With `keeps_lock` the host stays locked until it has
    ended, also where this program is killed meanwhile: never for what leaves a daemon behind."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    environment["DEBIAN_FRONTEND"] = "noninteractive"
    words = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--", *args] if user else list(args)
    kept = (HostLock.handle,) if keeps_lock else ()
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, env=environment, cwd="/", timeout=timeout, check=False, pass_fds=kept)
    except FileNotFoundError:
        raise Failure("the host has no program %s" % args[0]) from None
    except subprocess.TimeoutExpired:
        raise Failure("%s didn't end within %d s" % (os.path.basename(args[0]), timeout)) from None
    if check and done.returncode != 0:
        raise Failure("%s failed: %s" % (" ".join(args[:3]), tail(done.stderr or done.stdout)))
    return done


def tail(text, lines=12):
    return "\n".join([line for line in text.strip().splitlines() if line.strip()][-lines:])


def ok(*args):
    return run(args, check=False).returncode == 0


def write_atomically(path, content, mode=0o644, owner="root", group=None):
    """Readers see the old text or the new one, also after a power failure."""
    directory = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(prefix="." + os.path.basename(path) + ".", dir=directory)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(content)
            file.flush()
            os.fchown(file.fileno(), pwd.getpwnam(owner).pw_uid, grp.getgrnam(group or owner).gr_gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    sync_directory(directory)


def sync_directory(directory):
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def looks_as(path, content, mode, owner, group):
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    try:
        same_owner = pwd.getpwuid(status.st_uid).pw_name == owner and grp.getgrgid(status.st_gid).gr_name == (group or owner)
    except KeyError:
        same_owner = False
    return read(path) == content and status.st_mode & 0o7777 == mode and same_owner


class Work:
    """Changes of a host, made or only told. Files can be put back as they were."""

    def __init__(self, dry, identity):
        self.dry = dry
        self.identity = identity
        self.changes = []
        self.before = {}
        # A run that was killed may have written files that the server never read.
        self.unfinished = bool((marker(identity) or {}).get("unfinished"))
        if self.unfinished:
            self.tell("finish what was begun")

    def begin(self):
        """Noted before the first change of a living service's files; the marker that is written at the end says nothing of it."""
        known = marker(self.identity)
        if known and not known.get("unfinished"):
            write_marker(self.identity, {**known, "unfinished": True})

    def tell(self, what):
        self.changes.append(what)

    def file(self, path, content, mode=0o644, owner="root", group=None):
        """Whether the file changed."""
        known = True
        try:
            pwd.getpwnam(owner)
        except KeyError:
            known = False
        if known and looks_as(path, content, mode, owner, group):
            return False
        existed = os.path.exists(path)
        self.tell("%s %s" % ("change" if existed else "write", path))
        if not self.dry:
            self.begin()
            if path not in self.before:
                self.before[path] = (read(path), os.stat(path)) if existed else None
            write_atomically(path, content, mode, owner, group)
        return True

    def directory(self, path, mode=0o755, owner="root", group=None):
        if os.path.isdir(path):
            return
        if not os.path.isdir(os.path.dirname(path)):
            self.directory(os.path.dirname(path))
        self.tell("make %s" % path)
        if not self.dry:
            os.mkdir(path, mode)
            os.chown(path, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group or owner).gr_gid)
            os.chmod(path, mode)

    def roll_back(self):
        """Puts every file back as it was when this began."""
        for path, before in self.before.items():
            if before is None:
                if os.path.exists(path):
                    os.unlink(path)
            else:
                text, status = before
                write_atomically(path, text, status.st_mode & 0o7777, pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name)
        self.before = {}

    def packages(self, names, quiet_units=()):
        """Installs packages; the units that they would start with the distribution's own settings stay off."""
        missing = [name for name in names if not is_installed(name)]
        if not missing:
            return False
        self.tell("install %s" % ", ".join(missing))
        if not self.dry:
            # Until the next boot at most, whatever happens to this program.
            masked = [unit for unit in quiet_units if not ok("systemctl", "is-active", "--quiet", unit)]
            for unit in masked:
                run(["systemctl", "mask", "--runtime", "--quiet", unit])
            try:
                apt_install(missing)
            finally:
                for unit in masked:
                    run(["systemctl", "unmask", "--runtime", "--quiet", unit], check=False)
            for unit in masked:
                run(["systemctl", "disable", "--quiet", unit], check=False)
        return True


def is_installed(name):
    return run(["dpkg-query", "--show", "--showformat", "${db:Status-Status}", name], check=False).stdout == "installed"


def apt_install(names):
    options = ["-q", "-o", "DPkg::Lock::Timeout=%d" % APT_LOCK_SECONDS]
    install = ["apt-get", *options, "install", "--yes", "--no-install-recommends", *names]
    # An installation that was killed half-way is finished first.
    if run(["dpkg", "--audit"], check=False).stdout.strip():
        explained_apt(["dpkg", "--configure", "-a"])
    simulated = run(["apt-get", "-q", "--simulate", "install", "--no-install-recommends", *names], check=False)
    if simulated.returncode != 0 or lists_are_old():
        explained_apt(["apt-get", *options, "update"])
    done = run(install, check=False, timeout=1800)
    if done.returncode != 0 and "404" in done.stderr + done.stdout:
        # The lists named a package that the mirror has replaced since.
        explained_apt(["apt-get", *options, "update"])
        done = run(install, check=False, timeout=1800)
    if done.returncode != 0:
        raise Failure(apt_reason(done))


def explained_apt(args):
    done = run(args, check=False, timeout=1800)
    if done.returncode != 0:
        raise Failure(apt_reason(done))


def apt_reason(done):
    said = done.stderr + "\n" + done.stdout
    if "Could not get lock" in said or "is another process using it" in said:
        holder = re.search(r"held by process (\d+)(?: \(([^)]*)\))?", said)
        who = " (process %s, %s)" % (holder.group(1), holder.group(2) or "unknown") if holder else ""
        return "another program%s installs packages on the host for more than %d s. Wait until it is done, then run pulumi up again" % (who, APT_LOCK_SECONDS)
    if "No space left on device" in said or "enough free space" in said:
        return "the host's disk is full: %s" % tail(said, 3)
    return "packages can't be installed: %s" % tail(done.stderr or done.stdout)


def lists_are_old():
    try:
        newest = max(os.stat(os.path.join("/var/lib/apt/lists", name)).st_mtime for name in os.listdir("/var/lib/apt/lists"))
    except (ValueError, FileNotFoundError):
        return True
    return time.time() - newest > 24 * 60 * 60


def has_package(name):
    """Whether apt knows where to get it; None where there are no lists yet."""
    policy = run(["apt-cache", "policy", name], check=False).stdout
    if re.search(r"Candidate: (?!\(none\))\S+", policy):
        return True
    lists = [entry for entry in os.listdir("/var/lib/apt/lists") if entry.endswith("_Packages") or "_Packages" in entry] if os.path.isdir("/var/lib/apt/lists") else []
    return False if lists else None


def system():
    text = read("/etc/os-release", "")
    facts = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    return facts.get("ID", ""), facts.get("VERSION_ID", ""), facts.get("PRETTY_NAME", "an unknown system")


def common_preflight(desired, needs_gb):
    """Why no service can live on this host; all of it."""
    problems = []
    name, version, words = system()
    if (name, version) not in SYSTEMS:
        problems.append(Refusal("host", "the host runs %s. Supported: %s." % (words, SYSTEMS_WORDS)))
    if not os.path.isdir("/run/systemd/system"):
        problems.append(Refusal("host", "the host wasn't booted with systemd, which runs the services. A container without it can't be a host."))
    if os.uname().machine not in ("x86_64", "aarch64"):
        problems.append(Refusal("host", "the host's processor is %s. Supported: x86_64 and aarch64." % os.uname().machine))
    memory = int(re.search(r"MemTotal:\s+(\d+)", read("/proc/meminfo")).group(1)) / 2**20
    if desired["memoryGb"] > memory * 1.02:
        problems.append(
            Refusal("memoryGb", "%g GiB of memory are asked for, and the host has %.1f. Choose a smaller size, or another host." % (desired["memoryGb"], memory))
        )
    if needs_gb:
        free = shutil.disk_usage("/var/lib").free / 2**30
        if needs_gb > free:
            problems.append(
                Refusal("storageGb", "%g GiB of storage are asked for, and /var/lib of the host has %.1f free. Make room, or set a smaller storageGb." % (needs_gb, free))
            )
    return problems


def machine_id():
    return (read("/etc/machine-id", "") or "").strip()


def marker_path(identity):
    return os.path.join(MARKERS, identity + ".json")


def marker(identity):
    text = read(marker_path(identity)) if identity else None
    return json.loads(text) if text else None


def write_marker(identity, facts):
    os.makedirs(MARKERS, mode=0o755, exist_ok=True)
    write_atomically(marker_path(identity), json.dumps(facts, indent=1, sort_keys=True) + "\n")


def remove_marker(identity):
    if os.path.exists(marker_path(identity)):
        os.unlink(marker_path(identity))
    if os.path.isdir(MARKERS) and not os.listdir(MARKERS):
        os.rmdir(MARKERS)


def all_markers():
    names = sorted(os.listdir(MARKERS)) if os.path.isdir(MARKERS) else []
    return [json.loads(read(os.path.join(MARKERS, name))) for name in names if name.endswith(".json") and not name.startswith(".")]


def become_made(facts):
    """The service has data from now on, which are never made anew."""
    facts["made"] = True
    if marker(facts["id"]) != facts:
        write_marker(facts["id"], facts)


def refuse_lost_data(facts, sign=""):
    """Where a service had data and has none, they are somewhere else; `sign` is a file that is in them."""
    if facts["made"] and not os.path.exists(os.path.join(facts["data"], sign)):
        raise Refusal(
            "host",
            'the data of the %s "%s" aren\'t in %s any more. Put them back (a backup of them, or the disk), and run pulumi up again; nothing is made anew in their place.'
            % (facts["kind"], facts["service"], facts["data"]),
        )


def listening_ports():
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in (read(table, "") or "").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


def port_problem(name, port, identity):
    """Why a service can't have this port."""
    for other in all_markers():
        if other["id"] != identity and port in other.get("ports", {}).values():
            return Refusal(name, 'port %d belongs to the %s "%s" of the stack "%s". Choose another.' % (port, other["kind"], other["service"], other["stack"]))
    own = (marker(identity) or {}).get("ports", {}).values()
    if port not in own and port in listening_ports():
        return Refusal(name, "port %d of the host is taken by another program. Choose another, or end that program." % port)
    return None


def free_port(first, identity, avoid=()):
    for port in range(first, first + 1000):
        if port not in avoid and port_problem("port", port, identity) is None and port not in listening_ports():
            return port
    raise Failure("the host has no free port from %d on" % first)


def wait_for(what, seconds, ready):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise Failure("waited %d s in vain for %s" % (seconds, what))
        time.sleep(0.2)


def unit_state(unit):
    return run(["systemctl", "is-active", unit], check=False).stdout.strip()


def journal(unit, lines=15):
    return tail(run(["journalctl", "--unit", unit, "--no-pager", "--output", "cat", "--lines", str(lines)], check=False).stdout, lines)


def hardening(writable, more=""):
    """A drop-in for a distribution's unit: what the service needs stays, the rest of the machine is out of its reach."""
    lines = ["ProtectSystem=full", "ProtectHome=yes", "PrivateTmp=yes", "ProtectControlGroups=yes", "ProtectKernelModules=yes", "ProtectKernelTunables=yes"]
    lines += ["RestrictSUIDSGID=yes", "LockPersonality=yes", "RestrictRealtime=yes"]
    lines += ["ReadWritePaths=%s" % path for path in writable]
    return "# Written by pulumi-data-services; changes are overwritten.\n[Service]\n%s\n%s" % ("\n".join(lines), more)


def ufw_is_active():
    return shutil.which("ufw") is not None and "Status: active" in run(["ufw", "status"], check=False).stdout


def firewall(work, identity, port, cidrs):
    """Where ufw guards the host, the service's port is opened for the given addresses. Rules are added and never removed or flushed here."""
    if not ufw_is_active():
        return
    added = run(["ufw", "show", "added"], check=False).stdout
    for cidr in cidrs:
        if not re.search(r"allow from %s to any port %d proto tcp" % (re.escape(cidr), port), added):
            work.tell("let %s through the firewall to port %d" % (cidr, port))
            if not work.dry:
                run(["ufw", "allow", "from", cidr, "to", "any", "port", str(port), "proto", "tcp", "comment", "pulumi-data-services " + identity])


def close_firewall(port, cidrs):
    if ufw_is_active():
        for cidr in cidrs:
            run(["ufw", "delete", "allow", "from", cidr, "to", "any", "port", str(port), "proto", "tcp"], check=False)


class HostLock:
    """One change of a host at a time; the next one waits. It goes with the process, and with what that runs with `keeps_lock`."""

    handle = None

    def __init__(self, shared):
        self.kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX

    def __enter__(self):
        HostLock.handle = os.open(LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(HostLock.handle, self.kind | fcntl.LOCK_NB)
                return
            except OSError:
                if time.monotonic() > end:
                    raise Failure("another pulumi up has been working on this host for %d s. Wait for it, then run pulumi up again" % LOCK_SECONDS) from None
                time.sleep(0.2)

    def __exit__(self, *_):
        os.close(HostLock.handle)


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main(service, encoded):
    """Runs one command of a service and answers. Whatever happens, the answer is one line of JSON without a secret."""
    os.umask(0o077)
    request = json.loads(base64.b64decode(encoded))
    command, desired = request["command"], request["desired"]
    # Tests have less patience.
    global APT_LOCK_SECONDS  # pylint: disable=global-statement
    APT_LOCK_SECONDS = desired.get("aptSeconds", APT_LOCK_SECONDS)
    try:
        if os.geteuid() != 0:
            raise Refusal("sudo", "the agent runs as %s, and needs root. Log in as root, or set sudo: true." % pwd.getpwuid(os.geteuid()).pw_name)
        with HostLock(shared=command in ("preflight", "plan", "verify")):
            answer({"result": service[command](desired)})
    except Refusal as refusal:
        answer({"refusals": [{"property": refusal.name, "reason": refusal.reason}]})
    except Failure as failure:
        answer({"error": str(failure)})
    except OSError as error:
        where = " (%s)" % error.filename if error.filename else ""
        answer({"error": "%s%s" % (error.strerror or error, where)})
    except Exception as error:  # pylint: disable=broad-except
        # The text of an unforeseen error could quote a value; its kind and place can't.
        trace = error.__traceback__
        while trace.tb_next:
            trace = trace.tb_next
        answer({"error": "the agent failed: %s in line %d" % (type(error).__name__, trace.tb_lineno)})


def commands(preflight, facts_for, bring_up, destroy):
    """What a service answers to. Planning and applying walk one road, `bring_up`, and differ in whether anything is done."""

    def plan(desired):
        work = Work(True, desired["id"])
        bring_up(work, desired, facts_for(desired))
        return {"changes": work.changes}

    def apply(desired):
        problems = preflight(desired)["problems"]
        if problems:
            raise Refusal(problems[0]["property"], " ".join(problem["reason"] for problem in problems))
        work = Work(False, desired["id"])
        facts = facts_for(desired)
        pending = bring_up(work, desired, facts)
        return {"changes": work.changes, "ports": facts["ports"], "pendingRestart": pending}

    return {"preflight": preflight, "plan": plan, "verify": plan, "apply": apply, "destroy": destroy}


def refuse(problems):
    """The answer of a preflight: all problems at once."""
    return [{"property": problem.name, "reason": problem.reason} for problem in problems]
