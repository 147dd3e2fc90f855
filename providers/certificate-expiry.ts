import { X509Certificate } from "node:crypto";

/** A certificate with less than this left is renewed by the next `up`: 30 days. */
const renewBefore = 30 * 24 * 60 * 60 * 1000;

/** Whether a certificate (PEM) is missing, unreadable or near its end. */
export function isExpiring(certificate: string | undefined): boolean {
    try {
        return Date.parse(new X509Certificate(certificate ?? "").validTo) - Date.now() < renewBefore;
    } catch {
        return true;
    }
}
