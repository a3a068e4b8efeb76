import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Starts the time service of a node again. */
export const clockSyncRestart: Remediation = {
  id: 'clock-sync.restart',
  platform: 'nvidia-linux',
  summary: 'start the service that keeps the clock of a node right again',
  categories: ['permission-misconfig', 'shared-fs-problem', 'rendezvous-resolution'],
  precondition: 'a probe read that the clock of the node follows no time server, or is off',
  effect: 'the clock follows a time server',
  undo: 'the service is stopped again, as it was',
  verification: 'the service is asked again, and whether a job that had failed goes on',
  // The service is stopped again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.serviceRestart, gateSteps.serviceStop, gateSteps.jobRequeue],
  source: 'https://chrony-project.org/doc/4.5/chronyc.html',
  plan,
};

// systemd gives a service 90 seconds to start.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const wrong = ['host.clock.not-synchronised', 'host.clock.off'];
  if (standing(here, wrong, ['host.clock.right']) === undefined)
    return { notApplicable: `no probe has read a wrong clock on ${node.name}` };
  return drawUp(scene, {
    summary: `Start chronyd on ${node.name} again.`,
    forward: [{ step: gateSteps.serviceRestart, args: ['chronyd'] }],
    undo: [{ step: gateSteps.serviceStop, args: ['chronyd'], undoes: 1 }],
    touches: `one service of ${node.name}`,
    cost: 'one start of a service, up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'host.clock-sync' }],
    again: true,
    settleClusterMs,
  });
}
