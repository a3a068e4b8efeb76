import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drainedBy } from './drain-reason.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { isSilent, isTakenOut, nodeScene, seenOf } from './scene.ts';
import { proofOf } from './target-node.ts';

/** Puts a node back into service that the scheduler itself took out and that is well. */
export const nodeResume: Remediation = {
  id: 'node.resume',
  platform: 'nvidia-linux',
  summary: 'put a node back into service that the scheduler took out by itself, and that shows no fault',
  categories: ['scheduler-action'],
  precondition:
    'the scheduler shows the node out of service for a reason that it wrote by itself; the node answers, no maintenance is on, nothing proves broken hardware',
  effect: 'the scheduler gives the node work again',
  undo: 'the node is drained again',
  verification: 'the scheduler is asked for the node again',
  // The node is drained again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.nodeResume, gateSteps.nodeDrain, gateSteps.jobRequeue],
  source: 'https://slurm.schedmd.com/scontrol.html (State=RESUME)',
  plan,
};

const hardware: readonly Category[] = [
  'gpu-fell-off-bus',
  'gpu-ecc-uncorrectable',
  'nvlink-fabric-error',
  'host-hardware-fault',
];
const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  if (!isTakenOut(here)) return { notApplicable: `the scheduler does not show ${node.name} as taken out of service` };
  if (drainedBy(here) !== 'slurm')
    return {
      notApplicable: `the reason for which ${node.name} is out of service is not one that the scheduler writes by itself`,
    };
  if (isSilent(here)) return { notApplicable: `${node.name} does not answer` };
  if (seenOf(here, ['scheduler.maintenance.active']) !== undefined)
    return { notApplicable: `${node.name} is reserved for maintenance` };
  const broken = hardware.find((category) => proofOf(category, undefined, here) !== undefined);
  if (broken !== undefined) return { notApplicable: `${node.name} shows ${broken}` };
  return drawUp(scene, {
    summary: `Put ${node.name} back into service.`,
    forward: [{ step: gateSteps.nodeResume, args: [node.name] }],
    undo: [{ step: gateSteps.nodeDrain, args: [node.name], undoes: 1 }],
    touches: `${node.name} gets work again`,
    cost: 'one command to the scheduler',
    expectedMs: 2_000,
    verify: [{ probeId: 'scheduler.node' }],
    again: true,
    settleClusterMs,
  });
}
