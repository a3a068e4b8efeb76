import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { toClusterMs, type Inventory } from '../kb/schemas/inventory.ts';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { GatheredLogs, GatherInput, GatherPlan, LogManifest, LogWindow } from '../workflows/domain/phase-data.ts';
import { earlierStart, isStart } from './earlier-start.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import {
  expectedSources,
  keyPlacer,
  sharedPrefix,
  timedPrefixes,
  type ExpectedSource,
  type PlacedKey,
} from './log-layout.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type Clock, type EvidenceStore, type LogObject, type LogStore } from './ports.ts';
import { aliveWindowsMin, silentSources } from './silent-sources.ts';

export interface GatherLogsPorts {
  readonly inventories: Inventories;
  /** The store of one bucket; the inventory names it. */
  readonly logs: (bucket: string) => LogStore;
  readonly evidence: EvidenceStore;
  readonly clock: Clock;
}

/** References every log window of the plan's sources and time, with version and content hash. */
export function createGatherLogs(ports: GatherLogsPorts): (input: GatherInput) => Promise<GatheredLogs> {
  return async ({ key, plan }) => {
    let read = 0;
    return withHeartbeats(
      () => ({ read }),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const store = ports.logs(inventory.logs.bucket);
        const sources = expectedSources(inventory, plan);
        const listing = await listWindows(store, inventory, plan, sources, signal);
        const { kept, leftOut } = withinBounds(listing.windows.filter(({ placed }) => overlaps(placed, plan)));
        let begins = false;
        const take: Take = (window) =>
          reference(ports.evidence, key.cluster, store, window, signal, (bytes) => (begins ||= isStart(window, bytes)));
        const windows = await referenceAll(take, kept, signal, () => (read += 1));
        const unread = windows.filter((window) => window === null).length;
        const referenced = windows.filter((window) => window !== null).toSorted(byTimeAndSource);
        const before = begins ? await earlierStart({ store, take }, inventory, plan, sources, signal) : [];
        // Where a window is missing, its source would look as if it had fallen silent.
        const complete = listing.complete && leftOut + unread === 0;
        const manifest: LogManifest = {
          windows: referenced,
          ...(before.length === 0 ? {} : { earlierStart: before }),
          shippedUntilMs: complete ? writtenUntilMs(inventory, plan, ports.clock) : plan.fromMs,
        };
        return {
          manifest: await putJson(ports.evidence, 'log-manifest', key.cluster, manifest, signal),
          objects: referenced.length,
          bytes: referenced.reduce((sum, { ref }) => sum + ref.bytes, 0),
          silent: listing.complete ? silentNames(inventory, plan, sources, listing.windows, ports.clock) : [],
          leftOut: leftOut + unread + (listing.complete ? 0 : 1),
        };
      },
    ).catch(rethrow);
  };
}

// A day of 20 windows an hour of 10 nodes, or five minutes of 5,000 ranks.
const objectsMax = 5_000;
const bytesTotalMax = 512 * 1024 * 1024;
// One window of one source; a rank that writes more than this in a window is stuck in a loop.
const objectBytesMax = 16 * 1024 * 1024;
const silentNamesMax = 20;
const readsAtOnceMax = 8;
const listsAtOnceMax = 8;
// Up to this many sources, listing each for itself is quicker than everything that they ever wrote.
const listedAloneMax = 16;
// Ten requests; a job with more objects than that has run for long, and is listed source by source.
const sharedListMax = 10_000;
const timedListMax = 5_000;

interface ListedWindow {
  readonly object: LogObject;
  readonly placed: PlacedKey;
}

async function listWindows(
  store: LogStore,
  inventory: Inventory,
  plan: GatherPlan,
  sources: readonly ExpectedSource[],
  signal: AbortSignal,
): Promise<{ readonly windows: readonly ListedWindow[]; readonly complete: boolean }> {
  const limit = pLimit(listsAtOnceMax);
  const groups = [...Map.groupBy(sources, (source) => sharedPrefix(inventory, source))];
  const listings = await Promise.all(
    groups.map(async ([prefix, group]) => {
      if (group.length > listedAloneMax) {
        const shared = await limit(() => store.list(prefix, { objectsMax: sharedListMax, signal }));
        if (!shared.truncated) return [shared];
      }
      const { windowMs } = inventory.logs;
      const firstFromMs = plan.fromMs - (aliveWindowsMin + 1) * windowMs;
      const prefixes = new Set(group.flatMap((source) => timedPrefixes(inventory, source, firstFromMs, plan.toMs)));
      return Promise.all(
        [...prefixes].map((timed) => limit(() => store.list(timed, { objectsMax: timedListMax, signal }))),
      );
    }),
  );
  const place = keyPlacer(inventory, sources);
  const byKey = new Map<string, ListedWindow>();
  for (const { objects } of listings.flat())
    for (const object of objects) {
      const placed = place(object.key);
      if (placed !== null) byKey.set(object.key, { object, placed });
    }
  return { windows: [...byKey.values()], complete: listings.flat().every(({ truncated }) => !truncated) };
}

