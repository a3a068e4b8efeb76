import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { clusterTime, type ClusterTime } from '../clock.ts';
import type { ClusterConfig } from '../config.ts';
import { findFault } from '../faults/index.ts';
import { drawPlace, DrawRefusal, drawValues, type Wishes } from '../faults/draw.ts';
import type { Injection } from '../faults/fault.ts';
import { createTimelines } from '../physics/cluster-timelines.ts';
import type { Timeline } from '../physics/timeline.ts';
import { buildWorld, findNode, type World } from '../world.ts';
import { jobsByDefault } from '../world-jobs.ts';
import { openActionLog, type ActionLog } from './action-log.ts';
import { actionSchema, type Action, type AskedTarget, type Change, type NewAction, type Target } from './actions.ts';
import { problemOf } from './check.ts';
import { readJson, writeJson } from './files.ts';
import type { Settings } from './settings.ts';

/** The cluster: its fixed shape, its time, and the record of all that was done to it. */
export interface Simulator {
  readonly world: World;
  readonly time: ClusterTime;
  /** That of the first job, which looks after spare nodes too. */
  readonly timeline: Timeline;
  /** One a job. */
  readonly timelines: readonly Timeline[];
  /** The one of the job that a node belongs to. */
  timelineOf(node: string): Timeline;
  settings(): Settings;
  activeFaults(): readonly ActiveFault[];
  /** What nobody asks for is drawn, by the cluster's own seed unless another is given. */
  inject(faultId: string, asked?: Asked): ActiveFault;
  heal(faultId: string, target?: AskedTarget): readonly ActiveFault[];
  /** Mends one of the two faults of every dual that has it, and leaves the other as it is. */
  healPart(partId: string): readonly ActiveFault[];
  /** What root does on a node. */
  readonly act: (changes: readonly Change[]) => void;
  setPlugged(node: string, up: boolean): void;
  close(): void;
}

/** What a person wants of an injection. */
export interface Asked extends Wishes {
  readonly target?: AskedTarget | undefined;
  readonly seed?: number | undefined;
}

export interface ActiveFault {
  readonly id: string;
  readonly target: Target;
  readonly sinceMs: number;
  /** As it was recorded: what was drawn, and what was changed. */
  readonly injection: Injection;
}

/** A request that cannot be met as asked; the message is for the person who asked. */
export class SimulatorRefusal extends Error {
  override readonly name = 'SimulatorRefusal';
}

const clusterFileSchema = z.strictObject({
  version: z.literal(1),
  shape: z.strictObject({
    seed: z.int(),
    cluster: z.string(),
    nodes: z.int(),
    gpusPerNode: z.int(),
    // Clusters from before there were several have one.
    jobs: z.int().default(1),
  }),
  clock: z.strictObject({ wallEpochMs: z.number(), clusterEpochMs: z.number(), rate: z.number() }),
  historyFromMs: z.number(),
});

/** The cluster of a state folder, which is made when it is not there. */
export function openSimulator(config: ClusterConfig, wallNowMs: () => number = Date.now): Simulator {
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const file = openClusterFile(config, wallNowMs());
  const world = buildWorld(file.shape, file.historyFromMs);
  const time = clusterTime(file.clock, wallNowMs);
  const log = openActionLog(join(config.stateDir, 'actions.jsonl'));
  if (!file.isNew || config.beforeStart.length === 0) return simulatorOf(world, time, log);
  return simulatorOf(world, time, { ...log, recorded: injectedBeforeStart(config, world, time, log) });
}

/** What was there before the jobs were launched; when it cannot be, there is no cluster. */
function injectedBeforeStart(
  { stateDir, beforeStart }: ClusterConfig,
  world: World,
  time: ClusterTime,
  log: ActionLog,
): readonly Action[] {
  const early = simulatorOf(world, { ...time, nowMs: () => world.historyFromMs }, log);
  try {
    for (const { fault, ...asked } of beforeStart) early.inject(fault, asked);
  } catch (error) {
    log.close();
    for (const name of ['actions.jsonl', 'cluster.json']) rmSync(join(stateDir, name));
    throw error;
  }
  return early.timeline.actions;
}

