import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKey } from '../../activities/adapters/ssh/ssh-node.ts';
import { startOpenSsh } from '../../activities/adapters/ssh/openssh-server.ts';
import type { gateNode } from './gate-node.ts';

/** A node behind a real OpenSSH server whose one key is bound to a command, and OpenSSH's own client. */
export async function remoteNode(
  program: string,
  node: ReturnType<typeof gateNode>,
  forcedCommand: string,
  key = newKey(),
) {
  const server = await startOpenSsh({ program, folder: node.root, keys: [{ key, command: forcedCommand }] });
  const keyFile = join(node.root, 'client_key');
  writeFileSync(keyFile, key.private.endsWith('\n') ? key.private : `${key.private}\n`, { mode: 0o600 });
  const options = ['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
  const clients: ChildProcess[] = [];
  return {
    key,
    server,
    /** Standard input stays open until the test closes it, or is the null device. */
    ssh(command: string, stdin: 'open' | 'none' = 'open', more: readonly string[] = []): RemoteCommand {
      const words = [...options, '-o', 'LogLevel=ERROR', '-i', keyFile, '-p', String(server.node.ssh.port), ...more];
      const child = spawn('ssh', [...words, `${server.user}@127.0.0.1`, command], {
        stdio: [stdin === 'open' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      });
      clients.push(child);
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
      return { child, printed: () => text, ended };
    },
    async stop() {
      for (const client of clients) client.kill('SIGKILL');
      await server.stop();
    },
  };
}

export interface RemoteCommand {
  readonly child: ChildProcess;
  /** Both streams so far. */
  printed(): string;
  /** Exit code of the client. */
  readonly ended: Promise<number | null>;
}

/** Command lines of all processes that were started with the node's folder in their `PATH`. */
export function processesOf(node: ReturnType<typeof gateNode>): readonly string[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return all.flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`PATH=${node.root}:`)) return [];
      // A process that ended and was not yet waited for has no command line.
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
      return line === '' ? [] : [line];
    } catch {
      return [];
    }
  });
}
