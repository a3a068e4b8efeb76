import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playArgv, runArgv } from '../../../../infra/cluster/commands/index.ts';
import { createProcessTable, type ProcessTable } from '../../../../infra/cluster/commands/processes.ts';
import type { Play } from '../../../../infra/cluster/commands/play.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;
let processes: ProcessTable;

beforeEach(() => {
  // Of 16 nodes the last two are spare.
  held = heldCluster({ nodes: 16 });
  simulator = held.open();
  processes = createProcessTable();
});
afterEach(() => {
  simulator.close();
  held.remove();
});

function context(name: string) {
  const node = findNode(simulator.world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  const { world, timeline, time, act } = simulator;
  return { world, timeline: timeline.of(node), node, nowMs: time.nowMs(), root: true, act, processes };
}
const measure = (name: string, ...args: string[]) => runArgv(context(name), ['wardround-measure', ...args]);
const start = (name: string, ...args: string[]): Play => playArgv(context(name), ['wardround-measure', ...args]);

/** Until it has printed its first line. */
function begin(play: Play): void {
  for (let steps = 0; steps < 10; steps += 1) {
    const step = play.next(simulator.time.nowMs());
    if (step.done === true || step.value.kind === 'print') return;
  }
}

/** The numbers behind a name, in the order of the text. */
function numbers(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}
const gflops = (text: string) => numbers(text, /dcgm 0 \(([0-9.e+]+) gflops\)/g);
const average = (text: string) => numbers(text, /^# Avg bus bandwidth +: ([0-9.]+)/gm);

describe('a measurement on an idle healthy node', () => {
  it('of matrix multiplication says what an A800 does, for ten seconds', () => {
    const answer = measure('node-15', 'gemm', '3');
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answer.stdout).toMatch(/^== measure gemm 3 tool=dcgmproftester12 device=gpu3\n/);
    expect(answer.stdout).toMatch(/\n== end exit=0 seconds=12\n$/);
    const seen = gflops(answer.stdout);
    expect(seen).toHaveLength(10);
    for (const one of seen) expect(one / 285_000).toBeCloseTo(1, 1);
    expect(measure('node-15', 'gemm', '3')).toEqual(answer);
  });

  it('of memory, PCIe and NVLink prints the matrices of nvbandwidth', () => {
    const sum = (text: string) => numbers(text, /^SUM \S+ ([0-9.]+)$/gm)[0] ?? 0;
    const hbm = measure('node-15', 'hbm', '0').stdout;
    expect(hbm).toContain('Device 0: NVIDIA A800-SXM4-80GB (00000000:07:00)\n\nRunning device_local_copy.\n');
    expect(sum(hbm)).toBeGreaterThan(850);
    expect(sum(hbm)).toBeLessThan(890);
    const pcie = sum(measure('node-15', 'pcie', '0').stdout);
    expect(pcie).toBeGreaterThan(24);
    expect(pcie).toBeLessThan(25.5);
    const nvlink = measure('node-15', 'nvlink').stdout;
    expect(nvlink).toMatch(/^ {11}0 {9}1 {9}2/m);
    expect(nvlink).toMatch(/^ 1 +18[4-9]\.\d\d {7}N\/A +18[4-9]\.\d\d/m);
    expect(sum(nvlink) / 56).toBeCloseTo(187, 0);
  });

  it('of DCGM runs its second level, for longer than a minute and below its time', () => {
    const answer = measure('node-15', 'dcgm');
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answer.stdout).toMatch(/^== measure dcgm tool=dcgmi device=gpus\n\{/);
    // NVIDIA's user guide: below two minutes for the medium level.
    const seconds = numbers(answer.stdout, /\n== end exit=0 seconds=(\d+)\n$/g)[0] ?? 0;
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(110);
    expect(answer.stdout).toContain('"name": "PCIe"');
    expect(answer.stdout).not.toMatch(/"Fail"|"Skip"/);
    expect(measure('node-15', 'dcgm', '2')).toMatchObject({ exitCode: 64 });
    expect(measure('node-01', 'dcgm')).toMatchObject({ exitCode: 75, stdout: '' });
  });

  it('of DCGM waits for a host engine that answers nobody until its time is up', () => {
    simulator.act([setFact('tool.daemon-stuck', 'node-15', true, { key: 'nvidia-dcgm' })]);
    expect(measure('node-15', 'dcgm')).toMatchObject({
      exitCode: 124,
      stdout: '== measure dcgm tool=dcgmi device=gpus\n== end exit=124 seconds=110\n',
    });
    simulator.act([setFact('host.service', 'node-16', 'inactive', { key: 'nvidia-dcgm' })]);
    expect(measure('node-16', 'dcgm')).toMatchObject({ exitCode: 255 });
  });

  it('of NCCL prints tables whose bandwidth grows with the size', () => {
    const ring = measure('node-15', 'nccl-ring').stdout;
    const rows = ring.split('\n').filter((line) => /^ +\d+ +\d+ +float/.test(line));
    expect(rows).toHaveLength(8);
    const busOf = (row: string | undefined) => Number((row ?? '').trim().split(/ +/)[7]);
    expect(busOf(rows.at(-1))).toBeGreaterThan(150);
    expect(busOf(rows.at(-1))).toBeLessThan(160);
    expect(busOf(rows[0])).toBeLessThan(100);
    const pairs = measure('node-15', 'nccl-pairwise').stdout;
    expect([...pairs.matchAll(/^== pair (\d) (\d)$/gm)].map((match) => `${match[1]}${match[2]}`)).toEqual([
      '01',
      '12',
      '23',
      '34',
      '45',
      '56',
      '67',
      '70',
    ]);
    for (const bus of average(pairs)) expect(bus).toBeGreaterThan(160);
  });

  it('of a file system writes, reads back and compares', () => {
    const { stdout } = measure('node-15', 'storage', '/raid');
    expect(stdout).toMatch(/\nwrite_mib_s \d{4}\nread_mib_s \d{4}\nverified yes\n== end exit=0 seconds=\d\n$/);
  });
});

describe('a cause', () => {
  it('that lowers a clock lowers what that GPU computes, and the ring that it is part of', () => {
    const before = { ring: average(measure('node-15', 'nccl-ring').stdout)[0] ?? 0 };
    simulator.act([{ kind: 'lock-clocks', node: 'node-15', gpu: 3, minMhz: 210, maxMhz: 210 }]);
    const slow = gflops(measure('node-15', 'gemm', '3').stdout);
    const fine = gflops(measure('node-15', 'gemm', '2').stdout);
    expect((slow[0] ?? 0) / (fine[0] ?? 1)).toBeCloseTo(210 / 1410, 2);
    expect(average(measure('node-15', 'nccl-ring').stdout)[0]).toBeLessThan(before.ring * 0.5);
  });

  it('in a link or a file system shows where it is', () => {
    const lustre = (name: string) => numbers(measure(name, 'storage', '/lustre').stdout, /write_mib_s (\d+)/g)[0] ?? 0;
    const before = lustre('node-15');
    simulator.act([setFact('storage.lustre-slowdown', 'cluster', 4)]);
    expect(lustre('node-15') / before).toBeCloseTo(0.25, 1);
    simulator.act([setFact('storage.mount', 'node-15', 'read-only', { key: '/lustre' })]);
    expect(measure('node-15', 'storage', '/lustre')).toMatchObject({ exitCode: 2 });
    expect(measure('node-15', 'storage', '/lustre').stderr).toContain('Read-only file system');
    expect(measure('node-16', 'storage', '/lustre').exitCode).toBe(0);
  });
});

describe('a measurement is refused', () => {
  it.each([
    [['gemm']],
    [['gemm', '16']],
    [['gemm', '-1']],
    [['storage', '/nowhere']],
    [['ib-server', '9']],
    [['toString']],
    [[]],
  ])('when it is asked for %j', (args: string[]) => {
    const reason = `invalid: not a measurement, or not its arguments: ${args.join(' ')}`;
    expect(measure('node-15', ...args)).toEqual({
      stdout: '',
      stderr: `wardround-measure: ${reason}\n`,
      exitCode: 64,
    });
  });

  it('for a GPU that the node does not have', () => {
    const stderr = 'wardround-measure: invalid: this node has no GPU 9\n';
    expect(measure('node-15', 'gemm', '9')).toEqual({ stdout: '', stderr, exitCode: 64 });
  });

  it('while a job uses the GPU, or any for what needs a quiet node', () => {
    const busy = (gpu: number) => ({
      stdout: '',
      stderr: `wardround-measure: busy: GPU ${gpu} is used by 1 process\n`,
      exitCode: 75,
    });
    expect(measure('node-01', 'gemm', '3')).toEqual(busy(3));
    expect(measure('node-01', 'nvlink')).toEqual(busy(0));
    expect(measure('node-01', 'storage', '/raid')).toEqual(busy(0));
  });

  it('while another one runs on the node, and not a moment longer', () => {
    const first = start('node-15', 'gemm', '3');
    begin(first);
    const refused = { stdout: '', stderr: 'wardround-measure: busy: reserved by another measurement\n', exitCode: 75 };
    expect(measure('node-15', 'gemm', '3')).toEqual(refused);
    expect(measure('node-15', 'ib-server', 'mlx5_0')).toEqual(refused);
    expect(measure('node-16', 'gemm', '3').exitCode).toBe(0);
    first.return(0);
    expect(measure('node-15', 'gemm', '3').exitCode).toBe(0);
  });

  it('when nvidia-smi does not say who uses the GPUs', () => {
    simulator.act([setFact('tool.hangs', 'node-15', 'until-kill', { key: 'nvidia-smi' })]);
    const stderr = 'wardround-measure: missing: nvidia-smi does not answer\n';
    expect(measure('node-15', 'gemm', '3')).toEqual({ stdout: '', stderr, exitCode: 69 });
  });

  it('to somebody who is not root', () => {
    const answer = runArgv({ ...context('node-15'), root: false }, ['wardround-measure', 'gemm', '3']);
    expect(answer.exitCode).toBe(69);
  });
});

describe('what is measured', () => {
  it('is a process of the node and of its GPU as long as it runs', () => {
    const apps = () =>
      runArgv(context('node-15'), ['nvidia-smi', '--query-compute-apps=gpu_uuid,pid,name', '--format=csv,noheader'])
        .stdout;
    const processesOf = () =>
      runArgv(context('node-15'), ['ps', '-eo', 'pid,ppid,user,rss,etimes,comm', '--sort=-rss']).stdout;
    expect(apps()).toBe('');
    const running = start('node-15', 'gemm', '3');
    begin(running);
    const uuid = findNode(simulator.world, 'node-15')?.gpus[3]?.uuid ?? '';
    expect(apps()).toMatch(new RegExp(`^${uuid}, \\d+, /usr/bin/dcgmproftester12\\n$`));
    expect(processesOf()).toMatch(/ root +\d+ +0 dcgmproftester1\n/);
    running.return(0);
    expect(apps()).toBe('');
    expect(processesOf()).not.toContain('dcgmproftester');
    expect(processes.all()).toEqual([]);
  });
});

describe('ib_write_bw', () => {
  /** Lets a server and a client take turns, as cluster time goes by. */
  function meet(server: Play, client: Play) {
    const texts = ['', ''];
    const codes: (number | undefined)[] = [undefined, undefined];
    const dueMs = [0, 0];
    for (let turns = 0; turns < 2_000 && codes.includes(undefined); turns += 1) {
      const at = codes[0] !== undefined || (codes[1] === undefined && (dueMs[1] ?? 0) < (dueMs[0] ?? 0)) ? 1 : 0;
      const step = (at === 0 ? server : client).next(simulator.time.nowMs() + (dueMs[at] ?? 0));
      if (step.done === true) codes[at] = step.value;
      else if (step.value.kind === 'print') texts[at] = `${texts[at]}${step.value.text}`;
      else if (step.value.kind === 'wait') dueMs[at] = (dueMs[at] ?? 0) + step.value.ms;
    }
    return { texts, codes };
  }

  it('measures between two nodes, and both ends say the same', () => {
    const { texts, codes } = meet(
      start('node-16', 'ib-server', 'mlx5_1'),
      start('node-15', 'ib-client', 'mlx5_1', 'node-16'),
    );
    expect(codes).toEqual([0, 0]);
    const rates = texts.map((text) => numbers(text, /^ 65536 +\d+ +0\.00 +([0-9.]+)/gm)[0]);
    expect(rates[1]).toBeGreaterThan(196.5);
    expect(rates[1]).toBeLessThan(198.5);
    expect(rates[0]).toBeCloseTo(rates[1] ?? 0, 0);
    expect(processes.all()).toEqual([]);
  });

  it('follows what the link gets through', () => {
    simulator.act([setFact('ib.rate-share', 'node-16/mlx5_1', 0.5)]);
    const { texts } = meet(start('node-16', 'ib-server', 'mlx5_1'), start('node-15', 'ib-client', 'mlx5_1', 'node-16'));
    expect(numbers(texts[1] ?? '', /^ 65536 +\d+ +0\.00 +([0-9.]+)/gm)[0]).toBeCloseTo(98.8, 0);
  });

  it('says so when nobody listens', () => {
    const alone = measure('node-15', 'ib-client', 'mlx5_1', 'node-16');
    expect(alone.exitCode).toBe(1);
    expect(alone.stderr).toContain("Couldn't connect to node-16:18515");
    expect(alone.stdout).toMatch(/== end exit=1 seconds=\d\n$/);
    expect(measure('node-15', 'ib-client', 'mlx5_9', 'node-16').stderr).toContain('IB device mlx5_9 not found');
    expect(measure('node-15', 'ib-server', 'mlx5_1').stdout).toMatch(/== end exit=124 seconds=40\n$/);
  });
});
