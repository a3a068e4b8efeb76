import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { metrics } from '../../../../infra/cluster/metrics/index.ts';
import { lastStepAt, stepDurationMs } from '../../../../infra/cluster/physics/timeline.ts';
import type { AskedTarget } from '../../../../infra/cluster/state/actions.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import type { WorldNode } from '../../../../infra/cluster/world.ts';
import { answerOf, clusterCommands, managementAnswerOf, managementCommands, nodeCommands } from '../all-commands.ts';
import { metricOf } from '../faults/on-node.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

const opened: { readonly held: HeldCluster; readonly simulator: Simulator }[] = [];
const open = () => {
  const held = heldCluster({ nodes: 10, jobs: 2 });
  const one = { held, simulator: held.open() };
  opened.push(one);
  held.pass(minutes(3));
  return one;
};
afterEach(() => {
  for (const { held, simulator } of opened.splice(0)) {
    simulator.close();
    held.remove();
  }
});

/** Every port, and its module: a fault that strikes one adapter shows there or nowhere. */
function portCommands({ hcas }: WorldNode): readonly string[] {
  return hcas.flatMap(({ name }) => [`perfquery -x -C ${name} -P 1`, `mlxlink -d ${name} -p 1 -m -c -e`]);
}

/** All that anybody can read of a cluster: every command, every metric of the last minutes, every log. */
function everythingOf(simulator: Simulator, sinceMs: number): ReadonlyMap<string, unknown> {
  const { world, timeline, time } = simulator;
  const nowMs = time.nowMs();
  const [peer] = world.nodes;
  if (peer === undefined) throw new Error('the cluster has nodes');
  const read = new Map<string, unknown>();
  for (const node of world.nodes) {
    for (const line of [...nodeCommands(node, peer), ...portCommands(node)])
      read.set(`${node.name}: ${line}`, answerOf(simulator, node, line));
    for (const line of managementCommands(node)) read.set(`mgmt-01: ${line}`, managementAnswerOf(simulator, line));
  }
  for (const line of clusterCommands) read.set(`mgmt-01: ${line}`, managementAnswerOf(simulator, line));
  for (const metric of metrics)
    for (const { labels, at } of metric.series(timeline))
      read.set(`${metric.name} ${JSON.stringify(labels)}`, [nowMs - 60_000, nowMs].map(at));
  for (const { key, text } of windowObjects(timeline, sinceMs, nowMs)) read.set(key, text);
  return read;
}

const pairs = faults.flatMap((fault) => {
  const other = faults.find((one) => one.id === fault.twin);
  return other === undefined || fault.id > other.id ? [] : [[fault, other] as const];
});

const targetOf = (place: string): AskedTarget =>
  place === 'hca'
    ? { node: 'node-03', hca: 'mlx5_1' }
    : place === 'job'
      ? { job: 'pretrain-13b' }
      : { node: 'node-03' };

describe.each(pairs)('$id and its twin', (one, other) => {
  it.each([3, 12])('read the same everywhere after %i minutes', (after) => {
    const readings = [one, other].map((fault) => {
      const { held, simulator } = open();
      const sinceMs = simulator.time.nowMs();
      simulator.inject(fault.id, { target: targetOf(fault.place), seed: 11 });
      held.pass(minutes(after));
      return everythingOf(simulator, sinceMs);
    });
    const [first = new Map<string, unknown>(), second = new Map<string, unknown>()] = readings;
    expect(first.size).toBeGreaterThan(1_000);
    expect([...first.keys()]).toEqual([...second.keys()]);
    const differing = [...first].filter(([key, value]) => !isDeepStrictEqual(second.get(key), value));
    expect(differing).toEqual([]);
    expect(one.categories).not.toEqual(other.categories);
  });
});

