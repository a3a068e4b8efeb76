import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { z } from 'zod';
import { wallDurationMs, type ClusterTime } from '../clock.ts';
import type { Timeline } from '../physics/timeline.ts';
import { pause } from '../pause.ts';
import { readJson, writeJson } from '../state/files.ts';
import type { LogSink } from './sink.ts';
import { windowObjects, type LogObject } from './windows.ts';

export interface Shipper {
  /** Everything before this cluster time is in the store. */
  shippedToMs(): number;
  /** Ships every window that is due; throws when the store refuses one. */
  shipDue(signal: AbortSignal): Promise<void>;
  /** Ships for as long as the signal lasts; a store that is down is waited for. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ShipperOptions {
  readonly timeline: Timeline;
  readonly time: ClusterTime;
  readonly sink: LogSink;
  readonly stateDir: string;
  readonly windowMs: number;
  readonly lagMs: number;
  readonly onTrouble: (message: string) => void;
}

const putsAtOnceMax = 16;
/** Windows that are built together; the cursor moves when all of them are in the store. */
const windowsAtOnceMax = 30;
/** Windows that wait for a store that is away or a stopped cluster, a day of 60 s ones; older ones are dropped, and said so. */
const windowsWaitingMax = 1_440;
// Wall time: short enough that the first windows are there soon after a store came up.
const retryMsMin = 250;
const retryMsMax = 5_000;

const cursorSchema = z.strictObject({ shippedToMs: z.number() });

/**
 * Text is a function of state and time, so there is no spool: after an outage of the store or a restart the
 * windows since the cursor are written again from the state, as they would have been, and each only once.
 */
export function createShipper(options: ShipperOptions): Shipper {
  const { timeline, time, sink, windowMs, lagMs } = options;
  const path = join(options.stateDir, 'log-cursor.json');
  const begin = Math.floor(timeline.world.historyFromMs / windowMs) * windowMs;
  let shippedToMs = readJson(path, cursorSchema)?.shippedToMs ?? begin;
  const recordedPast = Math.ceil((time.map.clusterEpochMs - begin) / windowMs);
  const waitingMax = Math.max(windowsWaitingMax, recordedPast + windowsAtOnceMax);
  const limit = pLimit(putsAtOnceMax);

  /** No put outlives the attempt that it belongs to, so that the next one starts from what is really there. */
  const putAll = async (objects: readonly LogObject[], signal: AbortSignal) => {
    const failures: unknown[] = [];
    await limit.map(objects, async (object) => {
      if (failures.length > 0) return;
      await sink.put(object, signal).catch((error: unknown) => failures.push(error));
    });
    if (failures.length > 0) throw failures[0];
  };
  const shipBatch = async (signal: AbortSignal): Promise<boolean> => {
    const due = Math.floor((time.nowMs() - lagMs) / windowMs) * windowMs;
    const oldestMs = due - waitingMax * windowMs;
    if (shippedToMs < oldestMs) {
      options.onTrouble(
        `log store: ${(oldestMs - shippedToMs) / windowMs} windows before ${new Date(oldestMs).toISOString()} waited too long and are dropped`,
      );
      shippedToMs = oldestMs;
    }
    const toMs = Math.min(due, shippedToMs + windowsAtOnceMax * windowMs);
    if (toMs <= shippedToMs) return false;
    const objects = [];
    for (let from = shippedToMs; from < toMs; from += windowMs) {
      objects.push(...windowObjects(timeline, from, from + windowMs));
      // A window of a thousand nodes takes a while: whoever asks the cluster something meanwhile is answered.
      await setImmediate();
    }
    await putAll(objects, signal);
    shippedToMs = toMs;
    writeJson(path, { shippedToMs });
    return true;
  };
  const shipDue = async (signal: AbortSignal) => {
    while (!signal.aborted && (await shipBatch(signal)));
  };

  return {
    shippedToMs: () => shippedToMs,
    shipDue,
    async run(signal) {
      let retryMs = retryMsMin;
      while (!signal.aborted) {
        try {
          await shipDue(signal);
          retryMs = retryMsMin;
          const nextMs = shippedToMs + windowMs + lagMs - time.nowMs();
          await pause(Math.max(20, wallDurationMs(time.map, nextMs)), signal);
        } catch (error) {
          if (signal.aborted) return;
          options.onTrouble(`log store: ${String(error)}; next attempt in ${retryMs} ms`);
          await pause(retryMs, signal);
          retryMs = Math.min(retryMsMax, retryMs * 2);
        }
      }
    },
  };
}
