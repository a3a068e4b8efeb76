import type { LogLevel, LogLine, UnitRef } from '../schemas/detector.ts';
import type { LineView } from './blocks.ts';
import { bootAnchor } from './boot-anchor.ts';
import { openEnvelope, type Opened } from './envelope.ts';
import { launcherLabel } from './launcher-tag.ts';
import { readLevel } from './level.ts';
import { lineText } from './line-text.ts';
import { lineTimes, type LineTimes } from './line-times.ts';
import { originOfPath, readOrigin, type Origin } from './origin.ts';
import type { LogSource } from './source-scan.ts';

/** Tells of the lines of one source what stands around their words: when, where, by whom, of which rank and level. */
export interface LineDresser {
  readonly node: string | undefined;
  readonly rank: number | undefined;
  readonly times: LineTimes;
  /** Every line goes by here first: the launcher's labels are learned from the first ones. */
  pass(view: LineView): void;
  /** The program's own words. */
  open(text: string): Opened;
  dress(view: LineView, opened: Opened, unit: UnitRef | null): LogLine;
  /** Whether this line, which holds one of `anchorLiterals`, is to be given to `anchor`. */
  wantsAnchor(): boolean;
  /** Takes a line that may tell when the node was started. */
  anchor(text: string): void;
}

/** One of these stands in every line that may tell when the node was started. */
export const anchorLiterals: readonly string[] = ['kernel: [', 'setting system clock to', 'startup finished in'];

export function lineDresser(source: LogSource): LineDresser {
  const path = originOfPath(source.source);
  const node = source.node ?? path.node;
  const rank = source.rank ?? globalRank(path, node);
  const times = lineTimes(source);
  const boot = bootAnchor();
  let anchors = 0;
  let firstLines: string[] | null = [];
  let label: ReturnType<typeof launcherLabel> = null;

  return {
    node,
    rank,
    times,
    pass(view) {
      if (firstLines === null || view.continued) return;
      firstLines.push(lineText(view));
      if (firstLines.length < labelLines) return;
      label = launcherLabel(firstLines);
      firstLines = null;
    },
    open: (text) => openEnvelope(text, label === null ? times.context() : { ...times.context(), label }),
    dress(view, opened, unit) {
      const atMs = timeOf(times, view, opened);
      const own = readOrigin(opened.text);
      const lineNode = own.node ?? opened.node ?? node;
      const lineRank = globalRank(own, lineNode) ?? globalRank(opened, lineNode) ?? rank;
      return new DressedLine(source, view, opened, { atMs, node: lineNode, rank: lineRank, unit });
    },
    wantsAnchor() {
      anchors += 1;
      // The first ones settle it; later ones follow the drift.
      return anchors <= anchorsAtFirst || anchors % anchorsEvery === 0;
    },
    anchor(text) {
      boot.note(text, times.context());
      const bootMs = boot.bootMs();
      if (bootMs !== null) times.setBoot(bootMs);
    },
  };
}

/** Of the millions of lines that repeat a finding nobody asks for the level, which takes as long to read as the time. */
class DressedLine implements LogLine {
  readonly source: string;
  readonly evidenceId: string;
  readonly line: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly text: string;
  // Declared only: as fields they would stand there without a value.
  declare readonly atMs?: number;
  declare readonly node?: string;
  declare readonly rank?: number;
  declare readonly stream?: 'stdout' | 'stderr';
  declare readonly unit?: UnitRef;
  readonly #levelAround: LogLevel | undefined;

  constructor(
    { source, evidenceId }: LogSource,
    { line, byteStart, byteEnd }: LineView,
    { text, level, stream }: Opened,
    { atMs, node, rank, unit }: LinePlace,
  ) {
    this.source = source;
    this.evidenceId = evidenceId;
    this.line = line;
    this.byteStart = byteStart;
    this.byteEnd = byteEnd;
    this.text = text;
    this.#levelAround = level;
    if (atMs !== null) this.atMs = atMs;
    if (node !== undefined) this.node = node;
    if (rank !== undefined) this.rank = rank;
    if (stream !== undefined) this.stream = stream;
    if (unit !== null) this.unit = unit;
  }

  get level(): LogLevel | undefined {
    return this.#levelAround ?? readLevel(this.text) ?? undefined;
  }
}

interface LinePlace {
  readonly atMs: number | null;
  readonly node: string | undefined;
  readonly rank: number | undefined;
  readonly unit: UnitRef | null;
}

// Enough lines for a launcher's habit to show.
const labelLines = 32;
const anchorsAtFirst = 64;
const anchorsEvery = 256;

function timeOf(times: LineTimes, view: LineView, { atMs, text }: Opened): number | null {
  // What stands in the middle of a line is not when it was written.
  if (view.continued) return times.at(view.from, view.to, '');
  if (atMs === undefined) return times.at(view.from, view.to, text);
  times.own(view.to, atMs);
  return atMs;
}

/** A rank that counts within its node is the rank itself only where no node is named. */
function globalRank({ rank, rankIsLocal }: Origin, node: string | undefined): number | undefined {
  return rankIsLocal === true && node !== undefined ? undefined : rank;
}
