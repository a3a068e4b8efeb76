import { factAt } from '../../state/facts/fact-at.ts';
import type { RankHang, StopCause } from '../job.ts';
import { gpusOfRail } from '../network/rc-transport.ts';
import { leafUplinks } from '../slowdowns/leaf-uplinks.ts';
import { railRate } from '../slowdowns/rail-rate.ts';
import { roceLoss } from '../slowdowns/roce-loss.ts';
import { computeShare } from '../step.ts';
import { gradientReduction } from '../watchdog.ts';

/** Slow ways through the network; what else slows a transfer is over when its kernel is. */
const causes = [railRate, leafUplinks, roceLoss] as const;
const facts = [
  'ib.rate-share',
  'ib.link-speed',
  'ib.link-width',
  'ib.receive-errors',
  'ib.electrical-errors',
  'switch.port-errors',
  'switch.port-state',
  'roce.lossiness',
] as const;

/**
 * A link that loses much but not all: every packet comes through in the end, so that no connection breaks, and the collective
 * takes longer than the process groups allow. The watchdog counts from the call (`workStartTime_` in ProcessGroupNCCL.cpp),
 * and all reductions of a step are called before the first is done: what counts is all that a step sends over the link.
 */
export const slowCollective: StopCause = (question) => {
  const { world, settings, attempt, fromMs } = question;
  const present = facts.flatMap((fact) => question.facts(fact));
  if (present.length === 0 || attempt.nodes.length < 2) return null;
  const timeoutMs = 1_000 * factAt(settings, { fact: 'job.watchdog-seconds', place: world.job.name }, fromMs);
  const transferMs = world.job.healthyStepMs * (1 - computeShare);
  const slowest = causes
    .flatMap((cause) => cause({ ...question, atMs: fromMs }))
    .filter(({ node }) => attempt.nodes.includes(node))
    .map(({ node, gpu, transferFactor = 1 }) => ({ node, gpu, sendMs: transferMs * (transferFactor - 1) }))
    .filter(({ sendMs }) => sendMs > timeoutMs)
    .toSorted((a, b) => b.sendMs - a.sendMs)[0];
  if (slowest === undefined) return null;
  const { node, gpu } = slowest;
  const ofRail =
    gpu === undefined
      ? Array.from({ length: world.gpusPerNode }, (_, at) => at)
      : gpusOfRail(world, Math.floor(gpu / 2));
  const sinceMs = Math.max(attempt.runMs, ...present.map((one) => one.sinceMs));
  const hang: RankHang = {
    kind: 'hangs',
    atMs: sinceMs + reductionBeginsMs,
    waitsFromMs: sinceMs + reductionBeginsMs,
    node,
    gpu: gpu ?? 0,
    stack: 'all-reduce',
    inCollective: { ofAll: true, ofRail, ...gradientReduction(attempt) },
    // When the link gets better in time, the collective comes to its end.
    resumes: true,
  };
  return hang;
};

/** Until the step that was on its way has come to its next reduction; assumed. */
const reductionBeginsMs = 1_400;
