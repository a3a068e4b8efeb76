import type { Claim, RankedCause } from '../../workflows/domain/finding.ts';
import { endsJobs } from '../probes/scheduler-node.ts';
import { claim, describe } from './claims.ts';
import type { Observation } from './observations.ts';
import { tellsOfPath } from './path-kinds.ts';

export interface Planned {
  /** Why nothing is wrong; null where maintenance does not explain what was seen. */
  readonly explanation: Claim | null;
  /** The causes that stand although maintenance is set aside. */
  readonly causes: readonly RankedCause[];
}

/**
 * Planned maintenance explains that a job was stopped, requeued or slowed, and that its ranks lost one another. A fault
 * that shows without any of that is a fault all the same: `judge` looks at what is left. Null without maintenance.
 */
export function underMaintenance(
  observations: readonly Observation[],
  judge: (left: readonly Observation[]) => readonly RankedCause[],
): Planned | null {
  const planned = observations.filter(isMaintenance);
  if (planned.length === 0) return null;
  const left = observations.filter((observation) => !isExplained(observation));
  const causes = judge(left).filter(({ category }) => category !== 'scheduler-action');
  if (causes.length > 0) return { explanation: null, causes };
  // Something that points at a fault and was not settled is no matter of the calendar.
  const open = left.some(({ role, kind }) => role === 'cause' && bestWeight(kind) >= openWeightMin);
  const affected = observations.filter(({ role }) => role === 'symptom' || role === 'cause');
  if (open || affected.length === 0) return { explanation: null, causes: [] };
  const shown = [...planned.slice(0, shownMax), ...affected.slice(0, shownMax)];
  return {
    causes: [],
    explanation: claim(
      `Planned maintenance explains what was seen: ${shown.map(describe).join('; ')}. No fault of hardware or program shows beside it`,
      shown.map(({ earliest }) => earliest),
    ),
  };
}

const shownMax = 2;
// Odds of 7 to 1, as for a cause that explains others.
const openWeightMin = 2;

/** An active maintenance reservation, or a node that the scheduler itself calls in maintenance. */
export function isMaintenance({ kind, findings, past }: Observation): boolean {
  if (past === true) return false;
  if (kind.id === activeMaintenanceId || kind.id === 'scheduler.maintenance.reserved') return true;
  return (
    kind.id === takenOutId &&
    findings.some(({ values }) => {
      const states = String(values?.['states'] ?? '');
      if (/\bMAINT(?:ENANCE)?\b/.test(states)) return true;
      return !endsJobs(states.split('+')) && plannedReason.test(String(values?.['reason'] ?? ''));
    })
  );
}

// What administrators write beside a drain that is on their calendar.
const plannedReason =
  /\bmaint(?:\b|enance)|\bplanned\b|scheduled (?:work|outage|downtime)|(?:firmware|kernel|driver|os) (?:update|upgrade)/i;

/** Reported by the probe that reads the scheduler's reservations. */
export const activeMaintenanceId = 'scheduler.maintenance.active';

/** Reported by the probe that reads the scheduler's view of a node, with the reason that somebody gave. */
export const takenOutId = 'scheduler.node.taken-out';

/** What the scheduler says of its own doing, and what ranks say of connections to ranks that it has ended. */
function isExplained(observation: Observation): boolean {
  const { kind } = observation;
  if (isMaintenance(observation) || tellsOfPath(kind.id)) return true;
  const own = kind.weighs['scheduler-action'] ?? 0;
  return observation.role === 'cause' && own > 0 && own >= bestWeight(kind);
}

function bestWeight({ weighs }: Observation['kind']): number {
  return Math.max(0, ...Object.values(weighs));
}
