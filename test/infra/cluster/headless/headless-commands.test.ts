import { beforeEach, describe, expect, it } from 'vitest';
import { headlessCluster, type CommandAnswer, type HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import { minutes } from '../held-cluster.ts';

const smi = 'nvidia-smi -q -d CLOCK';
const ps = 'ps -eo pid,ppid,stat,wchan:32,etimes,comm';
let cluster: HeadlessCluster;
beforeEach(() => {
  cluster = headlessCluster({ nodes: 4, seed: 3 });
  cluster.metricsAt(cluster.startMs + minutes(10), ['training_']);
});
const ask = (node: string, line: string, options = {}) => cluster.commandAt(cluster.nowMs(), node, line, options);
const outOf = (answer: CommandAnswer | undefined) => {
  if (answer?.kind !== 'answered') throw new Error(`no answer but ${answer?.kind}`);
  return answer.stdout;
};

describe('time', () => {
  it('stands still for a command, or goes on with it when asked to', () => {
    const line = 'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 5 -d 1000';
    const before = cluster.nowMs();
    const answer = ask('node-01', line);
    expect(answer).toMatchObject({ seconds: 4 });
    expect(cluster.nowMs()).toBe(before);
    expect(ask('node-01', line, { passes: true })).toEqual(answer);
    expect(cluster.nowMs()).toBe(before + 4_000);
  });

  it('brings what was planned to a command that it passes with', () => {
    const line = 'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 5 -d 1000';
    cluster.inject('gpu-clock-lock', {
      onsetMs: cluster.nowMs() + 1_500,
      target: { node: 'node-02', gpu: 1 },
      set: { mhz: 600 },
    });
    const clocks = (answer: CommandAnswer) =>
      outOf(answer)
        .split('\n')
        .filter((row) => row.startsWith('GPU 1'))
        .map((row) => Number(row.trim().split(/\s+/)[2]));
    const rows = clocks(ask('node-02', line, { passes: true }));
    expect(rows.slice(0, 2).every((mhz) => mhz > 1_300)).toBe(true);
    expect(rows.slice(2).every((mhz) => mhz <= 600)).toBe(true);
  });

  it('is not asked for what is past, nor a machine that is not there', () => {
    expect(() => cluster.commandAt(cluster.nowMs() - 1, 'node-01', smi)).toThrow(/time goes forward/);
    expect(() => ask('node-99', smi)).toThrow(/there is no node node-99/);
  });
});

describe('a tool in trouble', () => {
  it('that hangs is ended by the limit of its key, or the asker gives up sooner', () => {
    cluster.inject('tool-smi-hangs', { target: { node: 'node-02' }, onset: { shape: 'sudden' } });
    expect(ask('node-02', `timeout -k 2 20 ${smi}`)).toMatchObject({ kind: 'answered', stdout: '' });
    const limited = ask('node-02', smi);
    expect(limited).toMatchObject({ kind: 'answered', stdout: '' });
    expect([120, 122]).toContain(limited.seconds);
    expect(ask('node-02', smi, { patienceMs: 5_000, passes: true })).toEqual({
      kind: 'no-answer',
      why: 'gave-up',
      stdout: '',
      stderr: '',
      seconds: 5,
    });
    expect(cluster.nowMs()).toBe(cluster.startMs + minutes(10) + 5_000);
    expect(ask('node-01', smi)).toMatchObject({ exitCode: 0, seconds: 0 });
  });

  it('that gives a part or rubbish gives the same again at the same moment', () => {
    const lines = [
      'dmesg --time-format iso --level emerg,alert,crit,err,warn',
      smi,
      'perfquery -x -C mlx5_0 -P 1',
      'ibstat',
      ps,
    ];
    const answers = () => ['node-02', 'node-03'].map((node) => lines.map((line) => outOf(ask(node, line))));
    const [whole, clean] = answers();
    cluster.inject('tool-output-truncated', { target: { node: 'node-02' }, onset: { shape: 'sudden' } });
    cluster.inject('tool-output-garbled', { target: { node: 'node-03' }, onset: { shape: 'sudden' } });
    const [cut, garbled] = answers();
    expect(answers()).toEqual([cut, garbled]);
    const shortened = lines.filter((_, at) => cut?.[at] !== whole?.[at]);
    expect(shortened.length).toBeGreaterThan(0);
    expect(cut?.every((text, at) => whole?.[at]?.startsWith(text))).toBe(true);
    expect(garbled).not.toEqual(clean);
    expect(garbled?.map((text) => text.length)).toEqual(clean?.map((text) => text.length));
  });
});

describe('a node that does not let anyone in', () => {
  it('goes away in the middle of an answer, and is silent then', () => {
    cluster.inject('node-power-lost', {
      onsetMs: cluster.nowMs() + 2_500,
      target: { node: 'node-02' },
      onset: { shape: 'sudden' },
    });
    const line = 'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 5 -d 1000';
    const answer = ask('node-02', line, { passes: true });
    expect(answer).toMatchObject({ kind: 'no-answer', why: 'disconnected', seconds: 3 });
    expect(answer.kind === 'no-answer' && answer.stdout).toMatch(/GPU 0/);
    expect(ask('node-02', smi)).toMatchObject({ kind: 'unreachable', reason: 'silent' });
  });

  it('that knows the key no more says so', () => {
    cluster.inject('tool-key-rejected', { target: { node: 'node-02' }, onset: { shape: 'sudden' } });
    expect(ask('node-02', smi)).toEqual({ kind: 'unreachable', reason: 'rejects-key', seconds: 0 });
    expect(ask('node-03', smi).kind).toBe('answered');
  });

  it('turns clients away in one of three ways', () => {
    const seen = Array.from({ length: 12 }, (_, seed) => {
      const one = headlessCluster({ nodes: 2, seed });
      one.inject('tool-ssh-refuses', { target: { node: 'node-02' }, onset: { shape: 'sudden' }, seed });
      const answer = one.commandAt(one.startMs, 'node-02', smi);
      return answer.kind === 'unreachable' ? `${answer.reason} after ${answer.seconds} s` : answer.kind;
    });
    expect(new Set(seen)).toEqual(new Set(['closes after 0 s', 'resets after 0 s', 'silent after 20 s']));
  });

  it('is silent for one who does not wait for its late word, and late for one who does', () => {
    cluster.inject('tool-ssh-slow', { target: { node: 'node-02' }, onset: { shape: 'sudden' } });
    const patient = ask('node-02', smi, { connectMs: 600_000 });
    expect(patient).toMatchObject({ kind: 'answered', exitCode: 0 });
    expect(patient.seconds).toBeGreaterThan(1);
    expect(ask('node-02', smi, { connectMs: 1_000 })).toEqual({ kind: 'unreachable', reason: 'silent', seconds: 1 });
  });
});

describe('commands side by side', () => {
  // Nothing is measured beside a job.
  beforeEach(() => {
    cluster = headlessCluster({ nodes: 4, seed: 3, jobs: 0 });
  });
  const pair = [
    { node: 'node-02', line: 'sudo -n wardround-measure ib-server mlx5_1', endsWithOthers: true },
    { node: 'node-01', line: 'sudo -n wardround-measure ib-client mlx5_1 node-02' },
  ];

  it('measure a path between two nodes', () => {
    const [server, client] = cluster.commandsAt(cluster.nowMs(), pair);
    expect(outOf(client)).toMatch(/== end exit=0 seconds=5\n$/);
    expect(outOf(client)).toMatch(/65536 +\d+ +0\.00 +1\d\d\.\d\d/);
    expect(server).toMatchObject({ kind: 'answered' });
    expect(outOf(server)).toContain('* Waiting for client to connect... *');
  });

  it('need the other side, and leave nothing behind', () => {
    expect(outOf(cluster.commandsAt(cluster.nowMs(), pair.slice(1))[0])).toMatch(/== end exit=1/);
    const alone = cluster.commandsAt(cluster.nowMs(), pair.slice(0, 1));
    expect(alone[0]?.seconds).toBe(0);
    cluster.commandsAt(cluster.nowMs(), pair);
    expect(outOf(ask('node-02', ps))).not.toContain('ib_write_bw');
  });

  it('that need the same device refuse the second', () => {
    const measure = { node: 'node-01', line: 'sudo -n wardround-measure storage /raid' };
    const [first, second] = cluster.commandsAt(cluster.nowMs(), [measure, measure]);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(second).toMatchObject({ exitCode: 75, seconds: 0, stdout: '' });
  });
});
