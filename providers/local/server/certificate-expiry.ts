import { readFile } from "node:fs/promises";
import { isExpiring as isExpiringText } from "../../certificate-expiry";
import type { Home } from "./home";

/** Whether the server's certificate is missing, unreadable or near its end. */
export async function isExpiring(home: Home): Promise<boolean> {
    return isExpiringText(await readFile(home.path("tls", "server.crt"), "utf8").catch(() => undefined));
}
