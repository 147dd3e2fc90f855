import type { DatabaseSpec, ServiceRequest } from "../../../components/backend";
import type { Problem } from "../../../components/validation";
import type { AwsConfig } from "../config";

/** The least that RDS takes of gp3. */
const leastGb = 20;

/** GiB that the server gets, and GiB that it may grow to by itself before it would stop for want of space. */
export function storageOf({ maxStorageGb }: AwsConfig, { size }: DatabaseSpec): { allocatedStorage: number; maxAllocatedStorage: number } {
    const allocatedStorage = Math.max(leastGb, Math.ceil(size.storageGb));
    return { allocatedStorage, maxAllocatedStorage: maxStorageGb ?? allocatedStorage * 2 };
}

export function storageProblems({ config, configPath, spec }: ServiceRequest<AwsConfig, DatabaseSpec>): Problem[] {
    const { allocatedStorage, maxAllocatedStorage } = storageOf(config, spec);
    // RDS wants room for one step of growth, which is a tenth.
    const least = Math.ceil((allocatedStorage * 11) / 10);
    return maxAllocatedStorage < least
        ? [
              {
                  property: `${configPath}.maxStorageGb`,
                  reason: `must be at least ${least}, a tenth more than the ${allocatedStorage} GiB that the database begins with, got ${maxAllocatedStorage}.`,
              },
          ]
        : [];
}
