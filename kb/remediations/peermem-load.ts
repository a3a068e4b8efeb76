import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Lets RDMA adapters reach the memory of GPUs. */
export const peermemLoad: Remediation = {
  id: 'peermem.load',
  platform: 'nvidia-linux',
  summary: 'load the kernel module by which RDMA adapters reach the memory of GPUs',
  categories: ['gdr-peermem-missing'],
  precondition:
    'a probe read the list of kernel modules, and nvidia_peermem is not on it while the driver and RDMA are',
  effect: 'RDMA adapters read and write the memory of GPUs without a copy',
  undo: 'the module is taken out again',
  verification: 'the list of kernel modules is read again, and whether a job that had failed goes on',
  // The module is taken out again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.moduleLoad, gateSteps.moduleUnload, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/index.html',
  plan,
};

const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  if (standing(here, ['modules.peermem.missing', 'gpu.modules.no-peermem'], ['modules.node.complete']) === undefined)
    return { notApplicable: `no probe has read that nvidia-peermem is missing on ${node.name}` };
  if (here.some(({ kind }) => kind === 'modules.nvidia.missing'))
    return { notApplicable: `the driver itself is not loaded on ${node.name}; nvidia-peermem comes after it` };
  return drawUp(scene, {
    summary: `Load the kernel module nvidia-peermem on ${node.name}.`,
    forward: [{ step: gateSteps.moduleLoad, args: ['nvidia-peermem'] }],
    undo: [{ step: gateSteps.moduleUnload, args: ['nvidia-peermem'], undoes: 1 }],
    touches: `one kernel module of ${node.name}; a job that runs notices it when it starts anew`,
    cost: 'one call of about a second',
    expectedMs: 2_000,
    verify: [{ probeId: 'modules.loaded' }],
    again: true,
    settleClusterMs,
  });
}
