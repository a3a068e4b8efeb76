import { afterEach, describe, expect, it } from 'vitest';
import { kernelLines } from '../../../../infra/cluster/logs/kernel.ts';
import { rankLines } from '../../../../infra/cluster/logs/rank.ts';
import { downPhases } from '../../../../infra/cluster/physics/link-phases.ts';
import { placeOf } from '../../../../infra/cluster/physics/link.ts';
import { lastStepAt, stepDurationMs, stepEndMs } from '../../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, readingOf, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { metricOf, outputOn } from './on-node.ts';

let held: HeldCluster;
let simulator: Simulator;

afterEach(() => {
  simulator.close();
  held.remove();
});

const flapping = (seed: number) => {
  held = heldCluster({ seed });
  simulator = held.open();
  const injectedMs = simulator.time.nowMs();
  const { node: name, hca: hcaName } = simulator.inject('ib-port-flap', {
    values: { everyMs: 24_000, downMs: 9_000 },
  }).target;
  const node = findNode(simulator.world, name);
  const hca = node?.hcas.find((one) => one.name === hcaName);
  if (node === undefined || hca === undefined) throw new Error('it strikes an HCA');
  return { node, hca, name, index: node.hcas.indexOf(hca), injectedMs, labels: { node: name, device: hca.name } };
};
const phase = () => simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind;
const now = () => simulator.time.nowMs();
/** Lets time pass until a moment shortly after the beginning of the next down phase. */
const passToDown = (struck: ReturnType<typeof flapping>) => {
  const [next] = downPhases(
    placeOf(simulator.world, simulator.settings(), struck.node, struck.hca),
    now() + 1,
    now() + 60_000,
  );
  if (next === undefined) throw new Error('the link does not flap');
  held.pass(Math.ceil(Math.max(next.fromMs - now(), 0)) + 3_000);
};
const counter = (text: string, name: string) =>
  Number(new RegExp(`^${name}:\\.+(\\d+)$`, 'm').exec(text)?.[1] ?? 'none');

