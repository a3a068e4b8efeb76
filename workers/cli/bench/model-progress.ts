import { age, paint, type Terminal } from '../output.ts';

/** Questions to one who answers; those of one take about as long as each other. */
export interface Planned {
  readonly who: string;
  readonly count: number;
}

export interface Progress {
  /** The next question is put. */
  begin(who: string, what: string): void;
  /** It is answered. */
  done(who: string): void;
  end(): void;
}

/** How often a log gets a line; where a person watches, one line is replaced at each question. */
const lineEveryMs = 15_000;

/** Says on stderr how many questions are done, and how long the others will take. */
export function questionProgress(terminal: Terminal, planned: readonly Planned[], nowMs: () => number): Progress {
  const total = planned.reduce((sum, { count }) => sum + count, 0);
  const taken = new Map<string, { done: number; ms: number }>();
  let done = 0;
  let begunMs = nowMs();
  let saidMs = begunMs;

  const leftText = (): string => {
    const ms = leftMs(planned, taken);
    return ms === null ? 'no estimate yet' : `about ${age(ms)} left`;
  };
  return {
    begin(who, what) {
      begunMs = nowMs();
      const line = `  … ${done} of ${total} done, ${leftText()}: ${who} ${what}`;
      if (terminal.transient !== undefined) return terminal.transient(paint(terminal, 'dim', line));
      if (begunMs - saidMs < lineEveryMs) return;
      saidMs = begunMs;
      terminal.err(line);
    },
    done(who) {
      const before = taken.get(who) ?? { done: 0, ms: 0 };
      taken.set(who, { done: before.done + 1, ms: before.ms + nowMs() - begunMs });
      done += 1;
    },
    end: () => terminal.transient?.(''),
  };
}

/** Null while nothing is known of one who still has to answer. */
function leftMs(
  planned: readonly Planned[],
  taken: ReadonlyMap<string, { readonly done: number; readonly ms: number }>,
): number | null {
  let left = 0;
  for (const [who, of] of Map.groupBy(planned, (one) => one.who)) {
    const { done, ms } = taken.get(who) ?? { done: 0, ms: 0 };
    const open = of.reduce((sum, { count }) => sum + count, 0) - done;
    if (open === 0) continue;
    if (done === 0) return null;
    left += (open * ms) / done;
  }
  return left;
}
