import { a800 } from '../physics/a800.ts';
import type { World } from '../world.ts';
import type { Change } from './actions.ts';
import { afterHappening, type Reboot } from './happening.ts';
import { noFacts, withFact, withoutFact, type Facts } from './facts/store.ts';
import { sudden } from './facts/onset.ts';
import { changeLink, switched, type LinkSettings, type Span } from './link-settings.ts';
import { afterRestart, pastXidOf, without, type PastXid } from './past-xid.ts';

/** What an administrator can set on a GPU. */
export interface GpuSettings {
  readonly lockedMhz: { readonly minMhz: number; readonly maxMhz: number } | null;
  readonly powerLimitW: number;
}

/** Deviations from a healthy cluster; what is not listed is healthy. */
export interface Settings {
  /** Of the cluster; draws the stretches of intermittent causes. */
  readonly seed: number;
  /** Causes as data. */
  readonly facts: Facts;
  /** When a node went down and when it is back, oldest first. */
  readonly reboots: ReadonlyMap<string, readonly Reboot[]>;
  readonly gpus: ReadonlyMap<string, GpuSettings>;
  readonly unplugged: ReadonlySet<string>;
  /** Cables and ports that are or were not as they should be, by `node/hca`. */
  readonly links: ReadonlyMap<string, LinkSettings>;
  /** When the board in this place had a worn-out memory bank, by `node/gpu`, oldest first. */
  readonly wornMemory: ReadonlyMap<string, readonly WornSpan[]>;
  /** Xids that the driver reported before anybody looked, by `node/gpu`. */
  readonly pastXids: ReadonlyMap<string, PastXid>;
  /** When the DCGM exporter of a node was last started anew; nodes that are not listed never had that. */
  readonly exporterStarts: ReadonlyMap<string, number>;
  /** Nodes that the scheduler gives no new work. */
  readonly drained: ReadonlyMap<string, Drained>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** `MinMemoryNode` of the jobs by their names; without an entry it is all that a node has. */
  readonly jobMemoryMib: ReadonlyMap<string, number>;
  /** `ExcNodeList` of the jobs by their names. */
  readonly excluded: ReadonlyMap<string, readonly string[]>;
  /** Nodes whose loader workers leak. */
  readonly leaks: ReadonlyMap<string, Growth>;
  /** Nodes whose /raid fills with old checkpoints. */
  readonly fills: ReadonlyMap<string, Growth>;
  /** What `wardround-space hold` moved away, by node. */
  readonly held: ReadonlyMap<string, HeldSpace>;
}

export interface Growth {
  readonly sinceMs: number;
  readonly kibPerSecond: number;
}

/** A stretch in which a bank was worn; `againMs` says how far a later attempt comes at the least. */
export interface WornSpan extends Span {
  readonly againMs?: number | undefined;
}

// In about six minutes the memory of a node is full, and in 200 s its /raid.
const usualGrowth = { leak: 2_100_000, fill: 28_000_000 } as const;

export interface Drained {
  readonly reason: string;
  readonly sinceMs: number;
}

