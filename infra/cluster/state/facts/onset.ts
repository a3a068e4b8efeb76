import { z } from 'zod';
import { uniform } from '../../noise.ts';
import type { FactValue } from './kind.ts';

/** How a cause comes: at once, in twelve equal steps (numbers only), in stretches that come and go, or once for a while. Times are cluster time. */
export const onsetSchema = z.discriminatedUnion('shape', [
  z.strictObject({ shape: z.literal('sudden') }),
  z.strictObject({ shape: z.literal('creeping'), rampMs: z.number().positive() }),
  z.strictObject({
    shape: z.literal('intermittent'),
    periodMs: z.number().min(1_000),
    onShare: z.number().gt(0).lt(1),
  }),
  z.strictObject({ shape: z.literal('passing'), lengthMs: z.number().positive() }),
]);
export type Onset = z.infer<typeof onsetSchema>;

export const sudden: Onset = { shape: 'sudden' };

/** A cause with a beginning. */
export interface Beginning {
  readonly value: FactValue;
  readonly healthy: FactValue;
  readonly onset: Onset;
  readonly sinceMs: number;
  /** Draws the stretches of an intermittent cause: the seed of the cluster and the name of the cause. */
  readonly seed: number;
  readonly name: string;
}

export interface Resolved {
  readonly value: FactValue;
  /** When it became so. */
  readonly sinceMs: number;
  /** When it will change if nobody acts; Infinity when it stays. */
  readonly untilMs: number;
}

const steps = 12;

/** The value at a moment from `sinceMs` on, and the stretch in which it is that value. */
export function resolve(cause: Beginning, ms: number): Resolved {
  switch (cause.onset.shape) {
    case 'sudden':
      return { value: cause.value, sinceMs: cause.sinceMs, untilMs: Infinity };
    case 'creeping':
      return creeping(cause, cause.onset.rampMs, ms);
    case 'intermittent':
      return intermittent(cause, cause.onset, ms);
    case 'passing':
      return passing(cause, cause.onset.lengthMs, ms);
  }
}

/** It goes by itself, and does not come back. */
function passing({ value, healthy, sinceMs }: Beginning, lengthMs: number, ms: number): Resolved {
  const untilMs = sinceMs + lengthMs;
  return ms < untilMs ? { value, sinceMs, untilMs } : { value: healthy, sinceMs: untilMs, untilMs: Infinity };
}

/** The first twelfth is there at once, the whole after eleven twelfths of the ramp; what is no number comes at its end. */
function creeping(cause: Beginning, rampMs: number, ms: number): Resolved {
  const { value, healthy, sinceMs } = cause;
  const at = (step: number) => sinceMs + (step * rampMs) / steps;
  if (typeof value !== 'number' || typeof healthy !== 'number') {
    const fullMs = at(steps);
    return ms < fullMs ? { value: healthy, sinceMs, untilMs: fullMs } : { value, sinceMs: fullMs, untilMs: Infinity };
  }
  let step = 0;
  while (step < steps - 1 && at(step + 1) <= ms) step += 1;
  const reached = step === steps - 1 ? value : healthy + ((value - healthy) * (step + 1)) / steps;
  return { value: reached, sinceMs: at(step), untilMs: step === steps - 1 ? Infinity : at(step + 1) };
}

/** Once in every period it is there, for about its share of it; the first time at once. */
function intermittent(
  cause: Beginning,
  { periodMs, onShare }: { readonly periodMs: number; readonly onShare: number },
  ms: number,
): Resolved {
  const { sinceMs, seed, name } = cause;
  const stretch = (period: number) => {
    const lengthMs = Math.min(0.95, onShare * (0.75 + 0.5 * uniform(seed, 'on-length', name, period))) * periodMs;
    const delayMs = period === 0 ? 0 : (periodMs - lengthMs) * uniform(seed, 'on-delay', name, period);
    const fromMs = sinceMs + period * periodMs + delayMs;
    return { fromMs, toMs: fromMs + lengthMs };
  };
  let period = Math.max(0, Math.floor((ms - sinceMs) / periodMs));
  // Rounding may put a moment at the edge of a stretch into the period before or after.
  if (period > 0 && ms < stretch(period - 1).toMs) period -= 1;
  else if (ms >= stretch(period + 1).fromMs) period += 1;
  const on = stretch(period);
  if (ms >= on.fromMs && ms < on.toMs) return { value: cause.value, sinceMs: on.fromMs, untilMs: on.toMs };
  if (ms >= on.toMs) return { value: cause.healthy, sinceMs: on.toMs, untilMs: stretch(period + 1).fromMs };
  return { value: cause.healthy, sinceMs: stretch(period - 1).toMs, untilMs: on.fromMs };
}
