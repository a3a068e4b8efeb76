import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, seenOf } from './scene.ts';
import { numberOf, targetGpu } from './target-gpu.ts';

/** Sets a GPU's applications clocks back to the default of its board. */
export const gpuApplicationClocksReset: Remediation = {
  id: 'gpu.application-clocks.reset',
  platform: 'nvidia-linux',
  summary: 'set the applications clocks of one GPU back to the default of its board',
  categories: ['gpu-clock-throttle'],
  precondition: 'a probe read applications clocks below the default on exactly this GPU, and what they are',
  effect: 'the GPU works at the default applications clocks of its board',
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
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { node, device } = target;
  const place = `GPU ${device.index} of ${node}`;
  const low = seenOf(scene.here, ['gpu.application-clock.below-default'], device);
  if (low === undefined) return { notApplicable: `no probe has read lowered applications clocks on ${place}` };
  const graphicsMhz = numberOf(low, 'applicationMhz');
  const memoryMhz = numberOf(low, 'applicationMemoryMhz');
  if (graphicsMhz === null || memoryMhz === null)
    return {
      notApplicable: `the probe did not read both applications clocks of ${place}, so they could not be set back`,
    };
  const index = String(device.index);
  return drawUp(scene, {
    summary: `Set the applications clocks of ${place} (${graphicsMhz} MHz now) back to their default.`,
    forward: [{ step: gateSteps.gpuAppClocksReset, args: [index] }],
    undo: [{ step: gateSteps.gpuAppClocks, args: [index, String(memoryMhz), String(graphicsMhz)], undoes: 1 }],
    devices: [device],
    touches: `one GPU; the job on ${node} goes on and speeds up`,
    cost: 'one driver call of about a second; power and temperature of the GPU rise to their usual level',
    expectedMs: 2_000,
    verify: [{ probeId: 'gpu.application-clocks' }, { probeId: 'gpu.clocks' }],
    settleClusterMs,
  });
}
