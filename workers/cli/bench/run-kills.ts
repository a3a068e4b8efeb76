import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Boundary } from '../../boundaries.ts';
import type { Environment } from '../../config.ts';
import { attemptsPerNodeAndDayMax } from '../../../workflows/domain/cluster-rules.ts';
import { paint, type Terminal } from '../output.ts';
import { ticking } from '../ticking.ts';
import { runBenchIncident } from './bench-incident.ts';
import { startBenchStack, type BenchStack } from './bench-stack.ts';
import { keepBoundaries, type BoundaryKeeper } from './boundary-keeper.ts';
import { incidentProblems, observeAftermath } from './check-incident.ts';
import { gateJournals } from './gate-journals.ts';
import { createKillPlan, type Cell, type KillPlan } from './kill-plan.ts';
import { createKiller, type Kill, type Killer } from './killer.ts';
import { describeMachine, type Machine } from './machine.ts';
import { seededRandom } from './random.ts';

export interface KillOptions {
  readonly processes: readonly string[];
  readonly boundaries: readonly Boundary[];
  /** `null`: all that an incident without kills was seen to run. */
  readonly activities: readonly string[] | null;
  readonly seed: number;
  /** One kill in one incident. */
  readonly each: boolean;
  readonly stateDir: string;
  readonly env: Environment;
}

export interface KillReport {
  readonly machine: Machine | null;
  readonly seed: number;
  readonly durationMs: number;
  readonly incidents: readonly IncidentOutcome[];
  readonly cells: readonly CellOutcome[];
  readonly totals: { readonly ok: number; readonly failed: number; readonly notReached: number };
}

export interface IncidentOutcome {
  readonly workflowId: string | null;
  readonly runId: string | null;
  readonly durationMs: number;
  readonly kills: readonly Kill[];
  /** What was not right afterwards; empty when all was. */
  readonly problems: readonly string[];
  /** Kept for a look at its logs when something was not right. */
  readonly stateDir: string;
}

export interface CellOutcome extends Cell {
  readonly outcome: 'ok' | 'failed' | 'not-reached';
  readonly problems: readonly string[];
}

// Each adds the cells that it reaches; more than this means that something keeps them from being reached.
const incidentsMax = 60;
const failuresMax = 5;
const gpusPerNode = 8;

/** Kills each process at each boundary of each activity of incidents that have to end right all the same. */
export async function runKills(terminal: Terminal, options: KillOptions, stop: AbortSignal): Promise<KillReport> {
  const startedMs = performance.now();
  const random = seededRandom(options.seed);
  const round: Round = { terminal, options, random, stacks: 0, incidentsOfStack: 0, current: null, machine: null };
  const incidents: IncidentOutcome[] = [];
  try {
    const activities = options.activities ?? (await seenActivities(round, incidents));
    const plan = createKillPlan({ ...options, activities }, random);
    const cells = plan.remaining();
    const most = options.each ? cells.length * 2 : incidentsMax;
    terminal.err(
      `${cells.length} cells: ${options.processes.length} processes, ${activities.length} activities, ${options.boundaries.length} boundaries`,
    );
    for (let number = 0; number < most && plan.remaining().length > 0 && !stop.aborted; number += 1) {
      const outcome = await oneIncident(round, plan, options.each ? 1 : Number.POSITIVE_INFINITY);
      incidents.push(outcome);
      if (incidents.filter(({ problems }) => problems.length > 0).length >= failuresMax) break;
      if (outcome.kills.length === 0 && outcome.problems.length === 0) break; // nothing that is left can be reached
    }
    return report(options.seed, round.machine, performance.now() - startedMs, incidents, cells);
  } finally {
    await endStack(
      round,
      incidents.some(({ problems }) => problems.length > 0),
    );
  }
}

interface Round {
  readonly terminal: Terminal;
  readonly options: KillOptions;
  readonly random: () => number;
  stacks: number;
  incidentsOfStack: number;
  current: RunningBench | null;
  machine: Machine | null;
}

interface RunningBench {
  readonly stack: BenchStack;
  readonly keeper: BoundaryKeeper;
  readonly dir: string;
  killer: Killer | null;
}

/** An incident in which nothing dies shows which activities there are, and that all is well without kills. */
async function seenActivities(round: Round, incidents: IncidentOutcome[]): Promise<readonly string[]> {
  const nothing = createKillPlan({ processes: [], activities: [], boundaries: [] }, round.random);
  const seen: string[] = [];
  const outcome = await oneIncident(round, nothing, 0, (killer) => seen.push(...killer.activities));
  incidents.push(outcome);
  if (outcome.problems.length > 0)
    throw new Error(
      `an incident without kills did not end right: ${outcome.problems.join('; ')} (${outcome.stateDir})`,
    );
  return seen;
}

