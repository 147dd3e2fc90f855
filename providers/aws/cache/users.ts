import type { UserGroup } from "@pulumi/aws/elasticache/userGroup";
import * as pulumi from "@pulumi/pulumi";
import type { Context, Service } from "../../../components/backend";
import { hash } from "../../../components/names";
import { accessRules } from "../../protocols/valkey-access";
import type { Groundwork } from "../groundwork";
import { AwsPassword } from "../resources";

/**
 * The group of the cache's users. It begins with the user "default" alone, switched off: who names no user gets nowhere.
 *
 * Users of bindings join by associations, since a program may bind at any time, and the group is there before. So its own list isn't looked at again.
 */
export function userGroup(ground: Groundwork): UserGroup {
    const { UserGroup: Group } = require("@pulumi/aws/elasticache/userGroup") as typeof import("@pulumi/aws/elasticache/userGroup");
    const { User } = require("@pulumi/aws/elasticache/user") as typeof import("@pulumi/aws/elasticache/user");
    const { ctx, name, tags } = ground;
    const userId = pulumi.interpolate`${name}-default`;
    const { password } = new AwsPassword(ctx.childName("default-password"), userId, ctx.options("support"));
    const nobody = new User(
        ctx.childName("default-user"),
        {
            userId,
            userName: "default",
            engine: "valkey",
            accessString: "off ~* -@all",
            // Valkey's users must have one, even those who can't log in.
            authenticationMode: { type: "password", passwords: [pulumi.secret(password)] },
            tags,
        },
        ground.options("support"),
    );
    return new Group(
        ctx.childName("users"),
        { userGroupId: pulumi.interpolate`${name}-users`, engine: "valkey", userIds: [nobody.userId], tags },
        ground.options("support", { ignoreChanges: ["userIds"] }),
    );
}

/**
 * Makes a user for each binding.
 *
 * @param before what must be there before anybody can connect
 */
export function userMaker(ground: Groundwork, group: UserGroup, before: readonly pulumi.Resource[]): Service["bind"] {
    const { User } = require("@pulumi/aws/elasticache/user") as typeof import("@pulumi/aws/elasticache/user");
    const { UserGroupAssociation } = require("@pulumi/aws/elasticache/userGroupAssociation") as typeof import("@pulumi/aws/elasticache/userGroupAssociation");
    // A group takes one change at a time, and refuses a second one meanwhile: each association waits for the one before.
    let last: readonly pulumi.Resource[] = before;
    return (ctx: Context, { name, username, access, password: given, keys }) => {
        const userId = pulumi.interpolate`${ground.name}-${hash(username).slice(0, 7)}`;
        const password = given ?? new AwsPassword(`${name}-password`, userId, ctx.options("support")).password;
        const user = new User(
            `${name}-user`,
            {
                userId,
                userName: username,
                engine: "valkey",
                accessString: ["on", ...accessRules({ access, ...(keys === undefined ? {} : { keys }) })].join(" "),
                authenticationMode: { type: "password", passwords: [pulumi.secret(password)] },
                tags: ground.tags,
            },
            ground.options("support"),
        );
        const member = new UserGroupAssociation(
            `${name}-member`,
            { userGroupId: group.userGroupId, userId: user.userId },
            ground.options("support", { dependsOn: [...last] }),
        );
        last = [member];
        return {
            username: pulumi.output(username),
            // Known once the user can log in.
            password: pulumi.secret(pulumi.all([password, member.id]).apply(([secret]) => secret)),
        };
    };
}
