import { isAbsolute } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { JsonSchema } from "../../components/backend";
import { checkName } from "../../components/names";
import { didYouMean, type Problem, show, throwProblems, validate } from "../../components/validation";
import { announce } from "./operators/announced";
import { installObjects, type OperatorObjects } from "./operators/install";
import { type ManifestSource, readManifest } from "./operators/manifest";
import { objectsOf, withoutWebhooks } from "./operators/objects";
import { type KnownOperator, OPERATORS, type OperatorKey } from "./operators/releases";

/** The arguments of `Operators`: an operator is installed when its property is there, `{}` for the defaults. */
export interface OperatorsArgs {
    /** CloudNativePG, which databases need. Needs no cert-manager. @default not installed */
    cloudNativePg?: OperatorArgs;
    /** The RabbitMQ cluster operator, which queues need. The releases known here need no cert-manager. @default not installed */
    rabbitmqCluster?: OperatorArgs;
    /** The RabbitMQ messaging topology operator; the cluster operator must be installed too, here or otherwise. @default not installed */
    rabbitmqTopology?: TopologyOperatorArgs;
    /**
     * Takes over what is in the cluster already, installed by kubectl, Helm or another program: where it differs, it becomes as asked for
     * here. Without it, a difference is an error that names the other owner, and what is equal is shared. Read the preview, and make sure
     * that the version isn't older than what runs: an older CustomResourceDefinition drops the fields that it doesn't know.
     *
     * @default false
     */
    takeOver?: boolean;
}

/** How one operator is installed. */
export interface OperatorArgs {
    /**
     * One of the releases that this package knows the checksums of; an error lists them. A change upgrades the operator in place, and the
     * operator then restarts each server that it runs, one after the other.
     *
     * @default the release that this package was made for; it changes only with a major version of this package
     */
    version?: string;
    /** Another manifest in place of the official release's, such as a mirror's for a cluster without internet. Not beside `version`. @default none */
    manifest?: ManifestArgs;
}

/** How the messaging topology operator is installed. */
export interface TopologyOperatorArgs extends OperatorArgs {
    /**
     * Installs the operator's admission webhooks, which refuse changes of what can't be changed, such as a queue's vhost. They need
     * cert-manager in the cluster. Without them such a change goes unnoticed by the API server. A change restarts the operator only.
     *
     * @default false
     */
    webhooks?: boolean;
}

/** Where a manifest is, by `url` or by `path`, and what it must be. */
export interface ManifestArgs {
    /** Its address, http or https, without credentials. @default none */
    url?: string;
    /** Its absolute path on the machine where Pulumi runs. @default none */
    path?: string;
    /** The SHA-256 of the file, in hexadecimal digits, as `sha256sum` prints it. Any other content is refused. */
    sha256: string;
}

const operatorProperties: Readonly<Record<string, JsonSchema>> = {
    version: { type: "string" },
    manifest: {
        type: "object",
        additionalProperties: false,
        required: ["sha256"],
        properties: {
            url: { type: "string" },
            path: { type: "string" },
            sha256: { type: "string", pattern: "^[0-9A-Fa-f]{64}$", description: "the 64 hexadecimal digits that sha256sum prints" },
        },
    },
};

const schema: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: {
        cloudNativePg: { type: "object", additionalProperties: false, properties: operatorProperties },
        rabbitmqCluster: { type: "object", additionalProperties: false, properties: operatorProperties },
        rabbitmqTopology: { type: "object", additionalProperties: false, properties: { ...operatorProperties, webhooks: { type: "boolean" } } },
        takeOver: { type: "boolean" },
    },
};

/** One operator that is to be installed. */
interface PlannedOperator {
    readonly operator: KnownOperator;
    readonly source: ManifestSource;
    readonly webhooks: boolean;
}

interface Plan {
    readonly name: string;
    readonly operators: readonly PlannedOperator[];
    readonly takeOver: boolean;
    /** What the state shows of the component: neither addresses nor paths, which differ from machine to machine. */
    readonly facts: pulumi.Inputs;
}

/** The plans of components under construction, by their facts: the engine's SDK starts `initialize` with these, before the component has fields. */
const plans = new WeakMap<object, Plan>();

/**
 * The operators that the `kubernetes` backend needs, installed in a cluster from the manifests of their releases. Once a cluster is
 * enough: in a program of the cluster's administrators, which is not destroyed when an application is.
 *
 * Deleting it deletes the operators only. Their CustomResourceDefinitions stay, since every database and queue of the cluster would go
 * with them, and so do their namespaces.
 *
 * @example
 * const operators = new Operators("operators", { cloudNativePg: {}, rabbitmqCluster: {} }, { provider });
 * const orders = new ManagedDatabase("orders", {}, { dependsOn: [operators] });
 */
export class Operators extends pulumi.ComponentResource {
    /** @throws pulumi.InputPropertiesError naming everything that is wrong with the name and the arguments */
    constructor(name: string, args: OperatorsArgs, opts: pulumi.ComponentResourceOptions = {}) {
        const plan = planOperators(name, args);
        plans.set(plan.facts, plan);
        super("data-services:index:Operators", name, plan.facts, opts);
        announce(plan.operators.map(({ operator }) => operator));
    }

