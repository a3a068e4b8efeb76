import type { FindingRole } from '../../workflows/domain/finding.ts';
import type { UnitRef } from '../schemas/detector.ts';
import type { LineView } from './blocks.ts';
import { lineText } from './line-text.ts';
import type { LineObserver } from './source-scan.ts';
import { templateTable, type Template } from './templates.ts';

/** A piece of a reduced log, in the order of the original. */
export type ReducedEntry = KeptLine | RoutineLines;

export interface KeptLine {
  readonly kind: 'line';
  readonly line: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly text: string;
  /**
   * `fault`: a detector reads trouble from it; `known`: the first of something that detectors know; `new`: nothing like it
   * was there before; `unit`: of one traceback or dump with such a line; `near`: beside a fault; `last`: of its source.
   */
  readonly why: 'fault' | 'known' | 'new' | 'unit' | 'near' | 'last';
  /** What detectors read from it. */
  readonly kinds?: readonly string[];
}

/** Lines in a row that are told by number. */
export interface RoutineLines {
  readonly kind: 'routine';
  readonly lines: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  /** How many of them repeat a fault whose first `repeatsKeptMax` lines are kept. */
  readonly repeats: number;
  /** The most frequent, at most `templatesToldMax`. */
  readonly templates: readonly { readonly id: number; readonly count: number }[];
}

export interface ReductionSummary {
  readonly lines: number;
  readonly kept: number;
  /** Most frequent first. */
  readonly templates: readonly Template[];
}

export interface LineReducer extends LineObserver {
  summary(): ReductionSummary;
}

/**
 * Compresses routine lines and keeps, in order and in full: every line that tells of a fault (a storm's first
 * `repeatsKeptMax` a kind and place), the first of everything that detectors know, the first of every template, what
 * stands around faults, and the last line.
 */
export function lineReducer(
  roleOf: (kind: string) => FindingRole,
  emit: (entry: ReducedEntry) => void,
  isFiltered: (text: string) => boolean = () => false,
): LineReducer {
  const table = templateTable();
  /** The last lines, not yet told: whether they are kept may depend on what follows. Oldest first. */
  const recent = recentLines(nearLines);
  const keptOfUnit = new WeakMap<UnitRef, number>();
  let gap: Gap | null = null;
  let nearLeft = 0;
  let lines = 0;
  let kept = 0;

  const counts = gapCounts();
  /** The line that is being noted, and its text once it was needed. */
  const reading: { view: LineView | null; text: string | null } = { view: null, text: null };
  const readText = (): string => (reading.text ??= reading.view === null ? '' : lineText(reading.view));

  const flushGap = (): void => {
    if (gap === null) return;
    emit({ kind: 'routine', ...gap, templates: counts.take() });
    gap = null;
  };

  const intoGap = ({ line, byteStart, byteEnd, template, isRepeat }: Recent): void => {
    gap ??= { lines: 0, firstLine: line, lastLine: line, byteStart, byteEnd, repeats: 0 };
    gap.lines += 1;
    gap.lastLine = line;
    gap.byteEnd = byteEnd;
    if (isRepeat) gap.repeats += 1;
    if (template !== -1) counts.add(template);
  };

  /** A unit of which one line is kept is kept whole, what stands before that line as far as it still waits. */
  const isKeptUnit = (unit: UnitRef, isKept: boolean): boolean => {
    const before = keptOfUnit.get(unit);
    if (before === undefined && !isKept) return false;
    if (before === undefined) for (const one of recent.held()) if (one.unit === unit) one.why ??= 'unit';
    keptOfUnit.set(unit, (before ?? 0) + 1);
    return (before ?? 0) < unitLinesKeptMax;
  };

  const tell = (one: Recent): void => {
    if (one.why === null) return intoGap(one);
    flushGap();
    kept += 1;
    const { line, byteStart, byteEnd, why, kinds } = one;
    const text = textOf(one);
    emit({ kind: 'line', line, byteStart, byteEnd, text, why, ...(kinds === null ? {} : { kinds }) });
  };

  const pass = (
    view: LineView,
    text: string | null,
    template: Template | null,
    isRepeat: boolean,
    why: KeptLine['why'] | null,
    kinds: readonly string[] | null = null,
    unit: UnitRef | null = null,
  ): void => {
    const isFault = why === 'fault';
    if (isFault) for (const before of recent.held()) before.why ??= 'near';
    const inUnit = unit !== null && isKeptUnit(unit, why !== null);
    const isNear = nearLeft > 0 && !isRepeat;
    nearLeft = isFault ? nearLines : Math.max(0, nearLeft - 1);
    if (recent.isFull()) tell(recent.oldest());
    recent.hold(
      view,
      text,
      template?.id ?? -1,
      isRepeat,
      why ?? (inUnit ? 'unit' : isNear ? 'near' : null),
      kinds,
      unit,
    );
  };

  return {
    routine(view, text, unit) {
      lines += 1;
      reading.view = view;
      reading.text = text;
      const { template, isNew } = table.note(view, readText);
      const read = reading.text;
      pass(view, read, template, false, isNew && !(read !== null && isFiltered(read)) ? 'new' : null, null, unit);
    },
    matched(view, text, { unit = null }, matches, seen) {
      lines += 1;
      const { isNew, template } = table.note(view, () => text);
      const isFault = matches.some(({ kind }) => isTrouble(roleOf(kind)));
      const isKept = isNew || seen === 1 || (isFault && seen <= repeatsKeptMax);
      if (!isKept) return pass(view, text, template, isFault, null, null, unit);
      const kinds = matches.map(({ kind }) => kind);
      pass(view, text, template, false, isFault ? 'fault' : 'known', kinds, unit);
    },
    blockEnd() {
      for (const one of recent.held()) {
        one.text = textOf(one);
        one.buffer = noBytes;
      }
    },
    end() {
      const held = [...recent.held()];
      const last = held.at(-1);
      if (last !== undefined) last.why ??= 'last';
      for (const one of held) tell(one);
      flushGap();
    },
    summary: () => ({ lines, kept, templates: table.templates() }),
  };
}

