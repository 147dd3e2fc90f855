import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Properties, Shape, Signature } from "./sdk";

/** Interfaces and classes of one file, by their names; those of a namespace as `rds.InstanceListenerEndpoint`. */
type Declarations = Map<string, ts.InterfaceDeclaration | ts.ClassDeclaration>;

/** Reads from an SDK's declaration files what resources and functions take and give. */
export function readSignatures(root: string, tokens: readonly string[]): Record<string, Signature> {
    const reader = new Reader(root);
    return Object.fromEntries(tokens.map((token) => [token, reader.signature(token)]));
}

class Reader {
    private readonly files = new Map<string, Declarations>();

    constructor(private readonly root: string) {}

    /** `aws:rds/instance:Instance` is declared in `rds/instance.d.ts`; what is in the index module, at the root. */
    signature(token: string): Signature {
        const [, place = "", name = ""] = token.split(":");
        const declarations = this.file(`${place.replace(/^index\//, "")}.d.ts`);
        const isFunction = /^get[A-Z]/.test(name);
        const upper = name.charAt(0).toUpperCase() + name.slice(1);
        const taken = declarations.get(isFunction ? `${upper}Args` : `${name}Args`);
        const given = declarations.get(isFunction ? `${upper}Result` : name);
        if (!given || (!taken && !isFunction)) {
            throw new Error(`@pulumi/aws declares no ${token} in ${place}.d.ts`);
        }
        return { inputs: taken ? this.properties(taken) : {}, outputs: outputs(given) };
    }

    private properties(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration): Properties {
        const entries = signatures(declaration).map(({ name, type, optional }) => [name, { shape: this.shape(type), required: !optional }] as const);
        return Object.fromEntries(entries);
    }

    private shape(type: ts.TypeNode): Shape {
        switch (type.kind) {
            case ts.SyntaxKind.StringKeyword:
                return { kind: "string" };
            case ts.SyntaxKind.NumberKeyword:
                return { kind: "number" };
            case ts.SyntaxKind.BooleanKeyword:
                return { kind: "boolean" };
        }
        if (ts.isParenthesizedTypeNode(type)) return this.shape(type.type);
        if (ts.isArrayTypeNode(type)) return { kind: "array", of: this.shape(type.elementType) };
        if (ts.isUnionTypeNode(type)) return this.union(type);
        if (ts.isTypeLiteralNode(type)) {
            const index = type.members.find(ts.isIndexSignatureDeclaration);
            if (index) return { kind: "map", of: this.shape(index.type) };
        }
        if (ts.isTypeReferenceNode(type)) return this.reference(type);
        throw new Error(`@pulumi/aws uses a type that the reader doesn't know: ${type.getText()}`);
    }

    /** Unions hold `undefined`, the names of known values, resources (sent as their ids) and documents (sent as objects) beside what counts. */
    private union({ types }: ts.UnionTypeNode): Shape {
        const texts = types.map((one) => one.getText());
        const left = types.filter((_, index) => texts[index] !== "undefined");
        if (texts.some((text) => /PolicyDocument$/.test(text))) return { kind: "json" };
        const simple = left.find((one) => one.kind === ts.SyntaxKind.StringKeyword) ?? left[0];
        if (!simple) throw new Error("@pulumi/aws has a union of nothing");
        return this.shape(simple);
    }

    private reference(type: ts.TypeReferenceNode): Shape {
        const name = type.typeName.getText();
        if (name === "pulumi.Input" || name === "pulumi.Output") {
            const [argument] = type.typeArguments ?? [];
            if (argument) return this.shape(argument);
        }
        if (name.startsWith("enums.") || /^[A-Z]\w+$/.test(name)) return { kind: "string" };
        if (name.startsWith("inputs.")) {
            const found = this.file("types/input.d.ts").get(name.slice("inputs.".length));
            if (found) return { kind: "object", properties: this.properties(found) };
        }
        throw new Error(`@pulumi/aws refers to a type that the reader doesn't know: ${name}`);
    }

    private file(path: string): Declarations {
        const known = this.files.get(path);
        if (known) return known;
        const source = ts.createSourceFile(path, readFileSync(join(this.root, path), "utf8"), ts.ScriptTarget.ES2022, true);
        const found: Declarations = new Map();
        const visit = (node: ts.Node, prefix: string): void => {
            if (ts.isInterfaceDeclaration(node) || (ts.isClassDeclaration(node) && node.name)) {
                found.set(prefix + (node.name as ts.Identifier).text, node);
            } else if (ts.isModuleDeclaration(node) && node.body) {
                ts.forEachChild(node.body, (child) => visit(child, `${prefix}${node.name.text}.`));
            }
        };
        ts.forEachChild(source, (child) => visit(child, ""));
        this.files.set(path, found);
        return found;
    }
}

function outputs(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration): Record<string, boolean> {
    const all = signatures(declaration).map(({ name, type, optional }) => [name, !optional && !/\bundefined\b/.test(topLevel(type))] as const);
    return Object.fromEntries(all);
}

/** The type of an output without what is nested in it. */
function topLevel(type: ts.TypeNode): string {
    const inner = ts.isTypeReferenceNode(type) && type.typeName.getText() === "pulumi.Output" ? type.typeArguments?.[0] : type;
    return inner && ts.isUnionTypeNode(inner) ? inner.types.map((one) => (ts.isTypeLiteralNode(one) ? "{}" : one.getText())).join(" | ") : "";
}

/** The properties of an interface, or a class's outputs. */
function signatures(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration): { name: string; type: ts.TypeNode; optional: boolean }[] {
    const isOutput = (member: ts.ClassElement) => ts.isPropertyDeclaration(member) && /^pulumi\.Output\b/.test(member.type?.getText() ?? "");
    const members = ts.isClassDeclaration(declaration) ? declaration.members.filter(isOutput) : declaration.members;
    return members.flatMap((member) => {
        const isProperty = ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
        return isProperty && member.type ? [{ name: member.name.getText(), type: member.type, optional: member.questionToken !== undefined }] : [];
    });
}
