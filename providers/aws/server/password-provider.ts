import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import { newPassword } from "../../protocols/passwords";

interface PasswordInputs {
    readonly owner: string;
}

interface PasswordOutputs extends PasswordInputs {
    /** Secret. */
    readonly password: string;
}

/** The provider of `AwsPassword`: a password that is made once, for one owner. */
export class PasswordProvider implements dynamic.ResourceProvider<PasswordInputs, PasswordOutputs> {
    async diff(_id: string, olds: PasswordOutputs, news: PasswordInputs): Promise<dynamic.DiffResult> {
        const changes = news.owner !== runtime.unknownValue && news.owner !== olds.owner;
        // Made before the old one goes: the old user keeps its password until nobody uses it any more.
        return { changes, replaces: changes ? ["owner"] : [], deleteBeforeReplace: false };
    }

    async create(inputs: PasswordInputs): Promise<dynamic.CreateResult<PasswordOutputs>> {
        return { id: inputs.owner, outs: { ...inputs, password: newPassword() } };
    }
}
