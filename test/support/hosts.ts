import type { ServiceKind } from "../../index";
import { createAuthority, issueServerCertificate } from "../../providers/certificates";
import { newPassword } from "../../providers/protocols/passwords";
import { certificateNames } from "../../providers/vm/placement";
import type { VmServerInputs } from "../../providers/vm/server/server-provider";
import type { HostOptions, TestHost } from "../../tools/hosts";
import { hostForTests } from "../../tools/hosts/for-tests";
import { skipSuite } from "./kubernetes";

/** For a `before` hook: a host, or the tests of the hook's suite are skipped, and their title says why. */
export async function hostOrSkip(context: Mocha.Context, options: HostOptions): Promise<TestHost> {
    const answer = await hostForTests(options);
    return "reason" in answer ? skipSuite(context, answer.reason) : answer.host;
}

/** The settings of the `vm` backend for a test host. */
export function settingsOf({ address, user, privateKeyFile, hostKey }: TestHost) {
    return { address, user, privateKeyFile, hostKey };
}

/** What services have left on a host, in words. */
export async function leftoversOn(host: TestHost): Promise<string[]> {
    const script = [
        "ls -d /etc/pulumi-data-services/* /etc/postgresql/*/* /var/lib/postgresql/*/* /var/backups/pulumi-data-services/* 2>/dev/null",
        "ls -d /etc/systemd/system/*.d/*data-services* /etc/*/*data-services* /var/lib/data-services* /var/lib/*/*data-services* 2>/dev/null",
        "pgrep -l '^(postgres|valkey-server|redis-server|beam.smp)$'",
        "systemctl --failed --no-legend --plain",
        "true",
    ];
    return (await host.process.must(script.join("\n"))).split("\n").filter((line) => line !== "");
}

/** What a server on a test host shall be, for tests that ask its provider or its agent without an engine. */
export function serverInputs(host: TestHost, kind: ServiceKind, more: Partial<VmServerInputs> = {}): VmServerInputs {
    const { address, port, user, privateKeyFile, hostKey } = host;
    const settings: Readonly<Record<ServiceKind, Record<string, string>>> = {
        database: { shared_buffers: "32MB" },
        queue: { "vm_memory_high_watermark.absolute": String(256 * 2 ** 20) },
        cache: { maxmemory: String(100 * 2 ** 20) },
    };
    return {
        access: { login: { host: address, port, user, privateKeyFile, agent: false, hostKey }, sudo: true },
        ...{ kind, service: "orders", project: "shop", stack: "dev", name: `orders_${kind}`, endpoint: address, cidrs: ["10.0.0.0/8"], restart: true },
        ...{ durability: "ephemeral", allowDataLoss: [], cpu: 0.25, memoryGb: 0.25, storageGb: 1, settings: settings[kind] },
        ...more,
    };
}

/** The secrets of a server: an authority's certificate and one that it signed. */
export async function serverSecrets(endpoint: string) {
    const authority = await createAuthority("test");
    const { certificate, key } = await issueServerCertificate(authority, certificateNames(endpoint));
    return { adminPassword: newPassword(), authority: authority.certificate, certificate, certificateKey: key };
}