/** A cluster with its time and the record of what was done to it until now. */
export function simulatorOf(world: World, time: ClusterTime, log: ActionLog): Simulator {
  const timelines = createTimelines(world, log.recorded);
  const timeline = timelines.first;

  const record = (action: NewAction) => {
    for (const change of action.changes) {
      const problem = problemOf(world, change);
      if (problem !== null) throw new SimulatorRefusal(problem);
    }
    const last = timeline.actions.at(-1);
    const whole = readable({
      seq: (last?.seq ?? 0) + 1,
      atMs: Math.max(time.nowMs(), last?.atMs ?? -Infinity),
      ...action,
    });
    log.append(whole);
    timelines.append(whole);
  };
  const settings = () => timeline.settings();
  const activeFaults = () => stillPresent(timeline, settings(), time.nowMs());

  return {
    world,
    time,
    timeline,
    timelines: timelines.all,
    timelineOf(name) {
      const node = findNode(world, name);
      return node === undefined ? timeline : timeline.of(node);
    },
    settings,
    activeFaults,
    inject(faultId, { target: wanted, seed = world.seed, ...wishes } = {}) {
      const fault = knownFault(faultId);
      const target =
        wanted === undefined
          ? drawnOrRefused(() => fault.draw(world, drawPlace(world, seed, faultId)))
          : fault.complete(world, given(wanted));
      const reason = fault.reject(world, target);
      if (reason !== null) throw new SimulatorRefusal(reason);
      if (activeFaults().some((one) => one.id === faultId && place(one.target) === place(target)))
        throw new SimulatorRefusal(`${faultId} is already there on ${place(target)}`);
      const drawn = drawnOrRefused(() => drawValues(fault, seed, wishes));
      const { onset } = drawn;
      const changes = fault.causes(target, drawn.values, { world, onset, seed });
      record({
        by: 'fault',
        fault: faultId,
        target,
        drawn,
        changes: changes.map((change) => withOnset(change, onset)),
      });
      const injected = activeFaults().find((one) => one.id === faultId && place(one.target) === place(target));
      if (injected === undefined) throw new Error(`${faultId} had no effect on ${place(target)}`);
      return injected;
    },
    heal(faultId, wanted) {
      const fault = knownFault(faultId);
      const asked = wanted === undefined ? undefined : place(fault.complete(world, given(wanted)));
      const hit = activeFaults().filter(
        (one) => one.id === faultId && (asked === undefined || place(one.target) === asked),
      );
      if (hit.length === 0) throw new SimulatorRefusal(`${faultId} is not there`);
      for (const { target, injection } of hit)
        record({ by: 'heal', fault: faultId, target, changes: [...fault.undo(injection, world)] });
      return hit;
    },
    healPart(partId) {
      const hit = activeFaults().flatMap((active) => {
        const parts = knownFault(active.id).split?.(active.injection, world) ?? [];
        const part = parts.find(({ fault }) => fault.id === partId);
        return part?.fault.present(settings(), part.injection, time.nowMs(), world) === true ? [{ active, part }] : [];
      });
      if (hit.length === 0) throw new SimulatorRefusal(`${partId} is not there as one of two faults`);
      for (const { active, part } of hit)
        record({
          by: 'heal',
          fault: active.id,
          target: active.target,
          changes: [...part.fault.undo(part.injection, world)],
        });
      return hit.map(({ active }) => active);
    },
    act: (changes) => record({ by: 'root', changes: [...changes] }),
    setPlugged(node, up) {
      if (findNode(world, node) === undefined) throw new SimulatorRefusal(`there is no node ${node}`);
      if (settings().unplugged.has(node) === !up) return;
      record({ by: 'operator', target: { node }, changes: [{ kind: 'management-network', node, up }] });
    },
    close: () => log.close(),
  };
}

/** `node-07 GPU 3`, `rack-02`, `pretrain-13b rank 17`. */
export function place(target: Omit<Target, 'second'> & { readonly second?: Target['second'] }): string {
  const { node, gpu, hca, rack, powerUnit, job, rank, second } = target;
  const whole =
    target.switch ?? rack ?? powerUnit ?? (job === undefined || rank === undefined ? job : `${job} rank ${rank}`);
  const part = gpu === undefined ? (hca === undefined ? node : `${node} ${hca}`) : `${node} GPU ${gpu}`;
  return `${whole ?? part}${second === undefined ? '' : ` and ${place(second)}`}`;
}

