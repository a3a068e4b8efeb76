import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { createConnectionPool } from '../../../../activities/adapters/ssh/connection-pool.ts';
import { defaultProbeLimits } from '../../../../activities/adapters/ssh/probe-limits.ts';
import { createSshProbeRunner, type SshProbeRunner } from '../../../../activities/adapters/ssh/probe-runner.ts';
import type { PortError, SshHost } from '../../../../activities/ports.ts';
import { steadyClock } from '../../../../activities/steady-clock.ts';
import { newKey, startSshNode, type SshNode } from './ssh-node.ts';

const hostKey = newKey();
const clientKey = newKey();
const opened: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

describe('the starts of many connections', () => {
  /** When each of them reached its host, milliseconds after all were asked for, in the order of arrival. */
  async function arrivals(count: number, jitterMsMax: number, msEach = 1): Promise<readonly number[]> {
    const seen: number[] = [];
    let from = 0;
    // Says nothing: the handshakes stay under way.
    const greet = () => void seen.push(performance.now() - from);
    const silent = await startSshNode({ hostKey, clientKey, greet, answer: () => undefined });
    opened.push(() => silent.close());
    const pool = createConnectionPool({
      privateKey: clientKey.private,
      limits: { ...defaultProbeLimits, handshakesMax: count, jitterMsMax },
      clock: steadyClock,
      // Always the longest wait; more than one stretches it, so that a busy machine is not taken for it.
      random: () => msEach,
    });
    opened.push(() => pool.close());
    // Another list of keys is another host to the pool.
    const hosts = Array.from({ length: count }, (_each, at): SshHost => {
      const { ssh } = silent.node;
      return { name: `node-${at}`, ssh: { ...ssh, hostKeys: [...ssh.hostKeys, `ssh-ed25519 ${at}`] } };
    });
    from = performance.now();
    const leases = hosts.map((host) => pool.lease(host).catch(() => undefined));
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(count);
    pool.close();
    await Promise.all(leases);
    return seen;
  }

  // Timers may be a millisecond early.
  const early = (seen: readonly number[]) => seen.filter((ms, at) => ms < at - 2);

  it('that are asked for in one moment are spread, a millisecond for each that is about to start', async () => {
    const seen = await arrivals(250, 10_000);
    expect(early(seen)).toEqual([]);
  });

  it('are spread over no more than the bound', async () => {
    const [count, jitterMsMax, msEach] = [250, 5, 40];
    const seen = await arrivals(count, jitterMsMax, msEach);
    expect(seen.at(-1)).toBeGreaterThan(jitterMsMax * msEach - 2);
    expect(seen.at(-1)).toBeLessThan((count * msEach) / 2);
  });
});

describe('a host that stops answering after the login', () => {
  const keepaliveMs = 150;
  /** The interval in which the last answer came, three without one, and the one in which that is noticed. */
  const noticedMsMax = 5 * keepaliveMs;
  const slackMs = 3_000;
  const limits = { timeoutMs: 60_000, outputBytesMax: 10_000 };

  /** What goes through its open connections stops at once, and none of them closes; new ones are served. */
  async function silentProxy({ node }: SshNode): Promise<{ readonly host: SshHost; readonly silence: () => void }> {
    const sockets = new Set<Socket>();
    const silent = new Set<Socket>();
    const server = createServer((client) => {
      const onward = connect(node.ssh.port, node.ssh.host);
      for (const [from, to] of [
        [client, onward],
        [onward, client],
      ] as const) {
        sockets.add(from);
        from.on('data', (bytes: Buffer) => void (silent.has(from) || to.write(bytes)));
        from.on('error', () => to.destroy()).on('close', () => void (silent.has(from) || to.destroy()));
      }
    });
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
    opened.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    // A server that listens on TCP has an AddressInfo.
    const { port } = server.address() as AddressInfo;
    return {
      host: { name: node.name, ssh: { ...node.ssh, port } },
      silence: () => {
        for (const socket of sockets) silent.add(socket);
      },
    };
  }

  async function scene(answer: (command: string, channel: ServerChannel) => void) {
    const node = await startSshNode({ hostKey, clientKey, answer });
    opened.push(() => node.close());
    const proxy = await silentProxy(node);
    const runner: SshProbeRunner = createSshProbeRunner({
      privateKey: clientKey.private,
      limits: { keepaliveMs, keepMs: 30_000 },
    });
    opened.push(() => runner.close());
    return { node, runner, ...proxy };
  }

  async function failure(work: Promise<unknown>): Promise<{ readonly error: PortError; readonly ms: number }> {
    const from = performance.now();
    const error = await work.then(
      () => new Error('it was expected to fail'),
      (thrown: unknown) => thrown,
    );
    return { error: error as PortError, ms: performance.now() - from };
  }

  it('is noticed long before the deadline, and the command ends with an error that says so', async () => {
    const { host, runner, silence } = await scene(() => silence());
    const { error, ms } = await failure(runner.run(host, ['lsmod'], limits));
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: 'node-01: the connection closed before the command ended; the host stopped answering',
    });
    expect(ms).toBeGreaterThan(3 * keepaliveMs);
    expect(ms).toBeLessThan(noticedMsMax + slackMs);
  });

  it('has what it said until then kept, and marked as lost', async () => {
    const { host, runner, silence } = await scene((_command, channel) => {
      channel.write('half of it');
      setTimeout(silence, keepaliveMs);
    });
    expect(await runner.run(host, ['dmesg'], limits)).toMatchObject({ stdout: 'half of it', cut: 'lost' });
  });

  it('is not taken for one that only has nothing to say', async () => {
    const { host, runner } = await scene((_command, channel) => {
      setTimeout(() => {
        channel.exit(0);
        channel.end('late\n');
      }, 2 * noticedMsMax);
    });
    expect(await runner.run(host, ['lsmod'], limits)).toMatchObject({ stdout: 'late\n', exitCode: 0 });
  });

  it('is noticed on a connection that is kept, and the next command gets a new one', async () => {
    const { host, node, runner, silence } = await scene((_command, channel) => {
      channel.exit(0);
      channel.end('fine\n');
    });
    await runner.run(host, ['lsmod'], limits);
    silence();
    expect(await runner.run(host, ['lsmod'], limits)).toMatchObject({ stdout: 'fine\n', exitCode: 0 });
    expect(node.logins()).toBe(2);
  });
});
