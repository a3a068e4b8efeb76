import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { VerifyProbe } from '../../workflows/domain/proposal.ts';
import type { NoPlan, PlanDraft, PlanNode, PlanSite, Remediation } from '../schemas/remediation.ts';
import { draftSteps, gateSteps } from './gate-steps.ts';
import { isSilent } from './scene.ts';
import { restartCost, restartSettleClusterMs, targetJob, type TargetJob } from './target-job.ts';
import { findingsOfNode, proofOf, targetNode } from './target-node.ts';

/** Takes a node with broken hardware out of service, so that the job goes on without it while people mend it. */
export const nodeDrainHardware: Remediation = {
  id: 'node.drain.hardware',
  platform: 'nvidia-linux',
  summary: 'drain a node with broken hardware, queue its job again, and hand the part over to people',
  categories: ['gpu-ecc-uncorrectable', 'gpu-fell-off-bus', 'nvlink-fabric-error', 'host-hardware-fault'],
  precondition: 'logs or probes of exactly this node and device prove the broken part, and the node answers',
  effect: 'the scheduler gives the node no work; the job goes on without it',
  undo: 'the node is put back into service',
  verification: 'the scheduler is asked for node and job; later, the part that was replaced is measured',
  // The drain is taken back with one command; the restart of a job is not.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.nodeDrain, gateSteps.nodeResume, gateSteps.jobRequeue],
  source:
    'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html (RMA policy), https://slurm.schedmd.com/scontrol.html',
  plan,
};

// Draining changes a flag of the controller; the job that moves needs its time.
const drainSettleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const node = targetNode(cause, site);
  if ('notApplicable' in node) return node;
  const here = findingsOfNode(node.name, findings);
  if (isSilent(here)) return { notApplicable: `${node.name} does not answer, so its own gate cannot drain it` };
  const proof = proofOf(cause.category, cause.device, here);
  if (proof === undefined)
    return { notApplicable: `no log or probe of ${node.name} proves ${cause.category} ${partOf(cause)}` };
  const known = targetJob(here);
  const job = known?.requeueable === true ? known : null;

  const forward = draftSteps(node.name, [
    { step: gateSteps.nodeDrain, args: [node.name] },
    ...(job === null ? [] : [{ step: gateSteps.jobRequeue, args: [job.jobId], onFailure: 'go-on' as const }]),
  ]);
  if ('invalid' in forward) return { notApplicable: forward.invalid };
  const undo = draftSteps(node.name, [{ step: gateSteps.nodeResume, args: [node.name], undoes: 1 }]);
  if ('invalid' in undo) return { notApplicable: undo.invalid };

  const gpus = node.gpus.length;
  return {
    summary: `Take ${node.name} out of service because of ${partOf(cause)}${job === null ? '' : `, and queue job ${job.jobId} again so that it runs without the node`}.`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes: [node.name],
      devices: cause.device === undefined ? [] : [cause.device],
      interruptsJob: job?.isRunning === true,
      text: `${gpus} GPUs of ${node.name} are not available until people put the node back; ${jobText(known)}`,
    },
    cost: {
      expectedMs: 5_000,
      text: job === null ? 'one command to the scheduler' : `two commands to the scheduler; ${restartCost(job)}`,
    },
    verifyProbes: verification(node.name, job),
    takesOut: { nodes: [node.name], gpus },
    handOver: {
      task: taskText(cause, node, here),
      verifyProbes: handOverProbes(cause.category).map((probeId) => ({ probeId, nodes: [node.name] })),
    },
    settleClusterMs: job === null ? drainSettleClusterMs : restartSettleClusterMs,
  };
}

function verification(node: string, job: TargetJob | null): readonly VerifyProbe[] {
  // The scheduler may have drained the node itself by then; that is as good.
  const isOut = ['scheduler.node.taken-out', 'scheduler.node.gpu-count-low', 'scheduler.node.not-responding'];
  const taken: VerifyProbe = { probeId: 'scheduler.node', nodes: [node], expects: isOut };
  if (job === null) return [taken];
  // A job that ran may have to wait for a node in place of this one: it is contained, and undoing would bring it back
  // to the broken part. A job that had ended has to run again.
  const runs = 'scheduler.job.running';
  return [
    taken,
    job.isRunning
      ? { probeId: 'scheduler.jobs', nodes: [node], expects: [runs, 'scheduler.job.pending'] }
      : { probeId: 'scheduler.jobs', nodes: [node] },
  ];
}

function jobText(job: TargetJob | null): string {
  if (job === null) return 'the scheduler named no job that runs or failed there';
  if (!job.requeueable) return `job ${job.jobId} cannot be queued again by the scheduler and has to be submitted anew`;
  return restartCost(job);
}

/** `GPU 3`, `adapter mlx5_2` or `its hardware`; names come from the cause, which grounding has checked. */
function partOf({ category, device }: RankedCause): string {
  if (device?.kind === 'gpu' && device.index !== undefined)
    return `${words[category] ?? category} of GPU ${device.index}`;
  return words[category] ?? category;
}

const words: Readonly<Partial<Record<Category, string>>> = {
  'gpu-ecc-uncorrectable': 'uncorrectable memory errors',
  'gpu-fell-off-bus': 'a GPU that is lost on PCIe',
  'nvlink-fabric-error': 'an NVLink fault',
  'host-hardware-fault': 'a hardware fault of the server',
};

function taskText(cause: RankedCause, node: PlanNode, here: readonly Finding[]): string {
  const gpu = node.gpus.find(({ index }) => cause.device?.kind === 'gpu' && index === cause.device.index);
  if (gpu === undefined)
    return `find and replace the part of ${node.name} behind ${partOf(cause)}; it is put back into service once that is measured`;
  const name = `GPU ${gpu.index} (${gpu.uuid}) of ${node.name}`;
  if (cause.category !== 'gpu-ecc-uncorrectable')
    return `reseat or replace ${name}; it is put back into service once that is measured`;
  // A GPU that can still remap is used again after a reset; one whose remapping failed is for RMA (see `source`).
  const mustGo = here.some(({ kind, device }) => remapFailed.includes(kind) && device?.index === gpu.index);
  return mustGo
    ? `replace ${name}: its row remapping has failed; it is put back into service once that is measured`
    : `reset ${name} so that its bad rows are remapped, and replace it if the errors come back; it is put back into service once that is measured`;
}

const remapFailed = ['gpu.row-remap.failure', 'nvidia.row-remap.failed', 'nvidia.xid.64'];

function handOverProbes(category: Category): readonly string[] {
  switch (category) {
    case 'gpu-ecc-uncorrectable':
      return ['gpu.ecc', 'gpu.row-remap', 'gpu.presence', 'scheduler.node'];
    case 'nvlink-fabric-error':
      return ['nvlink.status', 'gpu.presence', 'scheduler.node'];
    case 'gpu-fell-off-bus':
      return ['gpu.presence', 'gpu.pcie-link', 'scheduler.node'];
    default:
      return ['gpu.presence', 'kernel.log', 'scheduler.node'];
  }
}
