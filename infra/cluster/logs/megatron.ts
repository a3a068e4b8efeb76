import { plainTime } from '../clock.ts';
import { spread } from '../noise.ts';
import { lastStepAt, stepDurationMs, stepEndMs, type Timeline } from '../physics/timeline.ts';
import type { World } from '../world.ts';
import { worldSize } from '../world.ts';
import type { LogLine } from './line.ts';

/** Steps between two checkpoints. */
const checkpointEvery = 120;

/** The iteration lines that Megatron-LM prints on the last rank (`training_log` in megatron/training/training.py). */
export function iterationLines(timeline: Timeline, fromMs: number, toMs: number): readonly LogLine[] {
  const first = lastStepAt(timeline, fromMs);
  const last = lastStepAt(timeline, toMs);
  const lines: LogLine[] = [];
  for (let step = Math.max(1, first); step <= last + 1; step += 1)
    lines.push({ atMs: stepEndMs(timeline, step), text: iterationLine(timeline, step) });
  return lines;
}

export function iterationLine(timeline: Timeline, step: number): string {
  const { world } = timeline;
  const { job, seed } = world;
  const iteration = job.firstIteration + step;
  const stepMs = stepDurationMs(timeline, step);
  const loss = 1.62 + 0.85 * Math.exp(-iteration / 40_000) + 0.02 * spread(seed, 'loss', step);
  const gradNorm = 0.31 + 0.06 * spread(seed, 'grad-norm', step);
  return (
    ` [${plainTime(stepEndMs(timeline, step))}]` +
    ` iteration ${padded(iteration, 8)}/${padded(job.trainIterations, 8)} |` +
    ` consumed samples: ${padded(iteration * job.globalBatch, 12)} |` +
    ` elapsed time per iteration (ms): ${stepMs.toFixed(1)} |` +
    ` throughput per GPU (TFLOP/s/GPU): ${teraflops(world, stepMs).toFixed(1)} |` +
    ` learning rate: ${scientific(learningRate(iteration, job.trainIterations))} |` +
    ` global batch size: ${padded(job.globalBatch, 5)} |` +
    ` lm loss: ${scientific(loss)} |` +
    ` loss scale: 1.0 |` +
    ` grad norm: ${gradNorm.toFixed(3)} |` +
    ` number of skipped iterations: ${padded(0, 3)} |` +
    ` number of nan iterations: ${padded(0, 3)} |`
  );
}

/** What rank 0 prints about checkpoints, written asynchronously while training goes on. */
export function checkpointLines(timeline: Timeline, fromMs: number, toMs: number): readonly LogLine[] {
  const { job } = timeline.world;
  const lines: LogLine[] = [];
  const from = Math.max(1, Math.floor(lastStepAt(timeline, fromMs) / checkpointEvery));
  for (let save = from; save * checkpointEvery <= lastStepAt(timeline, toMs); save += 1) {
    const atMs = stepEndMs(timeline, save * checkpointEvery);
    const iteration = padded(job.firstIteration + save * checkpointEvery, 7);
    lines.push(
      {
        atMs: atMs + 40,
        text: `saving checkpoint at iteration ${iteration} to /lustre/ckpt/${job.name} in torch_dist format`,
      },
      {
        atMs: atMs + 21_400,
        text: `  successfully saved checkpoint from iteration ${iteration} to /lustre/ckpt/${job.name} [ t 1/${job.tensorParallel}, p 1/1 ]`,
      },
    );
  }
  return lines;
}

/** 6 * parameters * tokens for forward and backward, over time and GPUs. */
export function teraflops(world: World, stepMs: number): number {
  const { parameters, globalBatch, sequenceTokens } = world.job;
  return (6 * parameters * globalBatch * sequenceTokens) / (stepMs / 1000) / worldSize(world) / 1e12;
}

/** Cosine decay from 1.5e-4 to a tenth of it. */
function learningRate(iteration: number, total: number): number {
  return 1.5e-5 + 0.5 * (1.5e-4 - 1.5e-5) * (1 + Math.cos((Math.PI * iteration) / total));
}

function padded(value: number, width: number): string {
  return String(value).padStart(width);
}

/** Python's `{:.6E}`. */
function scientific(value: number): string {
  const [mantissa = '', exponent = '+0'] = value.toExponential(6).split('e');
  return `${mantissa}E${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}
