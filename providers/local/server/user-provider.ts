import { type Presence, UserProvider as SharedUserProvider } from "../../protocols/user-provider";
import type { Engine } from "./engine";
import { engineOf } from "./engines";
import { Home } from "./home";
import type { UserInputs } from "./inputs";
import { withLock } from "./lock";

/** The provider of `LocalUser`: one user of a local server. */
export class UserProvider extends SharedUserProvider<UserInputs> {
    protected readonly replacing = ["directory"] as const;

    protected async ensure(inputs: UserInputs, password: string): Promise<void> {
        const home = new Home(inputs.directory);
        await withRunningServer(home, inputs, (engine) => engine.ensureUser(home, inputs, password));
    }

    protected async drop(inputs: UserInputs): Promise<void> {
        const home = new Home(inputs.directory);
        if (home.exists()) {
            await withRunningServer(home, inputs, (engine) => engine.dropUser(home, inputs));
        }
    }

    protected async find(inputs: UserInputs, password: string): Promise<Presence> {
        const home = new Home(inputs.directory);
        const engine = engineOf(inputs.engine);
        if (!home.exists()) {
            return "gone";
        }
        // A server that is down says nothing about its users.
        if (!(await engine.isRunning(home))) {
            return "unknown";
        }
        return (await engine.canLogIn(home, inputs, password)) ? "present" : "absent";
    }
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
