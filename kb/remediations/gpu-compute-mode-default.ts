import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { gpusInWords, gpusReading, placeOf } from './reading-gpus.ts';
import { nodeScene, seenOf } from './scene.ts';

/** Lets every program use a GPU again. */
export const gpuComputeModeDefault: Remediation = {
  id: 'gpu.compute-mode.default',
  platform: 'nvidia-linux',
  summary: 'set the compute mode of GPUs back to default, so that no program is locked out',
  categories: ['permission-misconfig', 'container-toolkit-misconfig', 'launcher-rank-misconfig'],
  precondition: 'a probe read a compute mode on exactly these GPUs that keeps programs out',
  effect: 'the compute mode of the GPU is Default',
  undo: 'the mode that was read is set again',
  verification: 'the compute mode is read again, and whether a job that had failed goes on',
  // The mode is set back; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.gpuComputeMode, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (-c, --compute-mode)',
  plan,
};

const modes: Readonly<Record<string, string>> = { Prohibited: '2', Exclusive_Process: '3' };
const wrong = ['gpu.compute-mode.prohibited', 'gpu.compute-mode.exclusive'];
const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const gpus = gpusReading(scene, (device) => seenOf(scene.here, wrong, device)).flatMap((gpu) => {
    const mode = modes[String(gpu.reading.values?.['computeMode'] ?? '')];
    return mode === undefined ? [] : [{ ...gpu, mode }];
  });
  if (gpus.length === 0)
    return { notApplicable: `no probe has read a compute mode on ${placeOf(scene)} that keeps programs out` };
  const { name } = scene.node;
  return drawUp(scene, {
    summary: `Set the compute mode of ${gpusInWords(gpus)} of ${name} back to Default.`,
    forward: gpus.map(({ index }) => ({ step: gateSteps.gpuComputeMode, args: [index, '0'] })),
    undo: gpus.map(({ index, mode }, at) => ({ step: gateSteps.gpuComputeMode, args: [index, mode], undoes: at + 1 })),
    devices: gpus.map(({ device }) => device),
    touches: `${gpusInWords(gpus)} of ${name}; what runs there goes on`,
    cost: 'one driver call of about a second for each GPU',
    expectedMs: 2_000 * gpus.length,
    verify: [{ probeId: 'gpu.compute-mode' }],
    again: true,
    settleClusterMs,
  });
}
