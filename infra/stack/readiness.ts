import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until `ask` no longer throws; ends with the signal's reason. */
export async function untilAnswered(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<void>): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await ask(AbortSignal.any([signal, AbortSignal.timeout(askMsMax)]));
    } catch {
      await delay(pollMs, undefined, { signal });
    }
  }
}

/** Resolves once the address answers with a 2xx status. */
export function httpReady(address: string, signal: AbortSignal): Promise<void> {
  return untilAnswered(signal, async (askSignal) => {
    const response = await fetch(address, { signal: askSignal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  });
}

const pollMs = 50;
const askMsMax = 2_000;
