import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Home } from "./home";

/** A certificate with less than this left is renewed by the next `up`: 30 days. */
const renewBefore = 30 * 24 * 60 * 60 * 1000;

/** Whether the server's certificate is missing, unreadable or near its end. */
export async function isExpiring(home: Home): Promise<boolean> {
    try {
        const certificate = new X509Certificate(await readFile(home.path("tls", "server.crt")));
        return Date.parse(certificate.validTo) - Date.now() < renewBefore;
    } catch {
        return true;
    }
}
