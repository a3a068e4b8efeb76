import { afterEach, describe, expect, it } from 'vitest';
import { drawPlace } from '../../../../infra/cluster/faults/draw.ts';
import { duals } from '../../../../infra/cluster/faults/duals.ts';
import { findFault } from '../../../../infra/cluster/faults/index.ts';
import type { Fault } from '../../../../infra/cluster/faults/fault.ts';
import type { Target } from '../../../../infra/cluster/state/actions.ts';
import { factId } from '../../../../infra/cluster/state/facts/store.ts';
import type { ActiveFault, Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode, jobOfNode } from '../../../../infra/cluster/world.ts';
import { answerOf } from '../all-commands.ts';
import { onNode } from '../job-tools.ts';
import { heldCluster, minutes, readingOf, stepSeconds, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

afterEach(() => {
  simulator.close();
  held.remove();
});

const inject = (id: string, seed = 4, values: Readonly<Record<string, number>> = {}): ActiveFault => {
  held = heldCluster({ nodes: 12, jobs: 1 });
  simulator = held.open();
  held.pass(minutes(5));
  return simulator.inject(id, { seed, values });
};
const partsOf = ({ parts = ['', ''] }: Fault): readonly [Fault, Fault] => {
  const [first, second] = parts.map(findFault);
  if (first === undefined || second === undefined) throw new Error(`there is no ${parts.join(' or ')}`);
  return [first, second];
};
/** A person mends one of the two. */
const mend = (fault: Fault, { injection }: ActiveFault, target: Target) => {
  const only = { ...injection, target, changes: injection.changes.filter((change) => belongs(change, target)) };
  simulator.act([...fault.undo(only, simulator.world)]);
};
/** A change that is about this target; the tests take pairs whose places differ. */
const belongs = (change: ActiveFault['injection']['changes'][number], { node }: Target) => {
  if (change.kind === 'fact') return change.place === node || change.place.startsWith(`${node}/`);
  return 'node' in change && change.node === node;
};
const ask = (name: string, line: string) => {
  const node = findNode(simulator.world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return answerOf(simulator, node, line);
};
const second = ({ target }: ActiveFault): Target => {
  if (target.second === undefined) throw new Error('it has a second place');
  return target.second;
};
const splitOf = ({ id, injection }: ActiveFault) => findFault(id)?.split?.(injection, simulator.world) ?? [];
const presentParts = (active: ActiveFault) =>
  splitOf(active)
    .filter(({ fault, injection }) =>
      fault.present(simulator.settings(), injection, simulator.time.nowMs(), simulator.world),
    )
    .map(({ fault }) => fault.id);
/** What a part set, as it stands now, with its onset. */
const setBy = (active: ActiveFault, part: string) =>
  splitOf(active)
    .filter(({ fault }) => fault.id === part)
    .flatMap(({ injection }) => injection.changes)
    .flatMap((change) =>
      change.kind === 'fact'
        ? [simulator.settings().facts.get(change.fact)?.get(factId(change.place, change.key)) ?? 'cleared']
        : [],
    );
const ids = () => simulator.activeFaults().map(({ id }) => id);

describe.each(duals.map((dual) => [dual.id, dual] as const))('%s', (id, dual) => {
  it('is two faults that are listed by themselves, with the categories of both', () => {
    const [first, other] = partsOf(dual);
    held = heldCluster({ nodes: 2 });
    simulator = held.open();
    expect(new Set(dual.categories)).toEqual(new Set([...first.categories, ...other.categories]));
    expect(first.id).not.toBe(other.id);
    expect(dual.heals).toContain(first.heals);
    expect(dual.heals).toContain(other.heals);
  });

  it('has the causes of both, at two places of one job, each with an onset of its own', () => {
    const [first, other] = partsOf(dual);
    const active = inject(id);
    const { injection, target } = active;
    const settings = simulator.settings();
    const nowMs = simulator.time.nowMs();
    const { second: _second, ...own } = target;
    // Each of the two takes itself for present.
    expect(first.present(settings, { ...injection, target: own }, nowMs, simulator.world)).toBe(true);
    expect(other.present(settings, { ...injection, target: second(active) }, nowMs, simulator.world)).toBe(true);
    const jobs = [target.node, second(active).node].map(
      (name) => jobOfNode(simulator.world, findNode(simulator.world, name)?.index ?? -1)?.name,
    );
    expect(new Set(jobs).size).toBe(1);
    const count = (fault: Fault, at: Target, prefix: string) =>
      fault.causes(
        at,
        Object.fromEntries(Object.entries(injection.values).map(([name, value]) => [name.replace(prefix, ''), value])),
        { world: simulator.world, onset: injection.onset, seed: 4 },
      ).length;
    expect(injection.changes).toHaveLength(count(first, own, '') + count(other, second(active), 'second-'));
  });

  it('is the same for the same seed and another for another', () => {
    const one = inject(id, 9);
    simulator.close();
    held.remove();
    const again = inject(id, 9);
    expect(again.injection).toEqual(one.injection);
    const places = new Set(
      [1, 2, 3, 4, 5].map((seed) => JSON.stringify(dual.draw(simulator.world, drawPlace(simulator.world, seed, id)))),
    );
    expect(places.size).toBeGreaterThan(1);
  });

  it('is undone when a person undoes both, and its jobs run again', () => {
    inject(id);
    held.pass(minutes(4));
    simulator.heal(id);
    expect(ids()).toEqual([]);
    held.pass(minutes(10));
    expect(simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind).toBe('running');
    expect(stepSeconds(simulator)).toBeCloseTo(8, 1);
  });
});

describe.each(duals.map((dual) => [dual.id, dual] as const))('a part of %s', (id, dual) => {
  const parts = dual.parts ?? ['', ''];
  it.each([
    ['the first', parts[0], parts[1]],
    ['the second', parts[1], parts[0]],
  ])('%s is mended alone, and what the other one caused stays until it is mended too', (_which, mended, left) => {
    const active = inject(id);
    held.pass(minutes(4));
    const before = setBy(active, left);
    expect(presentParts(active)).toEqual(parts);
    expect(before).not.toContain('cleared');
    simulator.healPart(mended);
    const [still] = simulator.activeFaults();
    expect(still?.injection).toEqual(active.injection);
    expect(presentParts(active)).toEqual([left]);
    expect(setBy(active, left)).toEqual(before);
    expect(() => simulator.healPart(mended)).toThrow(/is not there as one of two faults/);
    held.pass(minutes(2));
    simulator.healPart(left);
    expect(ids()).toEqual([]);
    held.pass(minutes(10));
    expect(simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind).toBe('running');
    expect(stepSeconds(simulator)).toBeCloseTo(8, 1);
  });
});

describe('mending a part', () => {
  it('starts the job that had ended, as the heal of the single fault does, and the other part goes on', () => {
    inject('dual-oom-slow-shard', 3);
    const phase = () => simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind;
    for (let waited = 0; phase() !== 'ended' && waited < 120; waited += 1) held.pass(minutes(1) / 2);
    expect(phase()).toBe('ended');
    simulator.healPart('host-oom');
    held.pass(minutes(30));
    expect(phase()).toBe('running');
    expect(ids()).toEqual(['dual-oom-slow-shard']);
    expect(stepSeconds(simulator)).toBeGreaterThan(8.2);
  });

  it('is refused where there is no such dual', () => {
    inject('gpu-clock-lock');
    expect(() => simulator.healPart('gpu-clock-lock')).toThrow('gpu-clock-lock is not there as one of two faults');
  });
});

// What single faults come to, and their sources, are beside the tests of each.
describe('mending one of two', () => {
  it('a power cap hides a dirty optic: without the cap the job is still slow, and the port still counts', () => {
    const active = inject('dual-power-cap-dirty-optic', 7, { watts: 100 });
    const { node, gpu = 0 } = active.target;
    held.pass(minutes(14));
    const both = stepSeconds(simulator);
    expect(both).toBeGreaterThan(12);
    expect(onNode(simulator, node, `nvidia-smi -i ${gpu} -pl 400`).exitCode).toBe(0);
    held.pass(minutes(2));
    expect(ids()).toEqual(['dual-power-cap-dirty-optic']);
    const left = stepSeconds(simulator);
    expect(left).toBeGreaterThan(8.2);
    expect(left).toBeLessThan(both);
    const { node: far, hca = '' } = second(active);
    expect(ask(far, `perfquery -x -C ${hca} -P 1`).stdout).toMatch(/SymbolErrorCounter:\.+[1-9]\d{2,}/);
    expect(far).not.toBe(node);
  });

  it('a clock lock masks a slow file system: releasing it is not enough', () => {
    const active = inject('dual-clock-lock-lustre', 4, { mhz: 210 });
    const { node, gpu = 0 } = active.target;
    held.pass(minutes(6));
    expect(stepSeconds(simulator)).toBeGreaterThan(24);
    onNode(simulator, node, `nvidia-smi -i ${gpu} -rgc`);
    held.pass(minutes(1));
    expect(readingOf(simulator, node, gpu).smMhz).toBe(1410);
    expect(ids()).toEqual(['dual-clock-lock-lustre']);
  });

  it('a scanner and a low governor on one node: both are there to be read', () => {
    const { target } = inject('dual-hog-powersave');
    held.pass(minutes(5));
    const governors = ask(
      target.node,
      'grep -rH . /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq',
    ).stdout;
    expect(governors).toContain('scaling_governor:powersave');
    // A scanner may come and go.
    const seen = Array.from({ length: 30 }, () => {
      held.pass(minutes(1));
      return ask(target.node, 'ps -eo pid,ppid,stat,wchan:32,etimes,comm').stdout.includes('falcon-scan');
    });
    expect(seen).toContain(true);
    onNode(simulator, target.node, 'cpupower frequency-set -g performance');
    expect(ids()).toEqual(['dual-hog-powersave']);
  });

  it('a lock behind a tool that hangs: the exporter still tells of the clock', () => {
    const active = inject('dual-smi-hangs-clock-lock', 4, { 'second-mhz': 210 });
    const { target } = active;
    const { gpu = 0 } = second(active);
    held.pass(minutes(2));
    expect(ask(target.node, 'nvidia-smi -L').end).toBe('hangs');
    expect(readingOf(simulator, target.node, gpu).smMhz).toBe(210);
    // A reboot mends both: it loads the driver anew.
    simulator.act([{ kind: 'happen', event: 'reboot', place: target.node }]);
    expect(ids()).toEqual([]);
  });

  it('a failed supply and a clock lock: a person who changes the supply leaves the lock', () => {
    const active = inject('dual-psu-clock-lock', 4, { 'second-mhz': 210 });
    const [supply] = partsOf(duals.find(({ id }) => id === 'dual-psu-clock-lock') ?? duals[0] ?? missing());
    held.pass(minutes(3));
    mend(supply, active, active.target);
    expect(ids()).toEqual(['dual-psu-clock-lock']);
    const { node, gpu = 0 } = second(active);
    expect(readingOf(simulator, node, gpu).smMhz).toBe(210);
    onNode(simulator, node, `nvidia-smi -i ${gpu} -rgc`);
    expect(ids()).toEqual([]);
  });
});

function missing(): never {
  throw new Error('it is listed');
}
