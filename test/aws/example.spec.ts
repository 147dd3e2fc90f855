import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertUnchanged } from "../support/assertions";
import { SUBNETS } from "../support/aws/account";
import { AccountWithServers, reasonWithoutBrokerPorts } from "../support/aws/behind";
import { type Binding, value } from "../support/clients";
import { checkout, Project } from "../support/engine";
import { skipSuite } from "../support/kubernetes";

describe("the example aws", function () {
    this.timeout(300_000);
    let account: AccountWithServers;
    let project: Project;

    before(async function () {
        const reason = await reasonWithoutBrokerPorts();
        if (reason !== undefined) skipSuite(this, reason);
        account = await AccountWithServers.start("database", "queue");
        project = new Project({ name: "orders", program: readFileSync(join(checkout, "examples", "aws", "index.ts"), "utf8"), env: account.account.env });
        const aws = { subnetIds: [...SUBNETS], allowedCidrs: ["10.0.0.0/16"] };
        const database = { aws: { ...aws, ...account.databaseSettings } };
        project.environment({ database, queue: { aws }, cache: { aws }, defaults: { durability: "ephemeral", tags: { owner: "shop" } } });
    });
    after(async () => {
        await project?.remove();
        await account?.stop();
    });

    it("is previewed and comes up, with a user for each binding", async () => {
        await project.preview();
        await project.up();
        const { bindings, databaseArn } = await project.outputs<{ bindings: Record<string, Binding>; databaseArn: string }>();
        assert.equal(new Set(Object.values(bindings).map(({ username }) => username)).size, 6);
        assert.equal(databaseArn, account.account.only("Instance").properties.arn);
        assert.equal(await value(bindings.reports as Binding, "SELECT current_user"), bindings.reports?.username);
        const untagged = account.account.recorded().objects.filter(({ properties }) => (properties.tags as { owner?: string } | undefined)?.owner !== "shop");
        assert.deepEqual([...new Set(untagged.map(({ type }) => type.split(":").at(-1)))].sort(), ["Alias", "RolePolicyAttachment", "UserGroupAssociation"]);
    });

    it("changes nothing when it runs again, and goes away", async () => {
        assertUnchanged(await project.up());
        await project.destroy();
        assert.deepEqual(account.account.recorded().objects, []);
        assert.deepEqual(await account.leftovers(), []);
    });
});
