import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ServerChannel } from 'ssh2';
import { createSshProbeRunner, type SshProbeRunner } from '../../../../activities/adapters/ssh/probe-runner.ts';
import type { ProbeLimits } from '../../../../activities/adapters/ssh/probe-limits.ts';
import { ConnectError, PortError, type SshHost } from '../../../../activities/ports.ts';
import { newKey, startSshNode, type SshNode } from './ssh-node.ts';

const hostKey = newKey();
const clientKey = newKey();
const limits = { timeoutMs: 5_000, outputBytesMax: 10_000 };
const opened: SshNode[] = [];
const runners: SshProbeRunner[] = [];

afterEach(async () => {
  for (const runner of runners.splice(0)) runner.close();
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

function runnerWith(changes: Partial<ProbeLimits> = {}, nowMs?: () => number): SshProbeRunner {
  const clock = nowMs === undefined ? {} : { clock: { nowMs } };
  const runner = createSshProbeRunner({ privateKey: clientKey.private, limits: changes, ...clock });
  runners.push(runner);
  return runner;
}

type Options = Partial<Parameters<typeof startSshNode>[0]>;
async function start(answer: (command: string, channel: ServerChannel) => void, options: Options = {}) {
  const one = await startSshNode({ hostKey, clientKey, answer, ...options });
  opened.push(one);
  return one;
}

const say = (text: string) => (_command: string, channel: ServerChannel) => {
  channel.write(text);
  channel.exit(0);
  channel.end();
};
const portOf = ({ node }: SshNode) => node.ssh.port;
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('connections', () => {
  it('are shared by the probes of a node, one after the other and at once', async () => {
    const one = await start(say('fine'));
    const runner = runnerWith();
    await runner.run(one.node, ['lsmod'], limits);
    await Promise.all([1, 2, 3].map(() => runner.run(one.node, ['lsmod'], limits)));
    expect(one.logins()).toBe(1);
    expect(one.commands).toHaveLength(4);
  });

  it('are closed when nobody uses them any longer', async () => {
    const one = await start(say('fine'));
    await runnerWith({ keepMs: 5 }).run(one.node, ['lsmod'], limits);
    await expect.poll(one.open).toBe(0);
  });

  it('that died while nobody looked are made anew', async () => {
    const one = await start(say('fine'));
    const runner = runnerWith();
    await runner.run(one.node, ['lsmod'], limits);
    await one.drop();
    expect(await runner.run(one.node, ['lsmod'], limits)).toMatchObject({ stdout: 'fine' });
    expect(one.logins()).toBe(2);
  });

  it('are no more than the bound, the one unused for longest goes first', async () => {
    const nodes = await Promise.all([1, 2, 3].map(() => start(say('fine'))));
    const runner = runnerWith({ connectionsMax: 2 });
    for (const { node } of nodes) await runner.run(node, ['lsmod'], limits);
    await expect.poll(() => nodes.map((one) => one.open())).toEqual([0, 1, 1]);
  });

  it('give way to new ones before those are opened', async () => {
    const nodes = await Promise.all([1, 2].map(() => start(say('fine'))));
    let answer: (() => void) | null = null;
    const last = await start((_command, channel) => (answer = () => say('fine')('', channel)));
    const runner = runnerWith({ connectionsMax: 2 });
    for (const { node } of nodes) await runner.run(node, ['lsmod'], limits);
    const running = runner.run(last.node, ['lsmod'], limits);
    await expect.poll(() => last.commands.length).toBe(1);
    await expect.poll(() => [...nodes, last].map((one) => one.open())).toEqual([0, 1, 1]);
    (answer as (() => void) | null)?.();
    await running;
  });

  it('to other users, keys or hosts of one address are never mixed', async () => {
    const one = await start(say('fine'));
    const runner = runnerWith();
    await runner.run(one.node, ['lsmod'], limits);
    const other: SshHost = { name: 'node-02', ssh: { ...one.node.ssh, hostKeys: [newKey().public] } };
    expect(await caught(runner.run(other, ['lsmod'], limits))).toMatchObject({ kind: 'tampered' });
  });
});

describe('jump hosts', () => {
  const jump = (one: SshNode, name: string, hostKeys?: string[]): SshHost => ({
    name,
    ssh: { ...one.node.ssh, ...(hostKeys === undefined ? {} : { hostKeys }) },
  });

  it('are gone through in order, with one connection for all the nodes behind them', async () => {
    const [outer, inner] = [await start(say('no'), { forwards: true }), await start(say('no'), { forwards: true })];
    const nodes = await Promise.all([1, 2, 3].map((index) => start(say(`node ${index}`))));
    const jumps = [jump(outer, 'outer'), jump(inner, 'inner')];
    const runner = runnerWith();
    const answers = await Promise.all(nodes.map(({ node }) => runner.run({ ...node, jumps }, ['lsmod'], limits)));
    expect(answers.map(({ stdout }) => stdout)).toEqual(['node 1', 'node 2', 'node 3']);
    expect([outer.logins(), inner.logins()]).toEqual([1, 1]);
    expect(outer.forwarded).toEqual([portOf(inner)]);
    expect(new Set(inner.forwarded)).toEqual(new Set(nodes.map(portOf)));
    runner.close();
    await expect.poll(() => [outer, inner, ...nodes].map((one) => one.open())).toEqual([0, 0, 0, 0, 0]);
  });

  it('show their key, too: with a foreign one nothing goes through them', async () => {
    const [bastion, node] = [await start(say('no'), { forwards: true }), await start(say('fine'))];
    const target = { ...node.node, jumps: [jump(bastion, 'bastion', [newKey().public])] };
    expect(await caught(runnerWith().run(target, ['lsmod'], limits))).toMatchObject({
      kind: 'tampered',
      message: expect.stringMatching(/^bastion: the host key/) as unknown,
    });
    expect([bastion.forwarded, node.logins()]).toEqual([[], 0]);
  });

  it('do not vouch for what is behind them', async () => {
    const [bastion, node] = [await start(say('no'), { forwards: true }), await start(say('fine'))];
    const target = {
      ...node.node,
      ssh: { ...node.node.ssh, hostKeys: [newKey().public] },
      jumps: [jump(bastion, 'b')],
    };
    expect(await caught(runnerWith().run(target, ['lsmod'], limits))).toMatchObject({ kind: 'tampered' });
    expect(node.commands).toEqual([]);
  });

  it('to which a kept connection died unnoticed are connected to anew, and no node is blamed for it', async () => {
    const bastion = await start(say('no'), { forwards: true });
    const nodes = await Promise.all([1, 2].map(() => start(say('fine'))));
    const jumps = [jump(bastion, 'bastion')];
    const runner = runnerWith({ connectFailuresMax: 1 });
    const [first, second] = nodes.map(({ node }) => ({ ...node, jumps }));
    if (first === undefined || second === undefined) throw new Error('two were started');
    await runner.run(first, ['lsmod'], limits);
    await bastion.drop();
    expect(await runner.run(second, ['lsmod'], limits)).toMatchObject({ stdout: 'fine' });
    expect(bastion.logins()).toBe(2);
  });

  it('that refuse to go on are named beside the node', async () => {
    const [bastion, node] = [await start(say('no')), await start(say('fine'))];
    const error = await caught(runnerWith().run({ ...node.node, jumps: [jump(bastion, 'bastion')] }, ['ls'], limits));
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as Error).message).toMatch(/node-01 .* cannot be reached through bastion/);
  });
});

