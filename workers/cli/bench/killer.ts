import { taskQueues, workflowTypes } from '../../../workflows/domain/ids.ts';
import type { BenchStack } from './bench-stack.ts';
import { until } from './bench-stack.ts';
import type { Held } from './boundary-keeper.ts';
import { gateJournals } from './gate-journals.ts';
import type { Cell, KillPlan } from './kill-plan.ts';

/** One SIGKILL, and all cells of the matrix that it was. */
export interface Kill {
  readonly process: string;
  readonly cells: readonly Cell[];
}

/** Decides what becomes of each held activity of one incident: a kill and then its release, or its release alone. */
export interface Killer {
  held(held: Held): void;
  readonly kills: readonly Kill[];
  /** Activities that announced themselves in their first attempt. */
  readonly activities: ReadonlySet<string>;
  /** Resolves when nothing is in progress any more; rejects with what went wrong meanwhile. */
  quiet(): Promise<void>;
}

/** How long a gate may take from the call of the activity to its journal; reading the approval comes before. */
const journalMsMax = 15_000;
const journalLookMs = 1;

export function createKiller(
  stack: BenchStack,
  plan: KillPlan,
  options: {
    readonly killsMax: number;
    readonly waiting: () => readonly Held[];
    readonly onKill: (kill: Kill) => void;
  },
): Killer {
  const kills: Kill[] = [];
  const activities = new Set<string>();
  const journalBefore = new Set(gateJournals(stack.stateDir).map(({ token }) => token));
  let turn: Promise<void> = Promise.resolve();
  let busy = 0;
  const treated = new Set<Held>();
  let trouble: Error | null = null;

  async function treat(held: Held): Promise<void> {
    if (held.over.aborted || trouble !== null) return;
    // What has begun goes on by itself: a kill that had to wait would come after it.
    if (held.boundary === 'begun') {
      if (!stack.isWhole()) return;
    } else await stack.whole();
    if (held.over.aborted || kills.length >= options.killsMax) return;
    const cell = plan.choose({ ...held, process: workerOf(held.taskQueue) }, Date.now());
    if (cell === null) return;
    if (held.activity === 'applyStep' && held.boundary === 'begun') await untilJournalled();
    if (held.over.aborted) return;
    const cells = [cell, ...alsoHit(cell, held)];
    stack.kill(cell.process);
    plan.done(cell.process, cells, Date.now());
    const kill = { process: cell.process, cells };
    kills.push(kill);
    options.onKill(kill);
    await stack.whole();
  }

  /** The effect of this activity is the node's, and its journal says when that has begun. */
  function untilJournalled(): Promise<void> {
    return until(
      journalMsMax,
      () => gateJournals(stack.stateDir).some(({ token, begun }) => begun && !journalBefore.has(token)),
      journalLookMs,
    );
  }

  /** What else waits for its turn meets the same death; one that has begun may be long over by now. */
  function alsoHit({ process }: Cell, chosen: Held): readonly Cell[] {
    const waiting = options
      .waiting()
      .filter((each) => each !== chosen && !treated.has(each) && each.boundary !== 'begun' && isFirst(each));
    return plan
      .remaining()
      .filter(
        (cell) =>
          cell.process === process &&
          !(cell.activity === chosen.activity && cell.boundary === chosen.boundary) &&
          waiting.some(({ activity, boundary }) => activity === cell.activity && boundary === cell.boundary),
      );
  }

  return {
    kills,
    activities,
    held(held) {
      if (!isFirst(held)) return held.release();
      activities.add(held.activity);
      if (held.boundary === 'begun' && busy > 0) return held.release();
      busy += 1;
      turn = turn
        .then(() => treat(held))
        .catch((error: unknown) => {
          trouble ??= error instanceof Error ? error : new Error(String(error));
        })
        .finally(() => {
          busy -= 1;
          treated.add(held);
          held.release();
        });
    },
    async quiet() {
      await turn;
      if (trouble !== null) throw trouble;
    },
  };
}

const incidentTypes: readonly string[] = [workflowTypes.incident, workflowTypes.repair, workflowTypes.archive];

function isFirst({ attempt, workflowType }: Held): boolean {
  return attempt === 1 && incidentTypes.includes(workflowType);
}

/** The process that serves a queue, by its name in the stack. */
export function workerOf(taskQueue: string): string {
  if (taskQueue === taskQueues.logs) return 'log-worker';
  if (taskQueue.startsWith(taskQueues.probes(''))) return 'probe-worker';
  if (taskQueue.startsWith(taskQueues.remediation(''))) return 'remediation-worker';
  return 'orchestrator';
}
