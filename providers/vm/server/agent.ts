import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceKind } from "../../../components/backend";
import type { HostAccess } from "../placement";
import { onHost } from "./hosts";

/** Something about a host or a request that a person has to mend. */
export interface Refusal {
    readonly property: string;
    readonly reason: string;
}

/** The host says no, and says why. */
export class HostRefusal extends Error {
    constructor(
        subject: string,
        readonly refusals: readonly Refusal[],
    ) {
        super(refusals.map(({ property, reason }) => `${subject}: ${property}: ${reason}`).join("\n"));
    }
}

export interface AgentAnswers {
    preflight: { readonly problems: readonly Refusal[]; readonly machine: string; readonly version: string | null };
    plan: { readonly changes: readonly string[] };
    verify: { readonly changes: readonly string[] };
    apply: { readonly changes: readonly string[]; readonly ports: Readonly<Record<string, number>>; readonly pendingRestart: readonly string[] };
    destroy: { readonly changes: readonly string[] };
}

export type AgentCommand = keyof AgentAnswers;

const agents: Readonly<Record<ServiceKind, readonly string[]>> = { database: ["postgresql_backups", "postgresql"], queue: ["rabbitmq"], cache: ["valkey"] };

/**
 * Runs one command of a kind's agent on a host. The agent and its request come by standard input: nothing of them is in a process list, a log or
 * a file of the host.
 *
 * @throws HostRefusal | SshError | Error
 */
export async function ask<Command extends AgentCommand>(
    access: HostAccess,
    { kind, service }: { readonly kind: ServiceKind; readonly service: string },
    command: Command,
    desired: { readonly name?: string | undefined; readonly [key: string]: unknown },
): Promise<AgentAnswers[Command]> {
    const subject = `the ${kind} "${service}" on ${access.login.host}`;
    const request = Buffer.from(JSON.stringify({ command, desired: { ...desired, id: desired.name } })).toString("base64");
    const stdin = `${source(kind)}\nmain(SERVICE, "${request}")\n`;
    const { code, stdout, stderr } = await onHost(access, ({ exec }) => exec(access.sudo ? "sudo -n python3 -I -" : "python3 -I -", { stdin }));
    const line = stdout.trim().split("\n").at(-1) ?? "";
    const answer = parse(line);
    if (answer === undefined) {
        const said = stderr.trim().split("\n").slice(-3).join(" ");
        if (/python3.*not found|not found.*python3/i.test(said)) {
            throw new HostRefusal(subject, [
                { property: "host", reason: "the host has no python3, which Debian and Ubuntu bring. Install it: apt install python3." },
            ]);
        }
        if (/password is required|not in the sudoers|not allowed to|sudo: (command )?not found|may not run sudo/i.test(said)) {
            const { user } = access.login;
            throw new HostRefusal(subject, [
                {
                    property: "sudo",
                    reason: `the user "${user}" can't become root by sudo without a password. Allow it (a file in /etc/sudoers.d: "${user} ALL=(ALL) NOPASSWD: ALL"), or log in as root.`,
                },
            ]);
        }
        throw new Error(`${subject}: the agent ended with ${code} and no answer. ${said}`);
    }
    if (answer.refusals) {
        throw new HostRefusal(subject, answer.refusals);
    }
    if (answer.error !== undefined) {
        throw new Error(`${subject}: ${answer.error}`);
    }
    return answer.result as AgentAnswers[Command];
}

function parse(line: string): { result?: unknown; refusals?: Refusal[]; error?: string } | undefined {
    try {
        return JSON.parse(line);
    } catch {
        return undefined;
    }
}

const sources = new Map<ServiceKind, string>();

/** The program: what all agents share, and the kind's own. */
function source(kind: ServiceKind): string {
    const known = sources.get(kind);
    if (known !== undefined) {
        return known;
    }
    const text = ["common", ...agents[kind]].map((name) => readFileSync(join(__dirname, "..", "agent", `${name}.py`), "utf8")).join("\n");
    sources.set(kind, text);
    return text;
}
