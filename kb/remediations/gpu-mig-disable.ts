import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, occupied, seenOf } from './scene.ts';
import { targetGpu } from './target-gpu.ts';

/** Gives a GPU back whole that was left cut into slices among whole ones. */
export const gpuMigDisable: Remediation = {
  id: 'gpu.mig.disable',
  platform: 'nvidia-linux',
  summary: 'switch MIG off on one GPU whose siblings are whole, while no job is on the node',
  categories: ['container-toolkit-misconfig', 'launcher-rank-misconfig'],
  precondition:
    'a probe read MIG mode on for this GPU and off for its siblings; the scheduler says that no job runs there',
  effect: 'the GPU is one device again',
  undo: 'MIG mode is switched on again; slices that somebody had made on it are not made anew',
  verification: 'MIG mode and the presence of every GPU are read again',
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.gpuMigOff, gateSteps.gpuMigOn, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html',
  plan,
};

// On Ampere boards a change of the mode resets the GPU, which takes some seconds.
const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { node, device } = target;
  const place = `GPU ${device.index} of ${node}`;
  const on = seenOf(scene.here, ['gpu.mig.on-among-others'], device);
  if (on === undefined) return { notApplicable: `no probe has read MIG mode on for ${place} alone` };
  const inTheWay = occupied(scene);
  if (inTheWay !== null) return { notApplicable: inTheWay };
  const index = String(device.index);
  return drawUp(scene, {
    summary: `Switch MIG off on ${place}; its siblings are whole.`,
    forward: [{ step: gateSteps.gpuMigOff, args: [index] }],
    undo: [{ step: gateSteps.gpuMigOn, args: [index], undoes: 1 }],
    devices: [device],
    touches: `one GPU of ${node}, where no job runs; slices on it go away`,
    cost: 'one driver call that resets the GPU, some seconds',
    expectedMs: 15_000,
    verify: [{ probeId: 'gpu.mig' }, { probeId: 'gpu.presence' }],
    again: true,
    settleClusterMs,
  });
}
