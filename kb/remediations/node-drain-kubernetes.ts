import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene } from './scene.ts';
import { proofOf } from './target-node.ts';

/** Takes a node with broken hardware out of a Kubernetes cluster. */
export const nodeDrainKubernetes: Remediation = {
  id: 'node.drain.kubernetes',
  platform: 'nvidia-linux',
  summary:
    'close a node of Kubernetes with broken hardware to pods, move its pods away, and hand the part over to people',
  categories: ['gpu-ecc-uncorrectable', 'gpu-fell-off-bus', 'nvlink-fabric-error', 'host-hardware-fault'],
  precondition: 'Kubernetes, and no other scheduler, was read for the node; logs or probes of it prove the broken part',
  effect: 'no pod of a job is on the node, and none comes',
  undo: 'the node is opened to pods again; pods that were moved stay where they are',
  verification: 'Kubernetes is asked for the node again',
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.kubernetesCordon, gateSteps.kubernetesDrain, gateSteps.kubernetesUncordon],
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/',
  plan,
};

const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const state = here.findLast(({ kind }) => kind.startsWith('kubernetes.node.'));
  if (state === undefined || here.some(({ kind }) => kind.startsWith('scheduler.node.')))
    return { notApplicable: `${node.name} was not read as a node of Kubernetes alone` };
  if (!scene.hasManagement)
    return { notApplicable: `the inventory names no management host from which ${node.name} can be drained` };
  if (state.kind === 'kubernetes.node.closed-to-pods')
    return { notApplicable: `${node.name} is closed to pods already` };
  if (proofOf(cause.category, cause.device, here) === undefined)
    return { notApplicable: `no log or probe of ${node.name} proves ${cause.category}` };
  const { device } = cause;
  const part = device?.kind === 'gpu' && device.index !== undefined ? `GPU ${device.index}` : 'the part at fault';
  return drawUp(scene, {
    summary: `Close ${node.name} to pods and move its pods away.`,
    forward: [
      { step: gateSteps.kubernetesCordon, args: [node.name] },
      { step: gateSteps.kubernetesDrain, args: [node.name] },
    ],
    undo: [{ step: gateSteps.kubernetesUncordon, args: [node.name], undoes: 1 }],
    devices: device === undefined ? [] : [device],
    // Pods are not listed here, so nobody can say that none is of a job.
    interruptsJob: true,
    touches: `${node.gpus.length} GPUs of ${node.name} are not available until people put the node back; its pods start anew elsewhere, and data in their empty directories is lost`,
    cost: 'up to a minute; work of the moved pods since their last checkpoint is lost',
    expectedMs: 60_000,
    verify: [{ probeId: 'kubernetes.node', expects: ['kubernetes.node.closed-to-pods'] }],
    takesOut: true,
    handOver: {
      task: `find and replace ${part} of ${node.name}; the node is opened to pods again once that is measured`,
      probeIds: ['gpu.presence', 'kernel.log'],
    },
    settleClusterMs,
  });
}
