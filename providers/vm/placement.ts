import { isIP } from "node:net";
import type { ServiceRequest, ServiceSpec } from "../../components/backend";
import { didYouMean, type Problem, show } from "../../components/validation";
import type { VmConfig, VmHostConfig, VmLoginConfig } from "./config";

/** How a machine is reached; the key is secret where it is a text. */
export interface Login {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly privateKeyFile?: string;
    readonly privateKey?: string;
    readonly agent: boolean;
    readonly hostKey: string;
    readonly jump?: Login;
}

/** How this library acts on a host. */
export interface HostAccess {
    readonly login: Login;
    readonly sudo: boolean;
}

/** The host on which a service is placed. */
export interface PlacedHost {
    readonly access: HostAccess;
    readonly endpoint: string;
    readonly cidrs: readonly string[];
    readonly restart: boolean;
}

/** RFC 1918 and the unique local addresses of IPv6: networks that aren't the Internet. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** The host of a service, whose settings have been found complete. */
export function placedHost(config: VmConfig, service: string): PlacedHost {
    const settings = settingsOf(config, service);
    const { user = "root", sudo = user !== "root", endpoint = settings.address as string, allowedCidrs = privateRanges, allowRestart = true } = settings;
    const login = loginOf(settings);
    return {
        access: { login: { ...login, ...(settings.jump === undefined ? {} : { jump: loginOf(settings.jump) }) }, sudo },
        endpoint,
        cidrs: allowedCidrs,
        restart: allowRestart,
    };
}

/** What is wrong with the placement of a service and with its host's settings. */
export function placementProblems({ service, config, configPath }: ServiceRequest<VmConfig, ServiceSpec>): Problem[] {
    const hosts = Object.keys(config.hosts ?? {});
    const name = config.placement?.[service];
    if (name !== undefined && !hosts.includes(name)) {
        return [
            {
                property: `${configPath}.placement.${service}`,
                reason: `there is no host ${show(name)}${didYouMean(name, hosts)} ${hosts.length > 0 ? `Hosts: ${hosts.join(", ")}.` : `Add it to ${configPath}.hosts.`}`,
            },
        ];
    }
    const settings = settingsOf(config, service);
    if (name === undefined && settings.address === undefined && hosts.length > 1) {
        return [
            {
                property: `${configPath}.placement.${service}`,
                reason: `is required: there are several hosts, ${hosts.join(", ")}. Name the one for "${service}".`,
            },
        ];
    }
    const chosen = name ?? (hosts.length === 1 ? hosts[0] : undefined);
    const path = chosen === undefined ? configPath : `${configPath}.hosts.${chosen}`;
    return [...loginProblems(settings, path), ...(settings.jump === undefined ? [] : loginProblems(settings.jump, `${path}.jump`))];
}

function settingsOf(config: VmConfig, service: string): VmHostConfig {
    const { host, hosts = {}, placement = {}, ports: _ports, ...shared } = config;
    const common: VmHostConfig = { ...(host === undefined ? {} : { address: host }), ...shared };
    const names = Object.keys(hosts);
    const name = placement[service] ?? (common.address === undefined && names.length === 1 ? names[0] : undefined);
    return { ...common, ...(name === undefined ? {} : hosts[name]) };
}

function loginProblems({ address, user, hostKey, privateKey, privateKeyFile }: VmLoginConfig, path: string): Problem[] {
    const problems: Problem[] = [];
    const required = (property: string, what: string) => problems.push({ property: `${path}.${property}`, reason: `is required: ${what}.` });
    if (address === undefined) {
        required("address", "the machine's name or address");
    }
    if (user === undefined) {
        required("user", "root, or a user with sudo");
    }
    if (hostKey === undefined) {
        required("hostKey", `the machine's own public key, so that nobody can pose as it; it is what "ssh-keyscan ${address ?? "<address>"}" prints`);
    }
    if (privateKey !== undefined && privateKeyFile !== undefined) {
        problems.push({ property: `${path}.privateKey`, reason: "can't be set beside privateKeyFile. Remove one of the two." });
    }
    return problems;
}

function loginOf({ address = "", sshPort = 22, user = "root", privateKeyFile, privateKey, agent, hostKey = "" }: VmLoginConfig): Login {
    return {
        host: address,
        port: sshPort,
        user,
        ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
        ...(privateKey === undefined ? {} : { privateKey }),
        agent: agent ?? (privateKey === undefined && privateKeyFile === undefined),
        hostKey,
    };
}

/** The names of a certificate: what clients connect to, and the loopback names, by which this library comes through SSH. */
export function certificateNames(endpoint: string): { dns: string[]; ip: string[] } {
    return isIP(endpoint) === 0 ? { dns: [endpoint, "localhost"], ip: ["127.0.0.1"] } : { dns: ["localhost"], ip: [endpoint, "127.0.0.1"] };
}
