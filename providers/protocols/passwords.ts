import { randomInt } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** 32 letters and digits: 190 bits, and nothing that a shell or a URI would have to escape. */
export function newPassword(): string {
    return Array.from({ length: 32 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
