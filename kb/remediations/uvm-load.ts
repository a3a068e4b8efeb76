import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Loads the part of the driver without which no CUDA program starts. */
export const uvmLoad: Remediation = {
  id: 'uvm.load',
  platform: 'nvidia-linux',
  summary: 'load the kernel module of the driver without which no CUDA program starts',
  categories: ['driver-version-mismatch'],
  precondition: 'a probe read the list of kernel modules, and nvidia_uvm is not on it while the driver is',
  effect: 'CUDA programs find the driver whole',
  undo: 'the module is taken out again',
  verification: 'the list of kernel modules is read again, and whether a job that had failed goes on',
  // The module is taken out again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.moduleLoad, gateSteps.moduleUnload, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html',
  plan,
};

const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  if (standing(here, ['modules.uvm.missing', 'device.nodes.uvm-missing'], ['modules.node.complete']) === undefined)
    return { notApplicable: `no probe has read that nvidia-uvm is missing on ${node.name}` };
  if (here.some(({ kind }) => kind === 'modules.nvidia.missing'))
    return { notApplicable: `the driver itself is not loaded on ${node.name}; nvidia-uvm comes after it` };
  return drawUp(scene, {
    summary: `Load the kernel module nvidia-uvm on ${node.name}.`,
    forward: [{ step: gateSteps.moduleLoad, args: ['nvidia-uvm'] }],
    undo: [{ step: gateSteps.moduleUnload, args: ['nvidia-uvm'], undoes: 1 }],
    touches: `one kernel module of ${node.name}; a job that runs notices it when it starts anew`,
    cost: 'one call of about a second',
    expectedMs: 2_000,
    verify: [{ probeId: 'modules.loaded' }],
    again: true,
    settleClusterMs,
  });
}
