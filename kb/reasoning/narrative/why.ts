import type { Claim, Finding, RankedCause } from '../../../workflows/domain/finding.ts';
import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import type { Category } from '../../taxonomy.ts';
import { weightOf } from '../hypotheses.ts';
import { causeText, placeKey, placeOf, type Place } from '../places.ts';
import { categoryWords } from './category-words.ts';
import { say } from './say.ts';
import { causesOf, citedBy, findingsOf, type Told } from './told.ts';
import { besideAlert, capital, kindName, sourceWords, strength } from './words.ts';

const reasonsPerCauseMax = 4;

/** What speaks for the causes, and what speaks against them nevertheless. */
export function whyWeThinkSo(told: Told): readonly NarrativeSentence[] {
  const { verdict } = told.input;
  if (verdict.kind === 'no-fault') return harmless(told, verdict.explanation);
  const causes = causesOf(told);
  return causes.flatMap((cause) => {
    const opening =
      causes.length > 1 ? [say(`That ${categoryWords[cause.category].says}:`, { expert: causeText(cause) })] : [];
    return [...opening, ...reasonsFor(told, cause), ...reasonAgainst(told, cause)];
  });
}

/** One sentence a kind: the same sign in many places is one reason. */
function reasonsFor(told: Told, cause: RankedCause): readonly NarrativeSentence[] {
  return cause.because.slice(0, reasonsPerCauseMax).flatMap((claim) => {
    const findings = citedBy(told, [claim]);
    const [first] = findings;
    if (first === undefined) return [];
    return [say(readingText(first, cause.category, told), { findings, expert: expertText(first, claim, told) })];
  });
}

/** The claim with the kind's id where its summary stands, which the sentence above has said. */
function expertText({ kind }: Finding, { text }: Claim, { input: { knowledge } }: Told): string {
  const summary = knowledge.kinds.get(kind)?.summary.replace(/\.$/, '');
  return summary !== undefined && text.startsWith(summary) ? `${kind}${text.slice(summary.length)}` : text;
}

/** `A measurement on node-03 shows: the clock of a GPU is below its siblings' (a strong sign).` */
export function readingText(finding: Finding, category: Category | null, { input: { knowledge } }: Told): string {
  const kind = knowledge.kinds.get(finding.kind);
  const summary = kind === undefined ? 'what this version knows no words for' : kind.summary.replace(/\.$/, '');
  const weight = kind === undefined || category === null ? 0 : weightOf(kind, category);
  const said = weight === 0 ? '' : ` (${strength(weight)}${weight < 0 ? ' against it' : ''})`;
  return `${capital(sourceWords(finding, knowledge))} shows: ${lowerFirst(summary)}${said}.`;
}

/** Names and abbreviations keep their capitals. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]* /.test(text) && !/^(?:Xid|Slurm|Python|Kubernetes|Docker|Ray|Lustre|Linux)\b/.test(text)
    ? `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`
    : text;
}

/** The strongest reading against a cause that was named all the same: nothing is kept from the reader. */
function reasonAgainst(told: Told, cause: RankedCause): readonly NarrativeSentence[] {
  const against = readingsAgainst(told, cause.category, placeOf(cause));
  const [strongest] = against;
  if (strongest === undefined) return [];
  return [
    say(`Against it: ${lowerFirst(readingText(strongest, cause.category, told))} It does not outweigh the rest.`, {
      findings: against,
      expert: kindName(strongest.kind),
    }),
  ];
}

/** Of the readings that the graph cites about a cause there, the one that makes it least likely, and those like it. */
export function readingsAgainst(told: Told, category: Category, place: Place): readonly Finding[] {
  const { branches, byId, input } = told;
  const own = branches.filter((branch) => branch.category === category && placeKey(branch.place) === placeKey(place));
  const weighOf = ({ kind }: Finding): number => {
    const known = input.knowledge.kinds.get(kind);
    return known === undefined ? 0 : weightOf(known, category);
  };
  const against = findingsOf(
    byId,
    own.flatMap(({ nodes }) => nodes.flatMap(({ findingIds }) => findingIds)),
  ).filter((finding) => weighOf(finding) < 0);
  const [strongest] = against.toSorted((a, b) => weighOf(a) - weighOf(b) || (a.id < b.id ? -1 : 1));
  return strongest === undefined
    ? []
    : [strongest, ...against.filter((finding) => finding.kind === strongest.kind && finding.id !== strongest.id)];
}

/** What was seen at work, and what is shown of old. */
function harmless(told: Told, explanation: Claim): readonly NarrativeSentence[] {
  const findings = citedBy(told, [explanation]);
  // What was seen at work first, then what frightens and is nothing.
  const inOrder = findings.toSorted((a, b) => Number(b.role === 'clean') - Number(a.role === 'clean'));
  const byKind = [...Map.groupBy(inOrder, ({ kind }) => kind).values()].slice(0, reasonsPerCauseMax);
  return byKind.flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      say(`${readingText(first, null, told)}${ageText(first, told)}`, { findings: same, expert: kindName(first.kind) }),
    ];
  });
}

// Signs of an incident stand in the windows that are read for it: minutes to an hour before its alert.
const oldMs = 2 * 3_600_000;

function ageText({ atMs, lastMs = atMs, role }: Finding, { alertAtMs }: Told): string {
  if (role === 'clean' || lastMs === undefined || alertAtMs === null || alertAtMs - lastMs < oldMs) return '';
  return ` That is old: ${besideAlert(lastMs, alertAtMs)}.`;
}
