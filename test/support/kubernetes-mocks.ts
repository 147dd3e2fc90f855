import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RecorderOptions, type Recording, type Registration, record } from "./recorder";

/** What the resources of the `kubernetes` backend give, of whatever kind. */
export const kubernetesOutputs: NonNullable<RecorderOptions["outputs"]> = {
    Identity: { instanceId: "00000000" },
    KubernetesInstance: {
        version: "8",
        adminPassword: "admin-password",
        authority: "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n",
        authorityKey: "-----BEGIN PRIVATE KEY-----\nauthority\n-----END PRIVATE KEY-----\n",
        certificate: "-----BEGIN CERTIFICATE-----\nserver\n-----END CERTIFICATE-----\n",
        certificateKey: "-----BEGIN PRIVATE KEY-----\nserver\n-----END PRIVATE KEY-----\n",
    },
    KubernetesServer: { host: "orders-00000000.data.svc", port: 6379, managementUri: "https://orders-00000000.data.svc:15671", runningVersion: "8.1.1" },
    KubernetesUser: { password: "p@ss/word" },
};

/**
 * What a program registers in an environment with everything on the `kubernetes` backend, sorted by name: nothing orders them but what they need.
 *
 * @param moreOutputs in place of those of `kubernetesOutputs`
 */
export async function recordKubernetes<Result>(
    program: () => Result,
    settings: object = {},
    moreOutputs: NonNullable<RecorderOptions["outputs"]> = {},
): Promise<Recording<Awaited<Result>>> {
    const kubernetes = { kubernetes: { context: "test", namespace: "data", ...settings } };
    const environment = { database: kubernetes, queue: kubernetes, cache: kubernetes };
    const { result, registrations } = await record(program, { environment, outputs: { ...kubernetesOutputs, ...moreOutputs } });
    const key = ({ name, type }: Registration) => `${name} ${type}`;
    return { result, registrations: [...registrations].sort((one, other) => (key(one) < key(other) ? -1 : 1)) };
}

/** Compares with a file of `test/golden`; writes it where UPDATE_GOLDEN is set. */
export function assertGolden(name: string, registrations: readonly Registration[]): void {
    const file = join(__dirname, "..", "golden", `${name}.json`);
    if (process.env.UPDATE_GOLDEN) {
        writeFileSync(file, `${JSON.stringify(registrations, null, 2)}\n`);
    }
    assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`);
    // Names, parents and protection are contract: look twice before rewriting the file.
    assert.deepEqual(registrations, JSON.parse(readFileSync(file, "utf8")));
}