describe.each([1, 2, 3])('a flapping port, seed %i', (seed) => {
  it('stalls the steps that meet a down phase for its length, so that the job is slower in proportion', () => {
    const { node, hca, injectedMs } = flapping(seed);
    held.pass(minutes(20));
    const steps = lastStepAt(simulator.timeline, now()) - lastStepAt(simulator.timeline, injectedMs);
    const downMs = downPhases(placeOf(simulator.world, simulator.settings(), node, hca), injectedMs, now()).reduce(
      (sum, { fromMs, toMs }) => sum + Math.min(toMs, now()) - fromMs,
      0,
    );
    // A checkpoint of 1.5 s after every 30 of them and an evaluation of 11.8 s after every 100 lie between the steps.
    const workMs = steps * (8_000 + 1_520 / 30 + 11_840 / 100);
    expect(workMs).toBeGreaterThan(minutes(20) - downMs - 20_000);
    expect(workMs).toBeLessThan(minutes(20) - downMs + 20_000);
    expect(stepSeconds(simulator)).toBeGreaterThan(8 / 0.7);
    const last = lastStepAt(simulator.timeline, now());
    const unexplained = Array.from({ length: 20 }, (_, back) => last - back).filter((step) => {
      const endMs = stepEndMs(simulator.timeline, step);
      const tookMs = stepDurationMs(simulator.timeline, step);
      const met = downPhases(placeOf(simulator.world, simulator.settings(), node, hca), endMs - tookMs, endMs);
      return met.length > 0 !== tookMs > 9_000;
    });
    expect(unexplained).toEqual([]);
    expect(readingOf(simulator, 'node-01', 0).tensorActive).toBeLessThan(0.3);
  });

  it('is told by the kernel, by NCCL in every rank of the node, and by its counters alone', () => {
    const { node, name, hca, index, injectedMs, labels } = flapping(seed);
    held.pass(minutes(10));
    const phases = downPhases(placeOf(simulator.world, simulator.settings(), node, hca), injectedMs, now());
    const { downed } = { downed: phases.length };
    expect(downed).toBeGreaterThan(20);
    const kernel = kernelLines(simulator.timeline, node, injectedMs, now(), { boot: false }).map((line) => line.text);
    // `mlx5_core_info(events->dev, "Port module event: module %u, %s\n")` in
    // https://github.com/torvalds/linux/blob/master/drivers/net/ethernet/mellanox/mlx5/core/events.c
    expect(
      kernel.filter((text) =>
        /^mlx5_core 0000:[0-9a-f]{2}:00\.0: Port module event: module 0, Cable unplugged$/.test(text),
      ),
    ).toHaveLength(downed);
    expect(
      kernel.filter((text) => text === `IPv6: ADDRCONF(NETDEV_CHANGE): ib${index}: link becomes ready`).length,
    ).toBeGreaterThanOrEqual(downed - 1);
    for (const gpu of [0, 7]) {
      const said = rankLines(simulator.timeline, node, gpu, injectedMs, now()).map((line) => line.text);
      // `WARN("NET/IB : %s:%d Got async event : %s")` in https://github.com/NVIDIA/nccl, src/transport/net_ib.cc
      const errors = said.filter((text) =>
        text.endsWith(`NCCL WARN NET/IB : ${hca.name}:1 Got async event : port error`),
      );
      expect(errors.length).toBeGreaterThanOrEqual(downed - 1);
      expect(errors[0]).toMatch(
        new RegExp(`^${name}:${node.gpus[gpu]?.pid}:\\d+ \\[${gpu}\\] transport/net_ib\\.cc:\\d+ NCCL WARN `),
      );
    }
    const elsewhere = simulator.world.nodes.find((one) => one.name !== name);
    if (elsewhere === undefined) throw new Error('there are four nodes');
    expect(
      rankLines(simulator.timeline, elsewhere, 0, injectedMs, now()).some((line) => line.text.includes('async event')),
    ).toBe(false);
    for (const one of node.hcas) {
      const counters = outputOn(simulator, name, `perfquery -x -C ${one.name} -P 1`);
      const struck = one.name === hca.name;
      expect(counter(counters, 'LinkDownedCounter')).toBe(struck ? downed : 0);
      expect(counter(counters, 'SymbolErrorCounter') > 0).toBe(struck);
      expect(counter(counters, 'PortRcvErrors') > 0).toBe(struck);
      expect(counter(counters, 'PortXmitWait') > 0).toBe(struck);
    }
    expect(metricOf(simulator, 'node_infiniband_link_downed_total', labels)).toBe(downed);
  });

  it('is disabled: the running job breaks when its retries are used up, the next attempt does without the port', () => {
    const { node, name, hca, index } = flapping(seed);
    held.pass(minutes(5));
    const report = outputOn(simulator, name, `mlxlink -d ${hca.name} -p 1 -a DN`, true);
    expect(report).toBe('\nConfiguring Port State (Down)...\n\n');
    const closedMs = now();
    const step = lastStepAt(simulator.timeline, now());
    held.pass(25_000);
    expect(phase()).toBe('running');
    expect(lastStepAt(simulator.timeline, now())).toBe(step);
    held.pass(minutes(1));
    expect(phase()).toBe('ended');
    const said = rankLines(simulator.timeline, node, 2 * index, closedMs, now()).map((line) => line.text);
    // `WARN("NET/IB: Got completion …")` of src/transport/net_ib.cc at tag v2.22.3-1, without the GIDs that only RoCE has.
    expect(said.find((text) => text.includes('Got completion'))).toMatch(
      /NCCL WARN NET\/IB: Got completion from peer [0-9.]+<\d+> with status=12 opcode=0 len=0 vendor err 129 \(Send\) hca mlx5_\d$/,
    );
    simulator.act([{ kind: 'job-requeue', hold: false }]);
    const requeuedMs = now();
    held.pass(minutes(30));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBeGreaterThan(8.2);
    expect(stepSeconds(simulator)).toBeLessThan(8 * 1.15);
    const again = rankLines(simulator.timeline, node, 0, requeuedMs, now()).map((line) => line.text);
    const using = again.find((text) => text.includes('NET/IB : Using'));
    expect(using).toContain('[2]mlx5_');
    expect(using).not.toContain(`${hca.name}:1/IB`);
    expect(again.some((text) => text.includes('async event'))).toBe(false);
    const sent = (one: string) => counter(outputOn(simulator, name, `perfquery -x -C ${one} -P 1`), 'PortXmitData');
    const before = node.hcas.map((one) => sent(one.name));
    held.pass(minutes(5));
    const grown = node.hcas.map((one, at) => sent(one.name) - (before[at] ?? 0));
    expect(grown[index]).toBe(0);
    const others = grown.filter((_, at) => at !== index);
    expect(Math.max(...others) / Math.min(...others)).toBeCloseTo(2, 3);
  });
});

