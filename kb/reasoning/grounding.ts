import type { EvidenceRange } from '../../workflows/domain/evidence.ts';
import type { Claim, Finding, RankedCause, Verdict } from '../../workflows/domain/finding.ts';

/** What claims may cite. */
export interface Ground {
  readonly findings: ReadonlyMap<string, Finding>;
  /** Evidence that was read whole, with its size in bytes; ranges into other evidence hold only through a finding. */
  readonly evidence: ReadonlyMap<string, number>;
}

export interface Grounded<T> {
  readonly kept: T;
  readonly struck: readonly { readonly claim: Claim; readonly reason: string }[];
}

/** Keeps the claims whose every citation exists; a claim that cites nothing is struck as well. */
export function groundClaims(claims: readonly Claim[], ground: Ground): Grounded<readonly Claim[]> {
  const judged = claims.map((claim) => ({ claim, reason: flaw(claim, ground) }));
  return {
    kept: judged.filter(({ reason }) => reason === null).map(({ claim }) => claim),
    struck: judged.flatMap(({ claim, reason }) => (reason === null ? [] : [{ claim, reason }])),
  };
}

/** A cause whose claims are all struck stays visible, with nothing in its favour. */
export function groundCause(cause: RankedCause, ground: Ground): Grounded<RankedCause> {
  const { kept, struck } = groundClaims(cause.because, ground);
  return { kept: { ...cause, because: kept }, struck };
}

/** A verdict without a grounded claim for each cause attributes nothing. */
export function groundVerdict(verdict: Verdict, ground: Ground): Grounded<Verdict> {
  switch (verdict.kind) {
    case 'attributed': {
      const causes = verdict.causes.map((cause) => groundCause(cause, ground));
      const struck = causes.flatMap((cause) => cause.struck);
      const standing = causes.map(({ kept }) => kept).filter((cause) => cause.because.length > 0);
      if (standing.length > 0) return { kept: { ...verdict, causes: standing }, struck };
      const reason = 'Every claim for the leading cause cites evidence that does not exist.';
      return { kept: { kind: 'not-proven', candidates: causes.map(({ kept }) => kept), reason }, struck };
    }
    case 'no-fault': {
      const { kept, struck } = groundClaims([verdict.explanation], ground);
      if (kept.length > 0) return { kept: verdict, struck };
      return {
        kept: { kind: 'not-proven', candidates: [], reason: 'The explanation cites evidence that does not exist.' },
        struck,
      };
    }
    case 'not-proven': {
      const candidates = verdict.candidates.map((cause) => groundCause(cause, ground));
      return {
        kept: { ...verdict, candidates: candidates.map(({ kept }) => kept) },
        struck: candidates.flatMap((cause) => cause.struck),
      };
    }
  }
}

function flaw(claim: Claim, ground: Ground): string | null {
  if (claim.findingIds.length === 0 && claim.ranges.length === 0) return 'cites nothing';
  const unknown = claim.findingIds.find((id) => !ground.findings.has(id));
  if (unknown !== undefined) return `cites finding ${unknown}, which does not exist`;
  const cited = claim.findingIds.flatMap((id) => ground.findings.get(id) ?? []);
  const loose = claim.ranges.find(
    (range) => !cited.some((finding) => within(range, finding.range)) && !inEvidence(range, ground),
  );
  return loose === undefined ? null : `cites a range of ${loose.evidenceId} that no cited finding or evidence has`;
}

function within(range: EvidenceRange, outer: EvidenceRange): boolean {
  if (range.evidenceId !== outer.evidenceId) return false;
  if (outer.byteStart === undefined || outer.byteEnd === undefined)
    return range.byteStart === undefined && range.line === outer.line;
  if (range.byteStart === undefined || range.byteEnd === undefined) return range.line === outer.line;
  return range.byteStart >= outer.byteStart && range.byteEnd <= outer.byteEnd && range.byteStart <= range.byteEnd;
}

function inEvidence(range: EvidenceRange, ground: Ground): boolean {
  const bytes = ground.evidence.get(range.evidenceId);
  if (bytes === undefined) return false;
  const start = range.byteStart ?? 0;
  return start >= 0 && start <= (range.byteEnd ?? start) && (range.byteEnd ?? start) <= bytes;
}
