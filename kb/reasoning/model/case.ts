import type { EvidenceRange } from '../../../workflows/domain/evidence.ts';
import type { Finding, RankedCause } from '../../../workflows/domain/finding.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import { causeText } from '../places.ts';
import { escapeTags, tagged } from './tagged.ts';

/** A piece of raw evidence that is shown as it stands. */
export interface Passage {
  readonly range: EvidenceRange;
  readonly node?: string;
  readonly text: string;
}

/** A similar incident of the knowledge base whose cause is known. */
export interface RecalledCase {
  readonly id: string;
  readonly category: string;
  readonly text: string;
}

/** What a model is told of one incident. */
export interface CaseInput {
  readonly round: 1 | 2 | 3;
  readonly handlerId: string;
  readonly job: string | null;
  readonly nodes: readonly string[];
  /** Cluster milliseconds. */
  readonly alertAtMs: number;
  readonly findings: readonly Finding[];
  readonly kinds: ReadonlyMap<string, FindingKind>;
  readonly passages: readonly Passage[];
  /** What the rules think, best first. */
  readonly hypotheses: readonly RankedCause[];
  readonly probesRun: readonly { readonly probeId: string; readonly nodes: readonly string[] }[];
  readonly recalled: readonly RecalledCase[];
  /** What probes were read, the most telling first; empty where none was. */
  readonly measured: readonly MeasuredProbe[];
  /** What programs that it wrote before came to. */
  readonly programs: readonly ToldProgram[];
}

/** A probe whose results a program may be run over. */
export interface MeasuredProbe {
  readonly probeId: string;
  readonly nodes: number;
  /** The reading of one node as JSON: its form, so that a program can be written for it. */
  readonly sample: string;
}

/** An earlier program of the model, which remembers nothing. */
export interface ToldProgram {
  readonly probeIds: readonly string[];
  readonly why: string;
  /** What it found, or why it has no result. */
  readonly lines: readonly string[];
}

/** What an id in the prompt stands for, such as `F3` for a finding and `E1` for a passage. */
export interface Citable {
  readonly findingId: string | null;
  readonly range: EvidenceRange;
  /** The finding's own words as they were shown; null of a passage. */
  readonly text: string | null;
}

export interface ModelCase {
  /** Lines for the prompt, by part. */
  readonly incident: string;
  readonly recalled: string;
  readonly findings: string;
  readonly passages: string;
  readonly rules: string;
  readonly measured: string;
  readonly programs: string;
  readonly citables: ReadonlyMap<string, Citable>;
}

/** Findings that are shown; more of them tell a model no more, and cost. */
export const findingsShownMax = 60;
export const passagesMax = 10;
const passageCharsMax = 1_500;
const findingCharsMax = 300;
const recalledMax = 3;
const recalledCharsMax = 900;
const nodesShownMax = 64;
const probesShownMax = 40;
/** Probes whose form is shown: a program reads eight at most. */
export const samplesShownMax = 8;
const sampleCharsMax = 500;
const programsShownMax = 2;
const programLinesMax = 20;
const programLineCharsMax = 300;

/** `trim` shows so many parts of less: 0 all, 1 no passages, 2 no similar incidents either, 3 half of the findings. */
export function buildCase(input: CaseInput, trim = 0): ModelCase {
  const shown = tellingFirst(input).slice(0, trim >= 3 ? findingsShownMax / 3 : findingsShownMax);
  const passages = trim >= 1 ? [] : input.passages.slice(0, passagesMax);
  const recalled = trim >= 2 ? [] : input.recalled.slice(0, recalledMax);
  const citables = new Map<string, Citable>([
    ...shown.map((finding, index): [string, Citable] => [`F${index + 1}`, citableOf(finding)]),
    ...passages.map(({ range }, index): [string, Citable] => [`E${index + 1}`, { findingId: null, range, text: null }]),
  ]);
  return {
    incident: incidentLines(input),
    recalled: recalled
      .map(
        ({ id, category, text }) =>
          `<incident id="${attribute(id)}" category="${attribute(category)}">${tagged(text, recalledCharsMax)}</incident>`,
      )
      .join('\n'),
    findings: shown.map((finding, index) => findingLine(finding, `F${index + 1}`, input)).join('\n'),
    passages: passages
      .map(
        ({ range, node, text }, index) =>
          `<evidence id="E${index + 1}" source="${attribute(range.source)}"${node === undefined ? '' : ` node="${attribute(node)}"`}>\n${taggedLines(text, passageCharsMax)}\n</evidence>`,
      )
      .join('\n'),
    rules: rulesLines(input),
    measured: measuredLines(input, trim),
    programs: input.programs.slice(0, programsShownMax).map(programText).join('\n'),
    citables,
  };
}

