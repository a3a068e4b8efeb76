import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const setupFolder = fileURLToPath(new URL('../../../infra/setup', import.meta.url));

/** A throw-away clone with our set-up scripts, an empty cache and an empty PATH folder for fake programs. */
export interface Sandbox {
  readonly root: string;
  readonly bin: string;
  readonly cache: string;
  /** Nothing of the machine but a shell's basics: no Go, no tools, no network download. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes an executable shell script in PATH, or elsewhere. */
  readonly program: (name: string, body: string, folder?: string) => string;
  readonly file: (name: string, content: string) => void;
}

export function sandbox(): Sandbox {
  const root = mkdtempSync(path.join(tmpdir(), 'wardround-setup-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = path.join(root, 'fake-bin');
  const cache = path.join(root, 'cache');
  mkdirSync(bin);
  cpSync(setupFolder, path.join(root, 'infra', 'setup'), { recursive: true });
  const file = (name: string, content: string): void => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  };
  return {
    root,
    bin,
    cache,
    env: {
      PATH: bin,
      HOME: root,
      XDG_CACHE_HOME: cache,
      WARDROUND_TEMPORAL_DOWNLOAD: 'off',
      WARDROUND_EMBEDDING_MODEL_DOWNLOAD: 'off',
    },
    file,
    program(name, body, folder = bin) {
      const target = path.join(folder, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(target, `#!/bin/sh\n${body}\n`);
      chmodSync(target, 0o755);
      return target;
    },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script with this Node; `onStart` sees the child, to send it signals. */
export function runNode(
  args: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
  onOutput: (child: ChildProcess, stdout: string) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
      onOutput(child, stdout);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

export const fakeTemporal = 'echo "temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)"';
export const fakeVersitygw = 'echo "Version  : v1.8.0"';
