import type { RankedCause, Verdict } from '../../../../workflows/domain/finding.ts';

export interface Compared {
  /** Anything but the mark `disputed` differs. */
  readonly isChanged: boolean;
  /** A wrong cause where there was none or a right one, or none where there was a right one. */
  readonly isWorse: boolean;
  /** The rules' verdict stands against what the model thinks. */
  readonly isDisputed: boolean;
}

/** Two verdicts of one case; `expected` is the confirmed cause, null where the logs cannot tell one. */
export function compareVerdicts(alone: Verdict, beside: Verdict, expected: string | null): Compared {
  return {
    isChanged: JSON.stringify(essence(alone)) !== JSON.stringify(essence(beside)),
    isWorse: worth(beside, expected) < worth(alone, expected),
    isDisputed: beside.disputed === true,
  };
}

/** What a verdict says: kind, causes with their places and probabilities. */
function essence(verdict: Verdict): unknown {
  switch (verdict.kind) {
    case 'attributed':
      return ['attributed', verdict.causes.map(causeOf)];
    case 'no-fault':
      return ['no-fault'];
    case 'not-proven':
      return ['not-proven', verdict.candidates.map(causeOf)];
  }
}

function causeOf({ category, node, device, probability }: RankedCause): unknown {
  return [category, node ?? null, device ?? null, probability];
}

/** A wrong cause is worse than none, and a right one better. */
function worth(verdict: Verdict, expected: string | null): number {
  if (verdict.kind !== 'attributed') return 1;
  return expected !== null && verdict.causes.some(({ category }) => category === expected) ? 2 : 0;
}
