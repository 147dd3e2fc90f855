import type { JsonSchema } from "../../components/backend";

/** The settings of the `local` backend. */
export interface LocalConfig {
    /**
     * Where the servers keep their data; an absolute path.
     *
     * @default `$XDG_STATE_HOME/pulumi-data-services`, else `~/.local/state/pulumi-data-services`; for root `/var/lib/pulumi-data-services`
     */
    directory?: string;
    /** The port of a service, by the service's name. A change restarts the server. @default a free one, kept for the service's life */
    ports?: { [service: string]: number };
}

export const config: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: {
        directory: { type: "string", pattern: "^(/|[A-Za-z]:\\\\)", description: "an absolute path" },
        ports: { type: "object", additionalProperties: { type: "integer", minimum: 1024, maximum: 65535 } },
    },
};
