import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { metrics } from '../../../../infra/cluster/metrics/index.ts';
import { exposition } from '../../../../infra/cluster/metrics/exposition.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { answerOf, clusterCommands, managementAnswerOf, managementCommands, nodeCommands } from '../all-commands.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { histories, perform, type Step } from './any-actions.ts';

const opened: { readonly simulators: Simulator[]; held: HeldCluster | null } = { simulators: [], held: null };
const open = (held: HeldCluster) => {
  const simulator = held.open();
  opened.simulators.push(simulator);
  return simulator;
};
const begin = (settings: Readonly<Record<string, unknown>>) => {
  opened.held = heldCluster({ healthyHistoryMs: minutes(6), ...settings });
  return opened.held;
};
const end = () => {
  for (const simulator of opened.simulators.splice(0)) simulator.close();
  opened.held?.remove();
  opened.held = null;
};
afterEach(end);

/** Something that one can ask a cluster; the answer is text. */
type Question = (simulator: Simulator) => string;

function questionsOf({ world }: Simulator, nowMs: number, picks: readonly number[]): readonly Question[] {
  const spanMs = nowMs - world.historyFromMs;
  return picks.map((pick): Question => {
    const nodeOf = (simulator: Simulator, at = pick) =>
      simulator.world.nodes[at % simulator.world.nodes.length] ?? unreachable();
    const pastMs = world.historyFromMs + (pick / 10_000) * spanMs;
    const windowMs = Math.floor(pastMs / 60_000) * 60_000;
    switch (pick % 5) {
      case 0:
        return ({ timeline }) => JSON.stringify(windowObjects(timeline, windowMs, windowMs + 60_000));
      case 1:
        return ({ timeline }) => exposition(metrics, timeline, pastMs);
      case 2:
        return ({ timelines }) =>
          JSON.stringify(
            timelines.map((one) => [one.lives(pastMs).map(({ stoppedMs }) => stoppedMs), one.segmentAt(pastMs).phase]),
          );
      case 3:
        return (simulator) => {
          const lines = [...clusterCommands, ...managementCommands(nodeOf(simulator))];
          return JSON.stringify(managementAnswerOf(simulator, lines[pick % lines.length] ?? ''));
        };
      default:
        return (simulator) => {
          const node = nodeOf(simulator);
          const lines = nodeCommands(node, nodeOf(simulator, pick + 1));
          return JSON.stringify(answerOf(simulator, node, lines[pick % lines.length] ?? ''));
        };
    }
  });
}

const asksMax = 10_000;
const asked = fc.array(fc.nat({ max: asksMax - 1 }), { minLength: 4, maxLength: 24 });
const shapes = fc.constantFrom(
  { nodes: 17 },
  { nodes: 17, gpusPerNode: 1 },
  { nodes: 5 },
  { nodes: 5, jobs: 2 },
  { nodes: 3, jobs: 0 },
  { nodes: 1 },
  { nodes: 1, gpusPerNode: 1 },
);

const windowMs = 60_000;
const lagMs = 5_000;

function live(simulator: Simulator, held: HeldCluster, steps: readonly Step[], between: (nowMs: number) => void): void {
  for (const { waitMs, deed } of steps) {
    held.pass(waitMs);
    perform(simulator, deed);
    between(simulator.time.nowMs());
  }
}

describe('any history of a cluster', () => {
  it('never changes what was shipped of its logs', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(fc.nat({ max: 99 }), shapes, histories, (seed, shape, steps) => {
        try {
          const held = begin({ seed, ...shape });
          const simulator = open(held);
          const { texts, ship } = shipping();
          ship(simulator, simulator.time.nowMs());
          live(simulator, held, steps, (nowMs) => ship(simulator, nowMs));
          held.pass(minutes(7));
          ship(simulator, simulator.time.nowMs());
          const again = open(held);
          const shipped = [...texts].map(([, text]) => text);
          const later = [...texts.keys()].map((fromMs) => windowText(again.timeline, fromMs));
          expect(differences(shipped, later)).toEqual([]);
        } finally {
          end();
        }
      }),
      { numRuns: 25 },
    );
  });

  it(
    'gives the same text in whatever order one asks, whoever asked before, and after a restart',
    { timeout: 240_000 },
    () => {
      fc.assert(
        fc.property(
          fc.nat({ max: 99 }),
          shapes,
          histories,
          asked,
          fc.nat({ max: 11 }),
          (seed, shape, steps, picks, cut) => {
            try {
              const held = begin({ seed, ...shape });
              const first = open(held);
              const along = (simulator: Simulator) => (nowMs: number) => {
                for (const ask of questionsOf(simulator, nowMs, picks.slice(0, 2))) ask(simulator);
              };
              live(first, held, steps.slice(0, cut), along(first));
              // It goes on in another process, which was asked nothing before.
              const second = open(held);
              live(second, held, steps.slice(cut), along(second));
              held.pass(minutes(7));
              const questions = questionsOf(second, second.time.nowMs(), picks);
              const forwards = questions.map((ask) => ask(second));
              const again = open(held);
              const backwards = questions
                .toReversed()
                .map((ask) => ask(again))
                .toReversed();
              expect(differences(forwards, backwards)).toEqual([]);
            } finally {
              end();
            }
          },
        ),
        { numRuns: 40 },
      );
    },
  );
});

/** Log windows as they are shipped: each as soon as it is over. */
function shipping() {
  const texts = new Map<number, string>();
  const ship = ({ timeline, world }: Simulator, nowMs: number): void => {
    let fromMs = Math.floor(world.historyFromMs / windowMs) * windowMs;
    for (; fromMs + windowMs + lagMs <= nowMs; fromMs += windowMs)
      if (!texts.has(fromMs)) texts.set(fromMs, windowText(timeline, fromMs));
  };
  return { texts, ship };
}

function windowText(timeline: Simulator['timeline'], fromMs: number): string {
  return windowObjects(timeline, fromMs, fromMs + windowMs)
    .map(({ key, text }) => `${key}\n${text}`)
    .join('');
}

/** The first line of every answer that is another one. */
function differences(answers: readonly string[], others: readonly string[]): readonly string[] {
  return answers.flatMap((answer, at) => {
    const [lines, otherLines] = [answer, others[at] ?? ''].map((text) => text.split(/\n|\\n/));
    const line = lines?.findIndex((text, number) => text !== otherLines?.[number]) ?? -1;
    if (line < 0 && answer === others[at]) return [];
    return [`${at}: ${(lines?.[line] ?? '').slice(0, 300)} | ${(otherLines?.[line] ?? '').slice(0, 300)}`];
  });
}

function unreachable(): never {
  throw new Error('a cluster has nodes');
}
