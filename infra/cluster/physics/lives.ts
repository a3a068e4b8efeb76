import { activeAttempt, type Attempt, type RankDeath, type RankHang } from './job.ts';
import type { Segment } from './segment.ts';

export interface AttemptLife {
  readonly attempt: Attempt;
  /** When it makes no more steps; Infinity while nothing stops it. */
  readonly stoppedMs: number;
  /** How it stops: a rank hangs, a rank dies, it is put back into the queue; the first two may be one after the other. */
  readonly hang: RankHang | null;
  readonly death: RankDeath | null;
  readonly requeuedMs: number | null;
  /** Hangs whose cause went away in time, oldest first. */
  readonly overcome: readonly OvercomeHang[];
}

interface OvercomeHang {
  readonly hang: RankHang;
  readonly fromMs: number;
  readonly toMs: number;
}

/** All attempts in these segments. */
export function livesOf(segments: readonly Segment[]): readonly AttemptLife[] {
  return segments.reduce(livesWith, []);
}

/** With the segment that follows those of which the others are known. */
export function livesWith(lives: readonly AttemptLife[], { phase, fromMs }: Segment): readonly AttemptLife[] {
  const attempt = activeAttempt(phase);
  const last = lives.at(-1);
  if (attempt !== null && last?.attempt !== attempt)
    return [...lives, { attempt, stoppedMs: Infinity, hang: null, death: null, requeuedMs: null, overcome: [] }];
  if (last === undefined) return lives;
  const changed = (change: Partial<AttemptLife>) => [...lives.slice(0, -1), { ...last, ...change }];
  if (phase.kind === 'hung' && last.hang === null) return changed({ hang: phase.hang, stoppedMs: fromMs });
  // Its cause went away in time.
  if (phase.kind === 'running' && last.hang !== null) {
    const overcome = [...last.overcome, { hang: last.hang, fromMs: last.stoppedMs, toMs: fromMs }];
    return changed({ hang: null, stoppedMs: Infinity, overcome });
  }
  if (phase.kind === 'dying' && last.death === null)
    return changed({ death: phase.death, stoppedMs: Math.min(last.stoppedMs, fromMs) });
  if (phase.kind === 'pending' && last.requeuedMs === null)
    return changed({ requeuedMs: fromMs, stoppedMs: Math.min(last.stoppedMs, fromMs) });
  return lives;
}

/** Without what is later than a moment. */
export function knownAt(lives: readonly AttemptLife[], ms: number): readonly AttemptLife[] {
  const over = lives.findIndex(
    ({ attempt, stoppedMs, death, requeuedMs, overcome }) =>
      attempt.launchMs > ms ||
      overcome.some(({ toMs }) => toMs > ms) ||
      (stoppedMs > ms && stoppedMs < Infinity) ||
      (death !== null && death.atMs > ms) ||
      (requeuedMs !== null && requeuedMs > ms),
  );
  if (over < 0) return lives;
  return lives.flatMap((life, at) => {
    if (at < over) return [life];
    if (life.attempt.launchMs > ms) return [];
    const { stoppedMs, hang, death, requeuedMs } = life;
    const overcome = life.overcome.filter(({ toMs }) => toMs <= ms);
    const lasting = life.overcome.find(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
    if (lasting !== undefined)
      return [{ ...life, stoppedMs: lasting.fromMs, hang: lasting.hang, death: null, requeuedMs: null, overcome }];
    return [
      {
        ...life,
        stoppedMs: stoppedMs > ms ? Infinity : stoppedMs,
        hang: hang !== null && hang.atMs <= ms ? hang : null,
        death: death !== null && death.atMs <= ms ? death : null,
        requeuedMs: requeuedMs !== null && requeuedMs <= ms ? requeuedMs : null,
        overcome,
      },
    ];
  });
}
