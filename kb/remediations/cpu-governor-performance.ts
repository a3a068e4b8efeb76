import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Lets the CPUs of a node run at their full clock. */
export const cpuGovernorPerformance: Remediation = {
  id: 'cpu-governor.performance',
  platform: 'nvidia-linux',
  summary: 'set the CPU governor of a node to performance',
  categories: ['dataloader-stall', 'cpu-affinity-misconfig'],
  precondition: 'a probe read that all CPUs of the node have one governor and that it saves power',
  effect: 'the CPUs run at their full clock under load',
  undo: 'the governor that was read is set again',
  verification: 'the governor and the clocks of the CPUs are read again',
  reversibility: 'reversible',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.governorSet],
  source: 'https://www.kernel.org/doc/html/latest/admin-guide/pm/cpufreq.html',
  plan,
};

const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  // Only the governor is judged: a probe that reports both says with the second one how fast the CPUs are now.
  const saving = standing(here, ['host.cpu-governor.saving'], []);
  const governor = saving?.values?.['governor'];
  const latest = here.findLast(({ kind }) => kind.startsWith('host.cpu-governor.'))?.values?.['governor'];
  if (typeof governor !== 'string' || latest === 'performance')
    return { notApplicable: `no probe has read a governor on ${node.name} that saves power` };
  if (governor !== 'powersave')
    return { notApplicable: `the CPUs of ${node.name} have several governors, which could not be set back` };
  return drawUp(scene, {
    summary: `Set the CPU governor of ${node.name} from ${governor} to performance.`,
    forward: [{ step: gateSteps.governorSet, args: ['performance'] }],
    undo: [{ step: gateSteps.governorSet, args: [governor], undoes: 1 }],
    touches: `all CPUs of ${node.name}; what runs there goes on`,
    cost: 'one command; the node draws more power when idle',
    expectedMs: 2_000,
    verify: [{ probeId: 'host.cpu-governor' }],
    settleClusterMs,
  });
}
