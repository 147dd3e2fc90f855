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
        "ps -eo args= | grep -E '^(/usr/lib/postgresql|/usr/bin/(valkey|redis)-server|.*beam)' | cut -c 1-200",
        "systemctl --failed --no-legend --plain",
        "true",
    ];
    return (await host.process.must(script.join("\n"))).split("\n").filter((line) => line !== "");
}
