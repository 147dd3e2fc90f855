/** Certificate authorities and the certificates of servers, as PEM texts. Loading this takes a moment: only where one may have to be made. */
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const day = 24 * 60 * 60 * 1000;
/** Ten years: an authority lives as long as what it stands for. */
const authorityLifetime = 3650 * day;
/** 825 days is the most that Apple's clients accept of a server certificate. */
const serverLifetime = 825 * day;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate and its private key (PKCS #8), as PEM. */
export interface KeyPair {
    readonly certificate: string;
    readonly key: string;
}

/** The names by which clients reach a server. */
export interface ServerNames {
    readonly dns: readonly string[];
    readonly ip?: readonly string[];
}

/** A new authority; `name` is what people read in its certificate. */
export async function createAuthority(name: string): Promise<KeyPair> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const now = Date.now();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: serialNumber(),
        name: [{ CN: [name.slice(0, 64)] }],
        notBefore: new Date(now - day),
        notAfter: new Date(now + authorityLifetime),
        signingAlgorithm: algorithm,
        keys,
        extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return { certificate: pem(certificate), key: await exportKey(keys.privateKey) };
}

/** A new certificate for a server, signed by an authority. */
export async function issueServerCertificate(authority: KeyPair, names: ServerNames): Promise<KeyPair> {
    const issuer = new x509.X509Certificate(authority.certificate);
    const signingKey = await webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(authority.key), algorithm, false, ["sign"]);
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const now = Date.now();
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: `CN=${(names.dns[0] ?? "server").slice(0, 64)}`,
        issuer: issuer.subject,
        notBefore: new Date(now - day),
        notAfter: new Date(now + serverLifetime),
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension([
                ...names.dns.map((value) => ({ type: "dns" as const, value })),
                ...(names.ip ?? []).map((value) => ({ type: "ip" as const, value })),
            ]),
            await x509.AuthorityKeyIdentifierExtension.create(issuer),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return { certificate: pem(certificate), key: await exportKey(keys.privateKey) };
}

function pem(certificate: x509.X509Certificate): string {
    return `${certificate.toString("pem")}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
    return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

/** A positive number of 16 random bytes, as RFC 5280 wants it. */
function serialNumber(): string {
    const bytes = randomBytes(16);
    bytes[0] = (bytes[0] as number) & 0x7f;
    return bytes.toString("hex");
}
