import type { Model } from "../model";
import { find } from "../recording";
import { text } from "../values";

const name = /^[\w+=,.@-]+$/;

export const role: Model = {
    name: { property: "name", longest: 64 },
    rules: [
        { property: "name", matches: name, says: "expected letters, digits and +=,.@-_" },
        { property: "name", length: [1, 64] },
        { property: "maxSessionDuration", between: [3600, 43200] },
        { property: "permissionsBoundary", matches: /^arn:/, says: "expected an ARN" },
    ],
    make: (inputs, { account, random }) => ({
        id: text(inputs.name),
        outputs: {
            arn: `arn:aws:iam::${account}:role${text(inputs.path) || "/"}${text(inputs.name)}`,
            createDate: "2026-01-01T00:00:00Z",
            inlinePolicies: inputs.inlinePolicies ?? [],
            managedPolicyArns: inputs.managedPolicyArns ?? [],
            namePrefix: "",
            uniqueId: `AROA${random(17).toUpperCase()}`,
        },
    }),
    remove({ id }, { recorded }, state) {
        const attached = recorded.objects.find(({ type, properties }) => type.startsWith("aws:iam/rolePolicy") && properties.role === id);
        if (attached && state.forceDetachPolicies !== true)
            throw new Error(`DeleteConflict: Cannot delete entity, must detach all policies first: ${attached.id}`);
    },
};

export const rolePolicy: Model = {
    name: { property: "name", longest: 128 },
    rules: [{ property: "name", matches: name, says: "expected letters, digits and +=,.@-_" }],
    make: (inputs) => ({ id: `${text(inputs.role)}:${text(inputs.name)}`, outputs: { namePrefix: "" } }),
};

export const rolePolicyAttachment: Model = {
    rules: [{ property: "policyArn", matches: /^arn:aws[\w-]*:iam::(aws|\d{12}):policy\//, says: "expected the ARN of a policy" }],
    make(inputs, { recorded }) {
        const roleName = text(inputs.role);
        if (!find(recorded, "aws:iam/role:Role", roleName)) throw new Error(`NoSuchEntity: The role with name ${roleName} cannot be found.`);
        return { id: `${roleName}/${text(inputs.policyArn)}`, outputs: {} };
    },
};
