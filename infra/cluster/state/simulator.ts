import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { clusterTime, type ClusterTime } from '../clock.ts';
import type { ClusterConfig } from '../config.ts';
import { findFault } from '../faults/index.ts';
import { createTimeline, type Timeline } from '../physics/timeline.ts';
import { buildWorld, findNode, type World } from '../world.ts';
import { openActionLog } from './action-log.ts';
import type { Change, NewAction, Target } from './actions.ts';
import { readJson, writeJson } from './files.ts';
import type { Settings } from './settings.ts';

/** The cluster: its fixed shape, its time, and the record of all that was done to it. */
export interface Simulator {
  readonly world: World;
  readonly time: ClusterTime;
  readonly timeline: Timeline;
  settings(): Settings;
  activeFaults(): readonly ActiveFault[];
  /** Without a target its place is drawn, by the cluster's own seed unless another is given. */
  inject(faultId: string, target?: Target, seed?: number): ActiveFault;
  heal(faultId: string, target?: Target): readonly ActiveFault[];
  /** What root does on a node. */
  readonly act: (changes: readonly Change[]) => void;
  setPlugged(node: string, up: boolean): void;
  close(): void;
}

export interface ActiveFault {
  readonly id: string;
  readonly target: Target;
  readonly sinceMs: number;
}

/** A request that cannot be met as asked; the message is for the person who asked. */
export class SimulatorRefusal extends Error {
  override readonly name = 'SimulatorRefusal';
}

const clusterFileSchema = z.strictObject({
  version: z.literal(1),
  shape: z.strictObject({ seed: z.int(), cluster: z.string(), nodes: z.int(), gpusPerNode: z.int() }),
  clock: z.strictObject({ wallEpochMs: z.number(), clusterEpochMs: z.number(), rate: z.number() }),
  historyFromMs: z.number(),
});

export function openSimulator(config: ClusterConfig, wallNowMs: () => number = Date.now): Simulator {
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const file = openClusterFile(config, wallNowMs());
  const world = buildWorld(file.shape, file.historyFromMs);
  const time = clusterTime(file.clock, wallNowMs);
  const log = openActionLog(join(config.stateDir, 'actions.jsonl'));
  const timeline = createTimeline(world, log.recorded);

  const record = (action: NewAction) => {
    const last = timeline.actions.at(-1);
    const whole = { seq: (last?.seq ?? 0) + 1, atMs: Math.max(time.nowMs(), last?.atMs ?? -Infinity), ...action };
    log.append(whole);
    timeline.append(whole);
  };
  const settings = () => timeline.segments.at(-1)?.settings ?? neverEmpty();
  const activeFaults = () => stillPresent(timeline, settings());

  return {
    world,
    time,
    timeline,
    settings,
    activeFaults,
    inject(faultId, wanted, seed = world.seed) {
      const fault = knownFault(faultId);
      const target = wanted ?? fault.draw({ ...world, seed });
      const reason = fault.reject(world, target);
      if (reason !== null) throw new SimulatorRefusal(reason);
      if (fault.present(settings(), target))
        throw new SimulatorRefusal(`${faultId} is already there on ${place(target)}`);
      record({ by: 'fault', fault: faultId, target, changes: [...fault.apply(target, world)] });
      const injected = activeFaults().find((one) => one.id === faultId && place(one.target) === place(target));
      if (injected === undefined) throw new Error(`${faultId} had no effect on ${place(target)}`);
      return injected;
    },
    heal(faultId, wanted) {
      const fault = knownFault(faultId);
      const hit = activeFaults().filter(
        (one) => one.id === faultId && (wanted === undefined || place(one.target) === place(wanted)),
      );
      if (hit.length === 0) throw new SimulatorRefusal(`${faultId} is not there`);
      for (const { target } of hit) record({ by: 'heal', fault: faultId, target, changes: [...fault.undo(target)] });
      return hit;
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

export function place(target: Target): string {
  if (target.gpu !== undefined) return `${target.node} GPU ${target.gpu}`;
  return target.hca === undefined ? target.node : `${target.node} ${target.hca}`;
}

function knownFault(id: string) {
  const fault = findFault(id);
  if (fault === undefined) throw new SimulatorRefusal(`there is no fault ${id}`);
  return fault;
}

function stillPresent(timeline: Timeline, settings: Settings): readonly ActiveFault[] {
  const latest = new Map<string, ActiveFault>();
  for (const { by, fault, target, atMs } of timeline.actions)
    if (by === 'fault' && fault !== undefined && target !== undefined)
      latest.set(`${fault} ${place(target)}`, { id: fault, target, sinceMs: atMs });
  return [...latest.values()]
    .filter((one) => findFault(one.id)?.present(settings, one.target) === true)
    .toSorted((a, b) => a.sinceMs - b.sinceMs);
}

function openClusterFile(config: ClusterConfig, wallMs: number): z.infer<typeof clusterFileSchema> {
  const path = join(config.stateDir, 'cluster.json');
  const { seed, cluster, nodes, gpusPerNode } = config;
  const shape = { seed, cluster, nodes, gpusPerNode };
  const kept = readJson(path, clusterFileSchema);
  if (kept !== undefined) {
    if (JSON.stringify(kept.shape) !== JSON.stringify(shape) || kept.clock.rate !== config.rate)
      throw new SimulatorRefusal(
        `${config.stateDir} holds another cluster (${JSON.stringify(kept.shape)}, rate ${kept.clock.rate}); ` +
          `start with the same values, or with another state folder`,
      );
    return kept;
  }
  const wallEpochMs = Math.floor(wallMs);
  const fresh = {
    version: 1 as const,
    shape,
    clock: { wallEpochMs, clusterEpochMs: wallEpochMs, rate: config.rate },
    historyFromMs: wallEpochMs - config.healthyHistoryMs,
  };
  writeJson(path, fresh);
  return fresh;
}

function neverEmpty(): never {
  throw new Error('a timeline has at least two segments');
}
