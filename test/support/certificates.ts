import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { Binding } from "./clients";

/** Replaces a server's certificate by one that has only some days left, signed by the same authority. */
export function shortenCertificate(directory: string, days: number): void {
    const authority = join(directory, "..", "authority");
    const request = openssl([
        "req",
        "-new",
        "-key",
        join(directory, "tls", "server.key"),
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]);
    const signed = openssl(
        [
            "x509",
            "-req",
            "-days",
            String(days),
            "-CA",
            join(authority, "ca.crt"),
            "-CAkey",
            join(authority, "ca.key"),
            "-set_serial",
            "4711",
            "-copy_extensions",
            "copyall",
        ],
        request,
    );
    writeFileSync(join(directory, "tls", "server.crt"), signed);
}

/** The certificate that a PostgreSQL server shows now. */
export async function certificateOfServer({ host, port, certificates }: Binding): Promise<X509Certificate> {
    const socket = connect({ host, port });
    try {
        await askForTls(socket);
        const secure = connectTls({ socket, servername: host, ca: certificates });
        await new Promise((resolve, reject) => secure.once("secureConnect", resolve).once("error", reject));
        return new X509Certificate(secure.getPeerCertificate().raw);
    } finally {
        socket.destroy();
    }
}

/** PostgreSQL's SSLRequest; it answers with one letter. */
function askForTls(socket: Socket): Promise<unknown> {
    return new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.once("data", resolve);
        socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    });
}

function openssl(args: readonly string[], input = ""): string {
    const { status, stdout, stderr } = spawnSync("openssl", args, { input, encoding: "utf8" });
    if (status !== 0) {
        throw new Error(`openssl ${args[0]} failed: ${stderr}`);
    }
    return stdout;
}