export interface Reservation {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface HeldSpace {
  readonly kib: number;
  readonly files: number;
}

export const healthyGpu: GpuSettings = { lockedMhz: null, powerLimitW: a800.powerLimitW };
const healthy: Settings = {
  seed: 0,
  facts: noFacts,
  reboots: new Map(),
  gpus: new Map(),
  unplugged: new Set(),
  links: new Map(),
  wornMemory: new Map(),
  pastXids: new Map(),
  exporterStarts: new Map(),
  drained: new Map(),
  reservations: new Map(),
  jobMemoryMib: new Map(),
  excluded: new Map(),
  leaks: new Map(),
  fills: new Map(),
  held: new Map(),
};

export function healthySettings(world: Pick<World, 'seed'>): Settings {
  return { ...healthy, seed: world.seed };
}

export function gpuSettings(settings: Settings, node: string, gpu: number): GpuSettings {
  return settings.gpus.get(`${node}/${gpu}`) ?? healthyGpu;
}

/** `action` is the one that the change belongs to: settings that have a beginning keep its time. */
export function applyChange(
  world: World,
  settings: Settings,
  change: Change,
  action: { readonly atMs: number },
): Settings {
  const { atMs } = action;
  switch (change.kind) {
    case 'lock-clocks':
      return withGpu(settings, change, { lockedMhz: { minMhz: change.minMhz, maxMhz: change.maxMhz } });
    case 'reset-clocks':
      return withGpu(settings, change, { lockedMhz: null });
    case 'power-limit':
      return withGpu(settings, change, { powerLimitW: change.watts });
    case 'management-network': {
      const unplugged = new Set(settings.unplugged);
      if (change.up) unplugged.delete(change.node);
      else unplugged.add(change.node);
      return { ...settings, unplugged };
    }
    case 'node-drain':
      return {
        ...settings,
        drained: withEntry(settings.drained, change.node, { reason: change.reason, sinceMs: atMs }),
      };
    case 'node-resume':
      return { ...settings, drained: withEntry(settings.drained, change.node, null) };
    case 'reserve': {
      const { name, nodes, durationMs } = change;
      const reservation = { name, nodes, fromMs: atMs, untilMs: atMs + durationMs };
      return { ...settings, reservations: withEntry(settings.reservations, name, reservation) };
    }
    case 'reserve-end':
      return { ...settings, reservations: withEntry(settings.reservations, change.name, null) };
    case 'job-memory':
      return {
        ...settings,
        jobMemoryMib: withEntry(
          settings.jobMemoryMib,
          change.job ?? world.jobs[0]?.name ?? '',
          change.mib === 0 ? null : change.mib,
        ),
      };
    case 'job-exclude':
      return {
        ...settings,
        excluded: withEntry(
          settings.excluded,
          change.job ?? world.jobs[0]?.name ?? '',
          change.nodes.length === 0 ? null : change.nodes,
        ),
      };
    case 'memory-leak':
      return {
        ...settings,
        leaks: withEntry(settings.leaks, change.node, growthOf(change, change.leaks, 'leak', atMs)),
      };
    case 'disk-fill':
      return {
        ...settings,
        fills: withEntry(settings.fills, change.node, growthOf(change, change.fills, 'fill', atMs)),
      };
    case 'space-hold': {
      const before = settings.held.get(change.node) ?? { kib: 0, files: 0 };
      const held = { kib: before.kib + change.kib, files: before.files + change.files };
      return { ...settings, held: withEntry(settings.held, change.node, held) };
    }
    case 'space-return':
      return { ...settings, held: withEntry(settings.held, change.node, null) };
    // What they do to the job's life is in physics/scheduler.ts; what its processes held goes with them.
    case 'job-requeue':
      if (change.onlyWhenEnded === true) return settings;
      return afterHappening(
        world,
        settings,
        { event: 'job-restart', place: change.job ?? world.jobs[0]?.name ?? '' },
        atMs,
      );
    case 'job-release':
      return settings;
    case 'fact': {
      const { fact, place, key, value, onset = sudden } = change;
      const set = { fact, place, value, onset, sinceMs: atMs, ...(key !== undefined && { key }) };
      return { ...settings, facts: withFact(settings.facts, set) };
    }
    case 'fact-clear':
      return { ...settings, facts: withoutFact(settings.facts, change) };
    case 'happen':
      return afterHappening(world, settings, change, atMs);
    case 'cable':
    case 'port-state':
      return { ...settings, links: changeLink(settings.links, change, atMs) };
    case 'memory-worn':
    case 'gpu-replaced': {
      const key = gpuKey(change);
      const spans =
        change.kind === 'memory-worn'
          ? switched<WornSpan>(settings.wornMemory.get(key) ?? [], true, atMs, { againMs: change.againMs })
          : switched(settings.wornMemory.get(key) ?? [], false, atMs);
      return {
        ...settings,
        wornMemory: new Map(settings.wornMemory).set(key, spans),
        pastXids: change.kind === 'memory-worn' ? settings.pastXids : without(settings.pastXids, (one) => one === key),
      };
    }
    case 'past-xid':
      return { ...settings, pastXids: new Map(settings.pastXids).set(gpuKey(change), pastXidOf(change, atMs)) };
    case 'exporter-restart':
      return {
        ...settings,
        pastXids: afterRestart(settings.pastXids, change.node, atMs),
        exporterStarts: new Map(settings.exporterStarts).set(change.node, atMs),
      };
    case 'driver-reload':
      return { ...settings, pastXids: without(settings.pastXids, (key) => key.startsWith(`${change.node}/`)) };
  }
}

function growthOf(
  { kibPerSecond }: { readonly kibPerSecond?: number | undefined },
  on: boolean,
  what: keyof typeof usualGrowth,
  sinceMs: number,
): Growth | null {
  return on ? { sinceMs, kibPerSecond: kibPerSecond ?? usualGrowth[what] } : null;
}

function gpuKey(at: { readonly node: string; readonly gpu: number }): string {
  return `${at.node}/${at.gpu}`;
}

/** Without the entry when its value is null. */
function withEntry<T>(map: ReadonlyMap<string, T>, key: string, value: T | null): ReadonlyMap<string, T> {
  const changed = new Map(map);
  if (value === null) changed.delete(key);
  else changed.set(key, value);
  return changed;
}

function withGpu(
  settings: Settings,
  at: { readonly node: string; readonly gpu: number },
  update: Partial<GpuSettings>,
): Settings {
  const gpus = new Map(settings.gpus);
  const merged = { ...gpuSettings(settings, at.node, at.gpu), ...update };
  const same = merged.lockedMhz === null && merged.powerLimitW === healthyGpu.powerLimitW;
  if (same) gpus.delete(`${at.node}/${at.gpu}`);
  else gpus.set(`${at.node}/${at.gpu}`, merged);
  return { ...settings, gpus };
}
