import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { isSilent, nodeScene, seenOf, standing } from './scene.ts';
import { proofOf } from './target-node.ts';

/** Opens a node of Kubernetes to pods again. */
export const nodeUncordonKubernetes: Remediation = {
  id: 'node.uncordon.kubernetes',
  platform: 'nvidia-linux',
  summary: 'open a node of Kubernetes to pods again that is closed to them and shows no fault',
  categories: ['scheduler-action'],
  precondition: 'Kubernetes shows the node closed to pods; it answers, is ready, and nothing proves broken hardware',
  effect: 'Kubernetes gives the node pods again',
  undo: 'the node is closed to pods again',
  verification: 'Kubernetes is asked for the node again',
  reversibility: 'reversible',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.kubernetesUncordon, gateSteps.kubernetesCordon],
  source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_uncordon/',
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
  if (standing(here, ['kubernetes.node.closed-to-pods'], ['kubernetes.node.ready']) === undefined)
    return { notApplicable: `Kubernetes does not show ${node.name} as closed to pods` };
  if (!scene.hasManagement)
    return { notApplicable: `the inventory names no management host from which ${node.name} can be opened` };
  const unwell = seenOf(here, [
    'kubernetes.node.not-ready',
    'kubernetes.node.fault-taint',
    'kubernetes.node.gpus-unhealthy',
  ]);
  if (unwell !== undefined || isSilent(here)) return { notApplicable: `${node.name} is not well` };
  const broken = hardware.find((category) => proofOf(category, undefined, here) !== undefined);
  if (broken !== undefined) return { notApplicable: `${node.name} shows ${broken}` };
  return drawUp(scene, {
    summary: `Open ${node.name} to pods again.`,
    forward: [{ step: gateSteps.kubernetesUncordon, args: [node.name] }],
    undo: [{ step: gateSteps.kubernetesCordon, args: [node.name], undoes: 1 }],
    touches: `${node.name} gets pods again; whoever closed it may have had a reason that Kubernetes does not keep`,
    cost: 'one command to Kubernetes',
    expectedMs: 2_000,
    verify: [{ probeId: 'kubernetes.node' }],
    settleClusterMs,
  });
}
