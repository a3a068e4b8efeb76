import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { gpusInWords, gpusReading, placeOf } from './reading-gpus.ts';
import { nodeScene, seenOf } from './scene.ts';

/** Keeps the driver's state of a GPU while no program uses it. */
export const gpuPersistenceEnable: Remediation = {
  id: 'gpu.persistence.enable',
  platform: 'nvidia-linux',
  summary: 'switch the persistence mode of GPUs on, so that they are not initialised anew for each program',
  categories: ['gpu-driver-bug'],
  precondition:
    'a probe read persistence mode off on exactly these GPUs, and the initialisation of one was seen to fail',
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
  const { name } = scene.node;
  const gpus = gpusReading(scene, (device) => seenOf(scene.here, ['gpu.persistence.off'], device));
  if (gpus.length === 0) return { notApplicable: `no probe has read persistence mode off on ${placeOf(scene)}` };
  if (seenOf(scene.here, failedStarts) === undefined)
    return {
      notApplicable: `persistence mode of ${gpusInWords(gpus)} is off, but no initialisation of a GPU of ${name} was seen to fail`,
    };
  return drawUp(scene, {
    summary: `Switch the persistence mode of ${gpusInWords(gpus)} of ${name} on.`,
    forward: gpus.map(({ index }) => ({ step: gateSteps.gpuPersistence, args: [index, 'on'] })),
    undo: gpus.map(({ index }, at) => ({ step: gateSteps.gpuPersistence, args: [index, 'off'], undoes: at + 1 })),
    devices: gpus.map(({ device }) => device),
    touches: `${gpusInWords(gpus)} of ${name}; what runs there goes on`,
    cost: 'one driver call for each GPU, which draws some watts more while nobody uses it',
    expectedMs: 5_000 * gpus.length,
    verify: [{ probeId: 'gpu.persistence' }, { probeId: 'gpu.presence' }],
    again: true,
    settleClusterMs,
  });
}
