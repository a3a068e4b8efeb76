import type { UnitRef } from '../schemas/detector.ts';
import { readHeader } from './header.ts';
import { grammarsOf, mayStartLiterals, type UnitGrammar, type UnitState } from './unit-grammars.ts';

/** One line as the tracker needs it; `rank` is that of the line's envelope or prefix, if known. */
export interface UnitLine {
  readonly text: string;
  readonly line: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly rank?: number;
}

/** Follows multi-line units through one source: tracebacks, dumps, summaries, pretty-printed JSON. */
export interface UnitTracker {
  /**
   * The unit that the line belongs to; all lines of a unit get the same object. Lines must come in order. A first line
   * that only the next one proves to be one (`====`, `{`) gets `null` itself; the unit names it all the same.
   */
  next(line: UnitLine): UnitRef | null;
  /** False: a line without any of `unitStarts`, and for which `opensBlock` is false, may be skipped. */
  isOpen(): boolean;
}

/** One of these stands in every line that can begin a unit, compared without regard to case; see also `opensBlock`. */
export const unitStarts: readonly string[] = mayStartLiterals;

/** Whether a line can begin a pretty-printed object: the one start that no literal is worth looking for. */
export function opensBlock(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last === openBrace || (last === openBracket && text.length <= loneBracketCharsMax);
}

/** Lines of one unit; what comes after is not taken to be of it. Deep recursions print a few thousand frames. */
export const unitLinesMax = 10_000;
/** Writers with a unit open at one time: ranks that share a file. */
export const openUnitsMax = 256;
/** A unit whose writer has been silent for this many lines of others is over. */
export const idleLinesMax = 4_096;

const openBrace = 123;
const openBracket = 91;
const loneBracketCharsMax = 64;

interface OpenUnit {
  readonly ref: UnitRef;
  readonly grammar: UnitGrammar;
  /** Indentation, quotes or a runner's own tag, as the grammar found it. */
  readonly lead: string;
  state: UnitState;
  lines: number;
  /** Lines of the same writer in between that are not of the unit. */
  strangers: number;
  /** Count of lines seen when the unit's writer last wrote. */
  touched: number;
}

/**
 * A unit belongs to a writer: the rank if the line has one, else the launcher's tag, host and program in its header. Lines
 * of other writers in between neither close nor join it. A line of the same writer that does not fit is left out;
 * unfinished units (no exception line yet) stay open for a few of these, finished ones are closed by the first.
 */
export function unitTracker(): UnitTracker {
  /** Least recently touched first. */
  const open = new Map<string, OpenUnit>();
  let seen = 0;

  const dropIdle = (): void => {
    for (const [writer, unit] of open) {
      if (seen - unit.touched <= idleLinesMax && open.size <= openUnitsMax) return;
      open.delete(writer);
    }
  };

  const keep = (writer: string, unit: OpenUnit): UnitRef | null => {
    unit.lines += 1;
    unit.touched = seen;
    open.delete(writer);
    if (unit.state !== 'over' && unit.lines < unitLinesMax) open.set(writer, unit);
    dropIdle();
    return unit.grammar.isTentative?.(unit.state) === true ? null : unit.ref;
  };

  const begin = (body: string, line: UnitLine): OpenUnit | null => {
    for (const grammar of grammarsOf(body)) {
      const state = grammar.starts(body);
      if (state === null) continue;
      const ref: UnitRef = { kind: grammar.kind, line: line.line, byteStart: line.byteStart };
      return { ref, grammar, lead: grammar.leadOf?.(body) ?? '', state, lines: 0, strangers: 0, touched: seen };
    }
    return null;
  };

  return {
    next(line) {
      seen += 1;
      const { writer, body } = writerOf(line);
      const unit = open.get(writer);
      if (unit === undefined) {
        if (open.size > 0) dropIdle();
        const begun = begin(body, line);
        return begun === null ? null : keep(writer, begun);
      }
      const inner = unit.lead !== '' && body.startsWith(unit.lead) ? body.slice(unit.lead.length) : body;
      const state = unit.grammar.goesOn(inner, unit.state);
      if (state !== null) {
        unit.state = state;
        unit.strangers = 0;
        return keep(writer, unit);
      }
      const another = begin(body, line);
      if (another !== null) return keep(writer, another);
      unit.strangers += 1;
      if (unit.strangers > unit.grammar.strangersMax(unit.state)) open.delete(writer);
      return null;
    },
    isOpen: () => open.size > 0,
  };
}

const bodyCharsMax = 2_048;

function writerOf({ text, rank }: UnitLine): { writer: string; body: string } {
  const process = ncclProcess.exec(text.slice(0, processCharsMax));
  const { writer, bodyStart } = readHeader(text);
  const body = text.slice(bodyStart, bodyStart + bodyCharsMax);
  if (process !== null) return { writer: `nccl ${process[1] ?? ''}`, body };
  return { writer: rank === undefined ? writer : `${rank}|${writer}`, body };
}

const processCharsMax = 400;
// node-03:4242:4250 [2] NCCL … : every process is a writer of its own, whoever shares the file.
const ncclProcess = /(?:^|[\s>\]])([\w.-]{1,63}:\d{1,9}:\d{1,9}) \[-?\d{1,3}\] .{0,160}?NCCL /;