async function oneIncident(
  round: Round,
  plan: KillPlan,
  killsMax: number,
  onEnd: (killer: Killer) => void = () => {},
): Promise<IncidentOutcome> {
  const running = await stackFor(round);
  const { stack, keeper } = running;
  const { terminal } = round;
  const startedMs = performance.now();
  const node = stack.nodes[round.incidentsOfStack % stack.nodes.length] ?? '';
  const gpu = Math.floor(round.random() * gpusPerNode);
  round.incidentsOfStack += 1;
  let phase = '';
  const killer = createKiller(stack, plan, {
    killsMax,
    waiting: () => keeper.waiting(),
    onKill: ({ process, cells }) =>
      terminal.err(
        paint(
          terminal,
          'dim',
          `  kill -9 ${process.padEnd(18)} ${cells.map(({ activity, boundary }) => `${activity} ${boundary}`).join(', ')}  (${plan.remaining().length} left)`,
        ),
      ),
  });
  running.killer = killer;
  const journalBefore = new Set(gateJournals(stack.stateDir).map(({ token }) => token));
  let key: Pick<IncidentOutcome, 'workflowId' | 'runId'> = { workflowId: null, runId: null };
  const problems = await ticking(
    terminal,
    () => `incident on ${node} GPU ${gpu}: ${phase}`,
    async () => {
      try {
        const incident = await runBenchIncident(stack, { node, gpu }, (now) => (phase = now));
        await killer.quiet();
        await stack.whole();
        phase = 'checking';
        key = { workflowId: incident.view.workflowId, runId: incident.view.runId };
        const after = await observeAftermath(stack, incident, journalBefore);
        return incidentProblems(incident.fault, incident.view, after, diedWithStepDone(killer.kills));
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    },
  );
  running.killer = null;
  onEnd(killer);
  const outcome = {
    ...key,
    durationMs: Math.round(performance.now() - startedMs),
    kills: killer.kills,
    problems,
    stateDir: running.dir,
  };
  const word =
    problems.length === 0 ? paint(terminal, 'green', 'ended right') : paint(terminal, 'red', problems.join('; '));
  terminal.err(
    `incident on ${node} GPU ${gpu}: ${killer.kills.length} kill(s), ${(outcome.durationMs / 1000).toFixed(0)} s, ${word}`,
  );
  if (problems.length > 0) await endStack(round, true);
  return outcome;
}

/** The effect was there and its report was not: only the journal can have answered the second attempt. */
function diedWithStepDone(kills: readonly Kill[]): boolean {
  return kills.some(
    ({ process, cells }) =>
      process === 'remediation-worker' &&
      cells.some(({ activity, boundary }) => activity === 'applyStep' && boundary === 'done'),
  );
}

/** A new one on a new folder after trouble, and before the cluster's own limit on repairs of a node is reached. */
async function stackFor(round: Round): Promise<RunningBench> {
  const { current, options, terminal } = round;
  if (current !== null) {
    if (round.incidentsOfStack < current.stack.nodes.length * attemptsPerNodeAndDayMax) return current;
    await endStack(round, false);
  }
  round.stacks += 1;
  round.incidentsOfStack = 0;
  const dir = path.join(options.stateDir, `stack-${round.stacks}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const running: { killer: Killer | null } = { killer: null };
  const keeper = await keepBoundaries((held) => {
    if (running.killer === null) held.release();
    else running.killer.held(held);
  });
  try {
    const stack = await ticking(
      terminal,
      () => 'starting the stack',
      () =>
        startBenchStack({
          stateDir: dir,
          seed: options.seed,
          env: options.env,
          settings: { WARDROUND_BOUNDARY_SOCKET: keeper.socketPath },
        }),
    );
    round.current = Object.assign(running, { stack, keeper, dir });
    round.machine ??= await describeMachine(stack);
    return round.current;
  } catch (error) {
    keeper.close();
    throw error;
  }
}

async function endStack(round: Round, keepState: boolean): Promise<void> {
  const { current } = round;
  if (current === null) return;
  round.current = null;
  current.keeper.close();
  await current.stack.stop();
  if (!keepState && existsSync(current.dir)) rmSync(current.dir, { recursive: true, force: true });
}

function report(
  seed: number,
  machine: Machine | null,
  durationMs: number,
  incidents: readonly IncidentOutcome[],
  cells: readonly Cell[],
): KillReport {
  const judged = cells.map((cell): CellOutcome => {
    const tried = incidents.find(({ kills }) => kills.some((kill) => kill.cells.some((each) => sameCell(each, cell))));
    if (tried === undefined) return { ...cell, outcome: 'not-reached', problems: [] };
    return { ...cell, outcome: tried.problems.length === 0 ? 'ok' : 'failed', problems: tried.problems };
  });
  const count = (outcome: CellOutcome['outcome']) => judged.filter((cell) => cell.outcome === outcome).length;
  return {
    machine,
    seed,
    durationMs: Math.round(durationMs),
    incidents,
    cells: judged,
    totals: { ok: count('ok'), failed: count('failed'), notReached: count('not-reached') },
  };
}

function sameCell(a: Cell, b: Cell): boolean {
  return a.process === b.process && a.activity === b.activity && a.boundary === b.boundary;
}
