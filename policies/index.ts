/** The rules, for policy packs of your own; see README.md. */
export { configSchema, servePack, toPolicies } from "./adapter";
export type { Settings, Subject, Verdict } from "./evaluate";
export { evaluate, evaluateStack } from "./evaluate";
export type { Exemption } from "./exemptions";
export { Facts, UnknownFact, unknownValue } from "./facts";
export type { Check, Circumstances, Config, Finding, Pack, Parameter, References, Rule, Service, Severity, StackCheck, StackResource } from "./rule";
export { configOf, packs, typesOf } from "./rule";
export { ruleIds, rulesOf } from "./rules";
