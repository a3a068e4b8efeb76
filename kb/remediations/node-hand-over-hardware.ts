import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { awaitsSubnetManager, noManager } from './hung.ts';
import { isSilent, nodeScene, seenOf } from './scene.ts';
import { proofOf } from './target-node.ts';

/** Hands a server over to those who replace parts, also one that answers no more. */
export const nodeHandOverHardware: Remediation = {
  id: 'node.hand-over-hardware',
  platform: 'nvidia-linux',
  summary:
    'take a node out of service from the management host, queue its job again, and hand the server over to people',
  categories: [
    'host-hardware-fault',
    'facility-fault',
    'gpu-fell-off-bus',
    'gpu-ecc-uncorrectable',
    'nvlink-fabric-error',
    'rdma-link-fault',
  ],
  precondition:
    'logs, probes or the management controller prove the broken part, or the host is silent; what a machine can do about it was tried or does not apply',
  effect: 'the scheduler gives the node no work, and people know what to replace',
  undo: 'the node is put back into service',
  verification: 'the scheduler is asked for the node; later, the part that was replaced is measured',
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: ['node.drain.hardware', 'job.requeue-without-node'],
  gateSteps: [gateSteps.nodeDrain, gateSteps.nodeResume, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html (RMA policy)',
  plan,
};

const settleClusterMs = 60_000;
const silentKinds = ['net.node.silent', 'scheduler.node.not-responding', 'bmc.host-off', 'bmc.silent'];
const isOut = ['scheduler.node.taken-out', 'scheduler.node.gpu-count-low', 'scheduler.node.not-responding'];

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  if (!scene.hasManagement)
    return { notApplicable: `the inventory names no management host from which ${node.name} can be drained` };
  if (awaitsSubnetManager(cause, here)) return { notApplicable: noManager(node.name) };
  const silent = isSilent(here) || seenOf(here, silentKinds) !== undefined;
  if (!silent && proofOf(cause.category, cause.device, here) === undefined)
    return { notApplicable: `nothing proves ${cause.category} on ${node.name}, and it answers` };
  const { device } = cause;
  const part =
    device?.kind === 'gpu' && device.index !== undefined
      ? `GPU ${device.index}`
      : device?.kind === 'hca' && device.name !== undefined
        ? `adapter ${device.name} or its cable`
        : 'the part at fault';
  const on = 'management' as const;
  return drawUp(scene, {
    summary: `Take ${node.name} out of service and hand it over to people.`,
    forward: [{ step: gateSteps.nodeDrain, args: [node.name], on }],
    undo: [{ step: gateSteps.nodeResume, args: [node.name], undoes: 1, on }],
    devices: device === undefined ? [] : [device],
    touches: `${node.gpus.length} GPUs of ${node.name} are not available until people put the node back`,
    cost: 'one command to the scheduler, and the work of people',
    expectedMs: 5_000,
    verify: [{ probeId: 'scheduler.node', expects: isOut }],
    again: true,
    on,
    takesOut: true,
    handOver: {
      task: `find and replace ${part} of ${node.name}${silent ? ', which does not answer' : ''}; it is put back into service once that is measured`,
      probeIds: ['net.node-reach', 'gpu.presence', 'scheduler.node'],
    },
    settleClusterMs,
  });
}
