import { type Durability, durabilities, type ServiceKind, services } from "../support/aws-programs";
import { assertGolden } from "../support/kubernetes-mocks";

describe("a service on AWS", () => {
    for (const kind of Object.keys(services) as ServiceKind[]) {
        for (const durability of durabilities as readonly Durability[]) {
            it(`is, as ${durability} ${kind}, the resources of test/golden/aws-${kind}-${durability}.json`, async () => {
                assertGolden(`aws-${kind}-${durability}`, (await services[kind](durability)).registrations);
            });
        }
    }
});
