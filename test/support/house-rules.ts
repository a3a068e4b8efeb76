import { builtinModules } from 'node:module';
import type { FoundImport, SourceFacts } from './imports.ts';

/*
 * The house as rules over paths, imports and text. Each answers problems in words that say what to do instead.
 * The table is the one in docs and CONTRIBUTING.md; test/house.test.ts holds it against the tree.
 */

/** npm packages that compute and do nothing else, so that kb may use them. */
const purePackages = [
  'zod',
  'simple-statistics',
  'ml-levenberg-marquardt',
  'minisearch',
  'canonicalize',
  're2js',
  'stemmer',
  'marked',
];

/** Clients of the outside world, and the folders that may import them. */
const clients: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-s3': ['activities/adapters/', 'infra/cluster/'],
  chromadb: ['activities/adapters/'],
  openai: ['activities/adapters/'],
  // secrets.ts makes the key pairs of the embedded stack.
  ssh2: ['activities/adapters/', 'infra/cluster/', 'infra/ssh-key.ts'],
};

interface Zone {
  readonly folder: string;
  /** Repository folders or files whose values may be imported. */
  readonly values: readonly string[];
  /** Further ones of which only types may be imported. */
  readonly types: readonly string[];
  readonly packages: readonly string[] | 'any';
  readonly node: boolean;
  readonly instead: string;
}

/** The first zone whose folder holds the file applies. */
const zones: readonly Zone[] = [
  {
    folder: 'workflows/domain/',
    values: ['workflows/domain/'],
    types: [],
    packages: [],
    node: false,
    instead: 'domain code imports only domain code: take what is needed as a plain value',
  },
  {
    folder: 'workflows/',
    values: ['workflows/'],
    types: ['activities/'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    node: false,
    instead: 'workflows wait, ask and decide with domain functions: do it in an activity and import its type only',
  },
  {
    folder: 'kb/',
    values: ['kb/', 'workflows/domain/'],
    types: [],
    packages: purePackages,
    node: false,
    instead: `kb is data and pure functions (packages: ${purePackages.join(', ')}): do I/O in an adapter, pass the value in`,
  },
  {
    folder: 'activities/',
    values: ['activities/', 'kb/', 'workflows/domain/'],
    types: [],
    packages: 'any',
    node: true,
    instead: 'activities know kb and the domain: move what both need into workflows/domain or kb',
  },
  {
    folder: 'workers/',
    values: ['workers/', 'workflows/', 'activities/', 'kb/', 'infra/', 'package.json'],
    types: [],
    packages: 'any',
    node: true,
    instead: 'product code does not import tests',
  },
  {
    folder: 'infra/cluster/',
    values: ['infra/', 'kb/taxonomy.ts'],
    types: [],
    packages: 'any',
    node: true,
    instead:
      'the simulated cluster knows the taxonomy ids and nothing else of the product, else the product is tested against itself',
  },
  {
    folder: 'infra/',
    values: ['infra/', 'kb/', 'workflows/domain/', 'activities/adapters/'],
    types: ['activities/ports.ts'],
    packages: 'any',
    node: true,
    instead: 'infra uses kb, the domain and the adapters: take the rest as parameters from workers',
  },
  {
    folder: 'test/',
    values: ['test/', 'workers/', 'workflows/', 'activities/', 'kb/', 'infra/', 'package.json', 'vitest.config.ts'],
    types: [],
    packages: 'any',
    node: true,
    instead: 'put it into one of the folders of the house',
  },
];

export function importProblems(file: string, { imports }: SourceFacts): string[] {
  const zone = zones.find(({ folder }) => file.startsWith(folder));
  if (!zone) return [];
  return imports.flatMap((found) => [...tableProblem(file, zone, found), ...extensionProblem(file, found)]);
}

function tableProblem(file: string, zone: Zone, found: FoundImport): string[] {
  const { target, specifier, typeOnly, line } = found;
  const at = `${file}:${line} imports ${specifier}`;
  if (target === undefined) {
    return zone.node ? [] : [`${at}: computed at run time; name the module`];
  }
  if (!specifier.startsWith('.')) return packageProblem(file, zone, found, at);
  const within = (places: readonly string[]) => places.some((place) => target.startsWith(place));
  if (within(zone.values) || (typeOnly && within(zone.types))) return [];
  const hint = within(zone.types) ? 'write `import type { … }` (inline `type` still loads the module)' : zone.instead;
  return [`${at}: ${hint}`];
}

function packageProblem(file: string, zone: Zone, { specifier, typeOnly }: FoundImport, at: string): string[] {
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return [`${at}: write node:${specifier}`];
    return zone.node ? [] : [`${at}: ${zone.instead}`];
  }
  const name = packageName(specifier);
  const allowed = clients[name];
  if (allowed && !file.startsWith('test/') && !allowed.some((folder) => file.startsWith(folder))) {
    return [`${at}: only ${allowed.join(' and ')} may; use the port in activities/ports.ts`];
  }
  if (zone.packages === 'any' || zone.packages.includes(name)) return [];
  if (typeOnly && zone.packages.length > 0 && name.startsWith('@temporalio/')) return [];
  return [`${at}: ${zone.instead}`];
}

