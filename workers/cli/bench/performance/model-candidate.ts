import { fitConstants, fitSiteScale, type MeasuredRun } from '../../../../kb/performance/fit/fit.ts';
import { predict } from '../../../../kb/performance/model/predict.ts';
import type { Candidate, Case } from './candidate.ts';

/** The product's own model, fitted on what it is shown. */
export const modelCandidate: Candidate = {
  fit(seen) {
    const constants = fitConstants(seen.map(measuredRun));
    return {
      predict: ({ resolved }) => predict(resolved, { constants }).iterationSeconds,
      atSite: (own) => {
        const site = fitSiteScale(own.map(measuredRun), constants);
        return ({ resolved }) => predict(resolved, { constants, site }).iterationSeconds;
      },
    };
  },
};

export function measuredRun({ id, set, resolved, measuredSeconds }: Case): MeasuredRun {
  return { id, set, run: resolved, seconds: measuredSeconds };
}
