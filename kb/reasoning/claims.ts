import type { Claim, Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { EvidenceRange } from '../../workflows/domain/evidence.ts';
import type { Hypothesis, Weighed } from './hypotheses.ts';
import type { Observation } from './observations.ts';
import { placeText } from './places.ts';

/** Findings and ranges that one claim cites at most; histories carry claims. */
export const citesPerClaimMax = 5;
/** Claims that one cause carries at most. */
export const claimsPerCauseMax = 6;

/** The cause with the claims that speak for it, strongest first. */
export function rankedCause(hypothesis: Hypothesis, probability = hypothesis.probability): RankedCause {
  const { node, device } = hypothesis.place;
  return {
    category: hypothesis.category,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
    probability: Number(probability.toFixed(4)),
    because: hypothesis.for.toSorted(strongestFirst).slice(0, claimsPerCauseMax).map(claimOf),
  };
}

/** What one observation says, in our own words, with the places where it can be read. */
export function claimOf({ observation, weight }: Weighed): Claim {
  return claim(`${describe(observation)}; ${oddsText(weight)}`, observation.findings);
}

export function claim(text: string, findings: readonly Finding[]): Claim {
  const cited = findings.slice(0, citesPerClaimMax);
  return { text, findingIds: cited.map((finding) => finding.id), ranges: uniqueRanges(cited) };
}

/** `SM clock below its siblings (node-07 GPU 3, seen 2 times, medianMhz 210)`. */
export function describe(observation: Observation): string {
  const details = [
    placeText(observation.place),
    observation.count > 1 ? `seen ${observation.count} times` : '',
    ...numbersOf(observation.earliest),
  ].filter((part) => part !== '');
  const summary = observation.kind.summary.replace(/\.$/, '');
  return details.length === 0 ? summary : `${summary} (${details.join(', ')})`;
}

export function oddsText(weight: number): string {
  const factor = Math.exp(Math.abs(weight));
  const shown = factor >= 10 ? factor.toFixed(0) : factor.toFixed(1);
  return weight >= 0 ? `makes it ${shown} times likelier` : `makes it ${shown} times less likely`;
}

const valuesShownMax = 4;

// Only numbers: text values may have been read from a log or a node.
function numbersOf(finding: Finding): readonly string[] {
  return Object.entries(finding.values ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .slice(0, valuesShownMax)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(3)}`);
}

function uniqueRanges(findings: readonly Finding[]): readonly EvidenceRange[] {
  const seen = new Map(findings.map(({ range }) => [`${range.evidenceId}:${range.line}:${range.byteStart}`, range]));
  return [...seen.values()];
}

function strongestFirst(a: Weighed, b: Weighed): number {
  return Math.abs(b.weight) - Math.abs(a.weight);
}
