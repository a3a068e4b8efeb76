import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, seenOf } from './scene.ts';
import { targetGpu } from './target-gpu.ts';

/** Lets every program use a GPU again. */
export const gpuComputeModeDefault: Remediation = {
  id: 'gpu.compute-mode.default',
  platform: 'nvidia-linux',
  summary: 'set the compute mode of one GPU back to default, so that no program is locked out',
  categories: ['permission-misconfig', 'container-toolkit-misconfig', 'launcher-rank-misconfig'],
  precondition: 'a probe read a compute mode on exactly this GPU that keeps programs out',
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
const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { node, device } = target;
  const place = `GPU ${device.index} of ${node}`;
  const wrong = ['gpu.compute-mode.prohibited', 'gpu.compute-mode.exclusive'];
  const seen = seenOf(scene.here, wrong, device);
  const mode = modes[String(seen?.values?.['computeMode'] ?? '')];
  if (mode === undefined)
    return { notApplicable: `no probe has read a compute mode on ${place} that keeps programs out` };
  const index = String(device.index);
  return drawUp(scene, {
    summary: `Set the compute mode of ${place} back to Default.`,
    forward: [{ step: gateSteps.gpuComputeMode, args: [index, '0'] }],
    undo: [{ step: gateSteps.gpuComputeMode, args: [index, mode], undoes: 1 }],
    devices: [device],
    touches: `one GPU of ${node}; what runs there goes on`,
    cost: 'one driver call of about a second',
    expectedMs: 2_000,
    verify: [{ probeId: 'gpu.compute-mode' }],
    again: true,
    settleClusterMs,
  });
}
