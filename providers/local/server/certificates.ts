import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { isExpiring } from "./certificate-expiry";
import { type Home, stackDirectory, writeAtomically } from "./home";
import type { ServerInputs } from "./inputs";
import { withLock } from "./lock";

const day = 24 * 60 * 60 * 1000;
/** Ten years: the authority is made anew with the stack. */
const authorityLifetime = 3650 * day;
/** 825 days is the most that Apple's clients accept of a server certificate. */
const serverLifetime = 825 * day;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Makes or renews the server's certificate, signed by the stack's authority. Returns whether the files changed. */
export async function ensureCertificates(home: Home, inputs: ServerInputs): Promise<boolean> {
    const authority = await ensureAuthority(inputs);
    const files = { ca: home.path("tls", "ca.crt"), certificate: home.path("tls", "server.crt"), key: home.path("tls", "server.key") };
    const caChanged = !existsSync(files.ca) || (await readFile(files.ca, "utf8")) !== authority.pem;
    if (!caChanged && existsSync(files.key) && !(await isExpiring(home))) {
        return false;
    }
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const now = Date.now();
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: "CN=localhost",
        issuer: authority.certificate.subject,
        notBefore: new Date(now - day),
        notAfter: new Date(now + serverLifetime),
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey: authority.key,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension([
                { type: "dns", value: "localhost" },
                { type: "ip", value: "127.0.0.1" },
                { type: "ip", value: "::1" },
            ]),
            await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    await writeAtomically(files.key, await exportKey(keys.privateKey), 0o600);
    await writeAtomically(files.certificate, `${certificate.toString("pem")}\n`, 0o644);
    await writeAtomically(files.ca, authority.pem, 0o644);
    return true;
}

interface Authority {
    readonly certificate: x509.X509Certificate;
    readonly key: webcrypto.CryptoKey;
    readonly pem: string;
}

/** The authority of a stack: its certificate and key beside the stack's servers. The key is readable by the owner of the stack only. */
async function ensureAuthority(inputs: ServerInputs): Promise<Authority> {
    const directory = join(stackDirectory(inputs), "authority");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return withLock(join(directory, "lock"), async () => {
        const files = { certificate: join(directory, "ca.crt"), key: join(directory, "ca.key") };
        if (!existsSync(files.certificate) || !existsSync(files.key)) {
            await createAuthority(inputs, files);
        }
        const pem = await readFile(files.certificate, "utf8");
        const der = x509.PemConverter.decodeFirst(await readFile(files.key, "utf8"));
        const key = await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
        return { certificate: new x509.X509Certificate(pem), key, pem };
    });
}

async function createAuthority({ project, stack }: ServerInputs, files: { certificate: string; key: string }): Promise<void> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const now = Date.now();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: serialNumber(),
        name: [{ CN: [`pulumi-data-services ${project}/${stack}`.slice(0, 64)] }],
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
    // The key first: a certificate without its key would be taken for an authority.
    await writeAtomically(files.key, await exportKey(keys.privateKey), 0o600);
    await writeAtomically(files.certificate, `${certificate.toString("pem")}\n`, 0o644);
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
