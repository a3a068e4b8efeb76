import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import type { InventoryNode } from '../../../../kb/schemas/inventory.ts';
import { newKey, type Key } from './ssh-node.ts';

export interface OpenSshServer {
  readonly node: InventoryNode;
  readonly user: string;
  /** What sshd logged so far, with LogLevel VERBOSE. */
  log(): string;
  stop(): Promise<void>;
}

/** A key and the command that it is bound to, as a line of `authorized_keys`. */
export interface BoundKey {
  readonly key: Key;
  readonly command: string;
}

const startMsMax = 10_000;

/** A real OpenSSH sshd of this user's own on a loopback port, with the options that infra/gate/README.md asks for. */
export async function startOpenSsh(options: {
  readonly program: string;
  readonly folder: string;
  readonly keys: readonly BoundKey[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
}): Promise<OpenSshServer> {
  const hostKey = newKey();
  const port = await getPort({ host: '127.0.0.1' });
  const write = (name: string, text: string) => {
    const file = join(options.folder, `${port}-${name}`);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const hostKeyFile = write('host_key', hostKey.private.endsWith('\n') ? hostKey.private : `${hostKey.private}\n`);
  const keysFile = write('authorized_keys', options.keys.map((bound) => `${authorizedLine(bound)}\n`).join(''));
  const config = write('sshd_config', sshdConfig(port, hostKeyFile, keysFile, options.config ?? []));
  // Root's sshd asks for it; a service manager makes it otherwise.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

  const child = spawn(options.program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  await new Promise<void>((ready, fail) => {
    const late = setTimeout(() => fail(new Error(`sshd did not listen within ${startMsMax} ms:\n${log}`)), startMsMax);
    child.once('error', fail);
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes(`Server listening on 127.0.0.1 port ${port}`)) return;
      clearTimeout(late);
      ready();
    });
    void exited.then(() => fail(new Error(`sshd ended:\n${log}`)));
  });
  const user = userInfo().username;
  return {
    user,
    node: { name: 'node-01', ssh: { host: '127.0.0.1', port, user, hostKeys: [hostKey.public] }, gpus: [], hcas: [] },
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function authorizedLine({ key, command }: BoundKey): string {
  return `restrict,command="${command.replaceAll('"', '\\"')}" ${key.public} test`;
}

function sshdConfig(port: number, hostKeyFile: string, keysFile: string, more: readonly string[]): string {
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${keysFile}`,
    'PidFile none',
    'LogLevel VERBOSE',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin forced-commands-only',
    // The temporary folder lies under one that everybody can write to.
    'StrictModes no',
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}
