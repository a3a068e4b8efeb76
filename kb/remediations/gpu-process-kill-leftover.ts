import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, seenOf } from './scene.ts';
import { numberOf } from './target-gpu.ts';

/** Ends a process of no job that holds memory of a GPU. */
export const gpuProcessKillLeftover: Remediation = {
  id: 'gpu.process.kill-leftover',
  platform: 'nvidia-linux',
  summary: 'end one process that holds memory of a GPU and belongs to no job that runs',
  categories: ['foreign-gpu-process'],
  precondition:
    'a probe named the process and read when it was started; the node itself looks again that it is the same one and of no job that runs',
  effect: 'the process is gone, and the memory of the GPU is free',
  undo: 'none: what the process had not written is lost',
  verification: 'who has the GPUs open is read again, and whether a job that had failed goes on',
  reversibility: 'one-way',
  approvalsNeeded: 1,
  approvalsSource:
    'https://github.com/stas00/ml-engineering/blob/master/orchestration/slurm/admin.md (one administrator ends what holds the GPUs after a job)',
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.processKill, gateSteps.jobRequeue],
  source: 'https://github.com/stas00/ml-engineering/blob/master/orchestration/slurm/admin.md',
  plan,
};

const kinds = ['gpu.process.foreign', 'gpu.process.left-over'];
const settleClusterMs = 60_000;
// SIGTERM, twenty seconds, SIGKILL.
const killMs = 30_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const { device } = cause;
  if (seenOf(here, kinds, device) === undefined)
    return { notApplicable: `no probe has seen a process of no job on a GPU of ${node.name}` };
  // nvidia-smi does not tell when a process was started; the list of holders does.
  const dated = here.filter((one) => !kinds.includes(one.kind) || numberOf(one, 'startTicks') !== null);
  const held = seenOf(dated, kinds, device);
  const known = held === undefined ? null : numberOf(held, 'pid');
  const startTicks = held === undefined ? null : numberOf(held, 'startTicks');
  if (known === null || startTicks === null)
    return {
      notApplicable: `when the process on ${node.name} was started was not read, so it could be mistaken for another`,
    };
  const pid = String(known);
  return drawUp(scene, {
    summary: `End process ${pid} on ${node.name}, which holds memory of a GPU and belongs to no job.`,
    forward: [{ step: gateSteps.processKill, args: [pid, String(startTicks)] }],
    devices: device === undefined ? [] : [device],
    touches: `one process on ${node.name}; a process of a job that runs is refused by the node`,
    cost: 'half a minute at most; what the process had not written is lost',
    expectedMs: killMs,
    verify: [{ probeId: 'gpu.holders' }, { probeId: 'gpu.processes' }],
    again: true,
    settleClusterMs,
  });
}
