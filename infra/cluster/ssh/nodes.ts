import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import ssh2, { type Connection, type Server, type ServerChannel } from 'ssh2';
import { runLine } from '../commands/index.ts';
import type { Simulator } from '../state/simulator.ts';
import { findNode, type WorldNode } from '../world.ts';
import type { Address } from './addresses.ts';
import { runGate } from './gate-exec.ts';
import type { HostKeys } from './host-keys.ts';
import { authenticate, type Account, type AuthorizedKeys } from './login.ts';
import type { NodeFolder } from './node-folder.ts';

/** The SSH servers of all nodes, in this process. */
export interface SshNodes {
  /** Makes reality of what the settings say about a node's management network. */
  sync(node: string): Promise<void>;
  /** Ends connections and serves with the node's present host key. */
  restart(node: string): Promise<void>;
  close(): Promise<void>;
}

export interface SshNodesOptions {
  readonly simulator: Simulator;
  readonly addresses: ReadonlyMap<string, Address>;
  readonly hostKeys: HostKeys;
  readonly authorizedKeys: AuthorizedKeys;
  readonly gateScript: string;
  readonly folders: ReadonlyMap<string, NodeFolder>;
}

interface Running {
  readonly server: Server;
  readonly clients: Set<Connection>;
}

// OpenSSH's default for MaxSessions.
const channelsPerConnectionMax = 10;

export async function startSshNodes(options: SshNodesOptions): Promise<SshNodes> {
  const { simulator, addresses, hostKeys } = options;
  const running = new Map<string, Running>();
  const gateRuns = new Set<ChildProcess>();

  const start = async (node: WorldNode) => {
    const address = addresses.get(node.name);
    if (address === undefined) throw new Error(`no address of ${node.name}`);
    const clients = new Set<Connection>();
    const server = new ssh2.Server({ hostKeys: [hostKeys.privateKey(node.name)] }, (client) => {
      clients.add(client);
      client.once('close', () => clients.delete(client));
      serve(client, node, options, gateRuns);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...address, exclusive: true, backlog: 256 }, resolve);
    });
    server.on('error', () => {});
    running.set(node.name, { server, clients });
  };
  const stop = async (name: string) => {
    const one = running.get(name);
    if (one === undefined) return;
    running.delete(name);
    for (const client of one.clients) client.end();
    await new Promise<void>((resolve) => {
      one.server.close(() => resolve());
      for (const client of one.clients) socketOf(client)?.destroy();
    });
  };
  const sync = async (name: string) => {
    const node = findNode(simulator.world, name);
    if (node === undefined) return;
    const up = !simulator.settings().unplugged.has(name);
    if (up && !running.has(name)) await start(node);
    if (!up) await stop(name);
  };

  await Promise.all(simulator.world.nodes.map((node) => sync(node.name)));
  return {
    sync,
    async restart(name) {
      await stop(name);
      await sync(name);
    },
    async close() {
      await Promise.all([...running.keys()].map(stop));
      for (const child of gateRuns) child.kill('SIGTERM');
    },
  };
}

function serve(client: Connection, node: WorldNode, options: SshNodesOptions, gateRuns: Set<ChildProcess>): void {
  let account: Account | null = null;
  let channels = 0;
  socketOf(client)?.setNoDelay(true);
  client.on('error', () => {});
  client.on('authentication', (context) => {
    account = authenticate(context, options.authorizedKeys) ?? account;
  });
  client.on('session', (accept, reject) => {
    if (channels >= channelsPerConnectionMax) {
      reject();
      return;
    }
    channels += 1;
    const session = accept();
    session.once('close', () => (channels -= 1));
    session.on('exec', (acceptExec, _rejectExec, info) => {
      const channel = acceptExec();
      channel.on('error', () => {});
      if (account === 'gate') {
        const folder = options.folders.get(node.name);
        if (folder === undefined) throw new Error(`no folder of ${node.name}`);
        const child = runGate(channel, options.gateScript, folder, info.command);
        gateRuns.add(child);
        child.once('close', () => gateRuns.delete(child));
      } else answerProbe(channel, node, options.simulator, info.command);
    });
    // No shell, no terminal, no file transfer: commands only.
    session.on('shell', (_accept, rejectShell) => rejectShell?.());
    session.on('pty', (_accept, rejectPty) => rejectPty?.());
    session.on('sftp', (_accept, rejectSftp) => rejectSftp?.());
  });
}

function answerProbe(channel: ServerChannel, node: WorldNode, simulator: Simulator, line: string): void {
  const { world, timeline, time } = simulator;
  const denied = () => {
    throw new Error('only root changes a node');
  };
  const result = runLine({ world, timeline, node, nowMs: time.nowMs(), root: false, act: denied }, line);
  if (result.stderr !== '') channel.stderr.write(result.stderr);
  if (result.stdout !== '') channel.write(result.stdout);
  channel.exit(result.exitCode);
  channel.end();
}

/** ssh2 keeps the socket to itself; answering without Nagle's delay and ending a connection at once need it. */
function socketOf(client: Connection): Socket | undefined {
  // `_sock` is the net.Socket of every ssh2 server connection (lib/server.js); undefined when it is gone.
  return (client as unknown as { readonly _sock?: Socket })._sock;
}
