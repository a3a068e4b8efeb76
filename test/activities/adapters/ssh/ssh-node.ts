import { spawn } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import type { InventoryNode } from '../../../../kb/schemas/inventory.ts';
import { newSshKey } from '../../../../infra/ssh-key.ts';

export interface SshNode {
  readonly node: InventoryNode;
  readonly commands: readonly string[];
  /** Names of signals that clients sent to their commands. */
  readonly signals: readonly string[];
  /** Ports to which clients went on from here. */
  readonly forwarded: readonly number[];
  readonly open: () => number;
  /** Logins so far. */
  readonly logins: () => number;
  /** Cuts every connection, as a node that reboots. */
  drop(): Promise<void>;
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
  /** Lets clients go on from here to other hosts. */
  readonly forwards?: boolean;
  /** Instead of a handshake: what happens to a new connection. */
  readonly greet?: (socket: Socket) => void;
  answer(command: string, channel: ServerChannel): void;
}): Promise<SshNode> {
  const commands: string[] = [];
  const signals: string[] = [];
  const forwarded: number[] = [];
  const connections = new Set<Connection>();
  let logins = 0;
  const allowed = ssh2.utils.parseKey(options.clientKey.public);
  if (allowed instanceof Error) throw allowed;
  const server = new ssh2.Server({ hostKeys: [options.hostKey.private] }, (connection) => {
    // Inherited from the socket; the types of ssh2 leave it out.
    (connection as Connection & { setNoDelay(on: boolean): void }).setNoDelay(true);
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => connections.delete(connection));
    connection.on('ready', () => (logins += 1));
    connection.on('authentication', (context: AuthContext) => {
      const right =
        context.method === 'publickey' &&
        context.username === (options.user ?? 'wardround-probe') &&
        context.key.data.equals(allowed.getPublicSSH());
      if (right) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      accept()
        .on('exec', (acceptExec, _reject, info) => {
          commands.push(info.command);
          options.answer(info.command, acceptExec());
        })
        // Accepted as a server does that passes them on.
        .on('signal', (acceptSignal, _reject, { name }) => {
          signals.push(name);
          acceptSignal?.();
        });
    });
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      if (options.forwards !== true) {
        reject();
        return;
      }
      forwarded.push(destPort);
      const onward = connect(destPort, destIP, () => {
        const stream = accept();
        stream.pipe(onward).pipe(stream);
        stream.on('error', () => onward.destroy()).on('close', () => onward.destroy());
        onward.on('error', () => stream.destroy()).on('close', () => stream.destroy());
      });
      onward.once('error', () => reject());
    });
  });
  const { greet } = options;
  const sockets = new Set<Socket>();
  const greeter =
    greet === undefined
      ? null
      : createServer((socket) => {
          sockets.add(socket.on('error', () => socket.destroy()));
          greet(socket);
        });
  const listening = greeter ?? server;
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', () => resolve()));
  // A server that listens on TCP has an AddressInfo.
  const { port } = listening.address() as AddressInfo;
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
    signals,
    forwarded,
    open: () => connections.size,
    logins: () => logins,
    drop: async () => {
      const closed = [...connections].map(
        (connection) => new Promise<void>((done) => connection.once('close', () => done())),
      );
      for (const connection of connections) connection.end();
      await Promise.all(closed);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => listening.close(() => resolve()));
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
