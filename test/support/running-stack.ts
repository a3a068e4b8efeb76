import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryPath } from './repository.ts';

/** A real `wardround up` in a temporary state folder, driven as a user would. */
export interface RunningStack {
  readonly stateDir: string;
  /** Everything printed so far. */
  output(): string;
  /** Resolves with the first match in the output, from its beginning. */
  sees(pattern: RegExp, msMax?: number): Promise<RegExpExecArray>;
  /** Runs a `wardround` command against this stack. */
  cli(...args: string[]): Promise<CommandResult>;
  /** Process id of a supervised process, by name. */
  pid(name: string): number;
  /** Ends it like Ctrl-C would; the folder stays. */
  halt(): Promise<number | null>;
  /** Ends it and removes the folder. */
  stop(): Promise<number | null>;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const cliPath = repositoryPath('workers/cli.ts');

export function startStack(
  args: readonly string[] = [],
  stateDir = newStateDir(),
  env: Readonly<Record<string, string>> = {},
): RunningStack {
  const child = spawn(process.execPath, [cliPath, 'up', '--state-dir', stateDir, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const halt = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    return exited;
  };
  return {
    stateDir,
    output: () => output.text,
    sees: (pattern, msMax = 120_000) => output.sees(pattern, msMax, exited),
    cli: (...words) => runCli(words, { WARDROUND_STATE_DIR: stateDir }),
    pid(name) {
      const { children } = JSON.parse(readFileSync(join(stateDir, 'up.lock'), 'utf8')) as LockFile; // our own file
      const found = children.find((each) => each.name === name);
      if (found === undefined)
        throw new Error(`no process ${name} among ${children.map((each) => each.name).join(', ')}`);
      return found.pid;
    },
    halt,
    async stop() {
      const code = await halt();
      rmSync(stateDir, { recursive: true, force: true });
      return code;
    },
  };
}

interface LockFile {
  readonly children: readonly { readonly name: string; readonly pid: number }[];
}

export function newStateDir(): string {
  return mkdtempSync(join(tmpdir(), 'wardround-stack-'));
}

export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cliPath, ...args], {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function collect(child: ChildProcess) {
  const listeners = new Set<() => void>();
  const collected = {
    text: '',
    sees(pattern: RegExp, msMax: number, exited: Promise<unknown>): Promise<RegExpExecArray> {
      return new Promise((resolve, reject) => {
        const give = (error: Error) => {
          settle();
          reject(error);
        };
        const look = () => {
          const match = pattern.exec(collected.text);
          if (match === null) return;
          settle();
          resolve(match);
        };
        const late = setTimeout(
          () => give(new Error(`${pattern} not seen within ${msMax} ms:\n${collected.text}`)),
          msMax,
        );
        const settle = () => {
          clearTimeout(late);
          listeners.delete(look);
        };
        listeners.add(look);
        void exited.then(() => setTimeout(() => give(new Error(`ended without ${pattern}:\n${collected.text}`)), 100));
        look();
      });
    },
  };
  const add = (chunk: Buffer) => {
    collected.text += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return collected;
}
