import { excerpt } from '../../logs/excerpt.ts';
import { rangeOf } from '../../logs/fold.ts';
import type { LogLine, Match } from '../../schemas/detector.ts';
import type { FollowedSource, ScanContext, SourceFollower } from '../../schemas/sequence-detector.ts';
import type { LinePlace } from './sequence-finding.ts';

/** How far one writer (a rank, or a source that names none) has come, from its lines of progress. Plain JSON. */
export interface ProgressTrack {
  readonly node?: string;
  readonly rank?: number;
  /** The source, where a line names neither node nor rank. */
  readonly source?: string;
  /** Lines of progress; 0 for one that told only that the run ended. */
  readonly count: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
  /** The longest time between two lines of progress: what a pause of this job may be. */
  readonly gapMs: number;
  /** The furthest step that was told; the step before it that was told. */
  readonly step?: number;
  readonly stepBefore?: number;
  /** How many steps there will be. */
  readonly steps?: number;
  /** The last line of progress. */
  readonly last: LinePlace;
  /** A run said after its last step that it ended. */
  readonly ended: boolean;
}

const endKind = 'job.progress.finished';

/** Lines that show that training goes on, and the one that says that it ended. */
export const progressKinds: readonly string[] = [
  'job.progress.step',
  'job.progress.throughput',
  'job.progress.bar',
  'job.progress.stage-done',
  endKind,
];

// Ranks of one source; those beyond are left out.
const tracksMax = 4_096;

interface Open {
  node: string | undefined;
  rank: number | undefined;
  source: string | undefined;
  count: number;
  firstMs: number | undefined;
  lastMs: number | undefined;
  gapMs: number;
  step: number | undefined;
  stepBefore: number | undefined;
  steps: number | undefined;
  lastLine: LogLine;
  ended: boolean;
}

export function followProgress(): SourceFollower<readonly ProgressTrack[]> {
  const tracks = new Map<string, Open>();
  return {
    note(line, match) {
      const key = writerOf(line);
      const known = tracks.get(key);
      if (match.kind === endKind) {
        // One rank speaks for the run.
        for (const track of tracks.values()) track.ended = true;
        if (tracks.size === 0) tracks.set(key, { ...opened(line, match), count: 0, ended: true });
        return;
      }
      if (known === undefined || known.count === 0) {
        if (tracks.size < tracksMax) tracks.set(key, opened(line, match));
        return;
      }
      // Two detectors may have read progress from one line.
      if (known.lastLine.byteStart !== line.byteStart) advance(known, line, match);
    },
    summary: () => (tracks.size === 0 ? null : [...tracks.values()].map(closed)),
  };
}

export function writerOf({ node, rank, source }: Pick<LogLine, 'node' | 'rank' | 'source'>): string {
  return rank === undefined && node === undefined ? source : `${node ?? ''}|${rank ?? ''}`;
}

function opened(line: LogLine, { values }: Match): Open {
  return {
    node: line.node,
    rank: line.rank,
    source: line.node === undefined && line.rank === undefined ? line.source : undefined,
    count: 1,
    firstMs: line.atMs,
    lastMs: line.atMs,
    gapMs: 0,
    step: numberIn(values, 'step'),
    stepBefore: undefined,
    steps: numberIn(values, 'steps'),
    lastLine: bounded(line),
    ended: false,
  };
}

// What is kept of every rank has to stay small, however long its lines.
const keptCharsMax = 2_000;

function bounded(line: LogLine): LogLine {
  return line.text.length <= keptCharsMax ? line : { ...line, text: excerpt(line.text) };
}

function advance(track: Open, line: LogLine, { values }: Match): void {
  track.count += 1;
  track.lastLine = bounded(line);
  track.ended = false;
  if (line.atMs !== undefined) {
    if (track.lastMs !== undefined) track.gapMs = Math.max(track.gapMs, line.atMs - track.lastMs);
    track.firstMs ??= line.atMs;
    track.lastMs = Math.max(track.lastMs ?? line.atMs, line.atMs);
  }
  const step = numberIn(values, 'step');
  if (step === undefined || step === track.step) return;
  track.steps = numberIn(values, 'steps') ?? track.steps;
  // A step that lies back belongs to another count: a new epoch, or a run that was started again.
  track.stepBefore = track.step !== undefined && step > track.step ? track.step : undefined;
  track.step = step;
}

export function numberIn(values: Match['values'], name: string): number | undefined {
  const value = values?.[name];
  return typeof value === 'number' ? value : undefined;
}

function closed({ lastLine, ...track }: Open): ProgressTrack {
  return { ...withoutUndefined(track), last: { ...placeWithoutText(lastLine), text: excerpt(lastLine.text) } };
}

function placeWithoutText(line: LogLine): Omit<LinePlace, 'text'> {
  return { range: rangeOf(line), ...withoutUndefined({ node: line.node, rank: line.rank, atMs: line.atMs }) };
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same without what is not known, as plain JSON has it. */
export function withoutUndefined<T extends object>(fields: T): Defined<T> {
  // What is left out is exactly what the type makes optional.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/**
 * One track a writer, in the time of the cluster: a rank whose log comes in many windows is followed through all of them,
 * in their order in time.
 */
export function joinTracks(
  sources: readonly FollowedSource<readonly ProgressTrack[]>[],
  { clockAheadMs = {} }: Pick<ScanContext, 'clockAheadMs'>,
): readonly ProgressTrack[] {
  const joined = new Map<string, ProgressTrack>();
  const aligned = sources.flatMap(({ summary }) => summary.map((track) => align(track, clockAheadMs)));
  for (const track of aligned.toSorted(inTime)) {
    const key = track.source ?? `${track.node ?? ''}|${track.rank ?? ''}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? track : joinTwo(known, track));
  }
  return [...joined.values()];
}

function align(track: ProgressTrack, clockAheadMs: Readonly<Record<string, number>>): ProgressTrack {
  const aheadMs = track.node === undefined ? undefined : clockAheadMs[track.node];
  if (aheadMs === undefined || track.firstMs === undefined || track.lastMs === undefined) return track;
  return { ...track, firstMs: track.firstMs - aheadMs, lastMs: track.lastMs - aheadMs };
}

function inTime(a: ProgressTrack, b: ProgressTrack): number {
  return (a.firstMs ?? Number.MAX_SAFE_INTEGER) - (b.firstMs ?? Number.MAX_SAFE_INTEGER);
}

function joinTwo(first: ProgressTrack, second: ProgressTrack): ProgressTrack {
  if (second.count === 0) return { ...first, ended: true };
  if (first.count === 0) return second;
  const between = first.lastMs === undefined || second.firstMs === undefined ? 0 : second.firstMs - first.lastMs;
  const stepBefore =
    second.stepBefore ??
    (first.step !== undefined && second.step !== undefined && first.step < second.step ? first.step : undefined);
  const { stepBefore: _before, ...rest } = { ...first, ...second };
  return {
    ...rest,
    count: first.count + second.count,
    ...withoutUndefined({ firstMs: first.firstMs ?? second.firstMs, stepBefore }),
    gapMs: Math.max(first.gapMs, second.gapMs, between),
  };
}

/** Mean milliseconds between two lines of progress; null where too few were dated. */
export function intervalMsOf({ count, firstMs, lastMs }: ProgressTrack): number | null {
  // Fewer lines tell no rhythm (the same bound as in kb/reasoning/at-work.ts).
  if (count < rhythmCountMin || firstMs === undefined || lastMs === undefined) return null;
  return (lastMs - firstMs) / (count - 1);
}

const rhythmCountMin = 3;
