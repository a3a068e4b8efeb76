import { cancellationSignal } from '@temporalio/activity';
import type { Finding } from '../workflows/domain/finding.ts';
import type { PerformanceInput, PerformanceResult } from '../workflows/domain/phase-data.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { MetricMatch } from '../kb/schemas/metric.ts';
import { assess } from '../kb/performance/assess.ts';
import { performanceKinds } from '../kb/performance/kinds.ts';
import { metricRangeSchema, performanceSchema } from './evidence-shapes.ts';
import { getJson, jsonDigest, putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';

/**
 * Measured speed and power against the job's own history, its GPUs beside each other, and nominal figures: what
 * incidents do that were begun before a job's speed could be predicted.
 */
export function createCheckPerformance(ports: {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
}) {
  return async function checkPerformance(input: PerformanceInput): Promise<PerformanceResult> {
    try {
      const signal = cancellationSignal();
      const inventory = ports.inventories.get(input.key.cluster);
      const assessment =
        input.metrics === null
          ? notMeasured
          : assess(await getJson(ports.evidence, input.metrics.range, metricRangeSchema, signal), ({ node, device }) =>
              modelOf(inventory, node, device.index),
            );
      const { matches, ...measured } = assessment;
      const evidenceId = input.metrics?.range.id;
      const findings = evidenceId === undefined ? [] : performanceFindings(matches, evidenceId);
      const stored = performanceSchema.parse({ ...measured, findings });
      return {
        performance: await putJson(ports.evidence, 'performance', input.key.cluster, stored, signal),
        ...measured,
      };
    } catch (error) {
      return rethrow(error);
    }
  };
}

const notMeasured = {
  slowdownRatio: null,
  measuredStepMs: null,
  healthyStepMs: null,
  tier: null,
  summary: 'No metrics were gathered, so speed and power were not compared.',
  matches: [],
} as const;

export function modelOf(inventory: Inventory | undefined, node: string, index: number | undefined): string | undefined {
  return inventory?.nodes.find(({ name }) => name === node)?.gpus.find((gpu) => gpu.index === index)?.model;
}

/** One finding a kind and place. */
export function performanceFindings(matches: readonly MetricMatch[], evidenceId: string): readonly Finding[] {
  const byId = new Map(matches.map((match) => toFinding(match, evidenceId)).map((one) => [one.id, one]));
  return [...byId.values()];
}

function toFinding(match: MetricMatch, evidenceId: string): Finding {
  const kind = performanceKinds.find(({ id }) => id === match.kind);
  const { atMs, values, ...rest } = match;
  const place = { kind: match.kind, node: match.node ?? null, device: match.device ?? null, evidenceId };
  return {
    ...rest,
    id: `f_${jsonDigest(place).slice(0, 24)}`,
    role: kind?.role ?? 'context',
    ...(atMs === undefined ? {} : { atMs }),
    ...(values === undefined ? {} : { values }),
    count: 1,
    range: { evidenceId, source: 'metrics' },
  };
}
