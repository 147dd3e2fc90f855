import type { dynamic } from "@pulumi/pulumi";

/**
 * The engine prints each refusal with its property and that input's value. A property that is no input of the resource itself, since it is written in the
 * environment or nested, would be printed as `value {<nil>}`: its name goes into the reason instead.
 */
export function withNamedFailures(provider: dynamic.ResourceProvider): dynamic.ResourceProvider {
    const check = provider.check?.bind(provider);
    if (check !== undefined) {
        provider.check = async (olds, news) => {
            const result = await check(olds, news);
            const failures = result.failures?.map(({ property, reason }) =>
                news[property] === undefined ? { property: "", reason: `property ${property}: ${reason}` } : { property, reason },
            );
            return { ...result, ...(failures === undefined ? {} : { failures }) };
        };
    }
    return provider;
}
