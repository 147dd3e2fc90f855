import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Recorded } from "./recording";

/** A stand-in for the API of AWS Secrets Manager, in as much as it answers `GetSecretValue` from what the recording provider recorded. */
export interface SecretsManager {
    /** For AWS_ENDPOINT_URL_SECRETS_MANAGER, which AWS's own libraries read. */
    readonly url: string;
    close(): Promise<void>;
}

export async function startSecretsManager(recorded: () => Recorded): Promise<SecretsManager> {
    const server = createServer((request, response) => {
        let body = "";
        request.setEncoding("utf8").on("data", (part) => {
            body += part;
        });
        request.on("end", () => {
            const { status, answer } = reply(request.headers, body, recorded());
            response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => close(server) };
}

function reply(headers: Readonly<Record<string, string | string[] | undefined>>, body: string, { secrets }: Recorded): { status: number; answer: unknown } {
    const refuse = (type: string, message: string) => ({ status: 400, answer: { __type: type, message } });
    if (headers["x-amz-target"] !== "secretsmanager.GetSecretValue") {
        return refuse("UnknownOperationException", `the stand-in for Secrets Manager answers GetSecretValue only, not ${headers["x-amz-target"]}`);
    }
    // Requests that nobody signed are refused by AWS too; whose signature it is can't be told here.
    if (!/^AWS4-HMAC-SHA256 Credential=\S+\/secretsmanager\/aws4_request/.test(String(headers.authorization))) {
        return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const { SecretId } = JSON.parse(body) as { SecretId?: string };
    const secret = SecretId === undefined ? undefined : secrets[SecretId];
    if (SecretId === undefined || secret === undefined) {
        return refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    const answer = { ARN: SecretId, Name: SecretId.split(":").at(-1), SecretString: JSON.stringify(secret), VersionStages: ["AWSCURRENT"] };
    return { status: 200, answer };
}

function close(server: Server): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
