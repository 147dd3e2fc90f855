import { createServer } from "node:http";

/** What was asked of the stand-in. */
export interface SecretsManagerCall {
    readonly target: string;
    readonly region: string;
    readonly secretId: string;
}

/**
 * A stand-in for AWS Secrets Manager that knows some secrets; the environment of this process leads the SDK to it until `close`. It checks no
 * signature: what is tested is what the SDK is asked for, and what becomes of the answers.
 */
export async function startSecretsManager(secrets: Readonly<Record<string, string>>): Promise<{ calls: SecretsManagerCall[]; close: () => Promise<void> }> {
    const calls: SecretsManagerCall[] = [];
    const server = createServer((request, response) => {
        let body = "";
        request.setEncoding("utf8").on("data", (part) => {
            body += part;
        });
        request.on("end", () => {
            const secretId = String(JSON.parse(body).SecretId);
            const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
            calls.push({ target: String(request.headers["x-amz-target"]), region, secretId });
            const found = secrets[secretId];
            response.setHeader("content-type", "application/x-amz-json-1.1");
            response.statusCode = found === undefined ? 400 : 200;
            response.end(
                JSON.stringify(
                    found === undefined
                        ? { __type: "AccessDeniedException", message: "not authorized to perform: secretsmanager:GetSecretValue" }
                        : { ARN: secretId, Name: "admin", VersionId: "1", SecretString: found },
                ),
            );
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const environment = {
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
    };
    const before = { ...process.env };
    Object.assign(process.env, environment);
    return {
        calls,
        close: async () => {
            for (const name of Object.keys(environment)) {
                delete process.env[name];
                if (before[name] !== undefined) {
                    process.env[name] = before[name];
                }
            }
            await new Promise((resolve) => server.close(resolve));
        },
    };
}
