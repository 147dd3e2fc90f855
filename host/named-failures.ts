import type { dynamic } from "@pulumi/pulumi";

/**
 * The engine prints each refusal with its property and that input's value, as Go writes it: `value {&{{map[…]}}}`, `value {<nil>}` for one that is
 * written in the environment. The reasons tell what was given in the user's own words, so the property's name goes into them, alone.
 */
export function withNamedFailures(provider: dynamic.ResourceProvider): dynamic.ResourceProvider {
    const check = provider.check?.bind(provider);
    if (check !== undefined) {
        provider.check = async (olds, news) => {
            const result = await check(olds, news);
            const failures = result.failures?.map(({ property, reason }) => ({ property: "", reason: `property ${property}: ${reason}` }));
            return { ...result, ...(failures === undefined ? {} : { failures }) };
        };
    }
    return provider;
}
