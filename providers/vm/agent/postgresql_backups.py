"""Backups of PostgreSQL on the host: a base backup by a timer, every segment of the write-ahead log as it is full, and the way back to any moment between.

Nothing but PostgreSQL's own programs. Where the directory is on another disk or machine, a lost disk is covered too.
"""

SCRIPTS = "/usr/local/lib/pulumi-data-services"

ARCHIVE = """#!/bin/sh -eu
# Written by pulumi-data-services; changes are overwritten.
# Keeps one segment of the write-ahead log. Arguments: the file, its name. After a crash the same file may come again.
to="@directory@/wal/$2"
if [ -e "$to" ]; then exec cmp -s "$1" "$to"; fi
cp "$1" "$to.unfinished"
sync "$to.unfinished"
mv "$to.unfinished" "$to"
"""

BACKUP = """#!/bin/sh -eu
# Written by pulumi-data-services; changes are overwritten.
# Makes a base backup; then the oldest go, and the segments that none of those left needs.
umask 077
cd "@directory@"
exec 9>lock
flock 9
rm -rf base/*.unfinished
name=$(date -u +%Y%m%dT%H%M%SZ)
pg_basebackup --port @port@ --pgdata "base/$name.unfinished" --format tar --gzip --wal-method none --checkpoint fast --no-password
mv "base/$name.unfinished" "base/$name"
ls base | sort | head -n -@keep@ | while read -r old; do rm -rf "base/$old"; done
oldest=$(ls base | sort | head -n 1)
first=$(tar -xzOf "base/$oldest/base.tar.gz" backup_label | sed -n 's/^START WAL LOCATION: .*(file \\([0-9A-F]*\\))$/\\1/p')
@bin@/pg_archivecleanup wal "$first"
echo "made the backup $name; the way back begins at $oldest"
"""

RESTORE = """#!/bin/sh -eu
# Written by pulumi-data-services; changes are overwritten.
# Takes the server back to a moment, such as "2026-05-01 12:00:00+00", or to the last that was kept. What is there now is moved aside, not deleted.
if [ "$(id -u)" -ne 0 ]; then echo "restore needs root" >&2; exit 1; fi
target=${1:-}
latest=$(date -u ${target:+--date "$target"} +%Y%m%dT%H%M%SZ)
base=$(ls "@directory@/base" | grep -v unfinished | sort | awk -v latest="$latest" '$0 <= latest' | tail -n 1)
if [ -z "$base" ]; then echo "there is no backup from before $latest" >&2; exit 1; fi
aside="@data@.before-$(date -u +%Y%m%dT%H%M%SZ)"
echo "stopping @unit@; its data go to $aside"
systemctl stop "@unit@"
mv "@data@" "$aside"
mkdir -m 700 "@data@"
tar -xzf "@directory@/base/$base/base.tar.gz" -C "@data@"
{
    echo "restore_command = 'cp \\"@directory@/wal/%f\\" \\"%p\\"'"
    echo "recovery_target_action = 'promote'"
    if [ -n "$target" ]; then echo "recovery_target_time = '$target'"; fi
} >>"@data@/postgresql.auto.conf"
touch "@data@/recovery.signal"
chown -R postgres:postgres "@data@"
systemctl start "@unit@"
ask() { su postgres -s /bin/sh -c "psql -X -A -t -p @port@ -d postgres -c '$1'"; }
i=0
until [ "$(ask 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; do
    i=$((i + 1))
    if [ $i -gt 3600 ]; then echo "the server doesn't come up; see its log" >&2; exit 1; fi
    sleep 1
done
for setting in restore_command recovery_target_action recovery_target_time; do ask "ALTER SYSTEM RESET $setting" >/dev/null; done
# They are read at a start only.
systemctl restart "@unit@"
systemctl start "@timer@.service"
echo "restored from the backup $base; when all is well: rm -r $aside"
"""


def timer_of(facts):
    return "data-services-backup-%s" % facts["id"]


def scripts_of(facts, *parts):
    return os.path.join(SCRIPTS, facts["id"], *parts)


def directory_of(desired, facts):
    return os.path.join(desired["backups"]["directory"], facts["id"])


def archive_settings(desired, facts):
    if not desired.get("backups"):
        return {}
    command = '%s "%%p" "%%f"' % scripts_of(facts, "archive")
    return {"archive_mode": "on", "archive_command": command, "archive_timeout": "300", "wal_level": desired["settings"].get("wal_level", "replica")}


def schedule_problem(desired):
    schedule = (desired.get("backups") or {}).get("schedule")
    if schedule is None or ok("systemd-analyze", "calendar", schedule):
        return None
    return Refusal("backups.schedule", "systemd doesn't understand %s: see systemd.time(7) for OnCalendar." % json.dumps(schedule))


