import { calculonBar } from './calculon/published-bar.ts';
import type { SetResult } from './protocols.ts';

export interface Aim {
  readonly text: string;
  readonly met: boolean;
}

const naiveRunsMin = 8;
const siteRuns = 5;
const halfMedianMax = 5;
/** Where Calculon is like for like and was not tuned on the rows. */
const calculonSets = ['vtrain-multi', 'bloom-prequel'];

/** What was aimed at before anything was fitted, and whether it was reached. */
export function aimsOf(results: readonly SetResult[]): readonly Aim[] {
  return results.flatMap((one) => {
    switch (one.protocol) {
      case 'leave-one-out':
        return one.model.n < naiveRunsMin ? [] : [betterThanNaive(one)];
      case 'site':
        return one.siteRuns === siteRuns && calculonSets.includes(one.set) ? betterThanCalculon(one) : [];
      case 'half':
        return [
          {
            text: `${one.set}, other half: median ${percent(one.model.medianAbsolute.value)}, ${halfMedianMax} % or less`,
            met: one.model.medianAbsolute.value <= halfMedianMax,
          },
        ];
    }
  });
}

function betterThanNaive({ set, model, naive }: SetResult): Aim {
  return {
    text: `${set}, source left out: mean ${percent(model.meanAbsolute.value)}, below ${percent(naive.meanAbsolute.value)} of a constant efficiency`,
    met: model.meanAbsolute.value < naive.meanAbsolute.value,
  };
}

function betterThanCalculon({ set, model }: SetResult): readonly Aim[] {
  const bar = calculonBar[set];
  if (bar === undefined) return [];
  return (['meanAbsolute', 'medianAbsolute'] as const).map((measure) => ({
    text: `${set}, ${siteRuns} runs of the site: ${measure === 'meanAbsolute' ? 'mean' : 'median'} ${percent(model[measure].value)}, below ${percent(bar[measure])} of Calculon`,
    met: model[measure].value < bar[measure],
  }));
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}
