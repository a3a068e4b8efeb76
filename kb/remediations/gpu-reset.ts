import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { isTakenOut, nodeScene, occupied, seenOf } from './scene.ts';
import { targetGpu } from './target-gpu.ts';

/** Resets one GPU on a node that is free, out of the scheduler's reach while it lasts. */
export const gpuReset: Remediation = {
  id: 'gpu.reset',
  platform: 'nvidia-linux',
  summary: 'drain the node if it is not, reset one GPU on which nothing runs, and put the node back',
  categories: ['gpu-ecc-uncorrectable', 'gpu-driver-bug', 'nvlink-fabric-error'],
  precondition:
    'the logs or a probe show on exactly this GPU what a reset mends; the driver reaches it; the scheduler says that no job runs there',
  effect: 'the GPU starts anew: waiting rows are remapped, its firmware runs again, its links are trained',
  undo: 'none for the reset; a node that the plan drained is put back into service',
  verification: 'rows, errors, links and the presence of every GPU are read again',
  reversibility: 'one-way',
  approvalsNeeded: 1,
  approvalsSource:
    'https://docs.nvidia.com/nvsentinel/components/cancelling-breakfix.md (break-fix of a drained node is automated; people may stop it)',
  leaseScope: 'node',
  supersedes: ['gpu.clocks.unlock', 'gpu.application-clocks.reset'],
  gateSteps: [gateSteps.nodeDrain, gateSteps.gpuReset, gateSteps.nodeResume, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/error-recovery-and-response-flags.html',
  plan,
};

/** What NVIDIA's catalogue of Xids and its guide to memory errors answer with a reset. */
const mendedBy: Readonly<Partial<Record<Category, readonly string[]>>> = {
  'gpu-ecc-uncorrectable': [
    'gpu.row-remap.pending',
    'gpu.retired-pages.pending',
    'nvidia.row-remap.pending',
    'nvidia.xid.63',
    'nvidia.xid.95',
  ],
  'gpu-driver-bug': [
    'nvidia.xid.62',
    'nvidia.xid.119',
    'nvidia.xid.120',
    'nvidia.gsp.crashed',
    'nvidia.gsp.rpc-timeout',
  ],
  'nvlink-fabric-error': ['nvidia.xid.74', 'nvlink.link.inactive', 'nvidia.cuda.nvlink-error'],
};
/** A board that is to be replaced, and one that no driver call reaches. */
const notMended = [
  'gpu.row-remap.failure',
  'gpu.retired-pages.many',
  'nvidia.row-remap.failed',
  'nvidia.xid.64',
  'nvidia.xid.79',
  'gpu.presence.missing',
  'gpu.device.unreachable',
];
// The driver and the fabric manager take some seconds each; links are trained within a minute.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { device } = target;
  const { node, here } = scene;
  const place = `GPU ${device.index} of ${node.name}`;
  const hopeless = seenOf(here, notMended, device);
  if (hopeless !== undefined) return { notApplicable: `a reset does not mend ${place} (${hopeless.kind})` };
  if (seenOf(here, mendedBy[cause.category] ?? [], device) === undefined)
    return { notApplicable: `nothing was seen on ${place} that a reset mends` };
  const used = seenOf(here, ['gpu.process.foreign', 'gpu.process.left-over'], device);
  if (used !== undefined) return { notApplicable: `a process uses ${place}, and the driver resets no GPU in use` };
  const inTheWay = occupied(scene);
  if (inTheWay !== null) return { notApplicable: inTheWay };
  const index = String(device.index);
  const reset = { step: gateSteps.gpuReset, args: [index] };
  const isOut = isTakenOut(here);
  return drawUp(scene, {
    summary: isOut
      ? `Reset ${place}; the node stays out of service as it is now.`
      : `Drain ${node.name}, reset its GPU ${index}, and put the node back.`,
    forward: isOut
      ? [reset]
      : [{ step: gateSteps.nodeDrain, args: [node.name] }, reset, { step: gateSteps.nodeResume, args: [node.name] }],
    undo: isOut ? [] : [{ step: gateSteps.nodeResume, args: [node.name], undoes: 1 }],
    devices: [device],
    touches: `${place}, on which nothing runs; ${node.name} gets no new job while it lasts`,
    cost: 'some seconds; the settings of the GPU go back to those of its start',
    expectedMs: 30_000,
    verify: [{ probeId: 'gpu.presence' }, ...verifiedBy(cause.category).map((probeId) => ({ probeId }))],
    again: true,
    settleClusterMs,
  });
}

function verifiedBy(category: Category): readonly string[] {
  switch (category) {
    case 'gpu-ecc-uncorrectable':
      return ['gpu.row-remap', 'gpu.ecc'];
    case 'nvlink-fabric-error':
      return ['nvlink.status'];
    default:
      return ['gpu.clocks'];
  }
}
