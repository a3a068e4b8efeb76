import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, occupied, standing } from './scene.ts';

/** Starts a service again that systemd has given up. */
export const serviceRestart: Remediation = {
  id: 'service.restart',
  platform: 'nvidia-linux',
  summary: 'start a failed service of a node again: containers, RDMA, subnet manager, scheduler or interrupts',
  categories: ['container-toolkit-misconfig', 'scheduler-action', 'rdma-link-fault', 'gdr-peermem-missing', 'unlisted'],
  precondition:
    'systemd lists as failed a service that the gate may start; for one that takes devices from jobs, none runs on the node',
  effect: 'the service runs',
  undo: 'the service is stopped again, as it was',
  verification: 'systemd is asked for failed services again',
  // The service is stopped again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.serviceRestart, gateSteps.serviceStop, gateSteps.jobRequeue],
  source: 'https://www.freedesktop.org/software/systemd/man/latest/systemctl.html',
  plan,
};

const failedKinds = [
  'host.services.containers',
  'host.services.rdma',
  'host.services.scheduler',
  'host.services.other',
];
/** Units that the gate starts; those marked unload drivers or end containers on their way. */
const units: Readonly<Record<string, 'quiet' | 'disturbs'>> = {
  docker: 'disturbs',
  containerd: 'disturbs',
  openibd: 'disturbs',
  opensmd: 'quiet',
  slurmd: 'quiet',
  irqbalance: 'quiet',
};
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const failed = standing(here, failedKinds, ['host.services.none-failed']);
  const unit = String(failed?.values?.['service'] ?? '');
  const manner = units[unit];
  if (failed === undefined || manner === undefined)
    return { notApplicable: `no probe has seen a failed service on ${node.name} that may be started from here` };
  const inTheWay = manner === 'disturbs' ? occupied(scene) : null;
  if (inTheWay !== null) return { notApplicable: inTheWay };
  return drawUp(scene, {
    summary: `Start ${unit} on ${node.name} again.`,
    forward: [{ step: gateSteps.serviceRestart, args: [unit] }],
    undo: [{ step: gateSteps.serviceStop, args: [unit], undoes: 1 }],
    touches: `one service of ${node.name}`,
    cost: 'one start of a service, up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'host.services' }],
    again: true,
    settleClusterMs,
  });
}
