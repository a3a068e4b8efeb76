import { plainTime } from '../clock.ts';
import { layoutOf } from '../physics/attempt-layout.ts';
import { checkpointEvery, checkpointMs } from '../physics/checkpoint.ts';
import { learningAt } from '../physics/loss.ts';
import type { AttemptLife } from '../physics/lives.ts';
import { iterationOf, lastStepAt, lifeOfStep, stepDurationMs, stepEndMs, type Timeline } from '../physics/timeline.ts';
import { modelFlops } from '../physics/training-time.ts';
import type { World } from '../world.ts';
import type { LogLine } from './line.ts';

/** The iteration lines that Megatron-LM prints on the last rank (`training_log` in megatron/training/training.py). */
export function iterationLines(
  timeline: Timeline,
  life: AttemptLife,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const first = Math.max(life.attempt.stepBase + 1, lastStepAt(timeline, fromMs));
  const last = lastStepAt(timeline, Math.min(toMs, life.stoppedMs));
  const lines: LogLine[] = [];
  for (let step = first; step <= last; step += 1)
    if (lifeOfStep(timeline, step)?.attempt === life.attempt)
      lines.push({ atMs: stepEndMs(timeline, step), text: iterationLine(timeline, step) });
  return lines;
}

export function iterationLine(timeline: Timeline, step: number): string {
  const { job } = timeline.world;
  const attempt = lifeOfStep(timeline, step)?.attempt;
  const nodes = attempt?.nodes.length ?? 1;
  const batch = attempt === undefined ? job.globalBatch : layoutOf(timeline.world, attempt).globalBatch;
  const iteration = iterationOf(timeline, step);
  const resumed = attempt?.fromIteration ?? 0;
  const consumed = resumed * job.globalBatch + (iteration - resumed) * batch;
  const stepMs = stepDurationMs(timeline, step);
  const healthy = { loss: 0, gradNorm: 0, lossScale: 1 };
  const learning = attempt === undefined ? healthy : learningAt(timeline.world, attempt, iteration, step);
  const { loss, gradNorm, lossScale } = learning;
  const skipped = gradNorm === null;
  return (
    ` [${plainTime(stepEndMs(timeline, step))}]` +
    ` iteration ${padded(iteration, 8)}/${padded(job.trainIterations, 8)} |` +
    ` consumed samples: ${padded(consumed, 12)} |` +
    ` elapsed time per iteration (ms): ${stepMs.toFixed(1)} |` +
    ` throughput per GPU (TFLOP/s/GPU): ${teraflops(timeline.world, nodes, batch, stepMs).toFixed(1)} |` +
    ` learning rate: ${scientific(learningRate(iteration, job.trainIterations))} |` +
    ` global batch size: ${padded(batch, 5)} |` +
    // A skipped step adds nothing to the loss that is printed, and its gradients have no norm.
    (skipped ? '' : ` lm loss: ${scientific(loss)} |`) +
    ` loss scale: ${lossScale.toFixed(1)} |` +
    (skipped ? '' : ` grad norm: ${gradNorm.toFixed(3)} |`) +
    ` number of skipped iterations: ${padded(skipped ? 1 : 0, 3)} |` +
    ` number of nan iterations: ${padded(0, 3)} |`
  );
}

/** What the first rank prints about checkpoints; the bytes are written while training goes on. */
export function checkpointLines(
  timeline: Timeline,
  life: AttemptLife,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const { name, tensorParallel } = timeline.world.job;
  const { attempt, stoppedMs } = life;
  const { pipelineParallel } = layoutOf(timeline.world, attempt);
  const first = Math.max(attempt.stepBase + 1, lastStepAt(timeline, fromMs) - checkpointEvery);
  const last = lastStepAt(timeline, Math.min(toMs, stoppedMs));
  const lines: LogLine[] = [];
  for (let step = first; step <= last; step += 1) {
    if (lifeOfStep(timeline, step)?.attempt !== attempt || iterationOf(timeline, step) % checkpointEvery !== 0)
      continue;
    const atMs = stepEndMs(timeline, step);
    const iteration = padded(iterationOf(timeline, step), 7);
    lines.push({
      atMs: atMs + 40,
      text: `saving checkpoint at iteration ${iteration} to /raid/ckpt/${name} in torch_dist format`,
    });
    if (atMs + checkpointMs <= stoppedMs)
      lines.push({
        atMs: atMs + checkpointMs,
        text: `  successfully saved checkpoint from iteration ${iteration} to /raid/ckpt/${name} [ t 1/${tensorParallel}, p 1/${pipelineParallel} ]`,
      });
  }
  return lines.filter((line) => line.atMs <= stoppedMs);
}

/** As Megatron-LM has it: the work of a model's forward and backward pass over time and GPUs, recomputation left out. */
export function teraflops({ job, gpusPerNode }: World, nodes: number, sequences: number, stepMs: number): number {
  return modelFlops(job.model, sequences) / (stepMs / 1000) / (nodes * gpusPerNode) / 1e12;
}

/** Cosine decay from 1.5e-4 to a tenth of it. */
function learningRate(iteration: number, total: number): number {
  return 1.5e-5 + 0.5 * (1.5e-4 - 1.5e-5) * (1 + Math.cos((Math.PI * iteration) / total));
}

function padded(value: number, width: number): string {
  return String(value).padStart(width);
}

/** Python's `{:.6E}`. */
export function scientific(value: number): string {
  const [mantissa = '', exponent = '+0'] = value.toExponential(6).split('e');
  return `${mantissa}E${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}
