import type { ChildProcess } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import { wallDurationMs } from '../clock.ts';
import type { ProcessTable } from '../commands/processes.ts';
import { managementHost } from '../management.ts';
import { reachable } from '../metrics/reachable.ts';
import { sshState } from '../physics/tool-troubles.ts';
import type { Simulator } from '../state/simulator.ts';
import type { WorldNode } from '../world.ts';
import type { Address } from './addresses.ts';
import { admission } from './admission.ts';
import type { ForcedCommand } from './forced-command.ts';
import { runGate } from './gate-exec.ts';
import type { HostKeys } from './host-keys.ts';
import { authenticate, type Account, type AuthorizedKeys } from './login.ts';
import type { NodeFolder } from './node-folder.ts';
import { answerProbe } from './probe-exec.ts';
import { contextOn } from './probe-play.ts';

/** The SSH servers of all machines, in this process. */
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
  readonly forced: ForcedCommand;
  readonly gateScript: string;
  readonly folders: ReadonlyMap<string, NodeFolder>;
  readonly processes: ProcessTable;
}

/** One machine that listens; its SSH server is made when the first client comes. */
interface Running {
  readonly machine: WorldNode;
  readonly listener: Server;
  readonly sockets: Set<Socket>;
  /** Those on which SSH is spoken. */
  readonly served: Set<Socket>;
}

// OpenSSH's default for MaxSessions.
const channelsPerConnectionMax = 10;
// How often (wall time) connections are held against what their machines do: one that reboots takes them along.
const watchEveryMs = 200;
// A client that is never answered gives up long before.
const silentMsMax = 300_000;

export async function startSshNodes(options: SshNodesOptions): Promise<SshNodes> {
  const { simulator, addresses } = options;
  const machines = new Map([...simulator.world.nodes, managementHost(simulator.world)].map((one) => [one.name, one]));
  const running = new Map<string, Running>();
  const gateRuns = new Set<ChildProcess>();

  const start = async (machine: WorldNode) => {
    const address = addresses.get(machine.name);
    if (address === undefined) throw new Error(`no address of ${machine.name}`);
    const sockets = new Set<Socket>();
    const served = new Set<Socket>();
    let server: ssh2.Server | null = null;
    const listener = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        served.delete(socket);
      });
      socket.on('error', () => {});
      admit(socket, machine, simulator, () => {
        served.add(socket);
        server ??= sshServer(machine, options, gateRuns);
        server.injectSocket(socket);
      });
    });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ ...address, exclusive: true, backlog: 256 }, resolve);
    });
    listener.on('error', () => {});
    running.set(machine.name, { machine, listener, sockets, served });
  };
  const stop = async (name: string) => {
    const one = running.get(name);
    if (one === undefined) return;
    running.delete(name);
    await new Promise<void>((resolve) => {
      one.listener.close(() => resolve());
      for (const socket of one.sockets) socket.destroy();
    });
  };
  const sync = async (name: string) => {
    const machine = machines.get(name);
    if (machine === undefined) return;
    const up = !simulator.settings().unplugged.has(name);
    if (up && !running.has(name)) await start(machine);
    if (!up) await stop(name);
  };
  const watch = setInterval(() => {
    const nowMs = simulator.time.nowMs();
    for (const { machine, served } of running.values())
      if (served.size > 0 && !reachable(simulator.timeline, machine, nowMs))
        for (const socket of served) socket.destroy();
  }, watchEveryMs);
  watch.unref();

  await Promise.all([...machines.keys()].map(sync));
  return {
    sync,
    async restart(name) {
      await stop(name);
      await sync(name);
    },
    async close() {
      clearInterval(watch);
      await Promise.all([...running.keys()].map(stop));
      for (const child of gateRuns) child.kill('SIGTERM');
    },
  };
}

/** What happens to a TCP connection before any SSH is spoken on it. */
function admit(socket: Socket, machine: WorldNode, simulator: Simulator, serve: () => void): void {
  const { timeline, time } = simulator;
  const { kind, bannerMs } = admission(timeline, machine, time.nowMs());
  // A loopback address cannot leave a SYN unanswered: a machine that is off takes the connection and says nothing.
  if (kind === 'silent') socket.setTimeout(silentMsMax, () => socket.destroy()).resume();
  else if (kind === 'closes') socket.end();
  else if (kind === 'resets') socket.resetAndDestroy();
  else if (bannerMs > 0) {
    const late = setTimeout(serve, wallDurationMs(time.map, bannerMs));
    socket.once('close', () => clearTimeout(late));
  } else serve();
}

function sshServer(machine: WorldNode, options: SshNodesOptions, gateRuns: Set<ChildProcess>): ssh2.Server {
  const server = new ssh2.Server({ hostKeys: [options.hostKeys.privateKey(machine.name)] }, (client) =>
    serveClient(client, machine, options, gateRuns),
  );
  server.on('error', () => {});
  return server;
}

function serveClient(
  client: Connection,
  machine: WorldNode,
  options: SshNodesOptions,
  gateRuns: Set<ChildProcess>,
): void {
  const { simulator, processes, forced } = options;
  const { time } = simulator;
  const timeline = simulator.timeline.of(machine);
  let account: Account | null = null;
  let channels = 0;
  client.on('error', () => {});
  client.on('authentication', (context) => {
    if (sshState(timeline, machine, time.nowMs()).state === 'rejects-key') context.reject(['publickey']);
    else account = authenticate(context, options.authorizedKeys) ?? account;
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
        const folder = options.folders.get(machine.name);
        if (folder === undefined) throw new Error(`no folder of ${machine.name}`);
        const child = runGate(channel, options.gateScript, folder, info.command);
        gateRuns.add(child);
        child.once('close', () => gateRuns.delete(child));
        return;
      }
      const context = contextOn(machine, { timeline, nowMs: time.nowMs(), processes });
      // It tells its client how it ended; there is nobody else to tell.
      void answerProbe({ channel, request: info.command, context, forced, rate: time.map.rate });
    });
    // No shell, no terminal, no file transfer: commands only. No signals: sshd sends none to a forced command.
    session.on('shell', (_accept, rejectShell) => rejectShell?.());
    session.on('pty', (_accept, rejectPty) => rejectPty?.());
    session.on('sftp', (_accept, rejectSftp) => rejectSftp?.());
  });
}
