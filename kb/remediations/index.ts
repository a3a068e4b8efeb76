import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { gpuClocksUnlock } from './gpu-clocks-unlock.ts';
import { gpuPowerLimitRestore } from './gpu-power-limit-restore.ts';
import { ibPortDisableAndReroute } from './ib-port-disable-and-reroute.ts';
import { jobRequeueWithLimits } from './job-requeue-with-limits.ts';
import { nodeDrainHardware } from './node-drain-hardware.ts';
import { spaceFreeByPolicy } from './space-free-by-policy.ts';

/** Every repair that can be proposed. For one category the first that applies is taken: the most specific stands first. */
export const remediations: readonly Remediation[] = [
  gpuPowerLimitRestore,
  gpuClocksUnlock,
  nodeDrainHardware,
  ibPortDisableAndReroute,
  jobRequeueWithLimits,
  spaceFreeByPolicy,
];

export type RepairPlan =
  | { readonly kind: 'plan'; readonly remediation: Remediation; readonly draft: PlanDraft }
  | { readonly kind: 'none'; readonly reason: string };

/** The repair for a cause, or why there is none and people must take over. */
export function planRepair(cause: RankedCause, findings: readonly Finding[], site: PlanSite): RepairPlan {
  const candidates = remediations.filter((remediation) => remediation.categories.includes(cause.category));
  if (candidates.length === 0) return { kind: 'none', reason: `no repair is known for ${cause.category}` };
  const reasons: string[] = [];
  for (const remediation of candidates) {
    const draft = remediation.plan(cause, findings, site);
    if (!('notApplicable' in draft)) return { kind: 'plan', remediation, draft };
    reasons.push(`${remediation.id}: ${draft.notApplicable}`);
  }
  return { kind: 'none', reason: reasons.join('; ') };
}
