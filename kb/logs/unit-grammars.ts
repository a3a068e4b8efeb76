import type { UnitKind } from '../schemas/detector.ts';
import { jsonGrammar } from './json-unit.ts';
import { kernelGrammar, oomGrammar } from './kernel-unit.ts';
import { pythonGrammar } from './python-unit.ts';

/** Where in its unit the last line stood; `over`: that line was the last one. What it means is the grammar's own. */
export type UnitState = string | number;

/** How one kind of unit begins and goes on. Bodies are lines without tag, time, host and program. */
export interface UnitGrammar {
  readonly kind: UnitKind;
  /** One of these stands in every first line (compared without regard to case). */
  readonly literals: readonly string[];
  /** The state after a first line; `null`: it is none. */
  starts(body: string): UnitState | null;
  /** What stands before the unit's own text in its first line; further lines are read without it if they begin so too. */
  leadOf?(body: string): string;
  /** The state after a further line; `null`: the line is not of the unit. */
  goesOn(body: string, state: UnitState): UnitState | null;
  /** Whether the lines so far may yet turn out to be no unit at all; the first line that settles it names them. */
  isTentative?(state: UnitState): boolean;
  /** How many lines of the same writer may stand in between, because others write into the same stream. */
  strangersMax(state: UnitState): number;
}

/** Lines that another process wrote in between while a unit lacks its end: a few at a time. */
const strangersWhileUnfinished = 8;
const noStrangers = (): number => 0;

/** Names of a frame list in C++: c10's, glibc's, gdb's, absl's, Open MPI's. */
const nativeLine =
  /^\s{0,8}(?:frame #\d{1,4}: |#\d{1,4} {1,4}(?:0x[0-9a-f]{4,16}|<|[\w(])|@ {1,12}0x[0-9a-f]{4,16}|\[ ?\d{1,3}\] |PC: @|<omitting python frames>|C\+\+ CapturedTraceback:|what\(\): |Exception raised from |terminate called |\*{3} (?:SIG|Aborted|Check failure stack))/;
const openMpiTag = /^(?:\[[\w.-]{1,63}:\d{2,9}\] )/;

const nativeGrammar: UnitGrammar = {
  kind: 'native-backtrace',
  literals: [
    'frame #',
    'terminate called',
    'exception raised from',
    'process received signal',
    'received at time=',
    'check failure stack trace',
  ],
  starts(body) {
    if (/\*{3} Process received signal \*{3}/.test(body)) return 'mpi';
    return /^\s{0,8}(?:frame #\d{1,4}: |terminate called |\*{3} SIG\w{1,10} received at time=|\*{3} Check failure stack trace)|Exception raised from .{1,400} \(most recent call first\)/.test(
      body,
    )
      ? 'frames'
      : null;
  },
  goesOn(body, state) {
    if (state === 'mpi') {
      if (/\*{3} End of error message \*{3}/.test(body)) return 'over';
      return openMpiTag.test(body) ? 'mpi' : null;
    }
    return nativeLine.test(body) ? 'frames' : null;
  },
  strangersMax: noStrangers,
};

/** A warning with the calls that it came through (`file.cc:123 -> 2`), and the topology that NCCL prints as a block. */
const ncclGrammar: UnitGrammar = {
  kind: 'nccl-dump',
  literals: ['NCCL WARN', '=== System'],
  starts(body) {
    if (/NCCL INFO === System/.test(body)) return 'topology';
    return /\] (?:[\w./-]{1,120}:\d{1,6} )?NCCL WARN /.test(body) ? 'warning' : null;
  },
  goesOn(body, state) {
    if (state === 'topology') {
      if (/NCCL INFO ={10,}\s*$/.test(body)) return 'over';
      return /NCCL INFO /.test(body) ? 'topology' : null;
    }
    return /NCCL INFO [\w./-]{1,120}:\d{1,6} -> -?\d{1,3}(?:$|\s|\[)/.test(body) ? 'calls' : null;
  },
  strangersMax: noStrangers,
};

const border = /^\s{0,40}([=*])\1{19,}\s*$/;

/** What torchrun prints when a worker failed: a block between two equal borders, headed "… FAILED". */
const elasticGrammar: UnitGrammar = {
  kind: 'elastic-summary',
  literals: ['====================', '********************'],
  starts(body) {
    const sign = border.exec(body)?.[1];
    return sign === undefined ? null : `${sign}title`;
  },
  goesOn(body, state) {
    const sign = String(state).charAt(0);
    if (String(state).endsWith('title')) return /\bFAILED\s*$/.test(body) ? `${sign}block` : null;
    return border.exec(body)?.[1] === sign ? 'over' : state;
  },
  isTentative: (state) => String(state).endsWith('title'),
  strangersMax: noStrangers,
};

const javaHead =
  /(?:^|[\s:])(?:Exception in thread ".{1,100}" |Caused by: )?(?:[a-z]\w{0,40}\.){1,12}[A-Z][\w$]{0,80}(?:Exception|Error|Throwable|Failure)\b/;

const javaGrammar: UnitGrammar = {
  kind: 'java-stack',
  literals: ['exception in thread', 'java.', 'javax.', 'org.apache.', 'scala.', 'io.netty.'],
  starts: (body) => (javaHead.test(body) ? 'head' : null),
  goesOn: (body) =>
    /^\s{1,8}(?:at [\w$.<>/@-]{1,300}\(|\.\.\. \d{1,5} (?:more|common frames))|^\s{0,8}(?:Caused by|Suppressed): |^\t\S/.test(
      body,
    )
      ? 'frames'
      : null,
  isTentative: (state) => state === 'head',
  strangersMax: noStrangers,
};

const goGrammar: UnitGrammar = {
  kind: 'go-dump',
  literals: ['goroutine ', 'panic: ', 'fatal error: ', 'SIGSEGV: segmentation'],
  starts: (body) =>
    /^(?:panic: |fatal error: |SIG[A-Z]{2,8}: |goroutine \d{1,9} (?:gp=\S{1,20} )?.{0,60}\[)/.test(body)
      ? 'head'
      : null,
  goesOn: (body) =>
    /^(?:goroutine \d{1,9} |\[signal |panic: |runtime: |created by |exit status \d|rax |r[a-z0-9]{1,3} {1,4}0x|[\w./*()@-]{1,300}(?:\[\.\.\.\])?\(.{0,400}\)(?: in goroutine \d{1,9})?$|\t(?:\/|[\w./@-]{1,300}\.(?:go|s):\d)|\.\.\.(?:additional|\d))/.test(
      body,
    )
      ? 'frames'
      : null,
  strangersMax: noStrangers,
};

/** In the order in which they are tried. */
const grammars: readonly UnitGrammar[] = [
  pythonGrammar(strangersWhileUnfinished),
  nativeGrammar,
  ncclGrammar,
  kernelGrammar(strangersWhileUnfinished),
  oomGrammar(strangersWhileUnfinished),
  elasticGrammar,
  javaGrammar,
  goGrammar,
];

export const mayStartLiterals: readonly string[] = grammars.flatMap(({ literals }) => literals);

const lowered = grammars.map((grammar) => ({
  grammar,
  literals: grammar.literals.map((literal) => literal.toLowerCase()),
}));

/** The grammars of which a literal stands in the body; the JSON block has none. */
export function grammarsOf(body: string): readonly UnitGrammar[] {
  const low = body.toLowerCase();
  const found = lowered
    .filter(({ literals }) => literals.some((literal) => low.includes(literal)))
    .map(({ grammar }) => grammar);
  return [...found, jsonGrammar];
}
