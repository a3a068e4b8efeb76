import { redact } from '../../logs/redact.ts';
import type { AnalysisWish } from '../analysis/wish.ts';
import type { AnswerProgramWish, Cite } from './answer.ts';
import type { Citable } from './case.ts';
import type { Opinion, OpinionClaim, OpinionHypothesis } from './opinion.ts';
import type { ModelAnswer, Refused } from './parse-answer.ts';
import { judgeWishes, type WishContext } from './probe-wishes.ts';
import { readable, unescapeTags } from './tagged.ts';

/** What a claim is held against. */
export interface GroundContext extends WishContext {
  readonly citables: ReadonlyMap<string, Citable>;
  /** The evidence of a citable as it was read again just now; `null` where it could not be read. */
  readonly textOf: (citable: Citable) => string | null;
  /** Whether the job's speed can be compared with a predicted one. */
  readonly compares: boolean;
  /** Probes whose results are here. */
  readonly measured: ReadonlySet<string>;
}

/** Strikes every claim whose quotes do not stand where it says; a hypothesis without a standing claim falls with them. */
export function groundAnswer(answer: ModelAnswer, context: GroundContext): Opinion {
  const judged = answer.hypotheses.map((hypothesis, index) => {
    const { category, node, device, probability } = hypothesis;
    const claims = hypothesis.claims.map((claim) => groundClaim(claim, context));
    const stranger = node !== null && !context.nodes.includes(node);
    const placed: OpinionHypothesis = {
      category,
      ...(node === null || stranger ? {} : { node }),
      ...(node === null || stranger || device === null || device === undefined ? {} : { device: deviceOf(device) }),
      probability,
      claims: stranger ? claims.map((claim) => strike(claim, 'names a node that is not of the incident')) : claims,
      stands: !stranger && claims.some(({ struck }) => struck === undefined),
    };
    return {
      placed,
      refused: stranger
        ? [{ what: `hypothesis ${index + 1}`, reason: 'names a node that is not of the incident' }]
        : [],
    };
  });
  const wishes = judgeWishes(answer.probes, context);
  const speed: readonly Refused[] =
    answer.predictSpeed && !context.compares
      ? [{ what: 'prediction of the speed', reason: 'this job has no speed that could be predicted' }]
      : [];
  const program = groundProgram(answer.program, new Set(wishes.granted.map(({ probeId }) => probeId)), context);
  return {
    hypotheses: judged.map(({ placed }) => placed),
    critiques: answer.critiques.map((critique) => ({ ...groundClaim(critique, context), of: critique.of })),
    probes: wishes.granted.map(({ probeId, nodes }) => ({ probeId, nodes: [...nodes] })),
    predictSpeed: answer.predictSpeed && context.compares,
    ...(program.wish === null ? {} : { program: program.wish }),
    refused: [
      ...answer.refused,
      ...judged.flatMap(({ refused }) => refused),
      ...wishes.refused,
      ...speed,
      ...program.refused,
    ],
  };
}

/** A program runs over what was measured, or will be because the same answer asks for it. Its text is for the sandbox alone. */
function groundProgram(
  asked: AnswerProgramWish | null,
  granted: ReadonlySet<string>,
  { probe, measured }: GroundContext,
): { readonly wish: AnalysisWish | null; readonly refused: readonly Refused[] } {
  if (asked === null) return { wish: null, refused: [] };
  const probeIds = [...new Set(asked.probeIds)].filter(
    (id) => probe(id) !== undefined && (measured.has(id) || granted.has(id)),
  );
  if (probeIds.length === 0)
    return { wish: null, refused: [{ what: 'program', reason: 'it names no probe whose results are here' }] };
  const why = wordsOf(redact(asked.why));
  return { wish: { program: asked.program, probeIds, why: why === '' ? 'no reason given' : why }, refused: [] };
}

function deviceOf(device: {
  readonly kind: 'gpu' | 'hca' | 'disk' | 'host';
  readonly index?: number | null | undefined;
  readonly name?: string | null | undefined;
}): NonNullable<OpinionHypothesis['device']> {
  const { kind, index, name } = device;
  return {
    kind,
    ...(index === null || index === undefined ? {} : { index }),
    ...(name === null || name === undefined ? {} : { name: wordsOf(name) }),
  };
}

function wordsOf(text: string): string {
  return readable(text).trim();
}

function strike(claim: OpinionClaim, struck: string): OpinionClaim {
  return { ...claim, struck };
}

function groundClaim(
  { tag, text, cites }: { readonly tag: OpinionClaim['tag']; readonly text: string; readonly cites: readonly Cite[] },
  context: GroundContext,
): OpinionClaim {
  const cited = cites.flatMap(({ id }) => context.citables.get(id) ?? []);
  const claim: OpinionClaim = {
    tag,
    text: wordsOf(redact(text)),
    findingIds: [...new Set(cited.flatMap(({ findingId }) => findingId ?? []))],
    ranges: cited.map(({ range }) => range),
  };
  const flaw =
    cites.length === 0 ? 'cites nothing' : cites.map((cite) => flawOf(cite, context)).find((one) => one !== null);
  return flaw === undefined || flaw === null ? claim : strike(claim, flaw);
}

/** Why a citation does not hold; in our own words, and naming only ids of ours. */
function flawOf({ id, quote }: Cite, { citables, textOf }: GroundContext): string | null {
  const citable = citables.get(id);
  if (citable === undefined) return 'cites an id that does not exist';
  const wanted = comparable(unescapeTags(quote));
  if (solid(wanted) < quoteCharsMin) return `quotes too little of ${id} to prove anything`;
  const text = textOf(citable);
  if (text === null) return `cites ${id}, which could not be read again`;
  return comparable(text).includes(wanted) ? null : `quotes what does not stand in ${id}`;
}

/** Letters and digits that a quote must have: a word, not a bracket. */
const quoteCharsMin = 4;

function solid(text: string): number {
  return text.replace(/[^\p{L}\p{N}]/gu, '').length;
}

/** What people take for the same text: blanks, case and our own cuts do not matter. */
function comparable(text: string): string {
  return readable(redact(text)).replace(/…/g, ' ').replace(/\s+/g, ' ').trim().toLowerCase();
}
