// Checks the rules of the import graph on parsed sources, so that comments and strings do not trip it.
// Files are given by their path below src: "core/wire/jsonrpc.ts".
import { posix } from "node:path";
import ts from "typescript";
import { checkGlobals } from "./layers-globals.ts";

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export type Report = (node: ts.Node, message: string) => void;
export type Sources = Readonly<Record<string, string>>;

const maxLines = 300;

/** What each layer may import besides its own files. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  adapters: ["core"],
  transports: ["core", "adapters"],
  oauth: ["core", "adapters"],
  client: ["core", "adapters"],
  // The client it has from the entry, by the name of the package: an application has one copy of it.
  shared: ["core", "adapters"],
  // The one entry for programs with a server of their own: Node is imported here and nowhere else.
  loopback: [],
  // The entries re-export; they are not a way round the layers, since nothing imports them.
  "index.ts": ["core", "adapters", "transports", "client"],
  "cdn.ts": ["core", "adapters", "transports", "client", "index.ts"],
  "json-schema": ["core", "adapters"],
  react: ["index.ts"],
  "ai-sdk": ["index.ts"],
};

/** Single files that may import more than their layer. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  "client/connect.ts": ["transports"],
};

/** Packages, and the only places that may import them. */
const packages: ReadonlyArray<readonly [specifier: RegExp, place: RegExp]> = [
  [/^zod\/mini$/, /^core\/wire\/schemas[\w-]*\.ts$/],
  [/^url-template$/, /^core\/wire\/uri-template\.ts$/],
  [/^@cfworker\/json-schema$/, /^json-schema\//],
  [/^eventsource-parser$/, /^adapters\//],
  [/^oauth4webapi$/, /^oauth\//],
  [/^mcp-rivulet$/, /^(shared|loopback)\//],
  [/^mcp-rivulet\/oauth$/, /^loopback\//],
  [/^node:/, /^loopback\//],
  [/^react$/, /^react\//],
  [/^ai$/, /^ai-sdk\//],
];

const layerOf = (file: string): string => file.split("/")[0] ?? file;

export function checkLayers(sources: Sources): Violation[] {
  const violations: Violation[] = [];
  const files = Object.keys(sources).sort();
  const program = parse(sources);
  const graph = new Map<string, Map<string, number>>();
  for (const file of files) {
    const source = program.getSourceFile(file);
    if (!source) throw new Error(`not parsed: ${file}`);
    const report: Report = (node, message) => violations.push({ file, line: lineOf(source, node), message });
    if (!mayImport[layerOf(file)]) {
      report(source, `"${layerOf(file)}" is no layer known to test/package/layers.ts: add it with its rules`);
    }
    graph.set(file, checkImports(file, source, sources, report));
    checkStatements(source, report);
    checkLength(source, report);
    checkGlobals(layerOf(file), source, program.getTypeChecker(), report);
  }
  violations.push(...findCycles(graph));
  return violations;
}

export function format(violations: readonly Violation[]): string[] {
  return violations.map(({ file, line, message }) => `src/${file}:${line} ${message}`);
}

/** In memory, without libraries: what no file declares stays unresolved, and is therefore a global. */
function parse(sources: Sources): ts.Program {
  const options: ts.CompilerOptions = {
    noLib: true,
    noResolve: true,
    target: ts.ScriptTarget.ESNext,
    types: [],
  };
  const host: ts.CompilerHost = {
    getSourceFile: (name, target) => {
      const text = sources[name];
      return text === undefined ? undefined : ts.createSourceFile(name, text, target, true);
    },
    fileExists: (name) => name in sources,
    readFile: (name) => sources[name],
    writeFile: () => {},
    getDefaultLibFileName: () => "lib.d.ts",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
  };
  return ts.createProgram(Object.keys(sources), options, host);
}

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Every module a file names, types included: a layer is also what one has to read to understand a file. */
function checkImports(
  file: string,
  source: ts.SourceFile,
  sources: Sources,
  report: Report,
): Map<string, number> {
  const imported = new Map<string, number>();
  const allowed = [layerOf(file), ...(mayImport[layerOf(file)] ?? []), ...(exceptions[file] ?? [])];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      if (!specifier.startsWith(".")) checkPackage(file, specifier, node, report);
      else {
        const target = resolve(file, specifier, sources);
        if (!target) report(node, `imports ${specifier}, which is no file below src`);
        else {
          imported.set(target, lineOf(source, node));
          const layer = layerOf(target);
          const inside = layer === layerOf(file) && layer.includes(".") === false;
          if (!inside && !allowed.includes(layer)) {
            report(node, `${layerOf(file)} must not import ${layer} (${target})`);
          }
        }
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return imported;
}

function specifierOf(node: ts.Node): string | undefined {
  const text = (child: ts.Node | undefined): string | undefined =>
    child && ts.isStringLiteralLike(child) ? child.text : undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return text(node.moduleSpecifier);
  if (ts.isExternalModuleReference(node)) return text(node.expression);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return text(node.argument.literal);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return text(node.arguments[0]) ?? "(computed)";
  }
  return undefined;
}

function checkPackage(file: string, specifier: string, node: ts.Node, report: Report): void {
  const rule = packages.find(([name]) => name.test(specifier));
  if (!rule) report(node, `imports the package "${specifier}", which the library does not use`);
  else if (!rule[1].test(file)) report(node, `imports "${specifier}" outside ${rule[1].source}`);
}

function resolve(from: string, specifier: string, sources: Sources): string | undefined {
  const path = posix.join(posix.dirname(from), specifier);
  return [path, path.replace(/\.js$/, ".ts"), `${path}.ts`].find((candidate) => candidate in sources);
}

/** Importing a module must do nothing, and what it exports must be named. */
function checkStatements(source: ts.SourceFile, report: Report): void {
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      if (!clause || ts.isNamespaceExport(clause))
        report(statement, "wildcard re-export: name what is exported");
    } else if (ts.isExportAssignment(statement)) report(statement, "default export: use a named one");
    else if (ts.isImportDeclaration(statement)) {
      if (!statement.importClause) report(statement, "import for its side effects");
    } else if (!isDeclaration(statement)) report(statement, "top-level statement that is no declaration");
    if (ts.canHaveModifiers(statement)) {
      const modifier = ts.getModifiers(statement)?.find(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
      if (modifier) report(statement, "default export: use a named one");
    }
  }
  const visit = (node: ts.Node, top: boolean): void => {
    if (ts.isEnumDeclaration(node)) report(node, "enum: use a union of string literals");
    if (ts.isClassStaticBlockDeclaration(node))
      report(node, "static block: runs when the module is imported");
    if (top && ts.isAwaitExpression(node)) report(node, "top-level await");
    ts.forEachChild(node, (child) => visit(child, top && !ts.isFunctionLike(child)));
  };
  visit(source, true);
}

function isDeclaration(statement: ts.Statement): boolean {
  if (ts.isModuleDeclaration(statement)) {
    return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
  }
  return (
    ts.isVariableStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) || // reported as an enum
    isTypeOnly(statement)
  );
}

function isTypeOnly(statement: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return true;
  if (ts.isImportDeclaration(statement)) return statement.importClause?.isTypeOnly ?? false;
  return ts.isExportDeclaration(statement) && statement.isTypeOnly;
}

/** Files that only hold types may be long: they are reference, and cost nothing at run time. */
function checkLength(source: ts.SourceFile, report: Report): void {
  const lines = source.text.replace(/\n$/, "").split("\n").length;
  if (lines > maxLines && !source.statements.every(isTypeOnly)) {
    report(source, `${lines} lines, more than ${maxLines}: split it`);
  }
}

/** Reports each cycle once, at the import that closes it. */
function findCycles(graph: ReadonlyMap<string, ReadonlyMap<string, number>>): Violation[] {
  const found: Violation[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    path.push(file);
    for (const [target, line] of graph.get(file) ?? []) {
      const start = path.indexOf(target);
      if (start >= 0) {
        found.push({ file, line, message: `import cycle: ${[...path.slice(start), target].join(" → ")}` });
      } else if (!done.has(target)) visit(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) if (!done.has(file)) visit(file);
  return found;
}
