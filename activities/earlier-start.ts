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
 * an attempt runs with is said at its start alone, hours before anything goes wrong. Empty where there is none within a day.
 */
export async function earlierStart(
  { store, take }: Ports,
  inventory: Inventory,
  plan: GatherPlan,
  sources: readonly ExpectedSource[],
  signal: AbortSignal,
): Promise<readonly LogWindow[]> {
  const first = plan.job === null ? undefined : sources.find(({ kind, rank }) => kind === 'rank' && rank === 0);
  if (first === undefined) return [];
  const candidates = await listEarlier(store, inventory, plan, first, signal);
  for (let from = 0; from < candidates.length; from += readsAtOnceMax) {
    const group = candidates.slice(from, from + readsAtOnceMax);
    const found = (await Promise.all(group.map((window) => begins(store, window, signal)))).indexOf(true);
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
  const listed = listings.flatMap(({ objects }) =>
    objects.flatMap((object): readonly Listed[] => {
      const placed = place(object.key);
      return placed === null || placed.toMs > plan.fromMs || placed.fromMs < fromMs ? [] : [{ object, placed }];
    }),
  );
  return listed.toSorted((a, b) => b.placed.fromMs - a.placed.fromMs).slice(0, candidatesMax);
}

async function begins(store: LogStore, window: Listed, signal: AbortSignal): Promise<boolean> {
  try {
    return isStart(window, await store.read(window.object, { bytesMax: windowBytesMax, signal }));
  } catch (error) {
    if (error instanceof PortError && (error.kind === 'not-found' || error.kind === 'too-large')) return false;
    throw error;
  }
}
