import { median } from 'simple-statistics';
import type { MetricMatch, MetricRange } from '../../schemas/metric.ts';
import {
  componentKinds,
  gpuBelowNominal,
  gpuSlowerThanPeers,
  jobInterrupted,
  jobNormal,
  jobSlow,
  jobSlowerThanPredicted,
  jobStopped,
  powerBelowPrediction,
} from '../kinds.ts';
import type { StepSample } from './steps.ts';
import type { Told } from './summary.ts';
import type { PerformanceVerdict } from './verdict.ts';

// One finding a place is enough; a rack of low clocks is told by its slowest.
const matchesMax = 8;

/** What reasoning gets: findings with places and numbers. */
export function matchesOf(told: Told): readonly MetricMatch[] {
  const { verdict, low } = told;
  return [
    ...(verdict.kind === 'slow' ? speedMatches(told) : []),
    ...low.slice(0, matchesMax).map(({ node, device, value, nominalMhz }) => ({
      kind: gpuBelowNominal.id,
      node,
      device,
      text: `busy at ${value.toFixed(0)} MHz, nominal ${nominalMhz} MHz`,
      values: { smMhz: value, nominalMhz },
    })),
    // What differs and costs nothing is no finding of performance; the metric's own rule tells of it.
    ...(verdict.kind === 'slow' ? peerMatches(verdict) : []),
    ...componentMatches(verdict),
  ];
}

// Within the doubt of a few steps or of a prediction, and still more than anybody would call healthy: SuperBench (ATC 2024)
// calls 5 % a regression, and this is twice that.
const healthyRatioMax = 1.1;

/** A job that was slow all along looks normal beside itself; then the nominal figures speak, and no word of health. */
export function normalMatches({ verdict, own, low, absolute }: Told): readonly MetricMatch[] {
  const ratio = own?.ratio ?? absolute?.ratio;
  if (low.length > 0 || ratio === undefined || ratio > healthyRatioMax) return [];
  return [
    {
      kind: jobNormal.id,
      text: own === null ? 'steps take as long as predicted' : 'steps take as long as they did before',
      values: {
        ...(verdict.measuredStepMs === null ? {} : { stepMs: verdict.measuredStepMs }),
        ...(own === null ? {} : { healthyStepMs: Math.round(1000 * own.healthySeconds), ratio: own.ratio }),
        ...(absolute === null ? {} : { predictedRatio: absolute.ratio }),
      },
    },
  ];
}

export function interruptedMatch(lastStepMs: number): MetricMatch {
  return { kind: jobInterrupted.id, atMs: lastStepMs, text: 'no step was done for a while' };
}

/** A job that does no step has no speed; what its last steps took says nothing of now. */
export function stoppedVerdict(
  range: MetricRange,
  lastStepMs: number,
  samples: readonly StepSample[],
): PerformanceVerdict {
  const beforeAlertS = (range.alertAtMs - lastStepMs) / 1000;
  const when = `${Math.abs(Math.round(beforeAlertS))} s ${beforeAlertS >= 0 ? 'before' : 'after'} the alert`;
  const healthy = samples.filter(({ atMs }) => atMs <= lastStepMs).map(({ seconds }) => seconds);
  return {
    kind: 'stopped',
    slowdownRatio: null,
    measuredStepMs: null,
    expectedStepMs: healthy.length === 0 ? null : Math.round(1000 * median(healthy)),
    sinceMs: lastStepMs,
    alarms: [],
    components: [],
    summary: `The job stopped: its last step was done ${when}.`,
    matches: [{ kind: jobStopped.id, atMs: lastStepMs, text: `the last step was done ${when}` }],
  };
}

function speedMatches({ verdict, own, absolute, power, prediction }: Told): readonly MetricMatch[] {
  const stepMs = verdict.measuredStepMs ?? 0;
  const isSlowerThanPredicted = absolute?.isSlow === true && prediction !== null;
  return [
    ...(own?.isSlow === true
      ? [
          {
            kind: jobSlow.id,
            ...(own.sinceMs === null ? {} : { atMs: own.sinceMs }),
            text: `steps take ${own.ratio.toFixed(2)} times the healthy median`,
            values: { stepMs, healthyStepMs: Math.round(1000 * own.healthySeconds), ratio: own.ratio },
          },
        ]
      : []),
    ...(isSlowerThanPredicted
      ? [
          {
            kind: jobSlowerThanPredicted.id,
            text: `steps take ${absolute.ratio.toFixed(2)} times the predicted ${prediction.iterationSeconds.toFixed(2)} s`,
            values: {
              stepMs,
              predictedStepMs: Math.round(1000 * prediction.iterationSeconds),
              ratio: absolute.ratio,
              limit: absolute.limit,
            },
          },
        ]
      : []),
    // Power falls at many harmless moments: it counts beside low throughput only.
    ...(power.isLow &&
    power.watts !== null &&
    power.predictedWatts !== null &&
    (isSlowerThanPredicted || own?.isSlow === true)
      ? [
          {
            kind: powerBelowPrediction.id,
            text: `GPUs draw ${power.watts.toFixed(0)} W on average, predicted ${power.predictedWatts.toFixed(0)} W`,
            values: { watts: power.watts, predictedWatts: power.predictedWatts },
          },
        ]
      : []),
  ];
}

function peerMatches({ alarms }: Told['verdict']): readonly MetricMatch[] {
  return alarms
    .filter(({ tier, node, values }) => tier === 'peers' && node !== undefined && values['holdsBack'] === 'yes')
    .slice(0, matchesMax)
    .map(({ node, device, sinceMs, text, values }) => ({
      kind: gpuSlowerThanPeers.id,
      ...(node === undefined ? {} : { node }),
      ...(device === undefined ? {} : { device }),
      ...(sinceMs === null ? {} : { atMs: sinceMs }),
      text,
      values,
    }));
}

/** The best evidence of each component. */
function componentMatches({ components }: Told['verdict']): readonly MetricMatch[] {
  const best = [...Map.groupBy(components, ({ component }) => component).values()].flatMap(([first]) => first ?? []);
  return best.map(({ component, node, device, text, values }) => ({
    kind: componentKinds[component].id,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
    text,
    values,
  }));
}
