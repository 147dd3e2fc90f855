import type { ServiceKind } from "../../index";
import type { Binding } from "../support/clients";
import { type Finished, Project } from "../support/engine";

/** What the suite's program asks for; the text of its `options.json`. */
export interface Wish {
    readonly args?: Readonly<Record<string, unknown>>;
    readonly bindings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The outputs of the suite's program. The default binding is called `main`. */
export interface Outputs {
    readonly bindings: Readonly<Record<string, Binding>>;
    readonly env: Readonly<Record<string, string>>;
    readonly prefixed: Readonly<Record<string, string>>;
    readonly vcap: string;
    readonly version: string;
}

const classes = { database: "ManagedDatabase", queue: "ManagedQueue", cache: "ManagedCache" } as const satisfies Record<ServiceKind, string>;

/** One service under test, and the only way in which the suite changes it: the program's arguments, then `up`. */
export class ContractService {
    readonly project: Project;
    private wish: Wish = {};

    constructor(kind: ServiceKind) {
        this.project = new Project({ name: `contract-${kind}`, program: program(classes[kind]) });
    }

    /** Changes what is asked for, and runs `up`. What isn't named stays as it was. */
    async up(change: Wish = {}): Promise<Finished> {
        this.wish = { args: { ...this.wish.args, ...change.args }, bindings: change.bindings ?? this.wish.bindings ?? {} };
        this.project.write("options.json", JSON.stringify({ args: this.wish.args, bindings: this.wish.bindings }));
        return this.project.up();
    }

    /** As {@link up}, with one binding's arguments replaced. */
    bind(name: string, args: Readonly<Record<string, unknown>>): Promise<Finished> {
        return this.up({ bindings: { ...this.wish.bindings, [name]: args } });
    }

    /** As {@link up}, without one binding. */
    unbind(name: string): Promise<Finished> {
        return this.up({ bindings: Object.fromEntries(Object.entries(this.wish.bindings ?? {}).filter(([other]) => other !== name)) });
    }

    outputs(): Promise<Outputs> {
        return this.project.outputs<Outputs>();
    }

    /** One binding's values. */
    async binding(name: string): Promise<Binding> {
        const binding = (await this.outputs()).bindings[name];
        if (!binding) {
            throw new Error(`the program exports no binding "${name}"`);
        }
        return binding;
    }
}

function program(component: string): string {
    return `
import { readFileSync } from "node:fs";
import { ${component}, exportBindings, toVcapServices } from "pulumi-data-services";

const { args, bindings: wanted } = JSON.parse(readFileSync("options.json", "utf8"));
const main = new ${component}("orders", args);
const all: any = { main };
for (const [name, binding] of Object.entries<any>(wanted)) {
    all[name] = main.bind(name, binding);
}
export const bindings = exportBindings(all);
export const env = main.binding.toEnv();
export const prefixed = main.binding.toEnv("APP");
export const vcap = toVcapServices(all);
export const version = main.version;
`;
}
