import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps, type WantedStep } from './gate-steps.ts';
import { awaitsSubnetManager, hungAt, noManager } from './hung.ts';
import { isSilent, nodeScene } from './scene.ts';
import { restartCost, restartSettleClusterMs, restartsMax } from './target-job.ts';
import { proofOf } from './target-node.ts';

/** Lets a job go on from its last good checkpoint on other nodes than the one at fault. */
export const jobRequeueWithoutNode: Remediation = {
  id: 'job.requeue-without-node',
  platform: 'nvidia-linux',
  summary: 'queue the job again from its last checkpoint, with the node at fault excluded for this job',
  categories: [
    'gpu-fell-off-bus',
    'gpu-ecc-uncorrectable',
    'nvlink-fabric-error',
    'gpu-clock-throttle',
    'host-hardware-fault',
    'rdma-link-fault',
    'gpu-driver-bug',
    'driver-version-mismatch',
    'foreign-gpu-process',
    'gdr-peermem-missing',
    'roce-gid-misconfig',
    'acs-iommu-p2p-broken',
    'facility-fault',
  ],
  precondition:
    'logs or probes of exactly this node prove the cause; the scheduler named a job there that may be queued again and was not restarted too often',
  effect: 'the job runs on other nodes; this one stays as it is, for people',
  undo: 'the job is stopped once more, and its list of excluded nodes is emptied; one that it had before is not put back',
  verification: 'the scheduler is asked for the job again',
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'job',
  supersedes: [],
  gateSteps: [gateSteps.jobRequeueHold, gateSteps.jobExcludeNode, gateSteps.jobRelease, gateSteps.jobExcludeNone],
  source: 'https://slurm.schedmd.com/scontrol.html (requeuehold, ExcNodeList, release)',
  plan,
};

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here, job, hasManagement } = scene;
  if (awaitsSubnetManager(cause, here)) return { notApplicable: noManager(node.name) };
  if ((proofOf(cause.category, cause.device, here) ?? hungAt(cause, here)) === undefined)
    return { notApplicable: `no log or probe of ${node.name} proves ${cause.category} there` };
  if (job === null) return { notApplicable: `the scheduler named no job that runs or failed on ${node.name}` };
  if (!job.requeueable)
    return { notApplicable: `job ${job.jobId} on ${node.name} cannot be queued again by the scheduler` };
  if (job.restarts >= restartsMax)
    return { notApplicable: `job ${job.jobId} on ${node.name} was restarted ${job.restarts} times already` };
  if (!hasManagement && isSilent(here))
    return { notApplicable: `${node.name} does not answer, and the inventory names no management host` };
  const place = hasManagement ? { on: 'management' as const } : {};
  const { jobId } = job;
  const forward: readonly WantedStep[] = [
    // Slurm changes the list of excluded nodes only while a job is pending (src/slurmctld/job_mgr.c, ESLURM_JOB_NOT_PENDING).
    { step: gateSteps.jobRequeueHold, args: [jobId], ...place },
    { step: gateSteps.jobExcludeNode, args: [jobId, node.name], ...place },
    { step: gateSteps.jobRelease, args: [jobId], ...place },
  ];
  return drawUp(scene, {
    summary: `Queue job ${jobId} again so that it runs without ${node.name}.`,
    forward,
    // Taken from the end: hold the job again if it was released, take the exclusion back, release it.
    undo: [
      { step: gateSteps.jobRelease, args: [jobId], undoes: 1, ...place },
      { step: gateSteps.jobExcludeNone, args: [jobId], undoes: 2, ...place },
      { step: gateSteps.jobRequeueHold, args: [jobId], undoes: 3, ...place },
    ],
    devices: cause.device === undefined ? [] : [cause.device],
    interruptsJob: job.isRunning,
    touches: `job ${jobId}; it waits until there are enough other nodes, and ${node.name} stays open to others`,
    cost: `three commands to the scheduler; ${restartCost(job)}; nodes that its owner had excluded are not excluded any more`,
    expectedMs: 10_000,
    verify: [{ probeId: 'scheduler.jobs', expects: ['scheduler.job.running', 'scheduler.job.pending'] }],
    settleClusterMs: restartSettleClusterMs,
  });
}
