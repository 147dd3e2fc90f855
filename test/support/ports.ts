import { createServer, type Server } from "node:net";

/** Listens on a free port of the loopback interface until `release` is called. */
export async function occupyPort(): Promise<{ port: number; release: () => Promise<void> }> {
    const server = await new Promise<Server>((resolve, reject) => {
        const listening = createServer((socket) => socket.destroy());
        listening.once("error", reject);
        listening.listen(0, "127.0.0.1", () => resolve(listening));
    });
    const { port } = server.address() as { port: number };
    return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}
