import type { RecoveryInput, RecoveryResult } from '../workflows/domain/phase-data.ts';
import { recoveryOf } from '../workflows/domain/severity.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import type { MeasureSeverityPorts } from './measure-severity.ts';
import { rethrow } from './port-failure.ts';
import { severityNow } from './severity-now.ts';

/** A new measurement because people or the alert say that it is over: only what was measured counts as recovered. */
export function createMeasureRecovery(ports: MeasureSeverityPorts): (input: RecoveryInput) => Promise<RecoveryResult> {
  return async ({ key, plan, proposal, contained = false, verifyProbes, probes }) =>
    withHeartbeats(
      () => ({}),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const scope = { plan, proposal, contained, verifyProbes, probes };
        const now = await severityNow(ports, inventory, scope, signal);
        const { recovered, text } = recoveryOf(now.severity, probes?.clean ?? 0);
        const evidence = await putJson(
          ports.evidence,
          'severity',
          key.cluster,
          {
            moment: 'recovery',
            measuredAtClusterMs: now.atClusterMs,
            severity: now.severity,
            recovered,
            text,
            faults: now.faults.map(({ id, kind }) => ({ id, kind })),
            alerts: now.alerts,
            speed: now.speed,
            probeResults: probes?.results ?? null,
          },
          signal,
        );
        return { recovered, text, severity: now.severity, evidence };
      },
    ).catch(rethrow);
}
