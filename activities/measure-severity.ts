import type { SeverityInput, SeverityResult } from '../workflows/domain/phase-data.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { severityNow, type SeverityPorts } from './severity-now.ts';

export interface MeasureSeverityPorts extends SeverityPorts {
  readonly inventories: Inventories;
}

/** The severity of one moment of a repair, as evidence. */
export function createMeasureSeverity(ports: MeasureSeverityPorts): (input: SeverityInput) => Promise<SeverityResult> {
  return async ({ key, plan, proposal, moment, probes }) =>
    withHeartbeats(
      () => ({ moment }),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const verifyProbes = moment === 'given-back' ? (proposal.handOver?.verifyProbes ?? []) : proposal.verifyProbes;
        const scope = { plan, proposal, verifyProbes, probes };
        const now = await severityNow(ports, inventory, scope, signal);
        const evidence = await putJson(
          ports.evidence,
          'severity',
          key.cluster,
          {
            moment,
            proposal: proposal.number,
            digest: proposal.digest,
            measuredAtClusterMs: now.atClusterMs,
            severity: now.severity,
            faults: now.faults.map(({ id, kind }) => ({ id, kind })),
            alerts: now.alerts,
            speed: now.speed,
            probeResults: probes?.results ?? null,
          },
          signal,
        );
        return { severity: now.severity, evidence };
      },
    ).catch(rethrow);
}
