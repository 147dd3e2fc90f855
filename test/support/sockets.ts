import { connect } from "node:net";

/** Connects to a port by name, as any client does, and hangs up; gives the address that it came to. */
export function connectTo(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
        const socket = connect({ host, port, timeout: 10_000 });
        socket.once("connect", () => {
            resolve(String(socket.remoteAddress));
            socket.destroy();
        });
        socket.once("timeout", () => socket.destroy(new Error(`no answer from ${host}:${port}`)));
        socket.once("error", reject);
    });
}