function extensionProblem(file: string, { specifier, line, target }: FoundImport): string[] {
  if (target === undefined || !specifier.startsWith('.') || /\.(ts|cts|mts|cjs|mjs|json)$/.test(specifier)) return [];
  if (file.endsWith('.cjs')) return [`${file}:${line} requires ${specifier}: name the file with its extension`];
  return [`${file}:${line} imports ${specifier}: end it with .ts`];
}

// ---- what a source file does

export function codeProblems(file: string, facts: SourceFacts): string[] {
  const isSetup = file.startsWith('infra/setup/');
  const isTest = file.startsWith('test/');
  const printsForPeople = isSetup || isTest || file.startsWith('workers/cli/') || file === 'workers/cli.ts';
  const at = (lines: readonly number[], what: string) => lines.map((line) => `${file}:${line} ${what}`);
  return [
    ...(isSetup || isTest || file === 'workers/config.ts'
      ? []
      : at(facts.environmentLines, 'reads process.env: only workers/config.ts does; pass the value in')),
    ...(printsForPeople ? [] : at(facts.consoleLines, 'uses console: log through the logger it is given')),
    ...(isToolConfiguration(file) ? [] : at(facts.defaultExportLines, 'has a default export: name it')),
  ];
}

function isToolConfiguration(file: string): boolean {
  return /^[^/]+\.config\.ts$/.test(file) || file === 'test/support/global-setup.ts';
}

// ---- text

interface TextRule {
  readonly pattern: RegExp;
  readonly applies: (file: string) => boolean;
  readonly instead: string;
}

const isCode = (file: string): boolean => /\.(ts|cts|mts|cjs|mjs|sh)$/.test(file);
const isRecorded = (file: string): boolean => /^test\/(incidents|histories)\/|\/fixtures\/|\.snap$/.test(file);
const isLocked = (file: string): boolean => /(^|\/)(go\.sum|go\.mod)$/.test(file);
// The rules themselves name what they forbid.
const isRule = (file: string): boolean => file === 'test/house.test.ts' || file === 'test/support/house-rules.ts';

const textRules: readonly TextRule[] = [
  {
    pattern: /\b(TODO|XXX|FIXME)\b/,
    applies: (file) => (isCode(file) || file.endsWith('.md')) && !isRecorded(file),
    instead: 'do it now, or open an issue and link it',
  },
  {
    pattern: /\b(test|it|describe|suite)(\.\w+)*\.only\s*\(/,
    applies: isCode,
    instead: 'remove .only: it hides every other test',
  },
  {
    pattern: /\b(test|it|describe|suite)(\.\w+)*\.(skip|skipIf|runIf|todo)\s*\(/,
    applies: isCode,
    instead: 'use requireTool() of test/support/requires.ts, so that the skip names its reason',
  },
  {
    pattern: /(?<![\w.$}*-])\/(root|work)\/|(?<![\w.$}*-])\/home\/[a-z]/,
    applies: (file) => !isRecorded(file) && !isLocked(file),
    instead: 'a path of one machine: make it relative, or take it from the configuration',
  },
  {
    pattern: /"resolved":|\bregistry\.[a-z0-9-]+\.[a-z]{2,}/,
    applies: (file) => !isRecorded(file),
    instead: 'a registry host: everybody has their own; .npmrc keeps it out of the lockfile',
  },
];

export function textProblems(file: string, text: string): string[] {
  if (isRule(file)) return [];
  const rules = textRules.filter(({ applies }) => applies(file));
  return text.split('\n').flatMap((line, index) =>
    rules.flatMap(({ pattern, instead }) => {
      const match = pattern.exec(line);
      return match ? [`${file}:${index + 1} has "${match[0]}": ${instead}`] : [];
    }),
  );
}

// A file that long is usually two ideas. Catalogues are data, tests are lists.
const sourceLinesMax = 400;

export function lengthProblems(file: string, text: string): string[] {
  if (!isCode(file) || file.startsWith('test/') || file.startsWith('kb/catalog/')) return [];
  const lines = text.split('\n').length - 1;
  return lines <= sourceLinesMax ? [] : [`${file} has ${lines} lines (at most ${sourceLinesMax}): split it by idea`];
}

// ---- paths

const topLevel = new Set(
  (
    'README.md package.json tsconfig.json workflows activities workers kb infra test ' +
    'docs LICENSE CONTRIBUTING.md package-lock.json knip.json vitest.config.ts'
  ).split(' '),
);

export function pathProblems(file: string): string[] {
  const segments = file.split('/');
  const problems: string[] = [];
  const [first = ''] = segments;
  if (!topLevel.has(first) && !first.startsWith('.')) {
    problems.push(`${first} is not one of the top-level entries: put it into a folder of the house`);
  }
  const vague = segments.find((segment, index) => isVague(segment, index === segments.length - 1));
  if (vague) problems.push(`${file}: "${vague}" says nothing; name it after what it holds`);
  if (/\.(ts|cts|cjs|mjs)$/.test(file) && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)+$/.test(segments.at(-1) ?? '')) {
    problems.push(`${file}: file names are kebab-case`);
  }
  return problems;
}

function isVague(segment: string, isFile: boolean): boolean {
  if (isFile && !isCode(segment)) return false;
  return /(^|-)(utils?|helpers?|common|managers?|services?)($|[-.])/.test(segment);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
