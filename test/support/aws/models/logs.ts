import type { Model } from "../model";
import { find } from "../recording";
import { isObject, text, UNKNOWN } from "../values";

const RETENTION = [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export const logGroup: Model = {
    name: { property: "name", longest: 512 },
    rules: [
        { property: "kmsKeyId", matches: /^arn:/, says: "expected the ARN of a key" },
        { property: "logGroupClass", oneOf: ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"] },
        { property: "name", matches: /^[.\-_/#A-Za-z0-9]{1,512}$/, says: "expected letters, digits and .-_/#" },
        { property: "retentionInDays", oneOf: RETENTION },
    ],
    make(inputs, { account, region, recorded }) {
        const id = text(inputs.name);
        if (find(recorded, "aws:cloudwatch/logGroup:LogGroup", id))
            throw new Error(`ResourceAlreadyExistsException: The specified log group already exists: ${id}`);
        return {
            id,
            outputs: {
                arn: `arn:aws:logs:${region}:${account}:log-group:${id}`,
                deletionProtectionEnabled: inputs.deletionProtectionEnabled ?? false,
                logGroupClass: inputs.logGroupClass ?? "STANDARD",
                namePrefix: "",
            },
        };
    },
    remove({ properties, id }) {
        if (properties.deletionProtectionEnabled === true) throw new Error(`ValidationException: the log group ${id} has deletion protection`);
    },
};

export const logResourcePolicy: Model = {
    check: ({ policyName, resourceArn, policyDocument }) => {
        const document = isObject(policyDocument) ? JSON.stringify(policyDocument) : text(policyDocument);
        return [
            ...((policyName === undefined) === (resourceArn === undefined)
                ? [{ property: "policyName", reason: "exactly one of policyName and resourceArn is needed" }]
                : []),
            ...(document !== UNKNOWN && document.length > 5120 ? [{ property: "policyDocument", reason: "it has more than 5120 characters" }] : []),
        ];
    },
    make: (inputs) => ({
        id: text(inputs.policyName ?? inputs.resourceArn),
        outputs: { policyScope: inputs.resourceArn === undefined ? "ACCOUNT" : "RESOURCE", revisionId: "" },
    }),
};
