import { existsSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { ServiceRequest, ServiceSpec } from "../../components/backend";
import { type Problem, show } from "../../components/validation";
import type { AwsConfig } from "./config";

/** What is wrong with the certificates of Amazon's authority. */
export function authorityProblems({ config, configPath }: ServiceRequest<AwsConfig, ServiceSpec>): Problem[] {
    const { certificateAuthority } = config;
    const property = `${configPath}.certificateAuthority`;
    if (certificateAuthority === undefined || isPem(certificateAuthority)) {
        return [];
    }
    if (!isAbsolute(certificateAuthority)) {
        return [{ property, reason: `must be PEM certificates or the absolute path of a file of them, got ${show(certificateAuthority)}.` }];
    }
    if (!existsSync(certificateAuthority)) {
        return [{ property, reason: `there is no file ${show(certificateAuthority)}. AWS publishes the bundle of each region; download it there.` }];
    }
    return isPem(readFileSync(certificateAuthority, "utf8")) ? [] : [{ property, reason: `the file ${show(certificateAuthority)} holds no PEM certificate.` }];
}

/** The certificates of Amazon's authority; undefined where the environment names none. */
export function authorityOf({ certificateAuthority }: AwsConfig): string | undefined {
    if (certificateAuthority === undefined) {
        return undefined;
    }
    return isPem(certificateAuthority) ? certificateAuthority : readFileSync(certificateAuthority, "utf8");
}

function isPem(text: string): boolean {
    return text.includes("-----BEGIN CERTIFICATE-----");
}
