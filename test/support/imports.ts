import { posix } from 'node:path';
import { parseSync } from 'vite';

/** One import, re-export, dynamic import or `require` in a source file. */
export interface FoundImport {
  /** Repository path for relative ones, otherwise the specifier as written; undefined when computed at run time. */
  readonly target: string | undefined;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** What the house rules need to know about a source file. */
export interface SourceFacts {
  readonly imports: readonly FoundImport[];
  /** Lines that read `process.env`, use `console`, or export a default. */
  readonly environmentLines: readonly number[];
  readonly consoleLines: readonly number[];
  readonly defaultExportLines: readonly number[];
}

/**
 * Parses a source file. An import counts as type-only when the whole statement is erased (`import type`,
 * `export type`): with inline `type` specifiers alone the module is still loaded at run time.
 */
export function readSource(file: string, text: string): SourceFacts {
  const parsed = parseSync(file, text);
  const [firstError] = parsed.errors;
  if (firstError) throw new Error(`${file} does not parse: ${firstError.message}`);

  const imports: FoundImport[] = [];
  const lines = { environment: new Set<number>(), console: new Set<number>(), defaultExport: new Set<number>() };
  const add = (node: Node, source: unknown, typeOnly: boolean): void => {
    const specifier = literal(source);
    imports.push({
      target: specifier === undefined ? undefined : resolve(file, specifier),
      specifier: specifier ?? text.slice(node.start, node.end),
      typeOnly,
      line: lineAt(text, node.start),
    });
  };

  walk(parsed.program, (node) => {
    if (node.type === 'ImportDeclaration') add(node, node['source'], node['importKind'] === 'type');
    else if (isReExport(node)) add(node, node['source'], node['exportKind'] === 'type');
    else if (node.type === 'ImportExpression') add(node, node['source'], false);
    else if (node.type === 'TSImportType') add(node, node['source'] ?? node['argument'], true);
    else if (isRequire(node)) add(node, (node['arguments'] as unknown[])[0], false);
    else if (isMember(node, 'process', 'env') || importsEnvironment(node))
      lines.environment.add(lineAt(text, node.start));
    else if (isMember(node, 'console')) lines.console.add(lineAt(text, node.start));
    else if (node.type === 'ExportDefaultDeclaration') lines.defaultExport.add(lineAt(text, node.start));
  });

  return {
    imports,
    environmentLines: [...lines.environment],
    consoleLines: [...lines.console],
    defaultExportLines: [...lines.defaultExport],
  };
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

function isReExport(node: Node): boolean {
  return (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') && isNode(node['source']);
}

function isRequire(node: Node): boolean {
  return node.type === 'CallExpression' && nameOf(node['callee']) === 'require';
}

function isMember(node: Node, object: string, property?: string): boolean {
  if (node.type !== 'MemberExpression' || nameOf(node['object']) !== object) return false;
  return property === undefined || nameOf(node['property']) === property || literal(node['property']) === property;
}

/** `const { env } = process` reads the environment as well. */
function importsEnvironment(node: Node): boolean {
  if (node.type !== 'VariableDeclarator' || nameOf(node['init']) !== 'process' || !isNode(node['id'])) return false;
  const properties = node['id']['properties'];
  return Array.isArray(properties) && properties.some((each) => isNode(each) && nameOf(each['key']) === 'env');
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) walk(each, visit);
  } else if (isNode(value)) {
    visit(value);
    for (const [key, child] of Object.entries(value)) if (key !== 'type') walk(child, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function nameOf(value: unknown): unknown {
  return isNode(value) && value.type === 'Identifier' ? value['name'] : undefined;
}

function literal(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'TSLiteralType') return literal(value['literal']);
  return value.type === 'Literal' && typeof value['value'] === 'string' ? value['value'] : undefined;
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
