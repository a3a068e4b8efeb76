import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { draftSteps, gateSteps } from './gate-steps.ts';
import { numberOf } from './target-gpu.ts';
import { restartCost, restartSettleClusterMs, restartsMax, targetJob } from './target-job.ts';
import { findingsOfNode, proofOf, targetNode } from './target-node.ts';

/** Starts a job again that ran its host out of memory, with a bound that spares the host. */
export const jobRequeueWithLimits: Remediation = {
  id: 'job.requeue-with-limits',
  platform: 'nvidia-linux',
  summary: 'queue the job again with a memory limit below the memory of its nodes',
  categories: ['host-oom'],
  precondition:
    'a log or a probe proves that the memory of the node ran out, and the scheduler named a job there that may be queued again',
  effect: 'the job runs with a bound that spares its hosts',
  undo: 'the former limit is set again, which stops the job once more',
  verification: 'memory of the host and the job are read again',
  // The limit is set back; the restart of the job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'job',
  supersedes: [],
  gateSteps: [gateSteps.jobRequeueHold, gateSteps.jobMemoryLimit, gateSteps.jobRelease],
  source: 'https://slurm.schedmd.com/scontrol.html (requeuehold, MinMemoryNode, release)',
  plan,
};

// The kernel, the page cache and the daemons of the node need the rest. earlyoom begins to act when 10 % is left
// (https://github.com/rfjakob/earlyoom), so a job held to 90 % is stopped by its own limit before the host suffers.
const memoryShare = 0.9;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const node = targetNode(cause, site);
  if ('notApplicable' in node) return node;
  const here = findingsOfNode(node.name, findings);
  if (proofOf(cause.category, undefined, here) === undefined)
    return { notApplicable: `no log or probe of ${node.name} proves that its memory ran out` };
  const job = targetJob(here);
  if (job === null) return { notApplicable: `the scheduler named no job that runs or failed on ${node.name}` };
  if (!job.requeueable)
    return { notApplicable: `job ${job.jobId} on ${node.name} cannot be queued again by the scheduler` };
  if (job.restarts >= restartsMax)
    return {
      notApplicable: `job ${job.jobId} on ${node.name} was restarted ${job.restarts} times already; people must look at what it needs`,
    };
  const memory = here.findLast(({ kind }) => kind === 'host.memory.low' || kind === 'host.memory.enough');
  const totalKib = memory === undefined ? null : numberOf(memory, 'totalKib');
  if (totalKib === null) return { notApplicable: `no probe has read how much memory ${node.name} has` };
  const limitMib = Math.floor((memoryShare * totalKib) / 1024);
  const formerMib = job.minMemoryMib;
  if (formerMib === limitMib)
    return { notApplicable: `job ${job.jobId} on ${node.name} ran with this limit of ${limitMib} MiB already` };

  const forward = draftSteps(node.name, [
    { step: gateSteps.jobRequeueHold, args: [job.jobId] },
    { step: gateSteps.jobMemoryLimit, args: [job.jobId, String(limitMib)] },
    { step: gateSteps.jobRelease, args: [job.jobId] },
  ]);
  if ('invalid' in forward) return { notApplicable: forward.invalid };
  // Taken from the end: hold the job again if it was released, set its memory back, release it.
  const undo = draftSteps(node.name, [
    { step: gateSteps.jobRelease, args: [job.jobId], undoes: 1 },
    ...(formerMib === null
      ? []
      : [
          { step: gateSteps.jobMemoryLimit, args: [job.jobId, String(formerMib)], undoes: 2 },
          { step: gateSteps.jobRequeueHold, args: [job.jobId], undoes: 3 },
        ]),
  ]);
  if ('invalid' in undo) return { notApplicable: undo.invalid };
  return {
    summary: `Queue job ${job.jobId} again with a memory limit of ${limitMib} MiB per node (90 % of the memory of ${node.name}).`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes: [node.name],
      devices: [],
      interruptsJob: job.isRunning,
      text: `job ${job.jobId} on all of its nodes; if it needs more than the limit, it ends itself instead of a process that the kernel picks`,
    },
    cost: {
      expectedMs: 10_000,
      text: `three commands to the scheduler; ${restartCost(job)}; ${formerText(formerMib)}`,
    },
    verifyProbes: [
      { probeId: 'memory.host', nodes: [node.name] },
      { probeId: 'scheduler.jobs', nodes: [node.name] },
    ],
    settleClusterMs: restartSettleClusterMs,
  };
}

function formerText(formerMib: number | null): string {
  return formerMib === null
    ? 'the memory it asked for before is not known per node, so an undo only releases it'
    : `an undo stops the job once more and sets ${formerMib === 0 ? 'all memory' : `${formerMib} MiB`} again`;
}
