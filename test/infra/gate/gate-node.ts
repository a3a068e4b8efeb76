import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const gateScript = fileURLToPath(new URL('../../../infra/gate/wardround-gate.sh', import.meta.url));
export const spaceScript = fileURLToPath(new URL('../../../infra/gate/wardround-space.sh', import.meta.url));
export const fixScript = fileURLToPath(new URL('../../../infra/gate/wardround-fix.sh', import.meta.url));
export const measureScript = fileURLToPath(new URL('../../../infra/gate/wardround-measure.sh', import.meta.url));
export const probeScript = fileURLToPath(new URL('../../../infra/gate/wardround-probe.sh', import.meta.url));

/** Every shell of this machine that a node's /bin/sh may be, with the words that make it one. */
export const shells = ['/bin/sh', '/bin/dash', '/bin/busybox sh', '/bin/bash --posix'].filter((shell) =>
  existsSync(shell.split(' ')[0] ?? ''),
);

/** A folder that stands for a node: a fake tool first in PATH that writes down each call, and the gate's journal. */
export function gateNode() {
  const root = mkdtempSync(join(tmpdir(), 'wardround-gate-'));
  const calls = join(root, 'calls');
  const tool = (name: string, body: string) => {
    writeFileSync(join(root, name), `#!/bin/sh\nprintf '%s\\n' "$*" >>"${calls}"\n${body}\n`);
    chmodSync(join(root, name), 0o755);
  };
  tool('nvidia-smi', 'echo "All done."');
  return {
    root,
    directory: join(root, 'gate'),
    tool,
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
    start: (script: string, request: string, env: Readonly<Record<string, string>> = {}, shell = '/bin/sh') =>
      start(shell, script, request, {
        PATH: `${root}:/usr/bin:/bin`,
        WARDROUND_GATE_DIR: join(root, 'gate'),
        WARDROUND_CONFIG_DIR: join(root, 'config'),
        ...env,
      }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface Reply {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(shell: string, script: string, request: string, env: Readonly<Record<string, string>>) {
  const [program = shell, ...words] = shell.split(' ');
  const child = spawn(program, [...words, script], {
    env: { ...env, SSH_ORIGINAL_COMMAND: request },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const ended = new Promise<Reply>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
  return { pid: child.pid ?? 0, ended };
}
