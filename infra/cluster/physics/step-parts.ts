import { factAt } from '../state/facts/fact-at.ts';
import type { WorldNode } from '../world.ts';
import { collectingRank } from './gc-pauses.ts';
import { loadOf } from './segment.ts';
import { sharedBy } from './speed.ts';
import type { StepShape } from './step-layout.ts';
import type { Timeline } from './timeline.ts';

/** Of host work that takes too long, what the collation of batches has: the main thread waits for the loader then. Assumed. */
const collationShare = 0.4;
/** What the graphs of one new shape take at least. Assumed. */
const compilationMsMin = 1_500;

/** What a step of a rank consists of that begins at a moment; null when it makes none. */
export function stepShape(timeline: Timeline, node: WorldNode, gpu: number, ms: number): StepShape | null {
  const { world } = timeline;
  const segment = timeline.segmentAt(ms);
  const { settings, phase, meanStepMs } = segment;
  const { shares } = loadOf(segment, node.name, gpu);
  if (phase.kind !== 'running' || shares === null || meanStepMs === null) return null;
  const { job } = world;
  const share = sharedBy(world, phase.attempt.nodes);
  const shareOf = (delayMs: number) => (delayMs * share) / meanStepMs;
  const healthy = settings.facts.size === 0;
  const at = healthy ? null : collectingRank(world, settings, phase.attempt, ms);
  const collecting = at !== null && at.node === node.index && at.gpu === gpu ? shareOf(at.pauseMs) : 0;
  const compileMs = healthy ? 0 : factAt(settings, { fact: 'job.recompile-ms', place: job.name }, ms);
  const microBatches = Math.max(1, Math.round((job.globalBatch / job.dataParallel / job.microBatch) * share));
  const host = Math.max(0, shares.idle - shares.input - collecting - shareOf(compileMs));
  return {
    parts: {
      collecting,
      compiling: shareOf(compileMs),
      // The rest of the host work makes kernels late: it is seen where they are launched.
      loading: shares.input + collationShare * host,
      wait: shares.wait,
    },
    microBatches,
    layers: job.model.layers / job.pipelineParallel,
    compilations: Math.min(microBatches, Math.max(1, Math.round((compileMs * share) / compilationMsMin))),
  };
}
