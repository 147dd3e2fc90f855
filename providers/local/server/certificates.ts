import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuthority, issueServerCertificate, type KeyPair } from "../../certificates";
import { isExpiring } from "./certificate-expiry";
import { type Home, stackDirectory, writeAtomically } from "./home";
import type { ServerInputs } from "./inputs";
import { withLock } from "./lock";

/** Makes or renews the server's certificate, signed by the stack's authority. Returns whether the files changed. */
export async function ensureCertificates(home: Home, inputs: ServerInputs): Promise<boolean> {
    const authority = await ensureAuthority(inputs);
    const files = { ca: home.path("tls", "ca.crt"), certificate: home.path("tls", "server.crt"), key: home.path("tls", "server.key") };
    const caChanged = !existsSync(files.ca) || (await readFile(files.ca, "utf8")) !== authority.certificate;
    if (!caChanged && existsSync(files.key) && !(await isExpiring(home))) {
        return false;
    }
    const { certificate, key } = await issueServerCertificate(authority, { dns: ["localhost"], ip: ["127.0.0.1", "::1"] });
    await writeAtomically(files.key, key, 0o600);
    await writeAtomically(files.certificate, certificate, 0o644);
    await writeAtomically(files.ca, authority.certificate, 0o644);
    return true;
}

/** The authority of a stack: its certificate and key beside the stack's servers. The key is readable by the owner of the stack only. */
async function ensureAuthority(inputs: ServerInputs): Promise<KeyPair> {
    const directory = join(stackDirectory(inputs), "authority");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return withLock(join(directory, "lock"), async () => {
        const files = { certificate: join(directory, "ca.crt"), key: join(directory, "ca.key") };
        if (!existsSync(files.certificate) || !existsSync(files.key)) {
            const { certificate, key } = await createAuthority(`pulumi-data-services ${inputs.project}/${inputs.stack}`);
            // The key first: a certificate without its key would be taken for an authority.
            await writeAtomically(files.key, key, 0o600);
            await writeAtomically(files.certificate, certificate, 0o644);
        }
        return { certificate: await readFile(files.certificate, "utf8"), key: await readFile(files.key, "utf8") };
    });
}
