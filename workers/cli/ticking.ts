import { paint, type Terminal } from './output.ts';

const tickMs = 200;
/** What is over sooner needs no word. */
const silentMs = 400;

/** While `work` goes on, a terminal shows what is waited for and for how long; elsewhere nothing is written. */
export async function ticking<T>(terminal: Terminal, what: () => string, work: () => Promise<T>): Promise<T> {
  const { transient } = terminal;
  if (transient === undefined) return work();
  const startedMs = performance.now();
  const tick = () => {
    const ms = performance.now() - startedMs;
    if (ms >= silentMs) transient(paint(terminal, 'dim', `  … ${what()}  ${(ms / 1000).toFixed(0)} s`));
  };
  const timer = setInterval(tick, tickMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    transient('');
  }
}
