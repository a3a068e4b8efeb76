import { excerpt } from '../kb/logs/excerpt.ts';
import { findingId } from '../kb/logs/fold.ts';
import { metricDetectors } from '../kb/metrics/index.ts';
import { kindRegistry } from '../kb/reasoning/kinds.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { MetricMatch, MetricRange } from '../kb/schemas/metric.ts';
import type { EvidenceRange } from '../workflows/domain/evidence.ts';
import type { Finding } from '../workflows/domain/finding.ts';

const metricFindingsMax = 2_000;

/** What all metric detectors see in a range. `from`: what the findings cite. */
export function metricFindings(
  range: MetricRange,
  from: Pick<EvidenceRange, 'evidenceId' | 'source'>,
): readonly Finding[] {
  const byId = new Map<string, Finding>();
  for (const detector of metricDetectors)
    for (const match of detector.evaluate(range)) {
      const finding = metricFinding(match, from);
      if (byId.size < metricFindingsMax || byId.has(finding.id)) byId.set(finding.id, finding);
    }
  return [...byId.values()];
}

const kinds: ReadonlyMap<string, FindingKind> = kindRegistry(metricDetectors.flatMap((detector) => detector.kinds));

function metricFinding(
  { kind, node, device, atMs, lastMs, text, values }: MetricMatch,
  range: Pick<EvidenceRange, 'evidenceId' | 'source'>,
): Finding {
  const role = kinds.get(kind)?.role;
  if (role === undefined) throw new Error(`a metric detector reported ${kind}, which it does not list`);
  const place = `${node ?? ''}|${device?.kind ?? ''}:${device?.index ?? ''}:${device?.name ?? ''}`;
  return {
    id: findingId(kind, place, range),
    kind,
    role,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
    ...(atMs === undefined ? {} : { atMs }),
    ...(lastMs === undefined ? {} : { lastMs }),
    count: 1,
    range,
    text: excerpt(text),
    ...(values === undefined ? {} : { values }),
  };
}
