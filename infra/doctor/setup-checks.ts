import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../setup/go.cjs';
import { findNode, runsTypeScript, whyOutOfStep } from '../setup/packages.cjs';
import { findModel, model } from '../setup/model.cjs';
import { cacheDir, findTool, toolSpecs, whereInPath, type ToolName } from '../setup/tools.cjs';
import { fail, ok, warn, type CheckSpec, type DoctorContext, type Finding } from './check.ts';

/** What `npm start` puts in place. */
export const setupChecks: readonly CheckSpec[] = [
  { id: 'node', title: 'Node', run: checkNode },
  { id: 'packages', title: 'Packages', run: checkPackages },
  { id: 'temporal', title: 'Temporal server', run: (context) => checkTool('temporal', context) },
  { id: 'versitygw', title: 'S3 gateway', run: (context) => checkTool('versitygw', context) },
  { id: 'chroma', title: 'Chroma server', run: checkChroma },
  { id: 'embedding-model', title: 'Embedding model', run: checkEmbeddingModel },
  { id: 'go', title: 'Go', run: checkGo },
  { id: 'git', title: 'git', run: checkGit },
  {
    id: 'cache',
    title: 'Cache folder',
    run: ({ environment }) => checkWritable(cacheDir(environment), 'XDG_CACHE_HOME'),
  },
];

const startMsMax = 10_000;
const repair = 'run `node infra/setup/prepare.cjs` (npm start and npm test do it as well)';
const execFileAsync = promisify(execFile);

function checkNode({ root }: DoctorContext): Finding {
  const running = process.versions.node;
  if (runsTypeScript(running)) return ok(`${running}, ${process.platform} ${process.arch}`);
  const pinned = findNode(root);
  if (pinned) return warn(`${running} is too old; the pinned one is used`, 'start through npm start or npx wardround');
  return fail(`${running} is too old`, 'install Node 24 (https://nodejs.org)');
}

function checkPackages({ root }: DoctorContext): Finding {
  const difference = whyOutOfStep(root, { withDev: false });
  return difference ? fail(difference, 'run npm ci') : ok('as the lockfile says');
}

function checkTool(name: ToolName, { environment }: DoctorContext): Finding {
  const { tool, lookedAt } = findTool(name, environment);
  if (tool) return ok(`${tool.version}, ${shorten(tool.path)}`);
  return fail(lookedAt.map(({ place, found }) => `${shorten(place)}: ${found}`).join('; '), repair);
}

async function checkChroma({ root }: DoctorContext): Promise<Finding> {
  const script = path.join(root, 'node_modules', 'chromadb', 'dist', 'cli.mjs');
  if (!existsSync(script)) return fail('the chromadb package has no server', 'run npm ci');
  const started = await starts(process.execPath, [script, '--version']);
  if (started.output !== undefined) return ok(started.output.split('\n')[0] ?? 'runs');
  // Its native part is built for particular systems: glibc 2.36 or newer on Linux x64.
  return fail(`does not start: ${started.why}`, 'run Chroma elsewhere (its image, say) and set WARDROUND_CHROMA_URL');
}

function checkEmbeddingModel({ environment }: DoctorContext): Finding {
  const found = findModel(environment);
  if (found === undefined)
    return environment?.[model.variable] === undefined
      ? warn('not installed: recall judges likeness by hashed words', repair)
      : fail(`${model.variable} names no file`, 'correct it, or unset it');
  return ok(`${model.name}, ${shorten(found.path)}`);
}

function checkGo({ environment }: DoctorContext): Finding {
  const go = findGo(environment);
  if (go.why === undefined) return ok(`${go.version} (builds missing tools)`);
  const missing = (['temporal', 'versitygw'] as const).filter((name) => !findTool(name, environment).tool);
  if (missing.length === 0) return ok('not needed: no tool is missing');
  const names = missing.map((name) => toolSpecs[name].title).join(' and ');
  return fail(`${go.why}; needed for ${names}`, 'install Go 1.26.4 or newer (https://go.dev/dl)');
}

async function checkGit({ environment }: DoctorContext): Promise<Finding> {
  const git = whereInPath('git', environment);
  const started = git ? await starts(git, ['--version']) : { why: 'not in PATH' };
  if (started.output !== undefined) return ok(started.output.replace('git version ', '').trim());
  return warn(started.why, 'install git; only the project’s own checks need it');
}

/** Makes the folder if need be and writes a file there. */
export async function checkWritable(folder: string, variable: string): Promise<Finding> {
  const file = path.join(folder, `.doctor-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, '');
    await rm(file, { force: true });
    return ok(`${shorten(folder)} is writable`);
  } catch (error) {
    return fail(`${shorten(folder)}: ${codeOf(error)}`, `make it writable, or set ${variable} to another folder`);
  }
}

async function starts(
  command: string,
  args: readonly string[],
): Promise<{ readonly output: string } | { readonly output?: never; readonly why: string }> {
  try {
    const { stdout } = await execFileAsync(command, args, { timeout: startMsMax });
    return { output: stdout };
  } catch (error) {
    return { why: lastLine(error) };
  }
}

function lastLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.trimEnd().split('\n').at(-1) ?? error.message;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** The home folder as people write it. */
function shorten(place: string): string {
  return place.replace(homedir(), '~');
}
