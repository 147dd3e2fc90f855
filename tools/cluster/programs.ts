import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureArtefact } from "../toolchain/artefact";
import { Go } from "../toolchain/build";
import type { Env } from "../toolchain/cache";
import type { Binary } from "../toolchain/parts";
import type { Progress } from "../toolchain/toolchain";
import { must } from "./command";
import type { Places } from "./places";
import { VERSIONS } from "./versions";

const SOURCES = join(__dirname, "go");
const MANIFESTS = join(__dirname, "manifests");

const KUBERNETES = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"];

type Program = Omit<Binary, "module">;

/** One module for all, so that what they share is compiled once: the operators take seconds after Kubernetes. */
const PROGRAMS: readonly Program[] = [
    program("etcd", "go.etcd.io/etcd/server/v3"),
    ...KUBERNETES.map((name) => program(name, `k8s.io/kubernetes/cmd/${name}`, kubernetesVersion())),
    program("coredns", "./coredns"),
    program("local-path-provisioner", "github.com/rancher/local-path-provisioner", { "main.VERSION": VERSIONS.localPathProvisioner }),
    program("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg/cmd/manager"),
    program("rabbitmq-cluster-operator", "github.com/rabbitmq/cluster-operator/v2"),
    program("rabbitmq-topology-operator", "github.com/rabbitmq/messaging-topology-operator"),
];

/** The operators' own manifests come with their modules. */
const UPSTREAM: Readonly<Record<string, string>> = {
    cnpg: "github.com/cloudnative-pg/cloudnative-pg",
    rabbitmq: "github.com/rabbitmq/cluster-operator/v2",
    topology: "github.com/rabbitmq/messaging-topology-operator",
};

/** A folder with `bin`, all programs, and `manifests`, those of the operators. */
export async function ensurePrograms(env: Env, places: Places, progress: Progress): Promise<string> {
    const title = "Kubernetes and the operators";
    const what = `Kubernetes ${VERSIONS.kubernetes} and the operators from Go modules`;
    const operators = Object.keys(UPSTREAM).map((name) => join(MANIFESTS, name));
    const directory = places.built("programs", SOURCES, ...operators, __filename, join(__dirname, "versions.ts"));
    return ensureArtefact({ directory, lock: places.lock("programs"), title, what, minutes: 12 }, progress, async ({ out, scratch }) => {
        const go = new Go(env, what);
        const module = join(scratch, "go");
        cpSync(SOURCES, module, { recursive: true });
        const bin = join(out, "bin");
        mkdirSync(bin);
        for (const one of PROGRAMS) await go.build(module, one, bin);
        await renderManifests(go, module, scratch, out);
    });
}

async function renderManifests(go: Go, module: string, scratch: string, out: string): Promise<void> {
    const sources = join(scratch, "manifests");
    cpSync(MANIFESTS, sources, { recursive: true });
    mkdirSync(join(out, "manifests"));
    for (const [name, upstream] of Object.entries(UPSTREAM)) {
        const folder = join(sources, name);
        await must("cp", ["-r", "--no-preserve=mode", join(await go.directoryOf(module, upstream), "config"), join(folder, "upstream")]);
        writeFileSync(join(out, "manifests", `${name}.yaml`), await must(join(out, "bin", "kubectl"), ["kustomize", folder]));
    }
}

function program(output: string, path: string, variables: Record<string, string> = {}): Program {
    return { output, package: path, variables };
}

function kubernetesVersion(): Record<string, string> {
    const [major = "", minor = ""] = VERSIONS.kubernetes.split(".");
    const variable = (name: string) => `k8s.io/component-base/version.${name}`;
    return { [variable("gitVersion")]: `v${VERSIONS.kubernetes}`, [variable("gitMajor")]: major, [variable("gitMinor")]: minor };
}
