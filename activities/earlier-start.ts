import type { Inventory } from '../kb/schemas/inventory.ts';
import type { GatherPlan, LogWindow } from '../workflows/domain/phase-data.ts';
import { keyPlacer, timedPrefixes, type ExpectedSource, type PlacedKey } from './log-layout.ts';
import { PortError, type LogObject, type LogStore } from './ports.ts';

interface Ports {
  readonly store: LogStore;
  /** A reference to what a window holds; `null` where it cannot be had. */
  readonly take: (window: Listed) => Promise<LogWindow | null>;
}

/** A window of the first rank in which NCCL begins, whatever it is told to print of itself. */
export function isStart({ placed: { source } }: Pick<Listed, 'placed'>, bytes: Uint8Array): boolean {
  return source.kind === 'rank' && source.rank === 0 && begun.test(new TextDecoder().decode(bytes));
}

const begun = /\bNCCL version \d/;

/**
 * The windows in which the job's first rank began the time before, for a job that began (anew) within the plan's time: what
 * an attempt runs with is said at its start alone, hours before anything goes wrong. Looked for among the newest
 * `candidatesMax` windows of the day before: of windows of a minute these are twelve hours, of shorter ones less.
 *
 * It only adds a comparison, and must not cost the logs: empty where the store fails, where not all windows could be listed
 * or read (what is then found may be the start of a much older attempt), and where a bound of bytes or time is reached.
 */
export async function earlierStart(
  ports: Ports,
  inventory: Inventory,
  plan: GatherPlan,
  sources: readonly ExpectedSource[],
  signal: AbortSignal,
): Promise<readonly LogWindow[]> {
  const first = plan.job === null ? undefined : sources.find(({ kind, rank }) => kind === 'rank' && rank === 0);
  if (first === undefined) return [];
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), wallMsMax);
  const either = AbortSignal.any([signal, over.signal]);
  try {
    // A store that does not heed the signal is not waited for either.
    return await Promise.race([findStart(ports, inventory, plan, first, either), aborted(either)]);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PortError || over.signal.aborted) return [];
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

async function findStart(
  { store, take }: Ports,
  inventory: Inventory,
  plan: GatherPlan,
  source: ExpectedSource,
  signal: AbortSignal,
): Promise<readonly LogWindow[]> {
  const candidates = await listEarlier(store, inventory, plan, source, signal);
  for (let from = 0; from < candidates.length; from += readsAtOnceMax) {
    const group = candidates.slice(from, from + readsAtOnceMax);
    const found = await newestStart(store, group, signal);
    if (found < 0) continue;
    // What a start prints may go over the edges of its window.
    const around = candidates.slice(Math.max(0, from + found - 1), from + found + 2).toReversed();
    const taken = await Promise.all(around.map((window) => take(window)));
    return taken.filter((window) => window !== null);
  }
  return [];
}

// A day, and at most so many windows of it: those of one rank, the newest first, until one is a start.
const lookBackMsMax = 24 * 60 * 60_000;
const candidatesMax = 720;
const listMax = 5_000;
const readsAtOnceMax = 8;
const windowBytesMax = 16 * 1024 * 1024;
const wallMsMax = 30_000;
// 256 MiB in all: those read in search of the start, and the three that are taken.
const searchBytesMax = 256 * 1024 * 1024 - 3 * windowBytesMax;

interface Listed {
  readonly object: LogObject;
  readonly placed: PlacedKey;
}

/** Newest first. */
async function listEarlier(
  store: LogStore,
  inventory: Inventory,
  plan: GatherPlan,
  source: ExpectedSource,
  signal: AbortSignal,
): Promise<readonly Listed[]> {
  const fromMs = plan.fromMs - lookBackMsMax;
  const place = keyPlacer(inventory, [source]);
  const listings = await Promise.all(
    timedPrefixes(inventory, source, fromMs, plan.fromMs).map((prefix) =>
      store.list(prefix, { objectsMax: listMax, signal }),
    ),
  );
  // What a cut listing leaves out are the newest.
  if (listings.some(({ truncated }) => truncated)) return [];
  const listed = listings.flatMap(({ objects }) =>
    objects.flatMap((object): readonly Listed[] => {
      const placed = place(object.key);
      return placed === null || placed.toMs > plan.fromMs || placed.fromMs < fromMs ? [] : [{ object, placed }];
    }),
  );
  return withinBytes(listed.toSorted((a, b) => b.placed.fromMs - a.placed.fromMs).slice(0, candidatesMax));
}

function withinBytes(newestFirst: readonly Listed[]): readonly Listed[] {
  let bytes = 0;
  const end = newestFirst.findIndex(({ object }) => (bytes += object.bytes) > searchBytesMax);
  return end < 0 ? newestFirst : newestFirst.slice(0, end);
}

/** The first of these that is a start; -1 for none. Fails where one before it cannot be read: it may be the one. */
async function newestStart(store: LogStore, group: readonly Listed[], signal: AbortSignal): Promise<number> {
  const read = await Promise.allSettled(
    group.map(async (window) => isStart(window, await store.read(window.object, { bytesMax: windowBytesMax, signal }))),
  );
  for (const [at, one] of read.entries()) {
    if (one.status === 'rejected') throw one.reason;
    if (one.value) return at;
  }
  return -1;
}
