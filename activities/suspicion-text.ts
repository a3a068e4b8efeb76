import { excerptCharsMax } from '../workflows/domain/finding.ts';
import type { Suspicion, WatchedSpeed } from '../workflows/domain/perf-watch.ts';

/** One line for an alert: throughput and power against the prediction, the job's own past, and where to look. */
export function suspicionText(job: string, suspicion: Omit<Suspicion, 'summary'>, speed: WatchedSpeed | null): string {
  const parts = [
    ...(speed === null ? [] : [throughput(speed), power(speed), steps(speed, suspicion)]),
    cause(suspicion),
  ].filter((part) => part !== null);
  return `${job} is slow: ${parts.join('; ')}.`.slice(0, excerptCharsMax);
}

function throughput({ tokensPerSecond, predictedTokensPerSecond, stepSeconds, predictedStepSeconds }: WatchedSpeed) {
  if (tokensPerSecond !== null)
    return against(`${whole(tokensPerSecond)} tokens/s`, tokensPerSecond, predictedTokensPerSecond, whole);
  return against(`${short(stepSeconds)} s a step`, stepSeconds, predictedStepSeconds, short);
}

function power({ powerWattsPerGpu, predictedPowerWattsPerGpu }: WatchedSpeed): string | null {
  if (powerWattsPerGpu === null) return null;
  return against(`${whole(powerWattsPerGpu)} W a GPU`, powerWattsPerGpu, predictedPowerWattsPerGpu, whole);
}

function steps({ stepSeconds, baselineStepSeconds }: WatchedSpeed, { sinceMs }: Omit<Suspicion, 'summary'>): string {
  const own =
    baselineStepSeconds === null
      ? ''
      : `, ${(stepSeconds / baselineStepSeconds).toFixed(2)} times its own ${short(baselineStepSeconds)} s`;
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString().slice(11, 19)} UTC`;
  return `steps take ${short(stepSeconds)} s${own}${since}`;
}

function cause({ component, node, gpu }: Omit<Suspicion, 'summary'>): string {
  const place = node === undefined ? '' : `, ${node}${gpu === undefined ? '' : ` GPU ${gpu}`}`;
  return component === 'unknown' ? `cause unknown${place}` : `consistent with ${component}${place}`;
}

function against(
  measured: string,
  value: number,
  predicted: number | null,
  written: (value: number) => string,
): string {
  if (predicted === null || !(predicted > 0)) return measured;
  return `${measured}, ${Math.round((100 * value) / predicted)} % of the ${written(predicted)} predicted`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
