import { ask } from "../../../providers/vm/server/agent";
import type { TestHost } from "../../../tools/hosts";
import { hostForTests, reasonToSkipHosts } from "../../../tools/hosts/for-tests";
import { type Release, releases } from "../../../tools/hosts/tree";
import { leftoversOn, serverInputs, serverSecrets, settingsOf } from "../../support/hosts";
import type { ContractBackend } from "../backend";

let host: TestHost;
let prepared: Promise<string | undefined> | undefined;

/** A Debian host with systemd and sshd, begun anew; `TEST_HOST_RELEASE` names another release than the newest. */
export const backend: ContractBackend = {
    kinds: ["database", "queue", "cache"],

    unavailable: () => reasonToSkipHosts(),

    prepare: () => (prepared ??= prepareHost()),

    environment() {
        const vm = { vm: settingsOf(host) };
        return { ...Object.fromEntries(backend.kinds.map((kind) => [kind, vm])), defaults: { durability: "ephemeral", size: "nano" } };
    },

    moreKeys: { database: [], queue: [], cache: [] },

    leftovers: () => leftoversOn(host),
};

/** A host that has had a service of each kind: the packages are there, which a slow machine installs for minutes. */
async function prepareHost(): Promise<string | undefined> {
    const release = (process.env.TEST_HOST_RELEASE ?? releases.at(-1)) as Release;
    const answer = await hostForTests({ slot: 11 + releases.indexOf(release), release, fresh: true });
    if ("reason" in answer) {
        return answer.reason;
    }
    host = answer.host;
    const secrets = await serverSecrets(host.address);
    for (const kind of backend.kinds) {
        const desired = { ...serverInputs(host, kind), ...secrets };
        await ask(desired.access, desired, "apply", desired);
        await ask(desired.access, desired, "destroy", { ...desired, purge: true });
    }
    return undefined;
}
