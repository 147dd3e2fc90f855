import type { Admin } from "./protocol";

/** @throws Error for a username that would take over an account that isn't a consumer's */
export function refuseName({ username: administrator }: Admin, username: string, reserved: readonly string[] = []): void {
    if (username === administrator || reserved.includes(username)) {
        const owner = username === administrator ? "the administrator's" : "the server's own";
        throw new Error(`The username "${username}" is ${owner}. Choose another username.`);
    }
}
