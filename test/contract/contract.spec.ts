import type { ServiceKind } from "../../index";
import { type ContractBackend, contractBackends } from "./backend";
import { cacheContract } from "./cache";
import { databaseContract } from "./database";
import { queueContract } from "./queue";
import { ContractService } from "./service";

type Contract = (name: string, backend: ContractBackend, service: ContractService) => void;

const contracts: Readonly<Record<ServiceKind, Contract>> = { database: databaseContract, queue: queueContract, cache: cacheContract };

for (const { name, backend } of contractBackends()) {
    for (const kind of backend.kinds) {
        const reason = backend.unavailable(kind);
        if (reason !== undefined) {
            it.skip(`contract: ${kind} on ${name}: ${reason}`, () => undefined);
            continue;
        }
        describe(`contract: ${kind} on ${name}`, function () {
            this.timeout(180_000);
            const service = new ContractService(backend, kind);
            after(() => service.project.remove());
            contracts[kind](name, backend, service);
        });
    }
}
