import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, seenOf, standing } from './scene.ts';

/** Starts the fabric manager of an NVSwitch node again. */
export const fabricmanagerRestart: Remediation = {
  id: 'fabricmanager.restart',
  platform: 'nvidia-linux',
  summary: 'start the fabric manager of a node again, without which NVSwitch systems run no CUDA program',
  categories: ['fabricmanager-not-running'],
  precondition: 'a probe or the log shows that the fabric manager does not run, and nothing shows that it could not',
  effect: 'the fabric manager runs and has set up the NVLink fabric',
  undo: 'the service is stopped again, as it was',
  verification: 'the service is asked again, and whether a job that had failed goes on',
  // The service is stopped again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.serviceRestart, gateSteps.serviceStop, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html',
  plan,
};

/** A start does not help these: the file or the package has to change first. */
const otherFaults = [
  'fabricmanager.config-invalid',
  'fabricmanager.version-mismatch',
  'fabricmanager.nothing-to-do',
  'packages.fabricmanager.unlike-driver',
];
// systemd gives a service 90 seconds to start.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const wrong = ['fabricmanager.service.not-active', 'fabricmanager.failed', 'host.services.fabricmanager'];
  if (standing(here, wrong, ['fabricmanager.service.active']) === undefined)
    return { notApplicable: `no probe or log shows that the fabric manager of ${node.name} does not run` };
  const other = fabricManagerBarred(here);
  if (other !== undefined)
    return { notApplicable: `a start does not mend the fabric manager of ${node.name} (${other.kind})` };
  return drawUp(scene, {
    summary: `Start nvidia-fabricmanager on ${node.name} again.`,
    forward: [{ step: gateSteps.serviceRestart, args: ['nvidia-fabricmanager'] }],
    undo: [{ step: gateSteps.serviceStop, args: ['nvidia-fabricmanager'], undoes: 1 }],
    touches: `one service of ${node.name}`,
    cost: 'one start of a service, up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'fabricmanager.active' }, { probeId: 'nvlink.status' }],
    again: true,
    settleClusterMs,
  });
}

/** What keeps the fabric manager from running however often it, or its node, is started. */
export function fabricManagerBarred(here: readonly Finding[]): Finding | undefined {
  return seenOf(here, otherFaults);
}
