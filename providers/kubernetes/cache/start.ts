import { createHash } from "node:crypto";
import { prober } from "../../protocols/valkey-settings";
import { administrator, configurationDirectory, dataDirectory, port } from "./configuration";

/**
 * The container's program. It stands in the ConfigMap and not in the pod, so that a newer one causes no restart.
 *
 * Debian's and Alpine's images must run it.
 */
export const startScript = `# Starts the server. Written by pulumi-data-services.
set -eu
umask 077
given=${configurationDirectory}/valkey.conf
kept=${dataDirectory}/valkey.conf
users=${dataDirectory}/users.acl
end='pulumi-data-services-end-of-check yes'

# The server stops at the first directive that it refuses; the last one is made up. Settings that it refuses don't take it down: it goes on
# with those before.
said=$({ cat "$given"; echo "$end"; } | valkey-server - 2>&1) || true
case $said in
*"'$end'"*)
    cp "$given" "$kept.new"
    mv "$kept.new" "$kept"
    ;;
*)
    echo "The settings are refused: $said"
    [ -e "$kept" ] || kept=$given
    ;;
esac

# The system's users are as given, others stay as they are.
{
    cat ${configurationDirectory}/system.acl
    if [ -e "$users" ]; then
        grep -v -e '^user default ' -e '^user ${administrator} ' -e '^user ${prober} ' "$users" || true
    fi
} > "$users.new"
sync
mv "$users.new" "$users"

exec valkey-server "$kept"
`;

/** Lines of an ACL file: nobody without a user, the administrator, and who asks whether the server answers. */
export function systemUsers(adminPassword: string): string {
    return [
        "user default reset off",
        `user ${administrator} on #${sha256(adminPassword)} ~* &* +@all`,
        `user ${prober} on #${sha256(probePassword(adminPassword))} -@all +ping`,
        "",
    ].join("\n");
}

/** What the probes say to the server. */
export function probeCommands(adminPassword: string): string {
    return `AUTH ${prober} ${probePassword(adminPassword)}\nPING\n`;
}

/** Tells nothing of the administrator's own. */
function probePassword(adminPassword: string): string {
    return sha256(`${prober} ${adminPassword}`);
}

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/** The password arrives by standard input. */
function probe(answers: string): { exec: { command: string[] } } {
    const client = `valkey-cli --tls --cacert ${configurationDirectory}/ca.crt -h 127.0.0.1 -p ${port}`;
    return { exec: { command: ["sh", "-c", `${client} < ${configurationDirectory}/probe 2>/dev/null | grep -qE '${answers}'`] } };
}

/** A full disk (MISCONF) stops writes only, and a long script (BUSY) ends. While the server loads its data it answers nobody. */
const isReady = probe("^(PONG|MISCONF|BUSY)");
/** Anything that it says: a restart makes a server that loads its data no faster. */
const isAlive = probe(".");

export const probes = {
    // However long the data take to load.
    startupProbe: { ...isReady, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 86_400 },
    readinessProbe: { ...isReady, periodSeconds: 5, timeoutSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...isAlive, periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 6 },
};
