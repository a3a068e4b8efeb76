import { reasonOf } from '../adapters/followed-files.ts';
import { PortError } from '../ports.ts';
import { continuationOf } from './continuation.ts';
import { FollowedLog, type LogEars, type Reach } from './followed-log.ts';
import type { OpenLineScan } from './line-scan.ts';
import type { LogPlace, PlaceView, SeenLog } from './place.ts';
import { startPosition } from './position.ts';
import type { FollowedState, PlaceState } from './state.ts';

export interface FollowerEars extends LogEars {
  /** Something can not be followed for now; told once until it changes. */
  onProblem(name: string, problem: string): void;
}

export interface Follower {
  /** Looks at all places once and reads a bounded amount of what is new. */
  poll(signal: AbortSignal): Promise<Polled>;
  state(): FollowedState;
  close(): Promise<void>;
}

export interface Polled {
  /** There is more to read right away. */
  readonly more: boolean;
  readonly logs: number;
  /** News that were read, decompressed. */
  readonly bytes: number;
}

export interface FollowerOptions {
  readonly places: readonly LogPlace[];
  readonly openScan: OpenLineScan;
  readonly ears: FollowerEars;
  readonly nowMs: () => number;
  /** What is there at the first look is read, too. */
  readonly fromStart: boolean;
  /** Of an earlier run; `null`: there was none. */
  readonly restored: FollowedState | null;
  readonly bytesPerPollMax?: number;
}

/** Half a second of reading on one core: what is new in the meantime waits no longer than that. */
const bytesPerPollMax = 64 * 1024 * 1024;
const chunkBytes = 1024 * 1024;
/** A rotated file outside what is followed gets its last lines within this time. */
const farewellMs = 30_000;
/** How long it is remembered where a log that went away was read to: rotation compresses within a day's turn. */
const goneKeptMs = 26 * 60 * 60_000;
const goneKeptMax = 2_000;
/** A scan whose log is quiet for this long is given back. */
const restAfterMs = 10 * 60_000;

