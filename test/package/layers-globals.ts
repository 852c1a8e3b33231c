// Which names a file uses that neither it nor ECMAScript declares.
import { runInNewContext } from "node:vm";
import ts from "typescript";
import type { Report } from "./layers.ts";

/** A bare context has the globals of the language and nothing of a platform, but for the names removed here. */
const language: ReadonlySet<string> = new Set(
  (runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[]).filter(
    (name) => !["globalThis", "console", "WebAssembly", "SharedArrayBuffer", "Atomics"].includes(name),
  ),
);

/** Web globals that every runtime has and that reach nothing outside: values, not I/O. Not for core. */
const universals: ReadonlySet<string> = new Set([
  ...["AbortController", "AbortSignal", "DOMException", "Event", "EventTarget", "CustomEvent"],
  ...[
    "Headers",
    "Request",
    "Response",
    "URL",
    "URLSearchParams",
    "TextEncoder",
    "TextDecoder",
    "Blob",
    "FormData",
  ],
  ...["ReadableStream", "WritableStream", "TransformStream"],
  ...["queueMicrotask", "structuredClone", "atob", "btoa", "crypto"],
]);

// Core may use one of them: `btoa` is pure, everywhere, and stands for a hundred bytes of tables.

/** Runtime detection, and code from strings: not even for adapters. */
const never: ReadonlySet<string> = new Set([
  ...[
    "process",
    "Buffer",
    "Deno",
    "Bun",
    "EdgeRuntime",
    "require",
    "module",
    "exports",
    "__dirname",
    "__filename",
  ],
  ...["eval", "Function", "importScripts"],
]);

export function checkGlobals(
  layer: string,
  source: ts.SourceFile,
  checker: ts.TypeChecker,
  report: Report,
): void {
  const visit = (node: ts.Node): void => {
    // Types are free: `typeof fetch` in a type costs nothing and reaches nothing.
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword) return;
    if (ts.isIdentifier(node) && isReference(node) && !isDeclared(node, checker)) {
      const why = judge(layer, node);
      if (why) report(node, why);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function judge(layer: string, node: ts.Identifier): string | undefined {
  const name = node.text;
  if (never.has(name)) return `names ${name}, which no file of the library may`;
  if (layer === "adapters") return undefined;
  if (layer === "core")
    return language.has(name) || name === "btoa"
      ? impurity(node)
      : `core names the global ${name}: it is pure`;
  if (language.has(name) || universals.has(name)) return undefined;
  return `names the global ${name}: only adapters may (or add it to the universals of layers-globals.ts)`;
}

/** The clock and chance are ports in core, though the language offers both. */
function impurity(node: ts.Identifier): string | undefined {
  const { parent } = node;
  const member =
    ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined;
  if (node.text === "Math" && member === "random") return "core uses Math.random: it is pure";
  if (node.text !== "Date") return undefined;
  const isNow = ts.isNewExpression(parent) && parent.expression === node && !parent.arguments?.length;
  return member === "now" || isNow ? "core reads the clock with Date: it is pure" : undefined;
}

/** Whether an identifier reads or writes a variable, and is not the name of a property, label or declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isMetaProperty(parent)) return false;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  if (ts.isJsxAttribute(parent)) return false;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.initializer === node;
  }
  if (ts.isEnumMember(parent)) return parent.initializer === node;
  return !(ts.isDeclarationStatement(parent) || ts.isClassElement(parent) || isNamedFunction(parent, node));
}

function isNamedFunction(parent: ts.Node, node: ts.Identifier): boolean {
  const named =
    ts.isFunctionExpression(parent) || ts.isClassExpression(parent) || ts.isMethodDeclaration(parent);
  if (named) return parent.name === node;
  if (ts.isAccessor(parent)) return parent.name === node;
  return ts.isTypeParameterDeclaration(parent) || ts.isNamespaceExport(parent);
}

/** An ambient declaration does not count: `declare const fetch` gives a file nothing of its own. */
function isDeclared(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  if (node.text === "undefined" || node.text === "arguments") return true;
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  return symbol?.declarations?.some((declaration) => !isAmbient(declaration)) ?? false;
}

function isAmbient(node: ts.Node): boolean {
  for (let up: ts.Node | undefined = node; up; up = up.parent) {
    if (ts.canHaveModifiers(up) && up.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword))
      return true;
  }
  return false;
}
