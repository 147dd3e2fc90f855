import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import { newPassword } from "./passwords";
import type { User } from "./protocol";

/** The inputs of a user's resource; each backend adds how to reach the server. */
export interface UserInputs extends User {
    /** The password that the user gave; else one is made. */
    readonly password?: string;
    readonly rotation?: string;
}

/** The outputs of a user's resource. */
export type UserOutputs<Inputs extends UserInputs> = Inputs & {
    /** Secret. */
    readonly password: string;
    /** "present", or what `refresh` found instead. */
    readonly status: string;
};

/** What `refresh` finds of a user. "unknown" when the server can't be asked, "gone" when there is no server any more. */
export type Presence = "present" | "absent" | "unknown" | "gone";

/** The provider of a user's resource: one user of one server, whatever the backend. */
export abstract class UserProvider<Inputs extends UserInputs> implements dynamic.ResourceProvider<Inputs, UserOutputs<Inputs>> {
    /** The inputs that make another user when they change; `username` and `path` always do. */
    protected abstract readonly replacing: readonly (keyof Inputs)[];
    /** The inputs beside access, permissions and keys that the user is brought up to date for. */
    protected readonly updating: readonly (keyof Inputs)[] = [];

    protected abstract ensure(inputs: Inputs, password: string): Promise<void>;
    protected abstract drop(inputs: Inputs): Promise<void>;
    protected abstract find(inputs: Inputs, password: string): Promise<Presence>;

    async diff(_id: string, olds: UserOutputs<Inputs>, news: Inputs): Promise<dynamic.DiffResult> {
        const keys: readonly (keyof Inputs)[] = ["username", "path", ...this.replacing];
        const replaces = keys.filter((property) => olds[property] !== news[property] && !isUnknown(news[property])).map(String);
        const changes =
            replaces.length > 0 ||
            olds.status !== "present" ||
            wanted(olds) !== wanted(news) ||
            this.updating.some((property) => differs(olds[property], news[property])) ||
            (news.password !== undefined && news.password !== olds.password);
        // In another database the same name is still one user of the server: the old one must go first.
        return { changes, replaces, deleteBeforeReplace: olds.username === news.username };
    }

    async create(inputs: Inputs): Promise<dynamic.CreateResult<UserOutputs<Inputs>>> {
        return { id: inputs.username, outs: await this.bringUp(inputs, inputs.password ?? newPassword()) };
    }

    async update(_id: string, olds: UserOutputs<Inputs>, news: Inputs): Promise<dynamic.UpdateResult<UserOutputs<Inputs>>> {
        const kept = olds.rotation === news.rotation ? olds.password : newPassword();
        return { outs: await this.bringUp(news, news.password ?? kept) };
    }

    async read(id: string, recorded?: UserOutputs<Inputs>): Promise<dynamic.ReadResult<UserOutputs<Inputs>>> {
        const props = recorded as UserOutputs<Inputs>;
        const presence = await this.find(props, props.password);
        switch (presence) {
            case "gone":
                return { id: "" };
            case "unknown":
                return { id, props };
            default:
                return { id, props: { ...props, status: presence === "present" ? "present" : "can't log in" } };
        }
    }

    /**
     * A user whose password isn't the recorded one was made anew since: where an `up` fails between a rotation's new user and the removal of the
     * old one, and the rotation is taken back, the next `up` makes the old name again and only then removes what the first one left.
     */
    async delete(_id: string, props: UserOutputs<Inputs>): Promise<void> {
        const presence = await this.find(props, props.password).catch((): Presence => "unknown");
        if (presence !== "absent") {
            await this.drop(props);
        }
    }

    private async bringUp(inputs: Inputs, password: string): Promise<UserOutputs<Inputs>> {
        await this.ensure(inputs, password);
        return { ...inputs, password, status: "present" };
    }
}

/** A comparable text of what can change in place. */
function wanted({ access, rotation, permissions, keys }: UserInputs): string {
    return JSON.stringify([access, rotation, permissions, keys]);
}

function differs(old: unknown, now: unknown): boolean {
    const text = JSON.stringify(now) ?? "";
    return !text.includes(runtime.unknownValue) && text !== JSON.stringify(old);
}

/** What a preview gives for outputs of a resource that it would change; only one that is replaced really gives other values. */
function isUnknown(value: unknown): boolean {
    return value === runtime.unknownValue;
}
