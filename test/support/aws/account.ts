import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { newDirectory } from "../sandbox";
import { openMaintenanceWindow } from "./provider";
import { type Recorded, type RecordedObject, Recording } from "./recording";
import { type RealServers, SERVERS_VARIABLE } from "./servers";

/** The subnets and the block of addresses that programs of the tests name; no test needs a network. */
export const SUBNETS = ["subnet-0a", "subnet-0b"] as const;

/** An account of its own for a test, as the recording `aws` provider keeps it. */
export class RecordedAccount {
    /** For every run of the engine: its plugin `aws` is the recording one, and nothing could log in to the real AWS. */
    readonly env: Readonly<Record<string, string>>;
    private readonly recording: Recording;

    constructor({ servers = {}, env = {} }: { servers?: RealServers; env?: Readonly<Record<string, string>> } = {}) {
        const directory = newDirectory("aws-account");
        this.recording = new Recording(join(directory, "account.json"));
        const serversFile = join(directory, "servers.json");
        writeFileSync(serversFile, JSON.stringify(servers), { mode: 0o600 });
        this.env = {
            PATH: [__dirname, process.env.PATH].join(delimiter),
            PULUMI_IGNORE_AMBIENT_PLUGINS: "false",
            RECORDING_AWS_FILE: this.recording.file,
            [SERVERS_VARIABLE]: serversFile,
            AWS_REGION: "eu-west-1",
            AWS_ACCESS_KEY_ID: "recorded",
            AWS_SECRET_ACCESS_KEY: "recorded",
            AWS_EC2_METADATA_DISABLED: "true",
            ...env,
        };
    }

    /** Everything that exists now. */
    recorded(): Recorded {
        return this.recording.read();
    }

    /** The file as text, to look for what must not be in it. */
    text(): string {
        return readFileSync(this.recording.file, "utf8");
    }

    /** The objects of a type, such as `Instance`. */
    all(type: string): RecordedObject[] {
        return this.recorded().objects.filter((object) => object.type.endsWith(`:${type}`));
    }

    /** The only object of a type. */
    only(type: string): RecordedObject {
        const found = this.all(type);
        if (found.length !== 1) throw new Error(`expected one ${type}, found ${found.length}`);
        return found[0] as RecordedObject;
    }

    /** Changes a property of the only object of a type behind the program's back. */
    drift(type: string, properties: RecordedObject["properties"]): void {
        const { id } = this.only(type);
        this.recording.change(({ objects }) => {
            for (const object of objects) if (object.id === id && object.type.endsWith(`:${type}`)) Object.assign(object.properties, properties);
        });
    }

    /** Deletes the only object of a type behind the program's back. */
    lose(type: string): void {
        const { id } = this.only(type);
        this.recording.change((recorded) => {
            recorded.objects = recorded.objects.filter((object) => object.id !== id || !object.type.endsWith(`:${type}`));
        });
    }

    /** What waits for the maintenance window happens now. */
    openMaintenanceWindow(): void {
        this.recording.change(openMaintenanceWindow);
    }
}
