import { logFindingKinds } from '../kb/detectors/index.ts';
import { firstFault } from '../kb/logs/first-fault.ts';
import { metricDetectors } from '../kb/metrics/index.ts';
import { kindRegistry } from '../kb/reasoning/kinds.ts';
import { splitByTime } from '../kb/reasoning/timeliness.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import type { ScanInput, ScanResult } from '../workflows/domain/phase-data.ts';
import { metricRangeSchema } from './evidence-shapes.ts';
import { lastHeartbeat, withHeartbeats } from './heartbeats.ts';
import { getJson, putJson } from './json-evidence.ts';
import { logManifestSchema } from './log-manifest.ts';
import { metricFindings } from './metric-findings.ts';
import { rethrow } from './port-failure.ts';
import { scanLogs, scanProgressSchema, type ScanLogsPorts, type ScanProgress } from './scan-logs.ts';

/** Runs all detectors over the gathered logs and metrics; the findings become evidence, their kinds the result. */
export function createScanEvidence(ports: ScanLogsPorts): (input: ScanInput) => Promise<ScanResult> {
  return async ({ key, plan, logs, metrics }) => {
    // What the attempt before this one had finished, if there was one.
    const resumed = scanProgressSchema.safeParse(lastHeartbeat()).data ?? null;
    let progress: ScanProgress | null = resumed;
    return withHeartbeats(
      () => progress,
      async (signal) => {
        const manifest = logs === null ? null : await getJson(ports.evidence, logs.manifest, logManifestSchema, signal);
        const scanned =
          logs === null || manifest === null
            ? null
            : await scanLogs(
                ports,
                key.cluster,
                { ...manifest, id: logs.manifest.id },
                resumed,
                (now) => (progress = now),
                signal,
              );
        const fromLogs = scanned?.findings(manifest?.shippedUntilMs) ?? [];
        const fromMetrics =
          metrics === null
            ? []
            : metricFindings(await getJson(ports.evidence, metrics.range, metricRangeSchema, signal), {
                evidenceId: metrics.range.id,
                source: metrics.range.key,
              });
        const findings = [...fromLogs, ...fromMetrics];
        return {
          findings: await putJson(ports.evidence, 'findings', key.cluster, findings, signal),
          count: findings.length,
          kinds: countKinds(findings),
          firstFaultKind: firstFault(splitByTime(findings, kinds, plan).current, kinds)?.kind ?? null,
        };
      },
    ).catch(rethrow);
  };
}

const kinds: ReadonlyMap<string, FindingKind> = kindRegistry(
  logFindingKinds,
  metricDetectors.flatMap((detector) => detector.kinds),
);

const kindsShownMax = 30;

function countKinds(findings: readonly Finding[]): ScanResult['kinds'] {
  const counts = new Map<string, number>();
  for (const { kind, count } of findings) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .toSorted((a, b) => telling(b.kind) - telling(a.kind) || b.count - a.count || (a.kind < b.kind ? -1 : 1))
    .slice(0, kindsShownMax);
}

/** How far a kind can move the odds of its best cause; causes before symptoms of the same weight. */
function telling(kind: string): number {
  const known = kinds.get(kind);
  if (known === undefined) return 0;
  return Math.max(0, ...Object.values(known.weighs)) + (known.role === 'cause' ? causeBonus : 0);
}

// Weights stay within ±7, so every cause comes before every symptom.
const causeBonus = 10;