describe('what twins show', () => {
  const injected = (id: string, target: AskedTarget) => {
    const { held, simulator } = open();
    simulator.inject(id, { target, seed: 11 });
    const node = (name: string) => {
      const found = simulator.world.nodes.find((each) => each.name === name);
      if (found === undefined) throw new Error(`there is no ${name}`);
      return found;
    };
    return { held, simulator, node };
  };

  it('a node that starts anew without a trace ends its job with NODE_FAIL and leaves a start in its event log', () => {
    const { held, simulator, node } = injected('twin-silent-reset-board', { node: 'node-03' });
    held.pass(minutes(6));
    const rows = managementAnswerOf(simulator, clusterCommands.find((line) => line.startsWith('sacct')) ?? '').stdout;
    expect(rows).toMatch(/\|pretrain-13b\|NODE_FAIL\|/);
    const kernel = answerOf(simulator, node('node-03'), 'dmesg --time-format iso --level emerg,alert,crit,err').stdout;
    expect(kernel).not.toMatch(/panic|MCE|Machine check|Xid/i);
    const [sel = ''] = managementCommands(node('node-03'));
    const entries = managementAnswerOf(simulator, sel).stdout.trimEnd().split('\n');
    expect(entries.at(-1)).toMatch(/System Boot Initiated .* \| Initiated by power up \| Asserted$/);
    // The start of the record before that is the only other one.
    expect(entries).toHaveLength(2);
  });

  it('a collective that never ends has all ranks in the same frames, and none is behind', () => {
    const { held, simulator, node } = injected('twin-hang-nccl', { job: 'pretrain-13b' });
    held.pass(minutes(7));
    const stacks = ['node-01', 'node-02', 'node-05'].flatMap((name) =>
      answerOf(simulator, node(name), 'sudo -n wardround-job stacks')
        .stdout.split('== pid=')
        .slice(1)
        .filter((text) => !text.startsWith('end'))
        .map((text) =>
          text
            .split('\n')
            .filter((line) => line.includes('distributed_c10d.py'))
            .join(),
        ),
    );
    expect(stacks.length).toBe(24);
    expect(new Set(stacks).size).toBe(1);
    // The watchdog's 600 s (torch.distributed default of NCCL groups) end the attempt.
    held.pass(minutes(12));
    const text = windowObjects(simulator.timeline, simulator.time.nowMs() - minutes(19), simulator.time.nowMs())
      .map((object) => object.text)
      .join('');
    expect(text).toContain('Watchdog caught collective operation timeout: WorkNCCL(');
    expect(text).toContain("joined but didn't finish collective");
  });

  it('shy errors slow the job while they last, and leave counters that stand still', () => {
    const { held, simulator, node } = injected('twin-errors-cable', { node: 'node-03', hca: 'mlx5_1' });
    const stepMs = () => stepDurationMs(simulator.timeline, lastStepAt(simulator.timeline, simulator.time.nowMs()));
    held.pass(minutes(4));
    expect(stepMs()).toBeGreaterThan(1.1 * 8_000);
    held.pass(minutes(20));
    expect(stepMs()).toBeLessThan(1.05 * 8_000);
    const symbols = () =>
      Number(
        /SymbolErrorCounter:\.+(\d+)/.exec(
          answerOf(simulator, node('node-03'), 'perfquery -x -C mlx5_1 -P 1').stdout,
        )?.[1],
      );
    const before = symbols();
    // Mellanox: a healthy link has fewer than 120 an hour.
    expect(before).toBeGreaterThan(5_000);
    held.pass(minutes(5));
    expect(symbols()).toBe(before);
  });

  it('long reads stand in the pressure of all nodes and in no counter of a port', () => {
    const { held, simulator } = injected('twin-reads-network', {});
    held.pass(minutes(8));
    const pressure = simulator.world.nodes.slice(0, 4).map((each) => {
      const text = answerOf(simulator, each, 'cat /proc/pressure/io').stdout;
      return Number(/some avg10=([\d.]+)/.exec(text)?.[1]);
    });
    for (const share of pressure) expect(share).toBeGreaterThan(1);
    expect(managementAnswerOf(simulator, 'ibqueryerrors').stdout).not.toMatch(/SymbolError|LinkDowned/);
  });

  it('a cleared event log says so, and nothing of the time before', () => {
    const { held, simulator, node } = injected('twin-power-feed', { node: 'node-03' });
    const [sel = ''] = managementCommands(node('node-03'));
    held.pass(minutes(3));
    expect(metricOf(simulator, 'node_load1', { node: 'node-03' })).toBeUndefined();
    held.pass(minutes(9));
    const entries = managementAnswerOf(simulator, sel).stdout.trimEnd().split('\n');
    // Intel's "System Event Log Troubleshooting Guide", 11.3: only ever the first entry of a log.
    expect(entries[0]).toMatch(/ \| Event Logging Disabled SEL \| Log area reset\/cleared \| Asserted$/);
    expect(entries).toHaveLength(1);
    expect(metricOf(simulator, 'node_load1', { node: 'node-03' })).toBeGreaterThan(0);
  });
});
