import { setImmediate as afterAllElse } from 'node:timers/promises';
import type { Clock } from '../../../../activities/ports.ts';

/** Milliseconds that pass only while everybody waits for them. */
export interface VirtualTime extends Clock {
  /** Resolves when so many milliseconds have passed; rejects with the signal's reason. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Time goes to whoever wakes first once nothing else can run, so that what happens side by side takes as long as the
 * longest of it. Who began to wait first wakes first: the same calls give the same order.
 */
export function virtualTime(startMs: number): VirtualTime {
  let presentMs = startMs;
  let order = 0;
  let sleepers: readonly Sleeper[] = [];
  let isPassing = false;

  const pass = async (): Promise<void> => {
    isPassing = true;
    while (sleepers.length > 0) {
      // Twice: what one turn of the event loop sets going, the next one sees.
      await afterAllElse();
      await afterAllElse();
      const [first] = sleepers.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (first === undefined) break;
      sleepers = sleepers.filter((one) => one !== first);
      presentMs = Math.max(presentMs, first.atMs);
      first.wake();
    }
    isPassing = false;
  };

  return {
    nowMs: () => presentMs,
    async wait(ms, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { atMs: presentMs + Math.max(0, ms), order: order++, wake: resolve };
      const onAbort = () => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('the wait was ended'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers = [...sleepers, sleeper];
      if (!isPassing) void pass();
      try {
        await promise;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}