const roleOrder = { cause: 0, symptom: 1, clean: 2, context: 3 } as const;

/** Causes before symptoms, strong before weak, early before late. */
function tellingFirst({ findings, kinds }: CaseInput): readonly Finding[] {
  const weight = ({ kind }: Finding): number =>
    Math.max(0, ...Object.values(kinds.get(kind)?.weighs ?? {}).map((one) => Math.abs(one)));
  return findings.toSorted(
    (a, b) =>
      roleOrder[a.role] - roleOrder[b.role] ||
      weight(b) - weight(a) ||
      (a.atMs ?? Infinity) - (b.atMs ?? Infinity) ||
      (a.id < b.id ? -1 : 1),
  );
}

function citableOf({ id, range, text }: Finding): Citable {
  return { findingId: id, range, text };
}

function incidentLines({ handlerId, job, nodes, round, probesRun }: CaseInput): string {
  const names = nodes.slice(0, nodesShownMax).join(', ');
  const more = nodes.length > nodesShownMax ? ` and ${nodes.length - nodesShownMax} more` : '';
  const ran = probesRun.slice(0, probesShownMax).map(({ probeId, nodes: asked }) => `${probeId} (${asked.length})`);
  return [
    `round: ${round}`,
    `kind of alert: ${tagged(handlerId, 100)}`,
    `job: ${job === null ? 'none' : tagged(job, 100)}`,
    `nodes: ${tagged(names, 4_000)}${more}`,
    `probes already run, with the number of nodes: ${ran.length === 0 ? 'none' : tagged(ran.join(', '), 2_000)}`,
  ].join('\n');
}

function findingLine(finding: Finding, id: string, { alertAtMs, kinds }: CaseInput): string {
  const { kind, role, node, device, atMs, count, text } = finding;
  const attributes = [
    `id="${id}"`,
    `kind="${attribute(kind)}"`,
    `role="${role}"`,
    ...(node === undefined ? [] : [`node="${attribute(node)}"`]),
    ...(device === undefined
      ? []
      : [`device="${attribute(`${device.kind} ${device.index ?? device.name ?? ''}`.trim())}"`]),
    ...(atMs === undefined ? [] : [`at="${secondsText(atMs - alertAtMs)}"`]),
    ...(count > 1 ? [`count="${count}"`] : []),
  ];
  const meaning = kinds.get(kind)?.summary;
  const means = meaning === undefined ? '' : ` means="${attribute(meaning)}"`;
  return `<finding ${attributes.join(' ')}${means}>${tagged(text, findingCharsMax)}</finding>`;
}

function secondsText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `alert${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s`;
}

function rulesLines({ hypotheses }: CaseInput): string {
  if (hypotheses.length === 0) return 'none stands';
  return hypotheses
    .map((cause) => `${tagged(causeText(cause), 200)}: ${Math.round(100 * cause.probability)} %`)
    .join('\n');
}

/** All of them by name; the form of a few while there is room. */
function measuredLines({ measured }: CaseInput, trim: number): string {
  if (measured.length === 0) return '';
  const names = measured.slice(0, probesShownMax).map(({ probeId, nodes }) => `${probeId} (${nodes})`);
  const samples = trim >= 1 ? [] : measured.slice(0, samplesShownMax);
  return [
    `probes with the number of nodes: ${tagged(names.join(', '), 2_000)}`,
    ...samples.map(
      ({ probeId, sample }) =>
        `<reading probe="${attribute(probeId)}">${tagged(sample, sampleCharsMax)}${sample.length > sampleCharsMax ? ' …' : ''}</reading>`,
    ),
  ].join('\n');
}

/** Has no id: what a program of the model says is nothing that the model could cite. */
function programText({ probeIds, why, lines }: ToldProgram): string {
  const shown = lines.slice(0, programLinesMax).map((line) => tagged(line, programLineCharsMax));
  return `<program probes="${attribute(probeIds.join(' '))}" why="${attribute(why)}">\n${shown.join('\n')}\n</program>`;
}

function taggedLines(text: string, charsMax: number): string {
  return text
    .slice(0, charsMax)
    .split('\n')
    .map((line) => tagged(line, charsMax))
    .join('\n');
}

function attribute(text: string): string {
  return escapeTags(text.replace(/[^\x20-\x7E]/g, ' '))
    .replaceAll('"', "'")
    .slice(0, 200);
}
