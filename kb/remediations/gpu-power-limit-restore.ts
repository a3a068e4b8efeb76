import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, Remediation } from '../schemas/remediation.ts';
import { draftStep, gateSteps } from './gate-steps.ts';
import { findingsOn, numberOf, targetGpu } from './target-gpu.ts';

/** Sets a GPU's power limit back to the default of its board. */
export const gpuPowerLimitRestore: Remediation = {
  id: 'gpu.power-limit.restore',
  platform: 'nvidia-linux',
  summary: 'set the power limit of one GPU back to the default of its board',
  categories: ['gpu-clock-throttle'],
  precondition:
    'a probe read a power limit on exactly this GPU below the default of its board, and nothing there protects the board',
  effect: 'the GPU may draw what its board allows',
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

function plan(cause: RankedCause, findings: readonly Finding[]): PlanDraft | NoPlan {
  const target = targetGpu(cause);
  if ('notApplicable' in target) return target;
  const { node, device } = target;
  const here = findingsOn(target, findings);
  const braked = here.find((finding) => finding.kind.endsWith('.power-brake') || finding.kind.endsWith('.thermal'));
  if (braked !== undefined)
    return {
      notApplicable: `${node} GPU ${device.index} slows itself down (${braked.kind}); more power is not the answer`,
    };
  const seen = here.findLast((finding) => finding.kind === 'gpu.power.limit-below-default');
  if (seen === undefined)
    return { notApplicable: `the power limit of ${node} GPU ${device.index} is not known to be below its default` };
  const limit = numberOf(seen, 'powerLimitWatts');
  const standard = numberOf(seen, 'defaultPowerLimitWatts');
  if (limit === null || standard === null || limit >= standard)
    return { notApplicable: `the probe did not read both power limits of ${node} GPU ${device.index}` };

  const index = String(device.index);
  const before = String(Math.round(limit));
  const after = String(Math.round(standard));
  const effect = draftStep(gateSteps.powerLimit, { index: 1, node }, [index, after]);
  if ('invalid' in effect) return { notApplicable: effect.invalid };
  const undo = draftStep(gateSteps.powerLimit, { index: 1, node }, [index, before]);
  if ('invalid' in undo) return { notApplicable: undo.invalid };
  return {
    summary: `Set the power limit of GPU ${index} on ${node} from ${before} W back to its default of ${after} W.`,
    steps: [effect.step],
    undo: [undo.step],
    blastRadius: {
      nodes: [node],
      devices: [device],
      interruptsJob: false,
      text: `one GPU; ${node} may draw up to ${Math.round(standard - limit)} W more`,
    },
    cost: { expectedMs: 2_000, text: 'one driver call of about a second' },
    verifyProbes: [
      { probeId: 'gpu.power', nodes: [node] },
      { probeId: 'gpu.clocks', nodes: [node] },
    ],
    settleClusterMs,
  };
}
