import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { hungAt } from './hung.ts';
import { nodeScene, occupied, standing } from './scene.ts';

/** Starts a service again that systemd has given up, or whose devices hang. */
export const serviceRestart: Remediation = {
  id: 'service.restart',
  platform: 'nvidia-linux',
  summary:
    'start a service of a node again that has failed or whose devices hang: containers, RDMA, subnet manager, scheduler or interrupts',
  categories: ['container-toolkit-misconfig', 'scheduler-action', 'rdma-link-fault', 'gdr-peermem-missing', 'unlisted'],
  precondition:
    'systemd lists as failed a service that the gate may start, or the log shows that the firmware of an adapter hangs, which its driver resets when it is loaded; for one that takes devices from jobs, none runs on the node',
  effect: 'the service runs, and what it drives answers',
  undo: 'a service that had failed is stopped again, as it was; one that ran runs',
  verification: 'systemd is asked for failed services again, and an adapter for its port',
  // The service is stopped again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.serviceRestart, gateSteps.serviceStop, gateSteps.serviceStart, gateSteps.jobRequeue],
  source: 'https://www.freedesktop.org/software/systemd/man/latest/systemctl.html',
  plan,
};

const allKinds = ['host.services.containers', 'host.services.rdma', 'host.services.scheduler', 'host.services.other'];
/** Of which services a failure makes such a fault; the start of another mends nothing. */
const kindsOf: Readonly<Partial<Record<Category | 'unlisted', readonly string[]>>> = {
  'container-toolkit-misconfig': ['host.services.containers'],
  'scheduler-action': ['host.services.scheduler'],
  'rdma-link-fault': ['host.services.rdma'],
  'gdr-peermem-missing': ['host.services.rdma'],
};
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
  const failed = standing(here, kindsOf[cause.category] ?? allKinds, ['host.services.none-failed']);
  const listed = String(failed?.values?.['service'] ?? '');
  const hung = cause.category === 'rdma-link-fault' ? hungAt(cause, here) : undefined;
  const [unit, undo] =
    hung !== undefined && listed !== 'openibd'
      ? (['openibd', gateSteps.serviceStart] as const)
      : ([listed, gateSteps.serviceStop] as const);
  const manner = units[unit];
  if (manner === undefined)
    return { notApplicable: `no probe has seen a failed service on ${node.name} that may be started from here` };
  const inTheWay = manner === 'disturbs' ? occupied(scene) : null;
  if (inTheWay !== null) return { notApplicable: inTheWay };
  return drawUp(scene, {
    summary: `Start ${unit} on ${node.name} again.`,
    forward: [{ step: gateSteps.serviceRestart, args: [unit] }],
    undo: [{ step: undo, args: [unit], undoes: 1 }],
    touches: `one service of ${node.name}`,
    cost: 'one start of a service, up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'host.services' }, ...(hung === undefined ? [] : [{ probeId: 'ib.ports' }])],
    again: true,
    settleClusterMs,
  });
}
