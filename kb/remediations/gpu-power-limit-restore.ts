import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { draftSteps, gateSteps } from './gate-steps.ts';
import { findingsOfGpu, gpusInWords, gpusReading, placeOf, protectedAt, rangeInWords } from './reading-gpus.ts';
import { nodeScene } from './scene.ts';
import { numberOf } from './target-gpu.ts';

/** Sets the power limits of GPUs back to the default of their boards. */
export const gpuPowerLimitRestore: Remediation = {
  id: 'gpu.power-limit.restore',
  platform: 'nvidia-linux',
  summary: 'set the power limit of GPUs back to the default of their boards',
  categories: ['gpu-clock-throttle'],
  precondition:
    'a probe read a power limit on exactly these GPUs below the default of their boards, and nothing there protects them',
  effect: 'each GPU may draw what its board allows',
  undo: 'the limit that was read is set again',
  verification: 'power and clock are read again',
  reversibility: 'reversible',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.powerLimit],
  source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
  plan,
};

// Power settles within seconds; the step time needs a few reports of the job.
const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const node = scene.node.name;
  const braked = (index: number) =>
    findingsOfGpu(scene, index).find(({ kind }) => kind.endsWith('.power-brake') || kind.endsWith('.thermal'));
  const low = gpusReading(scene, ({ index }) =>
    findingsOfGpu(scene, index).findLast(({ kind }) => kind === 'gpu.power.limit-below-default'),
  );
  const seen = low.filter(({ index }) => braked(Number(index)) === undefined);
  const slow = protectedAt(scene, low, seen, braked);
  if (slow !== null) return { notApplicable: `${slow}; more power is not the answer` };
  if (seen.length === 0)
    return { notApplicable: `the power limit of ${placeOf(scene)} is not known to be below its default` };
  const gpus = seen.flatMap((gpu) => {
    const limit = numberOf(gpu.reading, 'powerLimitWatts');
    const standard = numberOf(gpu.reading, 'defaultPowerLimitWatts');
    return limit === null || standard === null || limit >= standard ? [] : [{ ...gpu, limit, standard }];
  });
  if (gpus.length < seen.length)
    return { notApplicable: `the probe did not read both power limits of ${placeOf(scene)}` };

  const forward = draftSteps(
    node,
    gpus.map(({ index, standard }) => ({ step: gateSteps.powerLimit, args: [index, String(Math.round(standard))] })),
  );
  if ('invalid' in forward) return { notApplicable: forward.invalid };
  const undo = draftSteps(
    node,
    gpus.map(({ index, limit }, at) => ({
      step: gateSteps.powerLimit,
      args: [index, String(Math.round(limit))],
      ...(gpus.length === 1 ? {} : { undoes: at + 1 }),
    })),
  );
  if ('invalid' in undo) return { notApplicable: undo.invalid };
  const many = gpus.length > 1;
  const watts = (values: readonly number[]) => rangeInWords(values.map(Math.round), 'W');
  const more = gpus.reduce((sum, { limit, standard }) => sum + standard - limit, 0);
  return {
    summary: `Set the power limit of ${gpusInWords(gpus)} on ${node} from ${watts(gpus.map(({ limit }) => limit))} back to its default of ${watts(gpus.map(({ standard }) => standard))}.`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes: [node],
      devices: gpus.map(({ device }) => device),
      interruptsJob: false,
      text: `${many ? `${gpus.length} GPUs` : 'one GPU'}; ${node} may draw up to ${Math.round(more)} W more`,
    },
    cost: {
      expectedMs: 2_000 * gpus.length,
      text: `one driver call of about a second${many ? ' for each GPU' : ''}`,
    },
    verifyProbes: [
      { probeId: 'gpu.power', nodes: [node] },
      { probeId: 'gpu.clocks', nodes: [node] },
    ],
    settleClusterMs,
  };
}
