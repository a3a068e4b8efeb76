import { placeName } from './place-name.ts';
import type { Comparison, PerformanceResult } from './phase-data.ts';

/** What people read below the summary of a comparison: each figure beside what it should be. None without a prediction. */
export function speedLines({ measuredStepMs, healthyStepMs, comparison }: PerformanceResult): readonly string[] {
  if (comparison === undefined) return [];
  const { predicted } = comparison;
  const steps = [
    measuredStepMs === null ? null : `measured ${seconds(measuredStepMs)}`,
    predicted === null
      ? 'no prediction'
      : `predicted ${seconds(predicted.stepMs)} (${seconds(predicted.lowMs)} to ${seconds(predicted.highMs)})`,
    healthyStepMs === null ? null : `before ${seconds(healthyStepMs)}`,
  ];
  const rates = [
    beside(comparison.tokensPerSecond, predicted?.tokensPerSecond, 'tokens/s'),
    beside(comparison.powerWattsPerGpu, predicted?.powerWattsPerGpu, 'W a GPU'),
  ].filter((text) => text !== null);
  return [
    `Step time: ${steps.filter((text) => text !== null).join(', ')}`,
    ...(rates.length === 0 ? [] : [`Throughput and power: ${rates.join('; ')}`]),
    ...verdictLines(comparison),
  ];
}

function verdictLines(comparison: Comparison): readonly string[] {
  const { verdict, tiers, component, sinceMs } = comparison;
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString().replace(/\.\d{3}Z$/, 'Z')}`;
  const place = placeName(comparison);
  const because =
    component === null
      ? ''
      : component === 'unknown'
        ? '; cause unknown'
        : `; consistent with ${component}${place === '' ? '' : ` on ${place}`}`;
  const by = tiers.length === 0 ? '' : ` by ${tiers.map((tier) => tierNames[tier]).join(', ')}`;
  return [`Compared: ${verdict}${since}${by}${because}`];
}

const tierNames = {
  absolute: 'the prediction',
  history: 'its own history',
  peers: 'like ranks',
} as const satisfies Record<Comparison['tiers'][number], string>;

function beside(measured: number | null, predicted: number | undefined, unit: string): string | null {
  if (measured === null) return null;
  const expected = predicted === undefined ? '' : `, predicted ${Math.round(predicted)}`;
  return `${Math.round(measured)} ${unit}${expected}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
