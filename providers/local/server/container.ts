import { createHash } from "node:crypto";
import { serviceAccount } from "./account";
import type { Home } from "./home";
import type { Installation } from "./inputs";
import { run, runOrFail } from "./processes";
import { findProgram } from "./programs";

/**
 * Servers in containers, for machines that have Docker and not the programs themselves.
 *
 * The container sees the server's home at the same path, so configuration files are those of a server without a container. The tests
 * check the commands with a stand-in for `docker`; they don't run against a container engine.
 */
export interface Container {
    readonly image: string;
    readonly home: Home;
    /** Published on 127.0.0.1, under the same number. */
    readonly ports: readonly number[];
    /** Plain facts only: anyone who may ask Docker can read them. */
    readonly env: Readonly<Record<string, string>>;
    readonly command: readonly string[];
}

const scheme = "docker:";

/** Whether this machine has no program but an image for an installation. */
export function isContainer({ location }: Installation): boolean {
    return location.startsWith(scheme);
}

export function imageOf({ location }: Installation): string {
    return location.slice(scheme.length);
}

/** Fetches the image; undefined when this machine has no container engine that answers. */
export async function installImage(image: string, versionVariable: string): Promise<Installation | undefined> {
    if (!findProgram("docker") || (await docker("info")).code !== 0) {
        return undefined;
    }
    if ((await docker("image", "inspect", image)).code !== 0) {
        await dockerOrFail("pull", "--quiet", image);
    }
    const { stdout } = await dockerOrFail("image", "inspect", "--format", "{{json .Config.Env}}", image);
    const variables: string[] = JSON.parse(stdout);
    const version = variables.find((variable) => variable.startsWith(`${versionVariable}=`))?.slice(versionVariable.length + 1);
    if (!version) {
        throw new Error(
            `The image ${image} does not say its version: it has no variable ${versionVariable}. Remove it (docker image rm ${image}) to fetch the official one.`,
        );
    }
    return { version, location: `${scheme}${image}` };
}

/** The arguments that start a container. Nothing in them is secret: they show in `ps`. */
export function runArguments({ image, home, ports, env, command }: Container): string[] {
    const { uid, gid } = serviceAccount() ?? { uid: process.getuid?.(), gid: process.getgid?.() };
    return [
        ...["run", "--detach", "--name", containerName(home), "--restart", "no"],
        ...["--user", `${uid}:${gid}`, "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
        ...["--mount", `type=bind,source=${home.directory},target=${home.directory}`],
        ...ports.flatMap((port) => ["--publish", `127.0.0.1:${port}:${port}`]),
        ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
        image,
        ...command,
    ];
}

/** Starts a container in the place of an ended one, such as that of before a reboot. */
export async function startContainer(container: Container): Promise<void> {
    await docker("rm", "--force", containerName(container.home));
    await dockerOrFail(...runArguments(container));
}

/** Stops a container with its server's own clean stop, and removes it. */
export async function stopContainer(home: Home): Promise<void> {
    if ((await docker("container", "inspect", containerName(home))).code !== 0) {
        return;
    }
    await docker("stop", "--time", "60", containerName(home));
    await dockerOrFail("rm", "--force", containerName(home));
}

export async function containerRuns(home: Home): Promise<boolean> {
    const { code, stdout } = await docker("container", "inspect", "--format", "{{.State.Running}}", containerName(home));
    return code === 0 && stdout.trim() === "true";
}

/** The last lines that a container's server wrote. */
export async function containerLog(home: Home): Promise<string> {
    const { stdout, stderr } = await docker("logs", "--tail", "15", containerName(home));
    return `${stdout}${stderr}`.trim();
}

/** One name a home: a container of it can be found again from nothing but the directory. */
function containerName(home: Home): string {
    return `pulumi-data-services-${createHash("sha256").update(home.directory).digest("hex").slice(0, 16)}`;
}

/** The caller may talk to the engine; the service account may not. */
function docker(...args: string[]): ReturnType<typeof run> {
    return run("docker", args, { asCaller: true });
}

function dockerOrFail(...args: string[]): ReturnType<typeof run> {
    return runOrFail("docker", args, { asCaller: true });
}
