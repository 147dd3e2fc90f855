import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Why a client that trusts `certificates` only would refuse the server under this name; undefined when it wouldn't. Nobody logs in. */
export async function certificateProblem(server: {
    readonly host: string;
    readonly port: number;
    readonly servername: string;
    readonly certificates: string;
}): Promise<string | undefined> {
    const { host, port, servername, certificates } = server;
    const socket = connect({ host, port, timeout: 10_000 });
    try {
        await askForTls(socket);
        const secure = connectTls({ socket, servername, ca: certificates });
        await new Promise<void>((resolve, reject) => {
            secure.once("error", reject);
            secure.once("secureConnect", resolve);
        });
        secure.end();
        return undefined;
    } catch (error) {
        return (error as Error).message;
    } finally {
        socket.destroy();
    }
}

/** PostgreSQL's SSLRequest, which is answered by one letter. */
function askForTls(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.once("close", () => reject(new Error("the connection was closed")));
        socket.once("timeout", () => reject(new Error("no answer within 10 s")));
        socket.once("data", (answer) => (answer.toString() === "S" ? resolve() : reject(new Error("it doesn't encrypt"))));
        socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    });
}
