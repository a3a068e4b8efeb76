import { setTimeout as pause } from 'node:timers/promises';
import { quantileSorted } from 'simple-statistics';

/** What became of a load that came at its own pace. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Answers by what they were: `202`, `503`, `no answer`. */
  readonly answers: Readonly<Record<string, number>>;
  /**
   * Of the requests that were accepted, from the moment at which each was due: one that had to wait for others waited
   * too. `null` when none was.
   */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** The answer that a request was sent for. */
export const accepted = '202';

/**
 * Sends at fixed moments, whatever the answers do (open loop). Latency counts from the due moment and not from the
 * sending, so that a sender that falls behind hides nothing (coordinated omission).
 */
export async function openLoop(
  count: number,
  perSecond: number,
  send: (index: number) => Promise<string>,
): Promise<LoadResult> {
  const startMs = performance.now();
  const answers: Record<string, number> = {};
  const latencies: number[] = [];
  const one = async (index: number, dueMs: number) => {
    const answer = await send(index).catch(() => 'no answer');
    if (answer === accepted) latencies.push(performance.now() - dueMs);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  const all: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startMs + (index * 1000) / perSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await pause(earlyMs);
    all.push(one(index, dueMs));
  }
  await Promise.all(all);
  const sorted = latencies.toSorted((a, b) => a - b);
  const rounded = (share: number) => (sorted.length === 0 ? null : Math.round(quantileSorted(sorted, share) * 10) / 10);
  return { requests: count, perSecond, answers, p50Ms: rounded(0.5), p99Ms: rounded(0.99), maxMs: rounded(1) };
}