def work_backups(work, desired, facts):
    """The files of backups, before the server reads that it archives."""
    if not desired.get("backups"):
        take_backups_away(work, facts)
        return
    directory = directory_of(desired, facts)
    for path in (directory, os.path.join(directory, "base"), os.path.join(directory, "wal")):
        work.directory(path, 0o700, "postgres")
    work.directory(scripts_of(facts))
    values = {
        **{"directory": directory, "port": facts["ports"]["main"], "keep": desired["backups"]["keep"], "data": facts["data"]},
        **{"bin": os.path.dirname(program(facts, "postgres")), "unit": unit_of(facts), "timer": timer_of(facts)},
    }
    for name, text in (("archive", ARCHIVE), ("backup", BACKUP), ("restore", RESTORE)):
        for key, value in values.items():
            text = text.replace("@%s@" % key, str(value))
        work.file(scripts_of(facts, name), text, 0o755)
    units = work.file("/etc/systemd/system/%s.service" % timer_of(facts), service_unit(desired, facts))
    rescheduled = work.file("/etc/systemd/system/%s.timer" % timer_of(facts), timer_unit(desired, facts))
    if (units or rescheduled or work.unfinished) and not work.dry:
        run(["systemctl", "daemon-reload"])
        if unit_state(timer_of(facts) + ".timer") == "active":
            run(["systemctl", "restart", timer_of(facts) + ".timer"])


def service_unit(desired, facts):
    return (
        "# Written by pulumi-data-services; changes are overwritten.\n"
        "[Unit]\nDescription=Backup of the database %s\nAfter=%s\n\n"
        "[Service]\nType=oneshot\nUser=postgres\nGroup=postgres\nExecStart=%s\nNoNewPrivileges=yes\nProtectSystem=strict\nReadWritePaths=%s\nPrivateTmp=yes\nProtectHome=yes\nNice=10\n"
        % (facts["service"], unit_of(facts), scripts_of(facts, "backup"), directory_of(desired, facts))
    )


def timer_unit(desired, facts):
    return (
        "# Written by pulumi-data-services; changes are overwritten.\n[Unit]\nDescription=Backups of the database %s\n\n"
        "[Timer]\nOnCalendar=%s\nPersistent=yes\n\n[Install]\nWantedBy=timers.target\n" % (facts["service"], desired["backups"]["schedule"])
    )


def switch_backups_on(work, desired, facts):
    """Once the server archives: its timer, and a first backup, without which there is no way back."""
    if not desired.get("backups"):
        return
    timer = timer_of(facts) + ".timer"
    if not ok("systemctl", "is-enabled", "--quiet", timer) or unit_state(timer) != "active":
        work.tell("start " + timer)
        if not work.dry:
            run(["systemctl", "enable", "--quiet", "--now", timer])
    base = os.path.join(directory_of(desired, facts), "base")
    made = [name for name in os.listdir(base) if not name.endswith(".unfinished")] if os.path.isdir(base) else []
    if not made and psql(facts, "SHOW archive_mode").strip() == "on":
        work.tell("make a first backup in " + base)
        if not work.dry:
            done = run(["systemctl", "start", timer_of(facts) + ".service"], check=False, timeout=3600)
            if done.returncode != 0:
                raise Failure("the first backup failed. It said:\n%s" % journal(timer_of(facts) + ".service"))


def take_backups_away(work, facts):
    """The timer and the scripts; backups stay."""
    if not os.path.exists("/etc/systemd/system/%s.timer" % timer_of(facts)):
        return
    work.tell("take the timer of backups away")
    if not work.dry:
        run(["systemctl", "disable", "--quiet", "--now", timer_of(facts) + ".timer"], check=False)
        for kind in ("timer", "service"):
            path = "/etc/systemd/system/%s.%s" % (timer_of(facts), kind)
            if os.path.exists(path):
                os.unlink(path)
        run(["systemctl", "daemon-reload"])


def purge_backups(desired, facts):
    take_backups_away(Work(False, facts["id"]), facts)
    shutil.rmtree(scripts_of(facts), ignore_errors=True)
    beside = os.path.dirname(facts["data"])
    for name in os.listdir(beside) if os.path.isdir(beside) else []:
        # What restores moved aside.
        if name.startswith(facts["id"] + ".before-"):
            shutil.rmtree(os.path.join(beside, name), ignore_errors=True)
    if os.path.isdir(SCRIPTS) and not os.listdir(SCRIPTS):
        os.rmdir(SCRIPTS)
    if desired.get("backups"):
        shutil.rmtree(directory_of(desired, facts), ignore_errors=True)
