import assert from "node:assert/strict";
import { provider } from "../../host";

describe("the entry of the dynamic-provider host", () => {
    const inputs = { kind: "database", service: "orders", base: "orders-1", durability: "standard", newestVersion: "17", version: "17", choices: {} };

    it("names the property of a refusal in the reason, where the engine adds no value of its own to it", async () => {
        const instance = provider("aws-instance");
        const failures = [
            ...(await refused(instance, { ...inputs, fixed: { region: "eu-central-1" } }, { ...inputs, fixed: { region: "eu-west-1" } })),
            ...(await refused(instance, { ...inputs, fixed: {} }, { ...inputs, version: "16", fixed: {} })),
        ];
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["", ""],
        );
        assert.match(failures[0]?.reason ?? "", /^property region: the database "orders" has region "eu-central-1"; "eu-west-1" is refused/);
        assert.match(failures[1]?.reason ?? "", /^property version: the database "orders" runs version 17/);
    });

    it("knows no other names", () => {
        assert.throws(() => provider("nothing"), /knows no resource provider "nothing"/);
    });
});

async function refused(instance: ReturnType<typeof provider>, olds: object, news: object) {
    const more = { allowMajorUpgrade: false, allowDataLoss: [] };
    return (await instance.check?.({ ...olds, ...more }, { ...news, ...more }))?.failures ?? [];
}
