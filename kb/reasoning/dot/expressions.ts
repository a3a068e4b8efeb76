import type { ProbeWish } from '../../../workflows/domain/finding.ts';
import { namePattern } from '../../../workflows/domain/ids.ts';
import { expressionCharsMax, expressionsMax, type Expression, type ExpressionForm } from '../graph.ts';
import type { Hypothesis, Weighed } from '../hypotheses.ts';
import { probeOfKind, type Knowledge } from '../knowledge.ts';
import { placeText } from '../places.ts';

/** Parts shown of one sum, of one list of signs, of one list of nodes. */
const partsMax = 6;

/** `nvidia.xid.79 @ node-07 GPU 3 ×2`: the signs that a thought rests on. */
export function signsOf(weighed: readonly Weighed[]): readonly Expression[] {
  return weighed.slice(0, partsMax).map(({ observation: { kind, place, count } }) => {
    const where = placeText(place);
    return expression('symbols', `${kind.id}${where === '' ? '' : ` @ ${where}`}${count > 1 ? ` ×${count}` : ''}`);
  });
}

/** `ln o = b + 3.0 - 1.2 = -0.4, b = -2.2`: the odds of a hypothesis, with prior, recall and place in `b`. */
export function oddsOf({ logOdds, for: pro, against }: Hypothesis): Expression {
  const parts = [...pro, ...against];
  const base = logOdds - parts.reduce((sum, { weight }) => sum + weight, 0);
  const shown = parts.slice(0, partsMax).map(({ weight }) => ` ${weight < 0 ? '-' : '+'} ${number(Math.abs(weight))}`);
  const more = parts.length > shown.length ? ` + … (${parts.length - shown.length} more)` : '';
  return expression('formula', `ln o = b${shown.join('')}${more} = ${number(logOdds)}, b = ${number(base)}`);
}

/** `nvidia.xid.79 ⊢ gpu-fell-off-bus`: what a sign lets us think. */
export function inferenceOf({ category, for: pro }: Hypothesis): readonly Expression[] {
  const kinds = [...new Set(pro.map(({ observation }) => observation.kind.id))].slice(0, 3);
  return kinds.length === 0 ? [] : [expression('rule', `${kinds.join(' ∧ ')} ⊢ ${category}`)];
}

/** What an earlier cause brings about speaks for no cause of its own. */
export function explainsAway(first: string, second: string): Expression {
  return expression('rule', `A ⇒ B, A began first ⊢ A explains B, with A = ${first}, B = ${second}`);
}

export function wishCode({ probeId, nodes }: Pick<ProbeWish, 'probeId' | 'nodes'>): Expression {
  const named = nodes.filter((node) => namePattern.test(node));
  const shown = named.slice(0, partsMax).join(', ');
  const more = named.length > partsMax ? `, … ${named.length - partsMax} more` : '';
  return expression('code', `${probeId}(${shown}${more})`);
}

/** The probes whose answers a thought rests on, with the nodes that gave them. */
export function probesBehind(weighed: readonly Weighed[], knowledge: Knowledge): readonly Expression[] {
  const nodes = new Map<string, Set<string>>();
  for (const { observation } of weighed) {
    const probe = knowledge.measuredKinds.has(observation.kind.id)
      ? probeOfKind(knowledge, observation.kind.id)
      : undefined;
    if (probe === undefined) continue;
    const known = nodes.get(probe.id) ?? new Set();
    for (const { node } of observation.findings) if (node !== undefined) known.add(node);
    nodes.set(probe.id, known);
  }
  return [...nodes].map(([probeId, asked]) => wishCode({ probeId, nodes: [...asked].toSorted() }));
}

export function expression(form: ExpressionForm, text: string): Expression {
  return { form, text: text.length <= expressionCharsMax ? text : `${text.slice(0, expressionCharsMax - 1)}…` };
}

/** As a field of a node; none is no field, as in older graphs. */
export function withExpressions(expressions: readonly Expression[]): { readonly expressions?: Expression[] } {
  return expressions.length === 0 ? {} : { expressions: expressions.slice(0, expressionsMax) };
}

function number(value: number): string {
  return value.toFixed(1);
}
