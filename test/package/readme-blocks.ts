// The code blocks of a Markdown file, type-checked as a reader would use them.
import { basename, dirname, join } from "node:path";
import ts from "typescript";

export interface Block {
  readonly language: "ts" | "tsx" | "js" | "jsx";
  /** Line of the Markdown file where the block's first line of code is. */
  readonly line: number;
  readonly code: string;
}

export function extractBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: string; language: string; line: number; code: string[] } | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(text) ?? [];
    if (!open && fence) open = { fence, indent, language: languageOf(info), line: index + 2, code: [] };
    else if (open && fence?.startsWith(open.fence) && info.trim() === "") {
      const { language, line, code } = open;
      if (isLanguage(language)) blocks.push({ language, line, code: code.join("\n") });
      open = undefined;
    } else open?.code.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text);
  }
  return blocks;
}

function languageOf(info: string): string {
  const name =
    info
      .trim()
      .split(/[\s{,]/)[0]
      ?.toLowerCase() ?? "";
  return { typescript: "ts", javascript: "js", mjs: "js", mts: "ts" }[name] ?? name;
}

function isLanguage(name: string): name is Block["language"] {
  return ["ts", "tsx", "js", "jsx"].includes(name);
}

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  // Top-level await and a name declared twice in the file are both normal for snippets.
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"].map(
    (name) => `lib.${name.toLowerCase()}.d.ts`,
  ),
  types: [],
  jsx: ts.JsxEmit.ReactJSX,
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
};

/**
 * Every block is its own module beside the file. What `prelude` exports is there for any block that does not
 * declare the name itself.
 */
export function checkBlocks(file: string, blocks: readonly Block[], prelude: string, root: string): string[] {
  const ambient = exportedNames(
    ts.createSourceFile(prelude, ts.sys.readFile(prelude) ?? "", ts.ScriptTarget.ES2022, true),
  );
  const texts = new Map<string, string>();
  const byName = new Map<string, Block>();
  for (const block of blocks) {
    const name = join(dirname(file), `readme-line-${block.line}.${block.language}`);
    const declared = declaredNames(ts.createSourceFile(name, block.code, ts.ScriptTarget.ES2022, true));
    const wanted = ambient.filter((each) => !declared.has(each));
    // On the block's own first line, so that line numbers stay.
    texts.set(name, `import { ${wanted.join(", ")} } from ${JSON.stringify(prelude)}; ${block.code}`);
    byName.set(name, block);
  }
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = texts.get(name);
    return text === undefined
      ? getSourceFile(name, target, ...rest)
      : ts.createSourceFile(name, text, target, true);
  };
  const paths = { "mcp-rivulet": ["./src/index.ts"], "mcp-rivulet/*": ["./src/*/index.ts", "./src/*.ts"] };
  const program = ts.createProgram([...texts.keys()], { ...options, paths, pathsBasePath: root }, host);
  const checked = [...texts.keys(), prelude].flatMap((name) => {
    const source = program.getSourceFile(name);
    return source
      ? [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      : [];
  });
  return [...program.getGlobalDiagnostics(), ...checked].map((diagnostic) =>
    describe(diagnostic, byName, basename(file)),
  );
}

function exportedNames(source: ts.SourceFile): string[] {
  return [...declaredNames(source, (node) => ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export)];
}

/** Names declared or imported at the top of a module. */
function declaredNames(
  source: ts.SourceFile,
  filter: (node: ts.Declaration) => unknown = () => true,
): Set<string> {
  const names = new Set<string>();
  const add = (node: ts.NamedDeclaration): void => {
    if (node.name && ts.isIdentifier(node.name) && filter(node)) names.add(node.name.text);
    else if (node.name && (ts.isObjectBindingPattern(node.name) || ts.isArrayBindingPattern(node.name))) {
      for (const element of node.name.elements) if (ts.isBindingElement(element)) add(element);
    }
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach(add);
    else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) add(statement);
    else if (ts.isImportDeclaration(statement) && statement.importClause) {
      const { namedBindings } = statement.importClause;
      add(statement.importClause);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) add(namedBindings);
      if (namedBindings && ts.isNamedImports(namedBindings)) namedBindings.elements.forEach(add);
    }
  }
  return names;
}

function describe(diagnostic: ts.Diagnostic, blocks: ReadonlyMap<string, Block>, name: string): string {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  const { file, start = 0 } = diagnostic;
  if (!file) return message;
  const { line } = file.getLineAndCharacterOfPosition(start);
  const block = blocks.get(file.fileName);
  return block ? `${name}:${block.line + line} ${message}` : `${file.fileName}:${line + 1} ${message}`;
}
