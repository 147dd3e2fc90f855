import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { loadOptional } from "../../../components/optional-package";
import type { AdminLogin, Bastion } from "../access";
import type { SshTarget } from "../ssh";
import { RemoteError } from "./trouble";

/** A user and a password, as they are sent to the server. */
export interface Login {
    readonly username: string;
    readonly password: string;
}

/** Reads an administrator's login from wherever it is kept. @throws RemoteError */
export async function readLogin(admin: AdminLogin, subject: string): Promise<Login> {
    const { username, password, passwordFile, passwordEnv, secretArn } = admin;
    if (secretArn !== undefined) {
        return { ...(await readSecret(admin, secretArn, subject)), ...(username === undefined ? {} : { username }) };
    }
    const found = password ?? (passwordFile === undefined ? environmentVariable(passwordEnv, subject) : await readPasswordFile(passwordFile, subject));
    if (username === undefined) {
        throw new RemoteError("settings", `${subject}: admin.username is required.`);
    }
    return { username, password: found };
}

/** A bastion with its key. @throws RemoteError */
export async function readBastion({ privateKeyFile, ...target }: Bastion, subject: string): Promise<SshTarget> {
    return privateKeyFile === undefined ? target : { ...target, privateKey: await readText(privateKeyFile, "bastion.privateKeyFile", subject) };
}

function environmentVariable(name: string | undefined, subject: string): string {
    const value = name === undefined ? undefined : process.env[name];
    if (!value) {
        const what = name === undefined ? "no password is given" : `admin.passwordEnv names ${name}, which isn't set where "pulumi" runs`;
        throw new RemoteError("settings", `${subject}: ${what}. Set one of admin.password, passwordFile, passwordEnv and secretArn.`);
    }
    return value;
}

async function readPasswordFile(file: string, subject: string): Promise<string> {
    const password = (await readText(file, "admin.passwordFile", subject)).replace(/\r?\n$/, "");
    if (password === "") {
        throw new RemoteError("settings", `${subject}: the file ${file} of admin.passwordFile is empty.`);
    }
    return password;
}

async function readText(file: string, property: string, subject: string): Promise<string> {
    try {
        return await readFile(file.startsWith("~/") ? join(homedir(), file.slice(2)) : file, "utf8");
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new RemoteError("settings", `${subject}: the file ${file} of ${property} can't be read (${code}). It is read on the machine that runs "pulumi".`);
    }
}

/** The secret itself is in no message. */
async function readSecret({ region, profile }: AdminLogin, secretArn: string, subject: string): Promise<Login> {
    const { GetSecretValueCommand, SecretsManagerClient } = loadSecretsManager();
    const client = new SecretsManagerClient({ ...regionOf(region, secretArn), ...(profile === undefined ? {} : { profile }) });
    let text: string | undefined;
    try {
        text = (await client.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString;
    } catch (error) {
        const { name, message } = error as Error;
        throw new RemoteError(
            "settings",
            `${subject}: the administrator's secret ${secretArn} can't be read: ${name}: ${message}. ` +
                'Whoever runs "pulumi" needs secretsmanager:GetSecretValue on it, and kms:Decrypt on its key where that is the customer\'s.',
            { cause: error },
        );
    } finally {
        client.destroy();
    }
    const { username, password } = parseSecret(text);
    if (typeof username !== "string" || typeof password !== "string") {
        throw new RemoteError(
            "settings",
            `${subject}: the administrator's secret ${secretArn} must be JSON with the texts "username" and "password", as RDS keeps it.`,
        );
    }
    return { username, password };
}

/** An ARN holds its region: arn:aws:secretsmanager:<region>:<account>:secret:<name>. */
function regionOf(region: string | undefined, secretArn: string): { region?: string } {
    const found = region ?? secretArn.split(":")[3];
    return found ? { region: found } : {};
}

function parseSecret(text: string | undefined): { username?: unknown; password?: unknown } {
    try {
        return JSON.parse(text ?? "") ?? {};
    } catch {
        return {};
    }
}

function loadSecretsManager(): typeof import("@aws-sdk/client-secrets-manager") {
    return loadOptional(
        () => require("@aws-sdk/client-secrets-manager"),
        'Logins in AWS Secrets Manager need the package "@aws-sdk/client-secrets-manager", which isn\'t installed beside pulumi-data-services. ' +
            "Install it: npm install @aws-sdk/client-secrets-manager",
    );
}
