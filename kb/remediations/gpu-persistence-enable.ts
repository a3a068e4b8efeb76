import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, seenOf } from './scene.ts';
import { targetGpu } from './target-gpu.ts';

/** Keeps the driver's state of a GPU while no program uses it. */
export const gpuPersistenceEnable: Remediation = {
  id: 'gpu.persistence.enable',
  platform: 'nvidia-linux',
  summary: 'switch the persistence mode of one GPU on, so that it is not initialised anew for each program',
  categories: ['gpu-driver-bug'],
  precondition: 'a probe read persistence mode off on exactly this GPU, and its initialisation was seen to fail',
  effect: 'the driver keeps the GPU initialised when the last program leaves it',
  undo: 'persistence mode is switched off again',
  verification: 'the persistence mode is read again, and whether the driver reaches every GPU',
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.gpuPersistence, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/deploy/driver-persistence/index.html',
  plan,
};

// By itself the mode is no fault: without it a GPU is torn down and set up for each program, which can then fail.
const failedStarts = ['nvidia.gpu.init-failed', 'gpu.driver.not-answering'];
const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { node, device } = target;
  const place = `GPU ${device.index} of ${node}`;
  const off = seenOf(scene.here, ['gpu.persistence.off'], device);
  if (off === undefined) return { notApplicable: `no probe has read persistence mode off on ${place}` };
  if (seenOf(scene.here, failedStarts) === undefined)
    return {
      notApplicable: `persistence mode of ${place} is off, but no initialisation of a GPU of ${node} was seen to fail`,
    };
  const index = String(device.index);
  return drawUp(scene, {
    summary: `Switch the persistence mode of ${place} on.`,
    forward: [{ step: gateSteps.gpuPersistence, args: [index, 'on'] }],
    undo: [{ step: gateSteps.gpuPersistence, args: [index, 'off'], undoes: 1 }],
    devices: [device],
    touches: `one GPU of ${node}; what runs there goes on`,
    cost: 'one driver call; the GPU draws some watts more while nobody uses it',
    expectedMs: 5_000,
    verify: [{ probeId: 'gpu.persistence' }, { probeId: 'gpu.presence' }],
    again: true,
    settleClusterMs,
  });
}
