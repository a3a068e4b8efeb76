import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const jobScript = fileURLToPath(new URL('../../../infra/gate/wardround-job.sh', import.meta.url));

export interface Trainer {
  readonly pid: number;
  readonly child: ChildProcess;
}

/** Real processes that look like ranks, and the script that reads them. All of them are ended by `remove`. */
export function jobNode() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'wardround-job-test-')));
  const children: ChildProcess[] = [];
  /** Resolves once the program says that it is ready: its first line of output. */
  const start = (
    rank: number,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Trainer> => {
    const [program = 'false', ...args] = command;
    const child = spawn(program, args, {
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        RANK: String(40 + rank),
        LOCAL_RANK: String(rank),
        WORLD_SIZE: '64',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    children.push(child);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.stdout.once('data', () => resolve({ pid: child.pid ?? 0, child }));
      child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    });
  };
  return {
    root,
    start,
    file: (name: string, text: string, mode = 0o644) => {
      writeFileSync(join(root, name), text, { mode });
      return join(root, name);
    },
    read: (args: readonly string[], path = '/usr/bin:/bin', shell = '/bin/sh'): SpawnSyncReturns<string> =>
      spawnSync(shell, [jobScript, ...args], { encoding: 'utf8', env: { PATH: path, TMPDIR: root } }),
    remove: () => {
      for (const { pid } of children)
        if (pid !== undefined)
          try {
            process.kill(-pid, 'SIGKILL');
          } catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
          }
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The text below the header of one process, or null when the output has no such block. */
export function blockOf(stdout: string, pid: number): readonly string[] | null {
  const lines = stdout.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`== pid=${pid} `));
  if (at < 0) return null;
  const rest = lines.slice(at + 1);
  return rest.slice(
    0,
    rest.findIndex((line) => line.startsWith('== ')),
  );
}