describe('the tools of the link', () => {
  it('show a link that is down at that moment, one that is up, and one that was disabled', () => {
    const struck = flapping(2);
    const { name, hca, labels } = struck;
    const link = `mlxlink -d ${hca.name} -p 1`;
    passToDown(struck);
    expect(outputOn(simulator, name, `ibstat ${hca.name}`)).toContain(
      '\t\tState: Down\n\t\tPhysical state: Polling\n\t\tRate: 10\n',
    );
    expect(metricOf(simulator, 'node_infiniband_physical_state_id', labels, now())).toBe(2);
    // Layout: `mlxlink -d mlx5_1` of MFT 4.22.1 on Ubuntu, names padded to 32; states of an InfiniBand port: MFT manual,
    // https://docs.nvidia.com/networking/display/mftv420/mlxlink+utility.
    expect(outputOn(simulator, name, link)).toContain(
      [
        '',
        'Operational Info',
        '----------------',
        'State                           : Polling',
        'Physical state                  : Polling',
        'Speed                           : N/A',
        '',
      ].join('\n'),
    );
    expect(
      outputOn(simulator, name, 'ip -o link show')
        .split('\n')
        .filter((line) => / ib\d: .*NO-CARRIER/.test(line)),
    ).toHaveLength(1);
    held.pass(13_000);
    expect(outputOn(simulator, name, `ibstat ${hca.name}`)).toContain(
      '\t\tState: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n',
    );
    expect(outputOn(simulator, name, link)).toMatch(/^Recommendation {18}: No issue was observed$/m);
    outputOn(simulator, name, `${link} -a DN`, true);
    expect(outputOn(simulator, name, link)).toMatch(/^Status Opcode {19}: 1$/m);
    expect(outputOn(simulator, name, `ibstat ${hca.name}`)).toContain('\t\tPhysical state: Disabled\n');
    const downed = () => counter(outputOn(simulator, name, `perfquery -x -C ${hca.name} -P 1`), 'LinkDownedCounter');
    const before = downed();
    held.pass(minutes(10));
    expect(downed()).toBe(before);
    expect(simulator.activeFaults()).toHaveLength(1);
    outputOn(simulator, name, `${link} -a UP`, true);
    held.pass(minutes(10));
    expect(downed()).toBeGreaterThan(before + 20);
  });

  it('change a port for root only, and refuse what they do not know', () => {
    const { name, hca } = flapping(1);
    expect(() => outputOn(simulator, name, `mlxlink -d ${hca.name} -p 1 -a DN`)).toThrow('Permission denied');
    expect(() => outputOn(simulator, name, 'mlxlink -d mlx5_9 -p 1', true)).toThrow('Failed to open device');
    expect(() => outputOn(simulator, name, `mlxlink -d ${hca.name} -p 2`, true)).toThrow('Invalid port number');
    expect(() => outputOn(simulator, name, `mlxlink -d ${hca.name} -p 1 --prbs_mode EN`, true)).toThrow('--prbs_mode');
  });

  it('leave a job alone whose port was enabled again before its retries were used up', () => {
    const { name, hca } = flapping(3);
    outputOn(simulator, name, `mlxlink -d ${hca.name} -p 1 -a DN`, true);
    held.pass(20_000);
    outputOn(simulator, name, `mlxlink -d ${hca.name} -p 1 -a UP`, true);
    held.pass(minutes(5));
    expect(phase()).toBe('running');
    simulator.heal('ib-port-flap');
    expect(stepSeconds(simulator)).toBe(8);
    expect(simulator.activeFaults()).toEqual([]);
  });

  it('a person who pushes the cable in heals a disabled port too', () => {
    const { name, hca } = flapping(3);
    outputOn(simulator, name, `mlxlink -d ${hca.name} -p 1 -a DN`, true);
    held.pass(minutes(2));
    expect(phase()).toBe('ended');
    simulator.heal('ib-port-flap');
    held.pass(minutes(5));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBe(8);
  });
});

describe('a target', () => {
  it('must name an HCA that is there', () => {
    held = heldCluster();
    simulator = held.open();
    expect(() => simulator.inject('ib-port-flap', { target: { node: 'node-01' } })).toThrow(
      'name an HCA of node-01: mlx5_0, mlx5_1',
    );
    expect(() => simulator.inject('ib-port-flap', { target: { node: 'node-01', hca: 'mlx5_7' } })).toThrow(
      'node-01 has no HCA mlx5_7',
    );
    expect(simulator.inject('ib-port-flap', { target: { node: 'node-01', hca: 'mlx5_3' } }).target).toEqual({
      node: 'node-01',
      hca: 'mlx5_3',
    });
    expect(() => simulator.inject('ib-port-flap', { target: { node: 'node-01', hca: 'mlx5_3' } })).toThrow(
      'already there on node-01 mlx5_3',
    );
  });
});

describe('two ports that flap at once', () => {
  it('stall the job while either is down, and step times add up to the time that went by', () => {
    held = heldCluster({ seed: 4 });
    simulator = held.open();
    const fromMs = now();
    const firstStep = lastStepAt(simulator.timeline, fromMs) + 1;
    simulator.inject('ib-port-flap', { target: { node: 'node-01', hca: 'mlx5_0' } });
    const one = stepSeconds(simulator);
    simulator.inject('ib-port-flap', { target: { node: 'node-03', hca: 'mlx5_2' } });
    expect(stepSeconds(simulator)).toBeGreaterThan(1.1 * one);
    held.pass(minutes(30));
    const last = lastStepAt(simulator.timeline, now());
    const made = last - firstStep;
    const ratio = (now() - fromMs) / made / 1_000 / stepSeconds(simulator);
    expect(ratio).toBeGreaterThan(0.93);
    expect(ratio).toBeLessThan(1.07);
    const ends = Array.from({ length: made }, (_, at) => stepEndMs(simulator.timeline, firstStep + at));
    expect(ends.toSorted((a, b) => a - b)).toEqual(ends);
  });

  it('cost no more to follow after a day than at first', () => {
    flapping(5);
    held.pass(minutes(24 * 60));
    const begin = performance.now();
    for (let read = 0; read < 200; read += 1) lastStepAt(simulator.timeline, now() - read * 60_000);
    // Measured: 10 ms; walking through all 3,600 phases every time takes seconds.
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});