/** As the log will give it back: a line that cannot be read again would keep the cluster from starting. */
function readable(action: Action): Action {
  const read = actionSchema.safeParse(JSON.parse(JSON.stringify(action)));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new SimulatorRefusal(
    `${action.fault ?? 'that'} is not possible here: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

function knownFault(id: string) {
  const fault = findFault(id);
  if (fault === undefined) throw new SimulatorRefusal(`there is no fault ${id}`);
  return fault;
}

/** What the author of a fault left to its onset. */
function withOnset(change: Change, onset: Injection['onset']): Change {
  return change.kind === 'fact' && change.onset === undefined ? { ...change, onset } : change;
}

function drawnOrRefused<T>(draw: () => T): T {
  try {
    return draw();
  } catch (error) {
    if (error instanceof DrawRefusal) throw new SimulatorRefusal(error.message, { cause: error });
    throw error;
  }
}

/** Without the keys that are undefined. */
function given({ node, ...parts }: AskedTarget): Partial<Target> {
  return { ...parts, ...(node !== undefined && { node }) };
}

function stillPresent(timeline: Timeline, settings: Settings, nowMs: number): readonly ActiveFault[] {
  const latest = new Map<string, ActiveFault>();
  for (const action of timeline.actions) {
    const { by, fault, target, atMs } = action;
    if (by !== 'fault' || fault === undefined || target === undefined) continue;
    for (const [key, earlier] of latest) {
      const injection = withoutThose(earlier.injection, action.changes);
      if (injection.changes.length > 0) latest.set(key, { ...earlier, injection });
      else latest.delete(key);
    }
    latest.set(`${fault} ${place(target)}`, {
      id: fault,
      target,
      sinceMs: atMs,
      injection: injectionOf(action, target),
    });
  }
  return [...latest.values()]
    .filter((one) => findFault(one.id)?.present(settings, one.injection, nowMs, timeline.world) === true)
    .toSorted((a, b) => a.sinceMs - b.sinceMs);
}

/** A cause that a later fault has in its place: what is set there now is no sign of the earlier one. */
function withoutThose(injection: Injection, later: readonly Change[]): Injection {
  const replaced = (change: Change) =>
    change.kind === 'fact' &&
    later.some(
      (other) =>
        other.kind === 'fact' &&
        other.fact === change.fact &&
        other.place === change.place &&
        other.key === change.key &&
        other.value !== change.value,
    );
  return injection.changes.some(replaced)
    ? { ...injection, changes: injection.changes.filter((change) => !replaced(change)) }
    : injection;
}

function injectionOf({ drawn, atMs, changes }: Action, target: Target): Injection {
  const { values = {}, onset = { shape: 'sudden' as const }, seed = 0 } = drawn ?? {};
  return { target, values, onset, atMs, seed, changes };
}

function openClusterFile(
  config: ClusterConfig,
  wallMs: number,
): z.infer<typeof clusterFileSchema> & { readonly isNew: boolean } {
  const path = join(config.stateDir, 'cluster.json');
  const { seed, cluster, nodes, gpusPerNode, jobs = jobsByDefault(nodes) } = config;
  const shape = { seed, cluster, nodes, gpusPerNode, jobs };
  const kept = readJson(path, clusterFileSchema);
  if (kept !== undefined) {
    if (JSON.stringify(kept.shape) !== JSON.stringify(shape) || kept.clock.rate !== config.rate)
      throw new SimulatorRefusal(
        `${config.stateDir} holds another cluster (${JSON.stringify(kept.shape)}, rate ${kept.clock.rate}); ` +
          `start with the same values, or with another state folder`,
      );
    return { ...kept, isNew: false };
  }
  const wallEpochMs = Math.floor(wallMs);
  const fresh = {
    version: 1 as const,
    shape,
    clock: { wallEpochMs, clusterEpochMs: wallEpochMs, rate: config.rate },
    historyFromMs: wallEpochMs - config.healthyHistoryMs,
  };
  writeJson(path, fresh);
  return { ...fresh, isNew: true };
}
