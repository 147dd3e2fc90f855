import type * as pulumi from "@pulumi/pulumi";
import type { Groundwork } from "./groundwork";

/** An object of a kind that an operator brings, which can be made anew at any time. */
export function customResource(ground: Groundwork, apiVersion: string, kind: string, role: string, spec: object, more?: pulumi.CustomResourceOptions) {
    const { CustomResource } = require("@pulumi/kubernetes/apiextensions/customResource") as typeof import("@pulumi/kubernetes/apiextensions/customResource");
    return new CustomResource(ground.ctx.childName(role), { apiVersion, kind, metadata: ground.metadata(role), spec }, ground.options("support", more));
}