/** Lines before and after a fault that are kept with it. */
export const nearLines = 3;
/** A burst of one kind at one place says nothing new after this many lines; their number and span are told. */
export const repeatsKeptMax = 100;
/** Of one traceback or dump; beyond, its lines count like any others. */
const unitLinesKeptMax = 1_000;
const templatesToldMax = 5;
const gapTemplatesMax = 256;

/** A line that was read but not yet told. The objects are used again: millions of lines pass through. */
interface Recent {
  line: number;
  byteStart: number;
  byteEnd: number;
  text: string | null;
  /** Where the text can still be read from, until the block ends. */
  buffer: Uint8Array;
  from: number;
  to: number;
  odd: boolean;
  template: number;
  isRepeat: boolean;
  why: KeptLine['why'] | null;
  kinds: readonly string[] | null;
  unit: UnitRef | null;
}

const noBytes = new Uint8Array(0);

function recentLines(max: number) {
  const ring: Recent[] = Array.from({ length: max + 1 }, () => ({
    line: 0,
    byteStart: 0,
    byteEnd: 0,
    text: null,
    buffer: noBytes,
    from: 0,
    to: 0,
    odd: false,
    template: -1,
    isRepeat: false,
    why: null,
    kinds: null,
    unit: null,
  }));
  let first = 0;
  let count = 0;
  const at = (index: number): Recent => {
    const one = ring[(first + index) % ring.length];
    if (one === undefined) throw new Error('a ring has a place for every index');
    return one;
  };
  return {
    isFull: () => count === max,
    /** Takes the oldest out; it stays as it is until the next but one is held. */
    oldest(): Recent {
      const one = at(0);
      first = (first + 1) % ring.length;
      count -= 1;
      return one;
    },
    *held(): Generator<Recent> {
      for (let index = 0; index < count; index += 1) yield at(index);
    },
    hold(
      view: LineView,
      text: string | null,
      template: number,
      isRepeat: boolean,
      why: Recent['why'],
      kinds: Recent['kinds'],
      unit: Recent['unit'],
    ): void {
      const one = at(count);
      count += 1;
      one.line = view.line;
      one.byteStart = view.byteStart;
      one.byteEnd = view.byteEnd;
      one.text = text;
      one.buffer = view.buffer;
      one.from = view.from;
      one.to = view.to;
      one.odd = view.odd;
      one.template = template;
      one.isRepeat = isRepeat;
      one.why = why;
      one.kinds = kinds;
      one.unit = unit;
    },
  };
}

interface Gap {
  lines: number;
  firstLine: number;
  lastLine: number;
  byteStart: number;
  byteEnd: number;
  repeats: number;
}

/** How often each template comes in a gap: an array by their numbers, since millions of lines are counted. */
function gapCounts() {
  let counts = new Int32Array(1_024);
  let seen: number[] = [];
  return {
    add(template: number): void {
      if (template >= counts.length) {
        const larger = new Int32Array(Math.max(template + 1, counts.length * 2));
        larger.set(counts);
        counts = larger;
      }
      if (counts[template] === 0) {
        if (seen.length >= gapTemplatesMax) return;
        seen.push(template);
      }
      counts[template] = (counts[template] ?? 0) + 1;
    },
    /** The most frequent; begins anew. */
    take(): RoutineLines['templates'] {
      const told = seen
        .map((id) => ({ id, count: counts[id] ?? 0 }))
        .toSorted((a, b) => b.count - a.count || a.id - b.id)
        .slice(0, templatesToldMax);
      for (const id of seen) counts[id] = 0;
      seen = [];
      return told;
    },
  };
}

function textOf(one: Recent): string {
  return one.text ?? lineText(one);
}

function isTrouble(role: FindingRole): boolean {
  return role === 'cause' || role === 'symptom';
}