/** Follows many logs with one buffer, one scan a log, and nothing kept open between polls. */
export function openFollower(options: FollowerOptions): Follower {
  const { places, openScan, ears, nowMs, fromStart, restored } = options;
  const budget = options.bytesPerPollMax ?? bytesPerPollMax;
  const logs = new Map<string, FollowedLog>();
  const states = new Map<string, PlaceState>(Object.entries(restored?.places ?? {}));
  const problems = new Map<string, string>();
  const buffer = new Uint8Array(chunkBytes);
  for (const one of restored?.logs ?? []) {
    const place = places.find(({ name }) => name === one.place);
    if (place === undefined) continue;
    const { name, identity, version, modifiedMs, position, past, content, isRead, goneSinceMs } = one;
    const log = new FollowedLog(place, { name, identity, version, bytes: 0, modifiedMs }, position, openScan, ears);
    log.content = content;
    log.past = past;
    log.goneSinceMs = goneSinceMs;
    log.readVersion = isRead ? version : null;
    log.isMet = true;
    logs.set(identity, log);
  }

  const tellProblems = (seen: ReadonlyMap<string, string>): void => {
    for (const [name, problem] of seen) if (problems.get(name) !== problem) ears.onProblem(name, problem);
    problems.clear();
    for (const [name, problem] of seen) problems.set(name, problem);
  };

  const meet = async (place: LogPlace, seen: SeenLog, isFirst: boolean, reach: Reach) => {
    const log = new FollowedLog(place, seen, startPosition, openScan, ears);
    logs.set(seen.identity, log);
    log.isMet = isFirst;
    if (isFirst && !fromStart) await log.skipToEnd(reach);
  };

  const continueOther = async (log: FollowedLog, present: ReadonlySet<string>, reach: Reach): Promise<void> => {
    const found = await continuationOf(log, [...logs.values()], present, reach);
    if (found === 'not-yet') return;
    log.isMet = true;
    if (found === null) return;
    log.continueFrom(found.position, `it goes on where ${found.of.seen.name} was read to`);
    if (found.of !== log && !present.has(found.of.seen.identity)) logs.delete(found.of.seen.identity);
  };

  const takeView = async (place: LogPlace, view: PlaceView, reach: Reach) => {
    const state = states.get(place.name);
    const newestMs = view.logs.reduce((newest, { modifiedMs }) => Math.max(newest, modifiedMs), 0);
    const floorMs =
      state?.floorMs ?? (fromStart || place.settledAfterMs === undefined ? 0 : newestMs - place.settledAfterMs);
    for (const seen of view.logs) {
      reach.signal.throwIfAborted();
      const known = logs.get(seen.identity);
      if (known === undefined) {
        if (place.settledAfterMs !== undefined && seen.modifiedMs < floorMs) continue;
        await meet(place, seen, state === undefined, reach).catch((error: unknown) =>
          put(problemsNow, seen.name, error, reach),
        );
        continue;
      }
      if (known.seen.name !== seen.name) {
        ears.onTurn(seen.name, 'renamed', `it was ${known.seen.name}`);
        known.rest();
      }
      known.see(seen);
      known.goneSinceMs = null;
    }
    states.set(place.name, { floorMs });
    return { place, floorMs, newestMs };
  };

  const takeLeave = async (log: FollowedLog): Promise<void> => {
    const found = await log.place.find(log.seen.identity, log.seen.name);
    log.goneSinceMs ??= nowMs();
    if (found !== null) log.see(found);
    else {
      ears.onTurn(log.seen.name, 'gone', 'it is not there any more');
      log.readVersion = log.seen.version;
      await log.close();
    }
  };

  const problemsNow = new Map<string, string>();

  return {
    async poll(signal) {
      const reach: Reach = { signal, buffer, nowMs, bytesRead: 0 };
      problemsNow.clear();
      const views = new Map<LogPlace, PlaceView>();
      const unseen = new Set<LogPlace>();
      for (const place of places) {
        try {
          views.set(place, await place.look(signal));
        } catch (error) {
          unseen.add(place);
          put(problemsNow, place.name, error, reach);
        }
      }
      const present = new Set([...views.values()].flatMap((view) => view.logs.map(({ identity }) => identity)));
      const taken = [];
      for (const [place, view] of views) {
        for (const [name, problem] of view.problems) problemsNow.set(name, problem);
        taken.push(await takeView(place, view, reach));
      }
      for (const log of logs.values())
        if (!present.has(log.seen.identity) && !unseen.has(log.place) && isStillThere(log, nowMs()))
          await takeLeave(log).catch((error: unknown) => put(problemsNow, log.seen.name, error, reach));

      const work = [...logs.values()]
        .filter((log) => !unseen.has(log.place) && log.needsReading(nowMs()))
        .toSorted((a, b) => Number(b.isOpen) - Number(a.isOpen) || a.readAtMs - b.readAtMs);
      while (work.length > 0 && reach.bytesRead < budget) {
        signal.throwIfAborted();
        const log = work.shift();
        if (log === undefined) break;
        try {
          if (!log.isMet) await continueOther(log, present, reach);
          if (!log.isMet) continue;
          const result = await log.step(reach);
          // One compressed log at a time, each to its end; plain ones in turns.
          if (result === 'more' && log.isOpen) work.unshift(log);
          else if (result === 'more') work.push(log);
        } catch (error) {
          signal.throwIfAborted();
          put(problemsNow, log.seen.name, error, reach);
        }
      }
      tellProblems(problemsNow);
      if (work.length === 0) for (const one of taken) forgetSettled(one);
      forgetGone();
      for (const log of logs.values()) if (nowMs() - log.readAtMs > restAfterMs) log.rest();
      return { more: work.length > 0, logs: present.size, bytes: reach.bytesRead };
    },

    state: () => ({
      places: Object.fromEntries(states),
      // One that was not read from yet is met anew.
      logs: [...logs.values()]
        .filter(({ isMet, isToSkip }) => isMet && !isToSkip)
        .map((log) => ({
          place: log.place.name,
          name: log.seen.name,
          identity: log.seen.identity,
          version: log.seen.version,
          modifiedMs: log.seen.modifiedMs,
          position: log.position,
          past: [...log.past],
          content: log.content,
          isRead: log.readVersion === log.seen.version,
          goneSinceMs: log.goneSinceMs,
        })),
    }),

    async close() {
      for (const log of logs.values()) await log.close();
    },
  };

  function forgetSettled({ place, floorMs, newestMs }: { place: LogPlace; floorMs: number; newestMs: number }): void {
    if (place.settledAfterMs === undefined) return;
    const floor = Math.max(floorMs, newestMs - place.settledAfterMs);
    for (const [identity, log] of logs)
      if (log.place === place && log.seen.modifiedMs < floor && log.readVersion === log.seen.version)
        logs.delete(identity);
    states.set(place.name, { floorMs: floor });
  }

  function forgetGone(): void {
    const gone = [...logs].filter(([, { goneSinceMs }]) => goneSinceMs !== null);
    const tooOld = gone.filter(([, { goneSinceMs }]) => nowMs() - (goneSinceMs ?? 0) > goneKeptMs);
    const tooMany = gone.slice(0, Math.max(0, gone.length - goneKeptMax));
    for (const [identity] of [...tooOld, ...tooMany]) logs.delete(identity);
  }
}

/** It was followed at the last look, or has just left and may still get its last lines. */
function isStillThere({ goneSinceMs }: FollowedLog, nowMs: number): boolean {
  return goneSinceMs === null || nowMs - goneSinceMs < farewellMs;
}

function put(into: Map<string, string>, name: string, error: unknown, { signal }: Reach): void {
  signal.throwIfAborted();
  into.set(name, error instanceof PortError ? error.message : reasonOf(error));
}
