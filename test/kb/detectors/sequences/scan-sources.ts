import { sourceReportsSchema } from '../../../../activities/evidence-shapes.ts';
import { detectors } from '../../../../kb/detectors/index.ts';
import { sequenceDetectors } from '../../../../kb/detectors/sequences/index.ts';
import { combineReports } from '../../../../kb/logs/combine.ts';
import { compileMatchers } from '../../../../kb/logs/matchers.ts';
import { openSourceScan } from '../../../../kb/logs/source-scan.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';

/** What one rank, node or job wrote. */
export interface TestSource {
  readonly lines: readonly string[];
  readonly name?: string;
  readonly node?: string;
  readonly rank?: number;
}

const matchers = compileMatchers(detectors);
const dayMs = 86_400_000;

/** As the scanner does it, with every summary sent through JSON as between two attempts of an activity. */
export function scanSources(sources: readonly TestSource[], shippedUntilMs: number | null = null): readonly Finding[] {
  const reports = sources.map(({ lines, name, node, rank }, at) => {
    const source = name ?? `source-${at}.log`;
    const place = { ...(node === undefined ? {} : { node }), ...(rank === undefined ? {} : { rank }) };
    const log = { source, evidenceId: `ev_${at}`, referenceMs: startMs + dayMs, ...place };
    const scan = openSourceScan(log, matchers, sequenceDetectors);
    scan.feed(new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')));
    return scan.end();
  });
  const stored = sourceReportsSchema.parse(JSON.parse(JSON.stringify(reports)));
  return combineReports(stored, sequenceDetectors, shippedUntilMs);
}

export const startMs = Date.UTC(2026, 10, 21, 3, 0, 0);

/** `2026-11-21 03:00:12,000 text`, seconds after the start. */
export function at(seconds: number, text: string): string {
  return `${new Date(startMs + 1000 * seconds).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '')} ${text}`;
}

/** Steps at a rhythm, as Megatron tells them. */
export function megatronSteps(
  count: number,
  {
    seconds = 10,
    from = 1,
    startS = 0,
    of = 5_000,
  }: { seconds?: number | ((step: number) => number); from?: number; startS?: number; of?: number } = {},
): readonly string[] {
  let now = startS;
  return Array.from({ length: count }, (_, index) => {
    const step = from + index;
    const took = typeof seconds === 'number' ? seconds : seconds(step);
    now += took;
    return at(
      now,
      `iteration ${step}/ ${of} | elapsed time per iteration (ms): ${(1000 * took).toFixed(1)} | lm loss: 2.31E+00 |`,
    );
  });
}

/** A little noise that is the same on every run. */
export function ripple(step: number): number {
  return 1 + 0.02 * Math.sin(step * 12.9898);
}
