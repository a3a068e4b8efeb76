import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Starts the host engine of DCGM again. */
export const dcgmRestart: Remediation = {
  id: 'dcgm.restart',
  platform: 'nvidia-linux',
  summary: 'start the host engine of DCGM again, without which health of the GPUs is not watched',
  categories: ['unlisted'],
  precondition: 'systemd shows that the host engine of DCGM has failed',
  effect: 'the host engine of DCGM answers',
  undo: 'the service is stopped again, as it was',
  verification: 'the service is asked again, and whether a job that had failed goes on',
  // The service is stopped again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.serviceRestart, gateSteps.serviceStop, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/getting-started.html',
  plan,
};

// systemd gives a service 90 seconds to start.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const failed = here.findLast(
    ({ kind, values }) => kind === 'host.services.gpu' && ['nvidia-dcgm', 'dcgm'].includes(String(values?.['service'])),
  );
  if (failed === undefined || standing(here, ['host.services.gpu'], ['host.services.none-failed']) === undefined)
    return { notApplicable: `no probe shows that DCGM of ${node.name} has failed` };
  return drawUp(scene, {
    summary: `Start nvidia-dcgm on ${node.name} again.`,
    forward: [{ step: gateSteps.serviceRestart, args: ['nvidia-dcgm'] }],
    undo: [{ step: gateSteps.serviceStop, args: ['nvidia-dcgm'], undoes: 1 }],
    touches: `one service of ${node.name}`,
    cost: 'one start of a service, up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'host.services' }, { probeId: 'gpu.dcgm-health' }],
    again: true,
    settleClusterMs,
  });
}
