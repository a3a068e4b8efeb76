import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../infra/cluster/faults/fault.ts';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { admission } from '../../../../infra/cluster/ssh/admission.ts';
import type { Change } from '../../../../infra/cluster/state/actions.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { answerOf, managementAnswerOf, managementCommands, nodeCommands } from '../all-commands.ts';
import { allReadings, heldCluster, minutes } from '../held-cluster.ts';

/*
 * A range is there for what it changes: of two clusters with the same seed, one with its least and one with its greatest
 * value, something that people can read differs, if not at first, then in a later job or after the machine was off.
 */

const graded = faults.flatMap((fault) =>
  fault.kind === 'dual' ? [] : Object.keys(fault.ranges).map((name) => [fault.id, name, fault] as const),
);

describe('both ends of a range', () => {
  it.each(graded)('of %s, %s, read differently', (_id, name, fault) => {
    const least = told(fault, name, 'min');
    const greatest = told(fault, name, 'max');
    let differ = false;
    while (!differ) {
      const one = least.next();
      const other = greatest.next();
      if (one.done === true || other.done === true) break;
      differ = one.value !== other.value;
    }
    least.return(undefined);
    greatest.return(undefined);
    expect(differ).toBe(true);
  });
});

/** What there is to read at several moments of the life of a fault, piece by piece. */
function* told(fault: Fault, name: string, end: 'min' | 'max'): Generator<string, void> {
  const held = heldCluster({ nodes: 10, jobs: 2 });
  const simulator = held.open();
  try {
    held.pass(minutes(3));
    const fromMs = simulator.time.nowMs();
    const [range] = Object.entries(fault.ranges).flatMap(([one, found]) => (one === name ? [found] : []));
    if (range === undefined) throw new Error(`${fault.id} has no ${name}`);
    const isSudden = fault.onsets.some(({ shape }) => shape === 'sudden');
    const { node } = simulator.inject(fault.id, {
      seed: 2,
      values: { [name]: range[end] },
      ...(isSudden && { onset: { shape: 'sudden' } }),
    }).target;
    for (const { passMin, next } of moments) {
      held.pass(minutes(passMin));
      yield* readings(simulator, node, fromMs);
      const changes = next(simulator, node);
      if (changes.length > 0) simulator.act(changes);
    }
  } finally {
    simulator.close();
    held.remove();
  }
}

interface Moment {
  readonly passMin: number;
  readonly next: (simulator: Simulator, node: string) => readonly Change[];
}

const nothing = () => [];
const requeued = ({ world }: Simulator): readonly Change[] =>
  world.jobs.map(({ name }, at) => ({ kind: 'job-requeue', hold: false, ...(at > 0 && { job: name }) }));

const moments: readonly Moment[] = [
  // A launch that fails is over after two minutes.
  { passMin: 0.7, next: nothing },
  { passMin: 1.3, next: nothing },
  { passMin: 6, next: nothing },
  { passMin: 12, next: requeued },
  { passMin: 15, next: (_simulator, node) => [{ kind: 'happen', event: 'power-cycle', place: node }] },
  { passMin: 8, next: requeued },
  { passMin: 20, next: nothing },
];

function* readings(simulator: Simulator, name: string, fromMs: number): Generator<string, void> {
  const { timeline, time, world } = simulator;
  yield timeline.all.map((one) => JSON.stringify(one.segmentAt(time.nowMs()).meanStepMs)).join();
  yield allReadings(simulator);
  yield windowObjects(timeline, fromMs, time.nowMs())
    .map(({ text }) => text)
    .join('');
  const node = world.nodes.find((one) => one.name === name);
  const peer = world.nodes.find((one) => one.name !== name);
  if (node === undefined || peer === undefined) throw new Error(`there is no ${name}`);
  yield JSON.stringify(admission(timeline, node, time.nowMs()));
  // Between the sizes that Ethernet has without jumbo frames, and those for RoCE.
  yield JSON.stringify(answerOf(simulator, node, `ping -M do -c 2 -i 0.2 -W 2 -s 4000 ${peer.managementIp}`));
  for (const line of nodeCommands(node, peer)) yield JSON.stringify(answerOf(simulator, node, line));
  for (const line of managementCommands(node)) yield JSON.stringify(managementAnswerOf(simulator, line));
}
