import type { LogLine, Match } from '../../schemas/detector.ts';
import { numberIn } from './progress-track.ts';

/** How long steps took, in the order in which a writer told of them. Plain JSON. */
export interface StepSeries {
  /** What may be compared: the same writer, measure, count of steps and batch size. */
  readonly key: string;
  readonly measure: Measure;
  readonly node?: string;
  readonly rank?: number;
  /** One of so many measurements was kept. */
  readonly every: number;
  readonly points: readonly StepPoint[];
}

/** `time`: milliseconds a step. `rate`: seconds a unit, the inverse of what was told; only its changes mean something. */
export type Measure = 'time' | 'rate';

export interface StepPoint {
  readonly value: number;
  readonly step: number | null;
  readonly atMs: number | null;
  readonly line: number;
  readonly byteStart: number;
  readonly byteEnd: number;
}

export interface SeriesFollower {
  note(line: LogLine, match: Match): void;
  series(): readonly StepSeries[];
}

// Series of one source: ranks, bars, batch sizes.
const seriesMax = 512;
// More points tell nothing more of a change; every second one goes when there are more. Even.
const pointsMax = 256;
// Stamps and bars count whole seconds: over ten of them a step time is right within a tenth.
const spanMsMin = 10_000;

interface Open {
  readonly key: string;
  readonly measure: Measure;
  readonly node: string | undefined;
  readonly rank: number | undefined;
  every: number;
  /** Measurements since one was kept. */
  skipped: number;
  points: StepPoint[];
  /** Where the span that is being measured began; null for what is measured by the program itself. */
  since: { readonly step: number; readonly ms: number } | null;
  ticks: number;
  lastByte: number;
}

export function followSeries(): SeriesFollower {
  const all = new Map<string, Open>();
  const seriesOf = (line: LogLine, measure: Measure, key: string): Open | null => {
    const known = all.get(key);
    if (known !== undefined || all.size >= seriesMax) return known ?? null;
    const { node, rank } = line;
    const opened: Open = {
      key,
      measure,
      node,
      rank,
      every: 1,
      skipped: 0,
      points: [],
      since: null,
      ticks: 0,
      lastByte: -1,
    };
    all.set(key, opened);
    return opened;
  };
  return {
    note(line, match) {
      const reading = readingOf(line, match);
      if (reading === null) return;
      const { measure, sort } = reading;
      const writer = `${line.node ?? ''}|${line.rank ?? ''}`;
      const series = seriesOf(line, measure, `${writer}|${measure}|${sort}`);
      // Two detectors may have read progress from one line.
      if (series === null || series.lastByte === line.byteStart) return;
      series.lastByte = line.byteStart;
      series.ticks += 1;
      const value = reading.value ?? spanned(series, reading);
      if (value !== null) keep(series, value, reading.step, line);
    },
    series: () =>
      [...all.values()]
        .filter(({ points }) => points.length > 0)
        .map(({ key, measure, node, rank, every, points }) => ({
          key,
          measure,
          ...(node === undefined ? {} : { node }),
          ...(rank === undefined ? {} : { rank }),
          every,
          points,
        })),
  };
}

interface Reading {
  readonly measure: Measure;
  readonly sort: string;
  /** As the program measured it; null where it has to be taken from the time between lines. */
  readonly value: number | null;
  readonly step: number | null;
  readonly clockMs: number | null;
}

/** The best that a line offers: its own step time, a bar's clock, a rate, and last the time of the line itself. */
function readingOf(line: LogLine, { kind, values }: Match): Reading | null {
  const step = numberIn(values, 'step') ?? null;
  const stepMs = numberIn(values, 'stepMs');
  const perSecond = numberIn(values, 'perSecond');
  const elapsedS = numberIn(values, 'elapsedS');
  const of = `${numberIn(values, 'steps') ?? ''}|${numberIn(values, 'batch') ?? ''}`;
  if (stepMs !== undefined && stepMs > 0)
    return { measure: 'time', sort: `told|${of}`, value: stepMs, step, clockMs: null };
  if (elapsedS !== undefined)
    return { measure: 'time', sort: `bar|${of}`, value: null, step, clockMs: 1000 * elapsedS };
  if (perSecond !== undefined && perSecond > 0)
    return { measure: 'rate', sort: `told|${of}`, value: 1 / perSecond, step, clockMs: null };
  if (line.atMs === undefined || step === null) return null;
  return { measure: 'time', sort: `${kind}|${of}`, value: null, step, clockMs: line.atMs };
}

/** The mean over at least ten seconds; null while they are not over, and where steps or clock went back. */
function spanned(series: Open, { step, clockMs }: Reading): number | null {
  if (clockMs === null) return null;
  const now = { step: step ?? series.ticks, ms: clockMs };
  const { since } = series;
  if (since === null || now.step <= since.step || now.ms < since.ms) {
    series.since = since !== null && now.step === since.step && now.ms >= since.ms ? since : now;
    return null;
  }
  if (now.ms - since.ms < spanMsMin) return null;
  series.since = now;
  return (now.ms - since.ms) / (now.step - since.step);
}

function keep(series: Open, value: number, step: number | null, line: LogLine): void {
  series.skipped += 1;
  if (series.skipped < series.every) return;
  series.skipped = 0;
  const { line: number, byteStart, byteEnd, atMs } = line;
  series.points.push({ value, step, atMs: atMs ?? null, line: number, byteStart, byteEnd });
  if (series.points.length <= pointsMax) return;
  series.every *= 2;
  series.points = series.points.filter((_, index) => index % 2 === 0);
}
