import type { Prediction } from '../prediction.ts';
import type { AbsoluteJudgement, PowerJudgement } from './absolute.ts';
import type { OwnHistory } from './own-history.ts';
import type { Phase } from './phases.ts';
import type { PeerReadings } from './scene.ts';
import type { GpuValue } from '../../metrics/series.ts';
import type { PerformanceVerdict } from './verdict.ts';

/** All that was judged, for its words. */
export interface Told {
  readonly verdict: Omit<PerformanceVerdict, 'summary' | 'matches'>;
  readonly absolute: AbsoluteJudgement | null;
  readonly own: OwnHistory | null;
  readonly power: PowerJudgement;
  readonly low: readonly (GpuValue & { readonly nominalMhz: number })[];
  readonly peers: PeerReadings;
  readonly prediction: Prediction | null;
}

/** One or two sentences: which tier, how slow, since when, what it is consistent with, and the numbers of speed and power. */
export function summaryOf(told: Told & { readonly paused: Phase | undefined }): string {
  const { verdict, paused } = told;
  switch (verdict.kind) {
    case 'unmeasured':
      return 'No step time was measured.';
    case 'suppressed':
      return `The job is in a ${paused?.kind ?? 'checkpoint or evaluation'}: its steps say nothing about its speed now.`;
    case 'stopped':
      return 'The job stopped.';
    case 'interrupted':
      return `The job did no step for a while and then went on. ${sentence([speedText(told), powerText(told)])}`;
    case 'normal':
      return sentence([`Steps take as long as they should`, speedText(told), powerText(told)]);
    case 'slow':
      return `${sentence([tierText(told), speedText(told), powerText(told)])} ${componentText(told)}`;
  }
}

function sentence(parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null).join('; ')}.`;
}

function tierText({ verdict: { slowdownRatio, sinceMs, alarms } }: Told): string {
  const tiers = [...new Set(alarms.map(({ tier }) => tier))];
  const against = tiers.map((tier) => againstWords[tier]).join(', ');
  const size = slowdownRatio === null || slowdownRatio <= 1 ? '' : ` by ${slowdownRatio.toFixed(2)} times`;
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString()}`;
  return `The job is slow${size}${since}${against === '' ? '' : ` (${against})`}`;
}

const againstWords = {
  absolute: 'against the prediction',
  history: 'against its own history',
  peers: 'against like GPUs',
} as const;

function speedText({ verdict: { measuredStepMs }, own, absolute, prediction }: Told): string | null {
  if (measuredStepMs === null) return null;
  const parts = [
    `a step takes ${(measuredStepMs / 1000).toFixed(2)} s`,
    own === null ? null : `healthy ${own.healthySeconds.toFixed(2)} s`,
    absolute === null || prediction === null
      ? null
      : `predicted ${prediction.iterationSeconds.toFixed(2)} s (throughput ${(100 / absolute.ratio).toFixed(0)} % of the predicted ${prediction.tokensPerSecond.toFixed(0)} tokens/s)`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function powerText({ power: { watts, predictedWatts, utilisation, predictedUtilisation } }: Told): string | null {
  if (watts === null) return null;
  const power = `GPUs draw ${watts.toFixed(0)} W on average${predictedWatts === null ? '' : `, predicted ${predictedWatts.toFixed(0)} W (${((100 * watts) / predictedWatts).toFixed(0)} %)`}`;
  if (utilisation === null) return power;
  const predicted = predictedUtilisation === null ? '' : `, predicted ${(100 * predictedUtilisation).toFixed(0)} %`;
  return `${power}; tensor cores deliver ${(100 * utilisation).toFixed(0)} % of their peak${predicted}`;
}

function componentText({ verdict: { components } }: Told): string {
  const [first, ...others] = components;
  if (first === undefined) return '';
  if (first.component === 'unknown') return 'Slow, cause unknown: nothing that is measured explains it.';
  const also = [...new Set(others.map(({ component }) => component))].filter((one) => one !== first.component);
  return `Consistent with ${first.component}: ${first.text}${also.length === 0 ? '' : ` (also: ${also.join(', ')})`}.`;
}
