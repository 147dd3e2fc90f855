import { sizes } from "../components/size";
import { type Facts, UnknownFact } from "./facts";
import * as type from "./types";

/**
 * List prices in US dollars, on demand, of one region: an order of magnitude to catch a machine of the wrong size, and not a bill. Neither discounts
 * nor traffic, backups, requests or licences are in it. A class that isn't here has no known price, and rules say so.
 */
export const priceTable = {
    asOf: "2025-06-30",
    region: "us-east-1",
    source: "https://aws.amazon.com/rds/postgresql/pricing/, https://aws.amazon.com/amazon-mq/pricing/, https://aws.amazon.com/elasticache/pricing/",
    hoursPerMonth: 730,
    /** An hour of one machine: RDS for PostgreSQL in a single zone, Amazon MQ's single instance, ElastiCache's node for Redis OSS. mq.m7g: October 2026. */
    hourly: {
        ...{ "db.t3.micro": 0.018, "db.t3.small": 0.036, "db.t3.medium": 0.072, "db.t3.large": 0.145, "db.t4g.micro": 0.016, "db.t4g.small": 0.032 },
        ...{ "db.t4g.medium": 0.065, "db.t4g.large": 0.129, "db.t4g.xlarge": 0.258, "db.t4g.2xlarge": 0.517, "db.m5.large": 0.178, "db.m5.xlarge": 0.356 },
        ...{ "db.m5.2xlarge": 0.712, "db.m5.4xlarge": 1.424, "db.m6g.large": 0.159, "db.m6g.xlarge": 0.318, "db.m6g.2xlarge": 0.636, "db.m6g.4xlarge": 1.271 },
        ...{ "db.m7g.large": 0.168, "db.m7g.xlarge": 0.337, "db.m7g.2xlarge": 0.674, "db.m7g.4xlarge": 1.348, "db.r5.large": 0.25, "db.r5.xlarge": 0.5 },
        ...{ "db.r6g.large": 0.225, "db.r6g.xlarge": 0.45, "db.r6g.2xlarge": 0.899, "db.r6g.4xlarge": 1.798, "db.r6g.16xlarge": 7.19, "db.r7g.large": 0.239 },
        ...{ "mq.t3.micro": 0.027, "mq.m5.large": 0.288, "mq.m5.xlarge": 0.576, "mq.m5.2xlarge": 1.152, "mq.m5.4xlarge": 2.304, "mq.m7g.large": 0.2734 },
        ...{ "cache.t3.micro": 0.017, "cache.t3.small": 0.034, "cache.t3.medium": 0.068, "cache.t4g.micro": 0.016, "cache.t4g.small": 0.032 },
        ...{ "cache.t4g.medium": 0.065, "cache.m5.large": 0.156, "cache.m6g.large": 0.149, "cache.m7g.large": 0.158, "cache.m7g.xlarge": 0.315 },
        ...{
            "cache.r5.large": 0.216,
            "cache.r5.4xlarge": 1.724,
            "cache.r6g.large": 0.206,
            "cache.r6g.xlarge": 0.411,
            "cache.r7g.large": 0.219,
            "cache.r7g.xlarge": 0.437,
        },
    } as Readonly<Record<string, number>>,
    /** What a node for Valkey costs, as a part of the same node for Redis OSS. */
    valkey: 0.8,
    /** A GiB of storage for a month, in a single zone. */
    storage: { gp2: 0.115, gp3: 0.115, io1: 0.125, io2: 0.125, mq: 0.1 } as Readonly<Record<string, number>>,
    /** A provisioned operation per second for a month. */
    iops: 0.1,
};

/** What a service costs in a month; or why that isn't known. Undefined: it isn't a service that costs by itself. */
export type Cost = { readonly monthly: number; readonly parts: string } | { readonly unknown: string };

