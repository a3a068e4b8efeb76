import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Starts the persistence daemon again. */
export const persistencedRestart: Remediation = {
  id: 'persistenced.restart',
  platform: 'nvidia-linux',
  summary: 'start the persistence daemon of the NVIDIA driver again',
  categories: ['driver-version-mismatch', 'gpu-driver-bug'],
  precondition: 'the log or systemd shows that the persistence daemon has failed',
  effect: 'the persistence daemon runs and keeps the GPUs initialised',
  undo: 'the service is stopped again, as it was',
  verification: 'the service is asked again, and whether a job that had failed goes on',
  // The service is stopped again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.serviceRestart, gateSteps.serviceStop, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/deploy/driver-persistence/index.html',
  plan,
};

// systemd gives a service 90 seconds to start.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const failed =
    standing(here, ['nvidia.persistenced.failed'], []) ??
    here.findLast(({ kind, values }) => kind === 'host.services.gpu' && values?.['service'] === 'nvidia-persistenced');
  if (failed === undefined)
    return { notApplicable: `no probe or log shows that the persistence daemon of ${node.name} has failed` };
  if (here.some(({ kind }) => kind === 'gpu.driver.version-mismatch' || kind === 'nvidia.driver.library-mismatch'))
    return {
      notApplicable: `kernel and libraries of ${node.name} are of two drivers; its daemon cannot start before they agree`,
    };
  return drawUp(scene, {
    summary: `Start nvidia-persistenced on ${node.name} again.`,
    forward: [{ step: gateSteps.serviceRestart, args: ['nvidia-persistenced'] }],
    undo: [{ step: gateSteps.serviceStop, args: ['nvidia-persistenced'], undoes: 1 }],
    touches: `one service of ${node.name}`,
    cost: 'one start of a service, up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'host.services' }, { probeId: 'gpu.persistence' }],
    again: true,
    settleClusterMs,
  });
}
