import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import type { InventoryNode } from '../../../../kb/schemas/inventory.ts';
import { newSshKey } from '../../../../infra/ssh-key.ts';

export interface SshNode {
  readonly node: InventoryNode;
  readonly commands: readonly string[];
  readonly open: () => number;
  close(): Promise<void>;
}

export interface Key {
  readonly private: string;
  readonly public: string;
}

export function newKey(): Key {
  const pair = newSshKey();
  return { private: pair.private, public: pair.public.split(' ').slice(0, 2).join(' ') };
}

/** A real SSH server on loopback that lets one key in and answers commands as told. */
export async function startSshNode(options: {
  readonly hostKey: Key;
  readonly clientKey: Key;
  readonly user?: string;
  /** Keys that the inventory lists, when they are not the server's. */
  readonly listed?: readonly string[];
  answer(command: string, channel: ServerChannel): void;
}): Promise<SshNode> {
  const commands: string[] = [];
  const connections = new Set<Connection>();
  const allowed = ssh2.utils.parseKey(options.clientKey.public);
  if (allowed instanceof Error) throw allowed;
  const server = new ssh2.Server({ hostKeys: [options.hostKey.private] }, (connection) => {
    // Inherited from the socket; the types of ssh2 leave it out.
    (connection as Connection & { setNoDelay(on: boolean): void }).setNoDelay(true);
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => connections.delete(connection));
    connection.on('authentication', (context: AuthContext) => {
      const right =
        context.method === 'publickey' &&
        context.username === (options.user ?? 'wardround-probe') &&
        context.key.data.equals(allowed.getPublicSSH());
      if (right) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, info) => {
        commands.push(info.command);
        options.answer(info.command, acceptExec());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    node: {
      name: 'node-01',
      ssh: {
        host: '127.0.0.1',
        port,
        user: 'wardround-probe',
        hostKeys: [...(options.listed ?? [options.hostKey.public])],
      },
      gpus: [],
      hcas: [],
    },
    commands,
    open: () => connections.size,
    close: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Binds a key to a forced command, as sshd does. */
export function forcedCommand(script: string, env: Readonly<Record<string, string>>) {
  return (command: string, channel: ServerChannel): void => {
    const child = spawn('/bin/sh', [script], { env: { ...env, SSH_ORIGINAL_COMMAND: command } });
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on('close', (code) => {
      channel.exit(code ?? 255);
      channel.end();
    });
  };
}