function overlaps(placed: PlacedKey, plan: GatherPlan): boolean {
  return placed.fromMs < plan.toMs && placed.toMs > plan.fromMs;
}

/** Newest first, so that what a bound leaves out is what is furthest from the alert. */
function withinBounds(windows: readonly ListedWindow[]): {
  readonly kept: readonly ListedWindow[];
  readonly leftOut: number;
} {
  const newestFirst = windows.toSorted(
    (a, b) => b.placed.fromMs - a.placed.fromMs || (a.object.key < b.object.key ? -1 : 1),
  );
  const kept: ListedWindow[] = [];
  let bytes = 0;
  for (const window of newestFirst) {
    if (window.object.bytes > objectBytesMax) continue;
    if (kept.length >= objectsMax || bytes + window.object.bytes > bytesTotalMax) break;
    kept.push(window);
    bytes += window.object.bytes;
  }
  return { kept, leftOut: windows.length - kept.length };
}

/** `null` for a window that cannot be had although the store answers. */
type Take = (window: ListedWindow) => Promise<LogWindow | null>;

function referenceAll(
  take: Take,
  windows: readonly ListedWindow[],
  signal: AbortSignal,
  onRead: () => void,
): Promise<readonly (LogWindow | null)[]> {
  const limit = pLimit(readsAtOnceMax);
  return Promise.all(
    windows.map((window) =>
      limit(async () => {
        signal.throwIfAborted();
        const referenced = await take(window);
        onRead();
        return referenced;
      }),
    ),
  );
}

/**
 * What the window holds now, never what it will hold: with its version it reads the same for ever. An object without
 * versions may still grow, be replaced or be removed, so its bytes are kept as evidence. `null` when it is gone since
 * the listing, or has become too large.
 */
async function reference(
  evidence: EvidenceStore,
  cluster: string,
  store: LogStore,
  { object, placed }: ListedWindow,
  signal: AbortSignal,
  seen: (bytes: Uint8Array) => void,
): Promise<LogWindow | null> {
  const bytes = await store.read(object, { bytesMax: objectBytesMax, signal }).catch((error: unknown) => {
    if (error instanceof PortError && (error.kind === 'not-found' || error.kind === 'too-large')) return null;
    throw error;
  });
  if (bytes === null) return null;
  seen(bytes);
  const { source, fromMs, toMs } = placed;
  return {
    ref:
      object.versionId === undefined
        ? await evidence.put('log-window', cluster, bytes, { mediaType: 'text/plain', signal })
        : versionRef(object, object.versionId, bytes),
    source: object.key,
    kind: source.kind,
    node: source.node,
    ...(source.rank === null ? {} : { rank: source.rank }),
    fromMs,
    toMs,
  };
}

function versionRef({ bucket, key }: LogObject, versionId: string, bytes: Uint8Array): EvidenceRef {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    id: `ev_${sha256.slice(0, 24)}`,
    kind: 'log-window',
    bucket,
    key,
    versionId,
    sha256,
    bytes: bytes.length,
  };
}

function silentNames(
  inventory: Inventory,
  plan: GatherPlan,
  sources: readonly ExpectedSource[],
  windows: readonly ListedWindow[],
  clock: Clock,
): readonly string[] {
  const { windowMs } = inventory.logs;
  const shippedUntilMs = shippedUntil(inventory, plan, clock);
  const placed = windows.map((window) => window.placed).filter(({ fromMs }) => fromMs < plan.toMs);
  return silentSources(sources, placed, windowMs, shippedUntilMs)
    .slice(0, silentNamesMax)
    .map(({ name }) => name);
}

/** Cluster time: windows that ended before it have been shipped. */
function shippedUntil(inventory: Inventory, plan: GatherPlan, clock: Clock): number {
  return Math.min(plan.toMs, toClusterMs(inventory.clock, clock.nowMs()) - inventory.logs.shippingLagMs);
}

/** Cluster time: lines that were written before it are in a window that has been shipped. */
function writtenUntilMs(inventory: Inventory, plan: GatherPlan, clock: Clock): number {
  return shippedUntil(inventory, plan, clock) - inventory.logs.windowMs;
}

function byTimeAndSource(a: LogWindow, b: LogWindow): number {
  return a.fromMs - b.fromMs || (a.source < b.source ? -1 : 1);
}
