import { describe, expect, it } from 'vitest';
import { PortError, type SshHost } from '../../../../../activities/ports.ts';
import {
  virtualProbeRunner,
  type AskHost,
  type HostAnswer,
  type Sent,
} from '../../../../../workers/cli/bench/cluster/virtual-probe-runner.ts';
import { virtualTime } from '../../../../../workers/cli/bench/cluster/virtual-time.ts';
import { smallInventory } from '../../../../support/small-inventory.ts';

const [node] = smallInventory().nodes;
if (node === undefined) throw new Error('the inventory of the test has no node');
const host: SshHost = node;
const options = { timeoutMs: 10_000, outputBytesMax: 100 };
const said = (stdout: string, seconds = 1, exitCode = 0): HostAnswer => ({
  kind: 'answered',
  stdout,
  stderr: '',
  exitCode,
  seconds,
});

function runnerOf(answer: (line: string) => HostAnswer) {
  const time = virtualTime(0);
  const lines: { readonly atMs: number; readonly line: string }[] = [];
  const sent: Sent[] = [];
  const ask: AskHost = (atMs, _host, line) => {
    lines.push({ atMs, line });
    return answer(line);
  };
  return { time, lines, sent, runner: virtualProbeRunner(ask, time, (one) => sent.push(one)) };
}

describe('the probe runner in virtual time', () => {
  it('sends the words with their deadline and answers when they have taken their time', async () => {
    const { runner, time, lines, sent } = runnerOf(() => said('up', 2.5));
    const answer = await runner.run(host, ['uptime', '-p'], {
      ...options,
      about: { node: 'node-09', probeId: 'host.up' },
    });
    expect(answer).toEqual({ stdout: 'up', stderr: '', exitCode: 0, sentAtMs: 0 });
    expect(lines).toEqual([{ atMs: 0, line: 'timeout -k 2 10 uptime -p' }]);
    expect(time.nowMs()).toBe(2_500);
    expect(sent).toEqual([{ host: host.name, probeId: 'host.up', load: false }]);
  });

  it('asks whether to send a command when its turn has come, and counts none that was not sent', async () => {
    const { runner, sent } = runnerOf(() => said('', 11, 124));
    let late = 0;
    const inTurn = async <T>(send: () => Promise<T>): Promise<T> => {
      if (late > 0) throw new PortError('refused', 'it hangs');
      return send().catch((error: unknown) => {
        late += 1;
        throw error;
      });
    };
    const eight = Array.from({ length: 8 }, () => runner.run(host, ['nvidia-smi'], { ...options, inTurn }));
    const reasons = (await Promise.allSettled(eight)).map((one) => one.status === 'rejected' && `${one.reason}`);
    expect(sent).toHaveLength(4);
    expect(reasons.filter((reason) => reason === 'PortError: it hangs')).toHaveLength(4);
  });

  it('asks again without a deadline where the host does not take one, and then always', async () => {
    const refusal: HostAnswer = {
      kind: 'answered',
      stdout: '',
      stderr: 'wardround-probe: refused: timeout\n',
      exitCode: 126,
      seconds: 0,
    };
    const { runner, lines } = runnerOf((line) => (line.startsWith('timeout') ? refusal : said('up')));
    await runner.run(host, ['uptime'], options);
    await runner.run(host, ['uptime'], options);
    expect(lines.map(({ line }) => line)).toEqual(['timeout -k 2 10 uptime', 'uptime', 'uptime']);
  });

  it('cuts what is too long and marks what is only the beginning', async () => {
    const { runner } = runnerOf(() => said('x'.repeat(150)));
    expect(await runner.run(host, ['dmesg'], options)).toMatchObject({ stdout: 'x'.repeat(100), cut: 'too-large' });
    const late = runnerOf(() => said('a part', 11, 124));
    expect(await late.runner.run(host, ['dmesg'], options)).toMatchObject({ stdout: 'a part', cut: 'deadline' });
  });

  it.each([
    ['unreachable', { kind: 'no-answer', why: 'gave-up', stdout: '', stderr: '', seconds: 15 }],
    ['unreachable', { kind: 'no-answer', why: 'disconnected', stdout: '', stderr: '', seconds: 3 }],
    ['unreachable', { kind: 'unreachable', reason: 'silent', seconds: 10 }],
    ['denied', { kind: 'unreachable', reason: 'rejects-key', seconds: 1 }],
  ] as const)('is %s where nothing came', async (kind, answer) => {
    const { runner, time } = runnerOf(() => answer);
    await expect(runner.run(host, ['uptime'], options)).rejects.toMatchObject({ name: 'PortError', kind });
    expect(time.nowMs()).toBe(answer.seconds * 1000);
  });

  it('holds four commands at once on a host, and the budget of its node', async () => {
    const { runner, time } = runnerOf(() => said('up', 1));
    await Promise.all(Array.from({ length: 8 }, () => runner.run(host, ['uptime'], options)));
    expect(time.nowMs()).toBe(2_000);
    const many = runnerOf(() => said('up', 0));
    for (let at = 0; at < 241; at += 1) await many.runner.run(host, ['uptime'], options);
    expect(many.time.nowMs()).toBe(250);
  });
});
