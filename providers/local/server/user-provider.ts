import { randomInt } from "node:crypto";
import { type dynamic, runtime } from "@pulumi/pulumi";
import type { Engine } from "./engine";
import { engineOf } from "./engines";
import { Home } from "./home";
import type { UserInputs } from "./inputs";
import { withLock } from "./lock";

/** The outputs of the `LocalUser` resource. */
export interface UserOutputs extends UserInputs {
    /** Secret. */
    readonly password: string;
    /** "present", or what `refresh` found instead. */
    readonly status: string;
}

/** The provider of `LocalUser`: one user of a local server. */
export class UserProvider implements dynamic.ResourceProvider<UserInputs, UserOutputs> {
    async diff(_id: string, olds: UserOutputs, news: UserInputs): Promise<dynamic.DiffResult> {
        const replaces = (["username", "directory", "path"] as const).filter((property) => olds[property] !== news[property] && news[property] !== unknown);
        const changes =
            replaces.length > 0 ||
            olds.status !== "present" ||
            wanted(olds) !== wanted(news) ||
            (news.password !== undefined && news.password !== olds.password);
        // In another database the same name is still one user of the server: the old one must go first.
        return { changes, replaces, deleteBeforeReplace: olds.username === news.username };
    }

    async create(inputs: UserInputs): Promise<dynamic.CreateResult<UserOutputs>> {
        return { id: inputs.username, outs: await ensure(inputs, inputs.password ?? newPassword()) };
    }

    async update(_id: string, olds: UserOutputs, news: UserInputs): Promise<dynamic.UpdateResult<UserOutputs>> {
        const kept = olds.rotation === news.rotation ? olds.password : newPassword();
        return { outs: await ensure(news, news.password ?? kept) };
    }

    async read(id: string, recorded?: UserOutputs): Promise<dynamic.ReadResult<UserOutputs>> {
        const props = recorded as UserOutputs;
        const home = new Home(props.directory);
        const engine = engineOf(props.engine);
        if (!home.exists()) {
            return { id: "" };
        }
        // A server that is down says nothing about its users.
        if (!(await engine.isRunning(home))) {
            return { id, props };
        }
        const present = await engine.canLogIn(home, props, props.password);
        return { id, props: { ...props, status: present ? "present" : "can't log in" } };
    }

    async delete(_id: string, props: UserOutputs): Promise<void> {
        const home = new Home(props.directory);
        if (home.exists()) {
            await withRunningServer(home, props, (engine) => engine.dropUser(home, props));
        }
    }
}

async function ensure(inputs: UserInputs, password: string): Promise<UserOutputs> {
    const home = new Home(inputs.directory);
    await withRunningServer(home, inputs, (engine) => engine.ensureUser(home, inputs, password));
    return { ...inputs, password, status: "present" };
}

/** Users live in the server: it is started if something ended it. */
async function withRunningServer(home: Home, { engine: name }: UserInputs, action: (engine: Engine) => Promise<void>): Promise<void> {
    const engine = engineOf(name);
    if (!(await engine.isRunning(home))) {
        await withLock(`${home.directory}.lock`, async () => {
            if (!(await engine.isRunning(home))) {
                await engine.stop(home);
                await engine.start(home);
            }
        });
    }
    await action(engine);
}

/** What a preview gives for the directory of a server that it would change; only a server that is replaced gets another one. */
const unknown: string = runtime.unknownValue;

/** A comparable text of what can change in place. */
function wanted({ access, rotation, permissions, keys }: UserInputs): string {
    return JSON.stringify([access, rotation, permissions, keys]);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** 32 letters and digits: 190 bits, and nothing that a shell or a URI would have to escape. */
function newPassword(): string {
    return Array.from({ length: 32 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
