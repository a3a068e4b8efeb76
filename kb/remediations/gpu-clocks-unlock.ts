import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, Remediation } from '../schemas/remediation.ts';
import { draftStep, gateSteps } from './gate-steps.ts';
import { findingsOn, numberOf, targetGpu } from './target-gpu.ts';

/** Takes a clock lock off a GPU. */
export const gpuClocksUnlock: Remediation = {
  id: 'gpu.clocks.unlock',
  platform: 'nvidia-linux',
  summary: 'reset the locked clocks of one GPU to the default range',
  categories: ['gpu-clock-throttle'],
  precondition:
    'a probe read a clock on exactly this GPU that only a setting holds down, and nothing there protects the board',
  effect: 'the clock of the GPU moves in its default range',
  undo: 'the clock is locked again at what was read',
  verification: 'the clock under load is read again',
  reversibility: 'reversible',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.clocksReset, gateSteps.clocksLock],
  source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
  plan,
};

// Precondition: a probe saw the clock held by nothing but a setting, on exactly this GPU.
const lockedKinds = ['gpu.clock.locked-low'];
/** The board protects itself: taking a setting away changes nothing, or takes away the protection. */
const protectiveKinds = [
  'gpu.clock.thermal',
  'gpu.clock.power-brake',
  'gpu.clock.hw-slowdown',
  'gpu.throttle.thermal',
  'gpu.throttle.power-brake',
  'gpu.throttle.hw-slowdown',
  'gpu.temperature.high',
  'gpu.temperature.memory-high',
];

// A job reports its step time every few steps; two minutes hold several reports and two scrapes of most exporters.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[]): PlanDraft | NoPlan {
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { node, device } = target;
  const here = findingsOn(target, findings);
  const protecting = here.find((finding) => protectiveKinds.includes(finding.kind));
  if (protecting !== undefined)
    return {
      notApplicable: `${node} GPU ${device.index} slows itself down (${protecting.kind}); people must look at cooling and power`,
    };
  const locked = here.findLast((finding) => lockedKinds.includes(finding.kind) && numberOf(finding, 'smMhz') !== null);
  const clockMhz = locked === undefined ? null : numberOf(locked, 'smMhz');
  if (clockMhz === null) return { notApplicable: `no probe has seen a clock lock on ${node} GPU ${device.index}` };

  const index = String(device.index);
  const seenMhz = String(Math.round(clockMhz));
  const effect = draftStep(gateSteps.clocksReset, { index: 1, node }, [index]);
  if ('invalid' in effect) return { notApplicable: effect.invalid };
  const undo = draftStep(gateSteps.clocksLock, { index: 1, node }, [index, seenMhz, seenMhz]);
  if ('invalid' in undo) return { notApplicable: undo.invalid };
  return {
    summary: `Reset the locked SM clock of GPU ${index} on ${node} (${seenMhz} MHz now) to its default range.`,
    steps: [effect.step],
    undo: [undo.step],
    blastRadius: {
      nodes: [node],
      devices: [device],
      interruptsJob: false,
      text: `one GPU; the job on ${node} goes on and speeds up`,
    },
    cost: {
      expectedMs: 2_000,
      text: 'one driver call of about a second; power and temperature of the GPU rise to their usual level',
    },
    verifyProbes: [{ probeId: 'gpu.clocks', nodes: [node] }],
    settleClusterMs,
  };
}
