import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixScript } from './gate-node.ts';

/** A folder on a disk and one in memory that stand for a node, and processes that end with the test. */
export function fixNode() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'wardround-fix-')));
  const shm = mkdtempSync('/dev/shm/wardround-fix-');
  const tools = join(root, 'tools');
  for (const folder of [tools, join(root, 'config/configs.d'), join(root, 'etc'), join(root, 'recorded')])
    mkdirSync(folder, { recursive: true });
  const pids: number[] = [];
  const env = {
    PATH: `${tools}:/usr/sbin:/usr/bin:/sbin:/bin`,
    WARDROUND_CONFIG_DIR: join(root, 'config'),
    WARDROUND_FSTAB: join(root, 'fstab'),
    WARDROUND_SHM_DIR: shm,
    WARDROUND_SHM_HELD_DIR: join(root, 'held'),
    WARDROUND_SHM_RESERVE_KIB: '0',
    WARDROUND_SHM_AGE_MINUTES: '0',
    WARDROUND_RUN_DIR: join(root, 'run'),
    WARDROUND_FIX_TERM_SECONDS: '2',
  };
  const tool = (name: string, body: string) =>
    writeFileSync(join(tools, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  // Nothing here loses power, and a disk that is shared answers slowly.
  tool('sync', 'exit 0');
  return {
    root,
    shm,
    env,
    tool,
    /** A process that lives until it is ended, and its start in clock ticks. */
    process(command: string, ...args: readonly string[]): { readonly pid: number; readonly start: string } {
      const child = spawn(command, args, { stdio: 'ignore', detached: true });
      const pid = child.pid ?? 0;
      pids.push(pid);
      return { pid, start: startOf(pid) };
    },
    /** A copy of a program under another name, as which the kernel then knows it. */
    named(program: string, name: string): string {
      const path = join(root, name);
      writeFileSync(path, readFileSync(program));
      chmodSync(path, 0o755);
      return path;
    },
    run: (args: readonly string[], more: Readonly<Record<string, string>> = {}, shell = '/bin/sh') =>
      spawnSync(shell, [...(shell.endsWith('busybox') ? ['sh'] : []), fixScript, ...args], {
        encoding: 'utf8',
        env: { ...env, ...more },
      }),
    /** Runs the script in a mount namespace of its own, after a preparation there. */
    inNamespace: (prepare: string, args: readonly string[]): SpawnSyncReturns<string> =>
      spawnSync('unshare', ['-m', 'sh', '-c', `${prepare}\nexec sh "$@"`, 'sh', fixScript, ...args], {
        encoding: 'utf8',
        env,
      }),
    remove() {
      for (const pid of pids)
        try {
          process.kill(-pid, 'SIGKILL');
        } catch {
          // It has ended.
        }
      rmSync(shm, { recursive: true, force: true });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Field 22 of /proc/PID/stat. */
export function startOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
}

/** A process that has ended and waits for its parent is gone too. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
