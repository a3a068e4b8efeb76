import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { draftSteps, gateSteps } from './gate-steps.ts';
import { findingsOfGpu, gpusInWords, gpusReading, placeOf, protectedAt, rangeInWords } from './reading-gpus.ts';
import { nodeScene } from './scene.ts';
import { numberOf } from './target-gpu.ts';

/** Takes clock locks off GPUs. */
export const gpuClocksUnlock: Remediation = {
  id: 'gpu.clocks.unlock',
  platform: 'nvidia-linux',
  summary: 'reset the locked clocks of GPUs to the default range',
  categories: ['gpu-clock-throttle'],
  precondition:
    'a probe read a clock on exactly these GPUs that only a setting holds down, and nothing there protects the board',
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

// Precondition: a probe saw the clock held by nothing but a setting, on exactly these GPUs.
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

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const node = scene.node.name;
  const protecting = (index: number) => findingsOfGpu(scene, index).find(({ kind }) => protectiveKinds.includes(kind));
  const held = gpusReading(scene, ({ index }) =>
    findingsOfGpu(scene, index).findLast(
      ({ kind, values }) => lockedKinds.includes(kind) && values?.['smMhz'] !== undefined,
    ),
  );
  const gpus = held
    .filter(({ index }) => protecting(Number(index)) === undefined)
    .map((gpu) => ({ ...gpu, mhz: Math.round(numberOf(gpu.reading, 'smMhz') ?? 0) }));
  const slow = protectedAt(scene, held, gpus, protecting);
  if (slow !== null) return { notApplicable: `${slow}; people must look at cooling and power` };
  if (gpus.length === 0) return { notApplicable: `no probe has seen a clock lock on ${placeOf(scene)}` };

  const forward = draftSteps(
    node,
    gpus.map(({ index }) => ({ step: gateSteps.clocksReset, args: [index] })),
  );
  if ('invalid' in forward) return { notApplicable: forward.invalid };
  const undo = draftSteps(
    node,
    gpus.map(({ index, mhz }, at) => ({
      step: gateSteps.clocksLock,
      args: [index, String(mhz), String(mhz)],
      ...(gpus.length === 1 ? {} : { undoes: at + 1 }),
    })),
  );
  if ('invalid' in undo) return { notApplicable: undo.invalid };
  const now = rangeInWords(
    gpus.map(({ mhz }) => mhz),
    'MHz',
  );
  const many = gpus.length > 1;
  return {
    summary: `Reset the locked SM clock of ${gpusInWords(gpus)} on ${node} (${now} now) to its default range.`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes: [node],
      devices: gpus.map(({ device }) => device),
      interruptsJob: false,
      text: `${many ? `${gpus.length} GPUs` : 'one GPU'}; the job on ${node} goes on and speeds up`,
    },
    cost: {
      expectedMs: 2_000 * gpus.length,
      text: `one driver call of about a second${many ? ' for each GPU' : ''}; power and temperature of the GPU rise to their usual level`,
    },
    verifyProbes: [{ probeId: 'gpu.clocks', nodes: [node] }],
    settleClusterMs,
  };
}
