import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceKind, ServiceRequest, ServiceSpec } from "../../components/backend";
import { type Problem, show } from "../../components/validation";
import type { ExistingAdmin, ExistingBastion, ExistingConfig, ExistingServer } from "./config";

/** The server of a service, and the property path of its settings. */
export function serverOf(config: ExistingConfig, service: string, configPath = ""): { server: ExistingServer | undefined; path: string } {
    const own = config.servers && Object.hasOwn(config.servers, service) ? config.servers[service] : undefined;
    return own === undefined ? { server: config.server, path: `${configPath}.server` } : { server: own, path: `${configPath}.servers.${service}` };
}

/** The certificates to trust, from wherever they are given. @throws Error where the file can't be read */
export function certificatesOf({ certificates, certificatesFile }: ExistingServer): string | undefined {
    return certificatesFile === undefined
        ? certificates
        : readFileSync(certificatesFile.startsWith("~/") ? join(homedir(), certificatesFile.slice(2)) : certificatesFile, "utf8");
}

/** What is wrong with a request, beyond the schema. Nothing is connected to. */
export function problems(kind: ServiceKind, { service, config, configPath, spec }: ServiceRequest<ExistingConfig, ServiceSpec>): Problem[] {
    const { server, path } = serverOf(config, service, configPath);
    const found: Problem[] = [];
    if (Object.keys(spec.settings).length > 0) {
        found.push({
            property: "settings",
            reason: `the backend "existing" leaves the server's own settings to whoever runs it, got ${show(spec.settings)}. Remove settings, and have them set on the server.`,
        });
    }
    if (server === undefined) {
        const given = Object.keys(config.servers ?? {});
        found.push({
            property: `${configPath}.servers.${service}`,
            reason: `is required: no server is named for the ${kind} ${show(service)}${given.length > 0 ? ` (there are: ${given.join(", ")})` : ""}. Name it here, or one for all as ${configPath}.server.`,
        });
        return found;
    }
    return [
        ...found,
        ...adminProblems(server.admin, `${path}.admin`),
        ...(server.bastion === undefined ? [] : bastionProblems(server.bastion, `${path}.bastion`)),
        ...certificateProblems(server, path),
        ...managementProblems(kind, server, path),
    ];
}

function adminProblems(admin: ExistingAdmin, path: string): Problem[] {
    const found = exactlyOne(admin, ["password", "passwordFile", "passwordEnv", "secretArn"], path);
    if (admin.username === undefined && admin.secretArn === undefined) {
        found.push({ property: `${path}.username`, reason: "is required: the administrator's name on the server." });
    }
    for (const property of ["region", "profile"] as const) {
        if (admin[property] !== undefined && admin.secretArn === undefined) {
            found.push({ property: `${path}.${property}`, reason: `is of use with secretArn only, got ${show(admin[property])}. Remove it.` });
        }
    }
    return [...found, ...secretProblems(admin.password, `${path}.password`)];
}

function bastionProblems(bastion: ExistingBastion, path: string): Problem[] {
    const given = { ...bastion, agent: bastion.agent || undefined };
    return [...exactlyOne(given, ["privateKey", "privateKeyFile", "agent"], path), ...secretProblems(bastion.privateKey, `${path}.privateKey`)];
}

/** Names only: the values are secrets. */
function exactlyOne<Shape extends object>(given: Shape, properties: readonly (keyof Shape & string)[], path: string): Problem[] {
    const named = properties.filter((property) => given[property] !== undefined);
    if (named.length === 1) {
        return [];
    }
    return [{ property: path, reason: `exactly one of ${properties.join(", ")} must be set, got ${named.length === 0 ? "none" : named.join(" and ")}.` }];
}

function secretProblems(value: unknown, property: string): Problem[] {
    return value === undefined || typeof value === "string" || pulumi.Output.isInstance(value) || value instanceof Promise
        ? []
        : [{ property, reason: "must be a text, or a secret Output of one." }];
}

function certificateProblems(server: ExistingServer, path: string): Problem[] {
    if (server.certificatesFile === undefined) {
        return [];
    }
    const property = `${path}.certificatesFile`;
    if (server.certificates !== undefined) {
        return [{ property, reason: "can't be set beside certificates. Remove one of the two." }];
    }
    try {
        return certificatesOf(server)?.includes("-----BEGIN CERTIFICATE-----")
            ? []
            : [{ property, reason: `must name a file with certificates as PEM; ${show(server.certificatesFile)} has none.` }];
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        return [{ property, reason: `${show(server.certificatesFile)} can't be read (${code}). It is read on the machine that runs "pulumi".` }];
    }
}

function managementProblems(kind: ServiceKind, server: ExistingServer, path: string): Problem[] {
    const given = (["managementHost", "managementPort"] as const).filter((property) => server[property] !== undefined);
    return kind === "queue"
        ? []
        : given.map((property) => ({ property: `${path}.${property}`, reason: `is for queues only, and this is a ${kind}. Remove it.` }));
}
