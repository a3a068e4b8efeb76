import { setTimeout as pause } from 'node:timers/promises';

const pauseMs = 250;
const callMsMax = 10_000;

/** Asks servers that may be dead at the moment again, until they answer or the time is over. */
export async function patiently<T>(what: string, msMax: number, ask: (deadlineMs: number) => Promise<T>): Promise<T> {
  const untilMs = Date.now() + msMax;
  for (;;) {
    try {
      return await ask(Math.min(untilMs, Date.now() + callMsMax));
    } catch (cause) {
      if (Date.now() > untilMs) throw new Error(`${what}: no answer within ${msMax / 1000} s`, { cause });
    }
    await pause(pauseMs);
  }
}
