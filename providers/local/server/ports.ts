import { createServer } from "node:net";

/** A free port of the loopback interface, chosen by the system. */
export async function freePort(): Promise<number> {
    return listen(0);
}

/** Whether nobody listens on a port of the loopback interface. */
export async function isFree(port: number): Promise<boolean> {
    return listen(port).then(
        () => true,
        () => false,
    );
}

function listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
            const { port: taken } = server.address() as { port: number };
            server.close(() => resolve(taken));
        });
    });
}
