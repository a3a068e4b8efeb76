import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { gpusInWords, gpusReading, placeOf, rangeInWords } from './reading-gpus.ts';
import { nodeScene, seenOf } from './scene.ts';
import { numberOf } from './target-gpu.ts';

/** Sets the applications clocks of GPUs back to the default of their boards. */
export const gpuApplicationClocksReset: Remediation = {
  id: 'gpu.application-clocks.reset',
  platform: 'nvidia-linux',
  summary: 'set the applications clocks of GPUs back to the default of their boards',
  categories: ['gpu-clock-throttle'],
  precondition: 'a probe read applications clocks below the default on exactly these GPUs, and what they are',
  effect: 'each GPU works at the default applications clocks of its board',
  undo: 'the applications clocks are set as they were read',
  verification: 'the applications clocks and the clock under load are read again',
  reversibility: 'reversible',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.gpuAppClocksReset, gateSteps.gpuAppClocks],
  source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
  plan,
};

// A job reports its step time every few steps; two minutes hold several reports and two scrapes of most exporters.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const low = gpusReading(scene, (device) => seenOf(scene.here, ['gpu.application-clock.below-default'], device));
  if (low.length === 0) return { notApplicable: `no probe has read lowered applications clocks on ${placeOf(scene)}` };
  const gpus = low.flatMap((gpu) => {
    const graphicsMhz = numberOf(gpu.reading, 'applicationMhz');
    const memoryMhz = numberOf(gpu.reading, 'applicationMemoryMhz');
    return graphicsMhz === null || memoryMhz === null ? [] : [{ ...gpu, graphicsMhz, memoryMhz }];
  });
  if (gpus.length < low.length)
    return {
      notApplicable: `the probe did not read both applications clocks of ${placeOf(scene)}, so they could not be set back`,
    };
  const place = `${gpusInWords(gpus)} of ${scene.node.name}`;
  const now = rangeInWords(
    gpus.map(({ graphicsMhz }) => graphicsMhz),
    'MHz',
  );
  return drawUp(scene, {
    summary: `Set the applications clocks of ${place} (${now} now) back to their default.`,
    forward: gpus.map(({ index }) => ({ step: gateSteps.gpuAppClocksReset, args: [index] })),
    undo: gpus.map(({ index, memoryMhz, graphicsMhz }, at) => ({
      step: gateSteps.gpuAppClocks,
      args: [index, String(memoryMhz), String(graphicsMhz)],
      undoes: at + 1,
    })),
    devices: gpus.map(({ device }) => device),
    touches: `${gpusInWords(gpus)}; the job on ${scene.node.name} goes on and speeds up`,
    cost: 'one driver call of about a second for each GPU; power and temperature rise to their usual level',
    expectedMs: 2_000 * gpus.length,
    verify: [{ probeId: 'gpu.application-clocks' }, { probeId: 'gpu.clocks' }],
    settleClusterMs,
  });
}
