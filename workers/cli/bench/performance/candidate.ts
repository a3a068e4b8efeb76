import type { ResolvedRun } from '../../../../kb/performance/run/resolved-run.ts';
import { efficiencyFrom, naiveSeconds, type NaiveRun } from './naive.ts';

/** A measured run that can be predicted. */
export interface Case {
  readonly id: string;
  readonly set: string;
  readonly source: string;
  readonly measuredSeconds: number;
  /** From what the row prints, where it is no time: `TFLOP/s`. */
  readonly convertedFrom: string | null;
  readonly resolved: ResolvedRun;
  readonly naive: NaiveRun;
}

/** Seconds of an optimiser step. */
export type Predictor = (one: Case) => number;

/** Something that predicts once it has seen some runs. */
export interface Candidate {
  readonly fit: (seen: readonly Case[]) => Fitted;
}

export interface Fitted {
  readonly predict: Predictor;
  /** The same constants, scaled by one number from runs of the site itself. */
  readonly atSite: (own: readonly Case[]) => Predictor;
}

// 1,440 launch-bound runs of one table would be the median of everything; without them the baseline is stronger.
const swampingSet = 'vtrain-single';

/** Median efficiency of the other sources' runs on the same GPU generation; at a site, that of the site's own. */
export const naiveCandidate: Candidate = {
  fit(seen) {
    const runs = seen.filter(({ set }) => set !== swampingSet).map(({ naive }) => naive);
    return {
      predict: predictorFrom(runs),
      atSite: (own) => predictorFrom(own.map(({ naive }) => naive)),
    };
  },
};

function predictorFrom(runs: readonly NaiveRun[]): Predictor {
  const known = new Map<string, number>();
  return ({ naive }) => {
    const kind = `${naive.gpuGeneration} ${naive.fp8}`;
    const efficiency = known.get(kind) ?? efficiencyFrom(runs, naive) ?? Number.NaN;
    known.set(kind, efficiency);
    return naiveSeconds(naive, efficiency);
  };
}
