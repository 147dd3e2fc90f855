import { passwordsOf } from "../passwords";
import type { Check, Rule } from "../rule";

/** What is tried first, and what examples come with. */
const known =
    /^(change_?me.*|(pass(word|wort)?|postgres(ql)?|rabbit(mq)?|redis|valkey|admin(istrator)?|guest|root|test|secret|master|default|example|letmein|welcome|qwerty|hunter2|demo|dev)[\d!@#$%_.-]*|\d{1,12}|(?<one>.)\k<one>+)$/i;

export const rule: Rule = {
    id: "no-weak-passwords",
    pack: "security",
    title: "No password can be guessed.",
    severity: "critical",
    topic: "Users and passwords",
    why: "Known and short passwords are tried by programs that never stop.",
    fix: "Let one be made: leave the password out of a binding of this library, or use a RandomPassword of 24 characters or more.",
    references: {},
    config: { minimumLength: { type: "integer", minimum: 1, description: "The fewest characters of a password.", default: 12 } },
    checks: Object.fromEntries(
        Object.entries(passwordsOf).map(([type, passwords]): [string, Check] => [
            type,
            (facts, { config }) =>
                passwords(facts).flatMap(({ value, path }) => {
                    if (value === "") {
                        return [];
                    }
                    const least = config.minimumLength as number;
                    if (known.test(value)) {
                        return [{ found: `${path} is one of the passwords that are tried first` }];
                    }
                    return [...value].length < least ? [{ found: `${path} is shorter than ${least} characters` }] : [];
                }),
        ]),
    ),
};
