import type { Cause, Verdict } from './finding.ts';
import type { IncidentView } from './incident-view.ts';
import type { AskModelResult, RunWishedProgramResult, SaidHypothesis } from './model-data.ts';
import { placeName } from './place-name.ts';

/** One line with what stands below it, in ids, numbers and words of ours; whoever shows it escapes it. */
export interface OpinionLine {
  readonly text: string;
  readonly below: readonly string[];
}

/** Twice as many as an incident has. */
const entriesShownMax = 4;
const saidShownMax = 5;
const probesShownMax = 5;
const refusedShownMax = 5;

/** What the model said to each question, what of it was struck and why, whether it agrees, and what it took. */
export function opinionLines({
  opinions = [],
  programs = [],
  verdict,
}: Pick<IncidentView, 'opinions' | 'programs' | 'verdict'>): readonly OpinionLine[] {
  return [
    ...opinions.slice(0, entriesShownMax).map((opinion) => ({
      text: `Round ${opinion.round}, ${opinion.model}: ${stand(opinion, verdict)}; ${spentText(opinion.spent)}`,
      below: [
        ...(opinion.said ?? []).slice(0, saidShownMax).map(saidText),
        ...critiqueTexts(opinion.critiques),
        ...(opinion.probes.length === 0 ? [] : [`asked for ${opinion.probes.slice(0, probesShownMax).join(', ')}`]),
        ...(opinion.refused ?? []).slice(0, refusedShownMax).map((one) => `not taken: ${one}`),
        ...(opinion.exchange === null ? [] : [`its words: evidence ${opinion.exchange.id}`]),
      ],
    })),
    ...programs.slice(0, entriesShownMax).map((program) => ({
      text: `Program of the model (round ${program.round}): ${programText(program)}`,
      below: [
        ...program.notable.slice(0, saidShownMax).map(notableText),
        `program and answer: evidence ${program.analysis.id}`,
      ],
    })),
  ];
}

/** "agrees with the verdict" */
function stand({ degraded, leading, agree }: AskModelResult, verdict: Verdict | null): string {
  if (degraded !== null) return `nothing that can be used: ${degraded}`;
  const of = agree === null || agree.of < 2 ? '' : ` (${agree.answers} of ${agree.of} answers)`;
  if (leading === null) return `names no cause that stands${of}`;
  const leads = `${nameOf(leading)}${of}`;
  if (verdict === null) return `thinks of ${leads}`;
  return agrees(leading, verdict) ? `agrees: ${leads}` : `differs: ${leads}`;
}

function agrees(leading: Cause, verdict: Verdict): boolean {
  switch (verdict.kind) {
    case 'attributed':
      return verdict.causes.some((cause) => isSame(cause, leading));
    case 'not-proven':
      return verdict.candidates[0] !== undefined && isSame(verdict.candidates[0], leading);
    case 'no-fault':
      return false;
  }
}

/** A model that names no node means the same cause. */
function isSame(a: Cause, b: Cause): boolean {
  return a.category === b.category && (a.node === undefined || b.node === undefined || a.node === b.node);
}

function saidText({ probability, stands, claims, struck, reasons, ...cause }: SaidHypothesis): string {
  const kept = `${claims - struck} of ${claims} claims stand`;
  const why = reasons.length === 0 ? '' : `; struck: ${reasons.join('; ')}`;
  return `${nameOf(cause)} at ${Math.round(100 * probability)} %${stands ? '' : ', dropped'}: ${kept}${why}`;
}

function critiqueTexts(critiques: AskModelResult['critiques']): readonly string[] {
  if (critiques === undefined || critiques.of === 0) return [];
  return [`${critiques.of} critique(s)${critiques.struck === 0 ? '' : `, ${critiques.struck} struck`}`];
}

function spentText({ tokens, seconds, cost }: AskModelResult['spent']): string {
  return `${tokens} tokens, ${seconds.toFixed(1)} s${cost === 0 ? '' : `, cost ${cost.toFixed(4)}`}`;
}

function programText({ found, refused }: RunWishedProgramResult): string {
  if (refused !== null) return `no result, ${refused}`;
  return `${found} finding(s), by: model-code; nobody has checked it, and it weighs nothing by itself`;
}

function notableText(seen: RunWishedProgramResult['notable'][number]): string {
  const place = placeName(seen);
  return place === '' ? seen.kind : `${seen.kind} on ${place}`;
}

function nameOf(cause: Cause): string {
  const place = placeName(cause);
  return place === '' ? cause.category : `${cause.category} on ${place}`;
}
