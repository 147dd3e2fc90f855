import type { TestHost } from "../../../tools/hosts";
import { hostForTests, reasonToSkipHosts } from "../../../tools/hosts/for-tests";
import { type Release, releases } from "../../../tools/hosts/tree";
import { leftoversOn, settingsOf } from "../../support/hosts";
import type { ContractBackend } from "../backend";

let host: TestHost;

/** A Debian host with systemd and sshd, begun anew; `TEST_HOST_RELEASE` names another release than the newest. */
export const backend: ContractBackend = {
    kinds: ["database", "queue", "cache"],

    unavailable: () => reasonToSkipHosts(),

    async prepare() {
        const release = (process.env.TEST_HOST_RELEASE ?? releases.at(-1)) as Release;
        const answer = await hostForTests({ slot: 11 + releases.indexOf(release), release, fresh: true });
        if ("reason" in answer) {
            return answer.reason;
        }
        host = answer.host;
        return undefined;
    },

    environment() {
        const vm = { vm: settingsOf(host) };
        return { ...Object.fromEntries(backend.kinds.map((kind) => [kind, vm])), defaults: { durability: "ephemeral", size: "nano" } };
    },

    moreKeys: { database: [], queue: [], cache: [] },

    leftovers: () => leftoversOn(host),
};
