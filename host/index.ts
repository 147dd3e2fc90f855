/**
 * The entry of Pulumi's dynamic-provider host: the code behind this package's own resources. `require`d by the line of text that
 * each such resource keeps in the state (see components/host-resource.ts), so names here are never removed.
 */
import type * as pulumi from "@pulumi/pulumi";
import { exitWithEngine } from "./exit-with-engine";
import { withNamedFailures } from "./named-failures";

const providers: Readonly<Record<string, () => pulumi.dynamic.ResourceProvider>> = {
    identity: () => new (require("./identity") as typeof import("./identity")).IdentityProvider(),
    "local-server": () => new (require("../providers/local/server") as typeof import("../providers/local/server")).ServerProvider(),
    "local-user": () => new (require("../providers/local/server") as typeof import("../providers/local/server")).UserProvider(),
    "kubernetes-instance": () => new (kubernetes().InstanceProvider)(),
    "kubernetes-server": () => new (kubernetes().ServerProvider)(),
    "kubernetes-user": () => new (kubernetes().KubernetesUserProvider)(),
    "aws-instance": () => new (aws().InstanceProvider)(),
    "aws-password": () => new (aws().PasswordProvider)(),
    "remote-server": () => new (remote().RemoteServerProvider)(),
    "remote-user": () => new (remote().RemoteUserProvider)(),
    "vm-server": () => new (vm().VmServerProvider)(),
    "vm-user": () => new (vm().VmUserProvider)(),
};

function remote(): typeof import("../providers/remote/server") {
    return require("../providers/remote/server");
}

function kubernetes(): typeof import("../providers/kubernetes/server") {
    return require("../providers/kubernetes/server");
}

function aws(): typeof import("../providers/aws/server") {
    return require("../providers/aws/server");
}

function vm(): typeof import("../providers/vm/server") {
    return require("../providers/vm/server");
}

/** The provider of a resource, by the name in its state. */
export function provider(name: string): pulumi.dynamic.ResourceProvider {
    const make = providers[name];
    if (!make) {
        throw new Error(
            `This version of pulumi-data-services knows no resource provider "${name}". The state was written by a newer version: install that one.`,
        );
    }
    exitWithEngine();
    return withNamedFailures(make());
}