/** As {@link costs}, where a class that isn't known before the update has no known price either. */
export function costOf(type: string, facts: Facts, cluster: ClusterPrices): Cost | undefined {
    try {
        return Object.hasOwn(costs, type) ? costs[type]?.(facts, cluster) : undefined;
    } catch (error) {
        if (error instanceof UnknownFact) {
            return { unknown: error.message };
        }
        throw error;
    }
}

/** What the platform team says that its own cluster costs, in US dollars a month. */
export interface ClusterPrices {
    readonly cpu?: number;
    readonly memoryGb?: number;
    readonly storageGb?: number;
}

/** How to reckon the cost of each type. */
export const costs: Readonly<Record<string, (facts: Facts, cluster: ClusterPrices) => Cost | undefined>> = {
    [type.rdsInstance]: (facts) => {
        const zones = facts.read("multiAz") === true ? 2 : 1;
        const kind = facts.text("storageType") || "gp2";
        const storage = (priceTable.storage[kind] ?? 0) * (facts.number("allocatedStorage") ?? 0) * zones;
        const iops = kind.startsWith("io") ? (facts.number("iops") ?? 0) * priceTable.iops * zones : 0;
        return machines(facts.text("instanceClass"), zones, storage + iops);
    },
    [type.rdsClusterInstance]: (facts) => machines(facts.text("instanceClass"), 1, 0),
    [type.mqBroker]: (facts) => {
        const nodes = facts.text("deploymentMode").startsWith("CLUSTER") ? 3 : facts.text("deploymentMode").startsWith("ACTIVE") ? 2 : 1;
        return machines(facts.text("hostInstanceType"), nodes, 0);
    },
    [type.replicationGroup]: (facts) => cacheMachines(facts, cacheNodes(facts)),
    [type.cacheCluster]: (facts) => (facts.isSet("replicationGroupId") ? undefined : cacheMachines(facts, facts.number("numCacheNodes") ?? 1)),
    ...Object.fromEntries(type.managedServices.map((one) => [one, ofOurs])),
};

/** How many machines an ElastiCache replication group has. */
export function cacheNodes(facts: Facts): number {
    // Among the outputs of a group all three are there, and in a preview only what the program set is known.
    const nodes = facts.isSet("numCacheClusters") ? facts.number("numCacheClusters") : undefined;
    return nodes ?? (facts.number("numNodeGroups") ?? 1) * (1 + (facts.number("replicasPerNodeGroup") ?? 0));
}

function cacheMachines(facts: Facts, count: number): Cost {
    return machines(facts.text("nodeType"), count, 0, facts.text("engine") === "valkey" ? priceTable.valkey : 1);
}

/** @param part What is paid of the table's price. */
function machines(name: string, count: number, storage: number, part = 1): Cost {
    const hourly = priceTable.hourly[name];
    if (hourly === undefined) {
        return { unknown: name === "" ? "its class isn't known" : `the price table of ${priceTable.asOf} has no ${name}` };
    }
    const monthly = hourly * part * priceTable.hoursPerMonth * count + storage;
    return { monthly, parts: `${count} x ${name}${storage > 0 ? " and storage" : ""}` };
}

/** Of a component: what runs here costs nothing, what runs in a cluster what the platform team says, and in a cloud its parts are reckoned. */
function ofOurs(facts: Facts, prices: ClusterPrices): Cost | undefined {
    if (facts.text("backend") !== "kubernetes") {
        return undefined;
    }
    if (prices.cpu === undefined && prices.memoryGb === undefined && prices.storageGb === undefined) {
        return { unknown: "the cluster's prices aren't set" };
    }
    const size = sizes[facts.text("size") as keyof typeof sizes];
    const servers = facts.read("highAvailability") === true || facts.text("durability") === "critical" ? 3 : 1;
    const figure = (name: "cpu" | "memoryGb" | "storageGb") => (facts.number(name) ?? size?.[name] ?? 0) * (prices[name] ?? 0);
    const monthly = servers * (figure("cpu") + figure("memoryGb") + figure("storageGb"));
    return { monthly, parts: `${servers} x ${facts.text("size")}` };
}
