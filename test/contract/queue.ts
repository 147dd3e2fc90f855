import type { ContractBackend } from "./backend";
import type { ContractService } from "./service";
export function queueContract(_name: string, _backend: ContractBackend, _service: ContractService): void {}
