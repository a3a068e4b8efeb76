import { excerpt } from '../../kb/logs/excerpt.ts';
import type { InventoryNode } from '../../kb/schemas/inventory.ts';
import { ToolMissingError } from '../../kb/probes/missing-tool.ts';
import {
  ProbeParseError,
  type Probe,
  type ProbedSite,
  type ProbeNumber,
  type ProbeOutput,
  type ProbeWord,
} from '../../kb/schemas/probe.ts';
import type { EvidenceRange, EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { ProbeCut } from '../ports.ts';
import type { Collected, CollectedCommand, Collection } from './collect.ts';
import type { ProbeCommand, ProbeEntry } from './entry.ts';
import { rangeOf, toFinding, unreachableFinding } from './to-finding.ts';
import type { Wish } from './wishes.ts';

/** An entry, and the figures in it that siblings can be compared by. */
export interface Judged {
  readonly entry: ProbeEntry;
  readonly figures: readonly Figure[];
  /** Words that siblings should agree in. */
  readonly words: readonly Word[];
  readonly elapsedMs: number;
}

export interface Figure extends ProbeNumber {
  readonly node: string;
  readonly range: EvidenceRange;
}

export interface Word extends ProbeWord {
  readonly range: EvidenceRange;
}

/** What a node's answers to one probe say. The same answers always say the same. */
export function judge(
  probe: Probe,
  node: InventoryNode,
  { commands, failure }: Collection,
  elapsedMs: number,
  site?: ProbedSite,
): Judged {
  const judged = commands.map((command) => judgeCommand(probe, node, command, site));
  const read = judged.flatMap(({ command }) => command ?? []);
  const findings = judged.flatMap((one) => one.findings);
  const malformed = judged.find((one) => one.malformed !== null)?.malformed ?? null;
  const cut = judged.find((one) => one.command?.cut !== undefined || one.command?.again?.cut !== undefined)?.command;
  const place = { probeId: probe.id, node: node.name };
  const unread = (
    reason: string,
    raw: EvidenceRef | null,
    more: { readonly cut?: ProbeCut; readonly unreachable?: EvidenceRef; readonly overdue?: true } = {},
    also: readonly Finding[] = [],
  ): Judged => ({
    entry: {
      ...place,
      read: false,
      reason: excerpt(reason),
      ...more,
      raw,
      commands: read,
      findings: [...findings.filter(({ role }) => role !== 'clean'), ...also],
    },
    figures: [],
    words: [],
    elapsedMs,
  });
  if (failure?.unreachable !== undefined) {
    const { reason, unreachable } = failure;
    return unread(reason, null, { unreachable }, [unreachableFinding(probe, node.name, excerpt(reason), unreachable)]);
  }
  if (failure !== null) return unread(failure.reason, null, failure.overdue === true ? { overdue: true } : {});
  if (malformed !== null) return unread(malformed.reason, malformed.raw);
  if (cut !== undefined && cut !== null) {
    const [why, raw] = cut.cut === undefined ? [cut.again?.cut, cut.again?.raw] : [cut.cut, cut.raw];
    if (why !== undefined && raw !== undefined)
      return unread(`${node.name}: ${probe.id} gave half an answer: ${cutReason(why, probe)}`, raw, { cut: why });
  }
  const figures = judged.flatMap((one) => one.figures);
  const words = judged.flatMap((one) => one.words);
  return { entry: { ...place, read: true, commands: read, findings, elapsedMs }, figures, words, elapsedMs };
}

/** An entry for a node that nothing was asked of. */
export function notAsked({ probeId, node }: Wish, reason: string): Judged {
  const entry = { probeId, node, read: false, reason: excerpt(reason), raw: null, commands: [], findings: [] } as const;
  return { entry, figures: [], words: [], elapsedMs: 0 };
}

interface JudgedCommand {
  /** `null`: its output is not in the tool's format. */
  readonly command: ProbeCommand | null;
  readonly findings: readonly Finding[];
  readonly figures: readonly Figure[];
  readonly words: readonly Word[];
  readonly malformed: { readonly reason: string; readonly raw: EvidenceRef } | null;
}

function judgeCommand(
  probe: Probe,
  node: InventoryNode,
  asked: CollectedCommand,
  site: ProbedSite | undefined,
): JudgedCommand {
  const { argv, first, second } = asked;
  const cut = first.answer.cut ?? second?.answer.cut;
  const plain = (reading: unknown): ProbeCommand => ({ argv, ...answerOf(first), reading });
  const nothing = { findings: [], figures: [], words: [], malformed: null };

  const one = parsed(probe, first);
  if (one.kind === 'malformed')
    return cut === undefined
      ? { ...nothing, command: null, malformed: malformed(probe, asked, one, first.raw) }
      : { ...nothing, command: plain(null) };
  if (second === undefined)
    return { ...said(probe, node, asked, one.reading, first, site), command: plain(one.reading) };

  const again = { ...answerOf(second), betweenMs: second.betweenMs };
  const other = parsed(probe, second);
  if (other.kind === 'malformed')
    return cut === undefined
      ? { ...nothing, command: plain(one.reading), malformed: malformed(probe, asked, other, second.raw) }
      : { ...nothing, command: { ...plain(one.reading), again } };
  const both = probe.again?.combine(one.reading, other.reading, second.betweenMs) ?? other.reading;
  return { ...said(probe, node, asked, both, second, site), command: { ...plain(both), again } };
}

function answerOf({ answer: { exitCode, cut }, raw }: Collected): Pick<ProbeCommand, 'exitCode' | 'raw' | 'cut'> {
  return { exitCode, raw, ...(cut === undefined ? {} : { cut }) };
}

/** Of half an answer only what stands in one of its lines counts: that something is missing in it says nothing. */
function said(
  probe: Probe,
  node: InventoryNode,
  { given, args }: CollectedCommand,
  reading: unknown,
  cited: Collected,
  site: ProbedSite | undefined,
): Omit<JudgedCommand, 'command'> {
  const whole = cited.answer.cut === undefined;
  const findings = probe
    .meaning(reading, node, args, site)
    .filter(({ line }) => whole || line !== undefined)
    .map((seen) => toFinding(probe, node.name, seen, rangeOf(probe, node.name, seen.line, cited)))
    .filter(({ role }) => whole || role !== 'clean');
  const figures = whole ? (probe.siblings?.numbers(reading, node, given) ?? []) : [];
  const words = whole ? (probe.siblings?.words?.(reading, node) ?? []) : [];
  return {
    findings,
    figures: figures.map((figure) => ({
      ...figure,
      node: node.name,
      range: rangeOf(probe, node.name, figure.line, cited),
    })),
    words: words.map((word) => ({ ...word, range: rangeOf(probe, node.name, word.line, cited) })),
    malformed: null,
  };
}

type Parsed =
  | { readonly kind: 'reading'; readonly reading: unknown }
  | { readonly kind: 'malformed'; readonly why: string; readonly toolMissing: boolean };

// What no tool prints of itself; a byte that is no character arrives as U+FFFD.
const damage = /(?![\t\n\r])[\p{Cc}\uFFFD]/u;

function parsed(probe: Probe, { answer }: Collected): Parsed {
  const at = probe.quotes === true ? -1 : answer.stdout.search(damage);
  if (at >= 0) {
    const line = answer.stdout.slice(0, at).split('\n').length;
    return { kind: 'malformed', why: `line ${line} was damaged on its way`, toolMissing: false };
  }
  try {
    return { kind: 'reading', reading: probe.parse(answer.cut === undefined ? answer : wholeLines(answer)) };
  } catch (error) {
    if (!(error instanceof ProbeParseError)) throw error;
    return { kind: 'malformed', why: error.message, toolMissing: error instanceof ToolMissingError };
  }
}

/** A number may be cut in its middle. */
function wholeLines(answer: ProbeOutput): ProbeOutput {
  return { ...answer, stdout: answer.stdout.slice(0, answer.stdout.lastIndexOf('\n') + 1) };
}

function malformed(
  probe: Probe,
  { given }: CollectedCommand,
  { why, toolMissing }: Extract<Parsed, { readonly kind: 'malformed' }>,
  raw: EvidenceRef,
): NonNullable<JudgedCommand['malformed']> {
  const device = Object.values(given).join(' ');
  const source = device === '' ? probe.id : `${probe.id} (${device})`;
  if (toolMissing) return { reason: `${source} could not be read: ${why}`, raw };
  return { reason: `the output of ${source} is not in the tool's format: ${why}`, raw };
}

function cutReason(cut: ProbeCut, { timeoutMs, outputBytesMax }: Probe): string {
  switch (cut) {
    case 'too-large':
      return `it printed more than ${outputBytesMax} bytes`;
    case 'deadline':
      return `it did not end within ${timeoutMs} ms`;
    case 'lost':
      return 'the connection was lost before its end';
  }
}