describe('a host that cannot be talked to', () => {
  it('is left alone after a number of failures, then tried once', async () => {
    let greeted = 0;
    let nowMs = 0;
    const dead = await start(say(''), {
      greet: (socket) => {
        greeted += 1;
        socket.end('go away\r\n');
      },
    });
    const runner = runnerWith({ connectFailuresMax: 2, leftAloneMs: 1_000 }, () => nowMs);
    const tryIt = () => caught(runner.run(dead.node, ['lsmod'], limits));
    const messages: string[] = [];
    for (let tries = 0; tries < 4; tries += 1) messages.push(((await tryIt()) as Error).message);
    const greetedUntilOpen = greeted;
    expect(messages.map((message) => message.includes('left alone for 1 s'))).toEqual([false, false, true, true]);
    nowMs = 400;
    expect(await tryIt()).toMatchObject({ triedInMs: 600 });
    nowMs = 1_001;
    await tryIt();
    expect(greeted).toBeGreaterThan(greetedUntilOpen);
    const afterOne = greeted;
    expect(((await tryIt()) as Error).message).toContain('left alone');
    expect(greeted).toBe(afterOne);
  });

  it('is not left alone for longer when the clock of this machine is set back', async () => {
    const dead = await start(say(''), { greet: (socket) => void socket.end('go away\r\n') });
    const runner = runnerWith({ connectFailuresMax: 1, leftAloneMs: 50 });
    const message = async () => ((await caught(runner.run(dead.node, ['lsmod'], limits))) as Error).message;
    await message();
    vi.spyOn(Date, 'now').mockReturnValue(0);
    try {
      await expect.poll(message).not.toContain('left alone');
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('because of the login is not asked again at once', async () => {
    const one = await start(say('fine'), { clientKey: newKey() });
    const runner = runnerWith();
    const errors = [
      await caught(runner.run(one.node, ['a'], limits)),
      await caught(runner.run(one.node, ['b'], limits)),
    ];
    expect(errors.every((error) => error instanceof ConnectError && error.kind === 'denied')).toBe(true);
    expect(one.logins()).toBe(0);
  });

  it('does not hold up the others', async () => {
    const hung = await start(say(''), { greet: () => {} });
    const nodes = await Promise.all([1, 2, 3].map(() => start(say('fine'))));
    const runner = runnerWith({ commandsMax: 3, handshakesMax: 2 });
    const cancel = new AbortController();
    const waiting = caught(runner.run(hung.node, ['lsmod'], { ...limits, signal: cancel.signal }));
    const answers = await Promise.all(nodes.map(({ node }) => runner.run(node, ['lsmod'], limits)));
    expect(answers.map(({ stdout }) => stdout)).toEqual(['fine', 'fine', 'fine']);
    cancel.abort(new Error('enough'));
    expect(await waiting).toMatchObject({ message: 'enough' });
  });
});

describe('bounds', () => {
  it('hold for all hosts and for one', async () => {
    const running = new Map<SshNode | undefined, number>();
    let peak = 0;
    let peakOfOne = 0;
    const counted = (index: number) => (_command: string, channel: ServerChannel) => {
      const self = nodes[index];
      running.set(self, (running.get(self) ?? 0) + 1);
      peakOfOne = Math.max(peakOfOne, running.get(self) ?? 0);
      peak = Math.max(
        peak,
        [...running.values()].reduce((sum, one) => sum + one, 0),
      );
      setTimeout(() => {
        running.set(self, (running.get(self) ?? 0) - 1);
        say('fine')('', channel);
      }, 20);
    };
    const nodes = await Promise.all([0, 1, 2].map((index) => start(counted(index))));
    const runner = runnerWith({ commandsMax: 4, commandsPerHostMax: 2 });
    await Promise.all(nodes.flatMap(({ node }) => [1, 2, 3, 4].map(() => runner.run(node, ['lsmod'], limits))));
    expect(peakOfOne).toBe(2);
    expect(peak).toBe(4);
  });

  it('ask whether a command shall be sent when its turn has come, after those before it have said how they ended', async () => {
    const order: string[] = [];
    const one = await start((command, channel) => {
      order.push(command.split(' ').at(-1) ?? '');
      say('fine')('', channel);
    });
    const runner = runnerWith({ commandsPerHostMax: 1 });
    const asked = (name: string, refuses = false) =>
      caught(
        runner.run(one.node, [name], {
          ...limits,
          async inTurn(send) {
            order.push(`${name} may?`);
            if (refuses) throw new PortError('refused', `${name} shall not be sent`);
            const answer = await send();
            order.push(`${name} ended`);
            return answer;
          },
        }),
      );
    const [, second] = await Promise.all([asked('lsmod'), asked('df', true), asked('ibstat')]);
    expect(order).toEqual(['lsmod may?', 'lsmod', 'lsmod ended', 'df may?', 'ibstat may?', 'ibstat', 'ibstat ended']);
    expect(second).toMatchObject({ kind: 'refused', message: 'df shall not be sent' });
  });

  it('let one load at a time onto a node', async () => {
    let running = 0;
    let peak = 0;
    const one = await start((_command, channel) => {
      running += 1;
      peak = Math.max(peak, running);
      setTimeout(() => {
        running -= 1;
        say('fine')('', channel);
      }, 30);
    });
    const runner = runnerWith();
    const about = { node: 'node-07', probeId: 'measure.gemm' };
    await Promise.all(
      [0, 1].map((gpu) => runner.run(one.node, ['gemm', String(gpu)], { ...limits, about, load: true })),
    );
    expect(peak).toBe(1);
    await Promise.all([0, 1].map(() => runner.run(one.node, ['lsmod'], { ...limits, about })));
    expect(peak).toBe(2);
  });

  it('do not let commands that wait for others keep those from running', async () => {
    const one = await start((command, channel) => {
      if (command.includes('send')) say('sent')('', channel);
    });
    const runner = runnerWith({ commandsMax: 1 });
    const over = new AbortController();
    const serving = runner.run(one.node, ['listen'], { ...limits, serves: true, signal: over.signal });
    await expect.poll(() => one.commands.length).toBe(1);
    expect(await runner.run(one.node, ['send'], limits)).toMatchObject({ stdout: 'sent' });
    over.abort(new Error('over'));
    expect(await caught(serving)).toMatchObject({ message: 'over' });
  });

  it('spend the budget of the node that a probe is about, over all who ask', async () => {
    const one = await start(say('fine'));
    const runner = runnerWith({ perNodeMinuteMax: 2, budgetWaitMsMax: 0 }, () => 0);
    const ask = (node: string) =>
      runner.run(one.node, ['ipmitool'], { ...limits, about: { node, probeId: 'bmc.power' } });
    await ask('node-01');
    await ask('node-01');
    expect(await caught(ask('node-01'))).toMatchObject({
      kind: 'refused',
      message: 'node-01: its budget of 2 probe commands a minute is used up',
    });
    expect(await ask('node-02')).toMatchObject({ stdout: 'fine' });
  });
});

describe('the deadline on the host', () => {
  it('is left out where the list of the node does not know it, and not tried again there', async () => {
    const one = await start((command, channel) => {
      if (!command.startsWith('timeout')) {
        say('fine')('', channel);
        return;
      }
      channel.stderr.write('wardround-probe: refused: it is not a command of the list\n');
      channel.exit(126);
      channel.end();
    });
    const runner = runnerWith();
    expect(await runner.run(one.node, ['lsmod'], limits)).toMatchObject({ stdout: 'fine', exitCode: 0 });
    expect(await runner.run(one.node, ['uptime', '-s'], limits)).toMatchObject({ stdout: 'fine' });
    expect(one.commands).toEqual(['timeout -k 2 5 lsmod', 'lsmod', 'uptime -s']);
  });
});

describe('standard input', () => {
  it('is open while a command runs, so that the command hears when nobody waits any longer', async () => {
    let ended = false;
    const cancel = new AbortController();
    const one = await start((_command, channel) => {
      channel.on('end', () => (ended = true)).resume();
      setTimeout(() => cancel.abort(new Error(ended ? 'ended before' : 'open until now')), 20);
    });
    const error = await caught(runnerWith().run(one.node, ['gemm'], { ...limits, signal: cancel.signal }));
    expect(error).toMatchObject({ message: 'open until now' });
    await expect.poll(() => ended).toBe(true);
  });
});

describe('cancelling', () => {
  it('ends the commands under way with a signal and closes their connections; what waits is not sent', async () => {
    const cancel = new AbortController();
    const one = await start(() => {
      if (one.commands.length === 2) setTimeout(() => cancel.abort(new Error('Ctrl-C')), 30);
    });
    const runner = runnerWith({ commandsPerHostMax: 2 });
    const all = await Promise.all(
      [1, 2, 3, 4].map(() => caught(runner.run(one.node, ['sleep'], { ...limits, signal: cancel.signal }))),
    );
    expect(all.map((error) => (error as Error).message)).toEqual(['Ctrl-C', 'Ctrl-C', 'Ctrl-C', 'Ctrl-C']);
    await expect.poll(() => one.signals).toEqual(['KILL', 'KILL']);
    await expect.poll(one.open).toBe(0);
    expect(one.commands).toHaveLength(2);
  });

  it('spares commands of others on the same connection', async () => {
    const cancel = new AbortController();
    let answer: (() => void) | null = null;
    const one = await start((command, channel) => {
      if (command.includes('slow')) answer = () => say('late but whole')('', channel);
      else cancel.abort(new Error('not mine'));
    });
    const runner = runnerWith();
    const slow = runner.run(one.node, ['slow'], limits);
    await expect.poll(() => one.commands.length).toBe(1);
    await caught(runner.run(one.node, ['lsmod'], { ...limits, signal: cancel.signal }));
    await expect.poll(() => one.signals).toEqual(['KILL']);
    (answer as (() => void) | null)?.();
    expect(await slow).toMatchObject({ stdout: 'late but whole', exitCode: 0 });
    await expect.poll(one.open).toBe(0);
  });
});
