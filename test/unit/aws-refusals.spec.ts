import assert from "node:assert/strict";
import { ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import { cidrProblem } from "../../providers/aws/cidrs";
import { lengthOf, overlap, startOf } from "../../providers/aws/windows";
import { awsSettings } from "../support/aws-mocks";
import { problemsOf } from "../support/problems";

describe("an AWS environment is refused", () => {
    it("with everything that is wrong at once, each with its path", () => {
        const { message, problems } = refused({
            region: "Frankfurt",
            subnetIds: ["10.0.0.0/24"],
            kmsKeyArn: "alias/data",
            backupWindow: "2am",
            backupRetentionDays: 60,
            logRetentionDays: 8,
            bastion: { host: "bastion.example.com", user: "ops" },
            securityGroups: ["sg-1"],
        });
        assert.match(message, /ManagedDatabase "orders" can't be used as written/);
        assert.deepEqual(problems.map((problem) => problem.split(": ")[0]).sort(), [
            "environment.database.aws.backupRetentionDays",
            "environment.database.aws.backupWindow",
            "environment.database.aws.bastion.hostKey",
            "environment.database.aws.kmsKeyArn",
            "environment.database.aws.logRetentionDays",
            "environment.database.aws.region",
            "environment.database.aws.securityGroups",
            "environment.database.aws.subnetIds.0",
        ]);
        assert.match(message, /an alias or an id alone would replace the service, got "alias\/data"/);
    });

    it("without subnets", () => {
        const { problems } = problemsOf(() => new ManagedDatabase("orders", { environment: { database: { aws: {} as never } } }));
        assert.deepEqual(problems, ["environment.database.aws.subnetIds: is required: the private subnets of the service."]);
    });

    it("where nobody could connect", () => {
        const { problems } = refused({ allowedCidrs: [] });
        assert.equal(problems.length, 1);
        assert.match(problems[0] ?? "", /^environment\.database\.aws\.allowedCidrs: nobody could connect/);
        assert.doesNotThrow(() => checked({ allowedCidrs: [], allowedSecurityGroupIds: ["sg-1"] }));
    });

    it("open to the internet, in either family, or to half of it", () => {
        const { problems } = refused({ allowedCidrs: ["0.0.0.0/0", "::/0", "128.0.0.0/1", "10.0.0.0/8"] });
        assert.deepEqual(
            problems.map((problem) => problem.split(":")[0]),
            [0, 1, 2].map((index) => `environment.database.aws.allowedCidrs.${index}`),
        );
        assert.match(problems[0] ?? "", /is the whole internet: a service is never opened to that.*got "0\.0\.0\.0\/0"/);
        assert.match(problems[1] ?? "", /is the whole internet/);
    });

    it("with ranges that are none", () => {
        for (const cidr of ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "all", "10.0.0.0/8/8", "example.com/8", "10.0.0.0/", "/8"]) {
            assert.match(cidrProblem(cidr) ?? "", /must be a range of addresses/, cidr);
        }
        assert.match(cidrProblem("10.1.2.3/16") ?? "", /write "10\.1\.0\.0\/16"/);
        for (const cidr of ["10.0.0.0/16", "192.168.1.7/32", "fd12:3456:789a::/48", "203.0.113.128/25"]) {
            assert.equal(cidrProblem(cidr), undefined, cidr);
        }
    });

    it("with one subnet, for databases and for what is highly available", () => {
        const subnetIds = ["subnet-a"];
        assert.match(refused({ subnetIds }).problems.join(), /RDS needs subnets in two availability zones at least, got \["subnet-a"\]/);
        const cache = { aws: { ...awsSettings, subnetIds } };
        const { problems } = problemsOf(() => new ManagedCache("sessions", { highAvailability: true, environment: { cache } }));
        assert.match(problems.join(), /a highly available cache needs subnets in two availability zones/);
    });

    it("with windows that meet, or that are too short", () => {
        assert.match(refused({ maintenanceWindow: "mon:02:30-mon:03:30" }).problems.join(), /maintenanceWindow: the daily backups at 02:00-03:00.* meet/);
        assert.match(refused({ backupWindow: "04:30-05:30" }).problems.join(), /backupWindow: the daily backups at 04:30-05:30 and the weekly/);
        assert.match(refused({ backupWindow: "02:00-02:10" }).problems.join(), /backupWindow: must last 30 minutes at least, got "02:00-02:10"/);
    });

    it("with a machine of another kind, or a size that no machine has", () => {
        assert.match(
            refused({ instanceClasses: { orders: "cache.r7g.large" } }).problems.join(),
            /instanceClasses\.orders: a database runs on a class that begins with "db\."/,
        );
        const { problems } = refused({}, { memoryGb: 5000 });
        assert.match(problems.join(), /memoryGb: no class of machines known here has 1 vCPU and 5000 GiB; the largest, db\.r7g\.16xlarge, has 64 and 512/);
        assert.match(refused({}, { cpu: 100 }).problems.join(), /cpu: no class/);
    });

    it("with less room for storage than it begins with", () => {
        assert.match(refused({ maxStorageGb: 100 }, { storageGb: 100 }).problems.join(), /maxStorageGb: must be at least 110/);
    });

    it("with an authority that is none", () => {
        assert.match(refused({ certificateAuthority: "eu-central-1" }).problems.join(), /must be PEM certificates or the absolute path of a file/);
        assert.match(refused({ certificateAuthority: "/nowhere/bundle.pem" }).problems.join(), /there is no file "\/nowhere\/bundle\.pem"/);
        assert.match(refused({ certificateAuthority: __filename }).problems.join(), /holds no PEM certificate/);
    });

    it("with tags that AWS doesn't take", () => {
        const { problems } = refused({}, { tags: { "aws:owner": "me", "managed-by": "me", team: "shop?", owner: "shop" } });
        assert.deepEqual(
            problems.map((problem) => problem.split(": ")[0]),
            ["tags.aws:owner", "tags.managed-by", "tags.team"],
        );
    });

    it("with settings that would open or blind the server", () => {
        const settings = {
            "rds.force_ssl": "0",
            ssl_min_protocol_version: "TLSv1",
            log_statement: "none",
            log_min_duration_statement: "-1",
            work_mem: "much",
            Work: "1",
        };
        const { problems } = refused({}, { settings });
        assert.deepEqual(
            problems.map((problem) => problem.split(": ")[0]),
            Object.keys(settings).map((name) => `settings.${name}`),
        );
        const queue = { aws: awsSettings };
        const queueProblems = problemsOf(
            () => new ManagedQueue("events", { settings: { "listeners.tcp.default": "5672", heartbeat: "" }, environment: { queue } }),
        );
        assert.equal(queueProblems.problems.length, 2);
        const cache = { aws: awsSettings };
        const cacheProblems = problemsOf(
            () => new ManagedCache("sessions", { settings: { "maxmemory-policy": "noeviction", appendonly: "yes" }, environment: { cache } }),
        );
        assert.equal(cacheProblems.problems.length, 2);
        assert.match(cacheProblems.problems.join(), /is set by evictionPolicy/);
    });

    it("with a database of the server's own", () => {
        assert.match(refused({}, { databaseName: "rdsadmin" }).problems.join(), /databaseName: "rdsadmin" is the server's own/);
    });

    it("with a version that AWS doesn't offer", () => {
        assert.match(refused({}, { version: "13" }).problems.join(), /version: the backend "aws" has no database of version "13".*Allowed: 14, 15, 16, 17, 18/);
    });
});

describe("windows of AWS", () => {
    it("have a length, also across midnight and the end of the week", () => {
        assert.equal(lengthOf("23:30-00:30"), 60);
        assert.equal(lengthOf("sat:23:00-sun:01:00"), 120);
        assert.equal(lengthOf("02:00-02:00"), 0);
    });

    it("meet, also across midnight and the end of the week", () => {
        assert.equal(overlap("23:30-00:30", "mon:00:00-mon:01:00"), true);
        assert.equal(overlap("00:00-01:00", "sat:23:30-sun:00:30"), true);
        assert.equal(overlap("02:00-03:00", "sun:03:00-sun:04:00"), false);
        assert.equal(overlap("05:00-06:00", "sun:04:00-sun:05:00"), false);
        assert.equal(overlap("03:45-05:15", "sun:04:00-sun:05:00"), true);
    });

    it("are the start alone for Amazon MQ", () => {
        assert.deepEqual(startOf("wed:04:30-wed:05:30"), { dayOfWeek: "WEDNESDAY", timeOfDay: "04:30", timeZone: "UTC" });
    });
});

function refused(settings: object, args: ConstructorParameters<typeof ManagedDatabase>[1] = {}) {
    return problemsOf(() => new ManagedDatabase("orders", { environment: { database: { aws: { ...awsSettings, ...settings } } }, ...args }));
}

/** Throws the problems of an environment; anything else comes from registering without an engine. */
function checked(settings: object): void {
    try {
        new ManagedDatabase("orders", { environment: { database: { aws: { ...awsSettings, ...settings } } } });
    } catch (error) {
        if ((error as Error).message.includes("can't be used as written")) {
            throw error;
        }
    }
}
