import { protocols } from "../../protocols";
import type { Admin, Protocol } from "../../protocols/protocol";
import { Api } from "./api";
import type { ServerEngine } from "./engine";
import { type ServerAccess, subject } from "./inputs";
import { isPassing } from "./waiting";

const patienceMilliseconds = 90_000;

/**
 * Runs `action` with an administrator's connection to the server, through the API server: nothing else of the cluster's network is needed. A
 * server or API server that is just being restarted is waited for, so `action` may run more than once.
 */
export async function withAdmin<Result>(
    engine: ServerEngine,
    inputs: ServerAccess,
    action: (protocol: Protocol, admin: Admin) => Promise<Result>,
): Promise<Result> {
    const begun = Date.now();
    for (;;) {
        try {
            const api = await Api.open(inputs.connection);
            const pod = await engine.primaryPod(api, inputs);
            if (pod === undefined) {
                throw Object.assign(new Error(`${subject(inputs)} has no pod that takes writes at the moment`), { code: "ECONNREFUSED" });
            }
            return await api.withForward(inputs.namespace, pod, engine.adminPort, (port) =>
                action(protocols[inputs.kind], {
                    host: "127.0.0.1",
                    port,
                    servername: engine.certificateName(inputs),
                    certificates: inputs.certificates,
                    username: engine.administrator,
                    password: inputs.adminPassword,
                }),
            );
        } catch (error) {
            if (!isPassing(error) || Date.now() - begun > patienceMilliseconds) {
                throw error;
            }
            await new Promise((resolve) => setTimeout(resolve, 1000));
        }
    }
}
