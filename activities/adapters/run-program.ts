import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fenceUrl } from './program-fence.ts';

export interface ProgramLimits {
  /** Wall-clock time from start to end. */
  readonly timeoutMs: number;
  /** Of standard output; the program is killed at the first byte above. */
  readonly outputBytesMax: number;
}

export type ProgramResult =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly why: string };

/** What a program without mistakes needs of the heap of V8 is far below. */
const heapMebibytesMax = 256;
const errorCharsMax = 400;
/** Node prints the source line before the error itself, and that of the fence is one long line. */
const stderrCharsMax = 16_384;

/**
 * Runs a program that a model wrote (an ES module) and reads the one JSON value that it prints.
 *
 * Contained: it may read its own file and standard input (descriptor 0, not /dev/stdin) and nothing else of the file
 * system; it may write nothing, start no process or thread and load no native code (Node's permission model); it has no
 * environment, a folder of its own as working directory, and limits of time, heap and output. Its network modules are
 * closed by `program-fence.ts`.
 *
 * Not contained: the permission model is no sandbox against code that breaks V8, and the fence is JavaScript in the same
 * process, so a determined author may find a way around it and reach the network. Buffers lie outside the heap limit.
 * For programs of unknown people run this inside a container without network.
 */
export async function runProgram(source: string, input: string, limits: ProgramLimits): Promise<ProgramResult> {
  // Resolved, since a permission for a link does not hold for its target.
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'wardround-program-')));
  try {
    const file = path.join(folder, 'prog.mjs');
    await writeFile(file, source);
    return readValue(await finish(start(file, folder), input, limits));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Program = ChildProcessByStdio<Writable, Readable, Readable>;

interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it was killed from here. */
  readonly killed: string | null;
}

function start(file: string, folder: string): Program {
  const args = ['--permission', `--allow-fs-read=${file}`, `--max-old-space-size=${heapMebibytesMax}`];
  return spawn(process.execPath, [...args, '--no-warnings', '--import', fenceUrl, file], {
    cwd: folder,
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function finish(child: Program, input: string, limits: ProgramLimits): Promise<Ending> {
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = '';
  let killed: string | null = null;
  const kill = (why: string): void => {
    killed ??= why;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => kill(`ran longer than ${limits.timeoutMs} ms`), limits.timeoutMs);
  child.stdout.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes > limits.outputBytesMax) kill(`printed more than ${limits.outputBytesMax} bytes`);
    else stdout.push(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < stderrCharsMax) stderr += text.slice(0, stderrCharsMax);
  });
  // A program that ends without reading its input closes the pipe; its output still counts.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const { code, signal } = await closed(child);
    return { stdout: Buffer.concat(stdout).toString('utf8'), stderr, code, signal, killed };
  } finally {
    clearTimeout(timer);
  }
}

function closed(child: Program): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new Error(`the program could not be started: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
}

function readValue(ending: Ending): ProgramResult {
  if (ending.killed !== null) return { kind: 'failed', why: ending.killed };
  if (ending.code !== 0) {
    const said = errorLine(ending.stderr);
    return { kind: 'failed', why: `ended with ${ending.signal ?? `code ${ending.code}`}: ${said}` };
  }
  try {
    const value: unknown = JSON.parse(ending.stdout);
    return { kind: 'ok', value };
  } catch {
    return { kind: 'failed', why: `printed no single JSON value: ${ending.stdout.slice(0, errorCharsMax)}` };
  }
}

/** The line of an uncaught error that names it, without the source lines above. */
function errorLine(stderr: string): string {
  const named = stderr.split('\n').find((line) => /^\w*(?:Error|Exception)\b|FATAL ERROR/.test(line));
  return (named ?? stderr.trim()).slice(0, errorCharsMax);
}
