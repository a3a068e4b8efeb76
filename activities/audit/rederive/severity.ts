import { z } from 'zod';
import type {
  RecoveryInput,
  RecoveryResult,
  SeverityInput,
  SeverityResult,
} from '../../../workflows/domain/phase-data.ts';
import { recoveryOf, type Severity } from '../../../workflows/domain/severity.ts';
import type { EvidenceRef } from '../../../workflows/domain/evidence.ts';
import { getJson } from '../../json-evidence.ts';
import { createMeasureRecovery } from '../../measure-recovery.ts';
import { createMeasureSeverity } from '../../measure-severity.ts';
import type { RecordedWorld } from './world.ts';

/** In the stored document: what the metrics said at that moment, which nobody can ask again. */
export const measuredOfSeverity = ['measuredAtClusterMs', 'alerts', 'speed', 'severity', 'recovered', 'text'] as const;

const measuredSchema = z.looseObject({
  alerts: z.array(z.string()),
  speed: z.looseObject({ ratio: z.number().nullable(), stopped: z.boolean().nullish() }),
  severity: z.looseObject({ alertsUnread: z.literal(true).optional() }),
});

/** Counts what the probes found again; alerts and speed come from the stored measurement, and must be what it says. */
export async function deriveSeverity(
  world: RecordedWorld,
  input: SeverityInput,
  recorded: SeverityResult,
): Promise<SeverityResult> {
  const derived = await createMeasureSeverity({ ...world, metrics: () => null })(input);
  return { ...derived, severity: await withMeasured(world, derived.severity, recorded.evidence) };
}

export async function deriveRecovery(
  world: RecordedWorld,
  input: RecoveryInput,
  recorded: RecoveryResult,
): Promise<RecoveryResult> {
  const derived = await createMeasureRecovery({ ...world, metrics: () => null })(input);
  const severity = await withMeasured(world, derived.severity, recorded.evidence);
  return { ...derived, severity, ...recoveryOf(severity, input.probes?.clean ?? 0) };
}

async function withMeasured(world: RecordedWorld, severity: Severity, evidence: EvidenceRef): Promise<Severity> {
  const { alerts, speed, severity: stored } = await getJson(world.evidence, evidence, measuredSchema);
  const { stopped = null } = speed;
  return {
    ...severity,
    firingAlerts: alerts.length,
    slowdownRatio: speed.ratio,
    ...(stopped === null ? {} : { jobStopped: stopped }),
    ...(stored.alertsUnread === true ? { alertsUnread: true } : {}),
  };
}
