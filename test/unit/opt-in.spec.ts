import assert from "node:assert/strict";
import { problems } from "../../tools/tasks/test-aws";

describe("the suite of a real AWS account", () => {
    const enough = { DATA_SERVICES_TEST_AWS: "1", AWS_PROFILE: "sandbox", AWS_REGION: "eu-central-1", DATA_SERVICES_TEST_AWS_SETTINGS: __filename };

    it("runs with a consent, credentials, a region and settings", () => {
        assert.deepEqual(problems(enough), []);
        assert.deepEqual(problems({ ...enough, AWS_PROFILE: undefined, AWS_ACCESS_KEY_ID: "one", AWS_SECRET_ACCESS_KEY: "two" }), []);
    });

    it("refuses without any one of them, and says which", () => {
        for (const name of Object.keys(enough)) assert.equal(problems({ ...enough, [name]: undefined }).length, 1, name);
        assert.match(problems({ ...enough, DATA_SERVICES_TEST_AWS: "true" }).join(), /^DATA_SERVICES_TEST_AWS isn't 1: nothing is made/);
        assert.match(problems({ ...enough, AWS_PROFILE: undefined, AWS_ACCESS_KEY_ID: "one" }).join(), /no AWS credentials/);
    });
});
