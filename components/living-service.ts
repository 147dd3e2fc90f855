import * as pulumi from "@pulumi/pulumi";
import { type Access, accessLevels, type Context, type Endpoint, type Service, type ServiceSpec } from "./backend";
import { createContext } from "./context";
import { Identity } from "./identity";
import { hash, identifier } from "./names";
import type { BindingArgs } from "./service-args";
import { ServiceBinding, toText } from "./service-binding";
import { bindingProblems, type ServicePlan } from "./service-plan";
import { show, throwProblems } from "./validation";

/** Any kind's binding arguments; validation has seen to it that only the kind's own are set. */
export interface AnyBindingArgs extends BindingArgs {
    access?: Access;
    permissions?: { configure: string; write: string; read: string };
    keys?: string[];
}

/** Beside the components and not in their fields: every field of a component becomes part of its schema in other languages. */
const services = new WeakMap<pulumi.ComponentResource, LivingService>();

/** The service behind a component. */
export function serviceOf(component: pulumi.ComponentResource): LivingService {
    const service = services.get(component);
    if (!service) {
        throw new Error("This component was made by another copy of pulumi-data-services. Install one copy: npm dedupe");
    }
    return service;
}

/** A registered service and its bindings. */
export class LivingService {
    readonly endpoint: Endpoint;
    readonly version: pulumi.Output<string>;
    /** The default binding, named as the service. */
    readonly binding: ServiceBinding;
    private readonly plan: ServicePlan;
    private readonly context: Context;
    private readonly service: Service;
    private readonly path: string | undefined;
    private readonly bindings = new Map<string, ServiceBinding>();
    private readonly usernames = new Map<string, string>();

    /**
     * Registers the service's resources and default binding below its component.
     *
     * @param path the database or vhost that bindings lead to
     */
    constructor(component: pulumi.ComponentResource, plan: ServicePlan, path: string | undefined) {
        const { name, facts, spec } = plan;
        this.plan = plan;
        this.path = path;
        const identity = new Identity(
            `${name}-identity`,
            {
                service: name,
                kind: facts.kind,
                backend: facts.backend,
                ...(spec.version === undefined ? {} : { version: spec.version }),
                storageGb: spec.size.storageGb,
                durability: spec.durability,
                ...(path === undefined ? {} : { path }),
                allowDataLoss: spec.allowDataLoss,
            },
            { parent: component },
        );
        this.context = createContext(component, facts.kind, name, spec.durability, identity.id);
        this.service = plan.provider.provision(this.context, plan.config, spec as ServiceSpec);
        this.endpoint = this.service.endpoint;
        this.version = this.service.version;
        this.binding = this.createBinding(name, {});
        services.set(component, this);
    }

    /**
     * Makes one more binding.
     *
     * @param caller the public function that the user called
     */
    bind(name: string, args: AnyBindingArgs, caller: object): ServiceBinding {
        const { description, name: service } = this.plan;
        const problems = bindingProblems(description, name, args);
        if (this.bindings.has(`${service}-${name}`)) {
            problems.push({ property: "name", reason: `there is a binding ${show(name)} of this ${description.kind} already; give this one another name.` });
        }
        const username = usernameOf(`${service}-${name}`, args);
        const sharer = [...this.usernames].find(([, other]) => other === username)?.[0];
        if (problems.length === 0 && sharer !== undefined) {
            problems.push({
                property: "username",
                reason: `the user ${show(username)} is that of the binding ${show(sharer)} already; give this one another name or username.`,
            });
        }
        throwProblems(`The binding ${show(name)} of ${description.component} ${show(service)}`, problems, caller);
        return this.createBinding(`${service}-${name}`, args);
    }

    /** Makes the bindings that stand in a component's arguments. */
    bindAll(bindings: { [name: string]: AnyBindingArgs } | undefined, caller: object): void {
        for (const [name, args] of Object.entries(bindings ?? {})) {
            this.bind(name, args, caller);
        }
    }

    /** The values of all bindings made so far, by binding, as text. Secret. */
    values(): pulumi.Output<{ [binding: string]: { [key: string]: string } }> {
        const values = Object.fromEntries([...this.bindings].map(([name, binding]) => [name, binding.values.apply(toText)]));
        return pulumi.secret(pulumi.all(values));
    }

    private createBinding(name: string, args: AnyBindingArgs): ServiceBinding {
        const { kind } = this.plan.description;
        const access = args.access ?? accessLevels[kind][0];
        const username = usernameOf(name, args);
        const credentials = this.service.bind(this.context, {
            name,
            username,
            access,
            password: args.password === undefined ? undefined : pulumi.secret(args.password),
            rotation: args.rotation,
            permissions: args.permissions,
            keys: args.keys,
        });
        const binding = new ServiceBinding({
            kind,
            name,
            access,
            backend: this.plan.facts.backend,
            endpoint: this.endpoint,
            credentials,
            path: this.path,
            place: {
                service: this.plan.name,
                rotates: args.rotation !== undefined,
                tags: this.plan.spec.tags,
                cluster: this.service.cluster,
                options: (more) => this.context.options("support", more),
            },
        });
        this.bindings.set(name, binding);
        this.usernames.set(name, username);
        return binding;
    }
}

/**
 * `name` is the binding's, `<service>-<binding>`. Each rotation has a user of its own, so that the old credentials work until all consumers
 * have the new ones.
 */
function usernameOf(name: string, { username = identifier(name), rotation }: AnyBindingArgs): string {
    return rotation === undefined ? username : `${username.slice(0, 63 - 9)}_${hash(rotation)}`;
}