    /** Reads the manifests, and installs only when all of them are right. Whoever depends on the component waits for it. */
    protected override async initialize(facts: pulumi.Inputs): Promise<void> {
        const { name, operators, takeOver } = plans.get(facts) as Plan;
        const read = await Promise.allSettled(operators.map(readOperator));
        const failures = read.flatMap((one) => (one.status === "rejected" ? [String((one.reason as Error).message)] : []));
        if (failures.length > 0) {
            throw readable(`Operators "${name}": ${failures.join("\n")}`);
        }
        try {
            installObjects(this, { name, takeOver, operators: read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])) });
        } catch (error) {
            throw readable(`Operators "${name}": ${(error as Error).message}`);
        }
    }
}

/** The engine's SDK prints the stack of an error that comes after the end of the program, and of this one it says nothing to the user. */
function readable(message: string): Error {
    const error = new pulumi.RunError(message);
    error.stack = message;
    return error;
}

async function readOperator({ operator, source, webhooks }: PlannedOperator): Promise<OperatorObjects> {
    const objects = objectsOf(await readManifest(source), operator, source);
    return { operator, objects: operator.key === "rabbitmqTopology" && !webhooks ? withoutWebhooks(objects, operator) : objects };
}

function planOperators(name: string, args: OperatorsArgs): Plan {
    const problems = [...checkName("name", name), ...validate(schema, args, "")];
    const subject = `Operators ${show(name)}`;
    throwProblems(subject, problems, Operators);
    const wanted = OPERATORS.filter(({ key }) => args[key] !== undefined);
    if (wanted.length === 0) {
        const keys = OPERATORS.map(({ key }) => key).join(", ");
        problems.push({ property: "args", reason: `name no operator, so there is nothing to install. Give one or more of ${keys}: {} takes the defaults.` });
    }
    const operators = wanted.map((operator): PlannedOperator => {
        const { version, manifest, webhooks }: TopologyOperatorArgs = args[operator.key] ?? {};
        const source = manifest ? mirrorOf(operator, manifest, version, problems) : releaseOf(operator, version, problems);
        return { operator, source, webhooks: webhooks ?? false };
    });
    throwProblems(subject, problems, Operators);
    const facts = operators.map(({ operator, source }): [OperatorKey, object] => {
        const version = args[operator.key]?.manifest ? undefined : versionOf(operator, source);
        return [operator.key, { ...(version === undefined ? {} : { version }), sha256: source.sha256 }];
    });
    return { name, operators, takeOver: args.takeOver ?? false, facts: Object.fromEntries(facts) };
}

function releaseOf(operator: KnownOperator, version: string | undefined, problems: Problem[]): ManifestSource {
    const { releases, key, title } = operator;
    const release = releases.find((one) => version === undefined || one.version === version);
    if (!release) {
        const known = releases.map((one) => one.version);
        problems.push({
            property: `${key}.version`,
            reason: `the checksum of ${title} ${show(version)} is not known here${didYouMean(String(version), known)} Known: ${known.join(", ")}. For another, give ${key}.manifest with its address and SHA-256.`,
        });
    }
    const { url, sha256, version: chosen } = release ?? releases[0];
    return { title: `${title} ${chosen}`, property: `${key}.manifest`, location: { url }, sha256 };
}

function mirrorOf({ key, title }: KnownOperator, { url, path, sha256 }: ManifestArgs, version: string | undefined, problems: Problem[]): ManifestSource {
    const property = `${key}.manifest`;
    if (version !== undefined) {
        problems.push({
            property: `${key}.version`,
            reason: `${show(version)} stands beside ${property}, whose file decides the version. Remove one of them.`,
        });
    }
    if ((url === undefined) === (path === undefined)) {
        problems.push({ property, reason: `must have exactly one of url and path, got ${url === undefined ? "neither" : "both"}.` });
    }
    if (path !== undefined && !isAbsolute(path)) {
        problems.push({
            property: `${property}.path`,
            reason: `must be an absolute path, such as that of path.resolve(__dirname, "file.yaml"), got ${show(path)}.`,
        });
    }
    if (url !== undefined) {
        problems.push(...urlProblems(`${property}.url`, url));
    }
    const location = url === undefined ? { path: path ?? "" } : { url };
    return { title: `${title} of ${property}`, property, location, sha256: sha256.toLowerCase() };
}

function urlProblems(property: string, text: string): Problem[] {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.username || url?.password) {
        return [{ property, reason: "holds credentials, which would show in logs. Download the file before, and give its path." }];
    }
    if (url?.protocol !== "https:" && url?.protocol !== "http:") {
        return [{ property, reason: `must be an http or https address, got ${show(text)}. For a file, give path.` }];
    }
    return [];
}

function versionOf({ releases }: KnownOperator, { sha256 }: ManifestSource): string | undefined {
    return releases.find((release) => release.sha256 === sha256)?.version;
}
