import { trainerPid } from '../../physics/job.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { torchStamp } from '../launch.ts';
import type { LogLine } from '../line.ts';
import type { RankScene } from './rank-source.ts';

/** What the program of the job itself says about its work: little, as programs do. */
export function jobNotes(scene: RankScene): readonly LogLine[] {
  return [...evaluationLines(scene), ...epochLines(scene), ...recompileLines(scene)];
}

const suiteSamples = 61_440;
const reportMs = 60_000;

/** The first rank reports its evaluation once a minute. */
function evaluationLines({ timeline, life, rank, fromMs, toMs }: RankScene): readonly LogLine[] {
  const { hang, death, requeuedMs } = life;
  if (rank !== 0 || hang?.stack !== 'rank0-work') return [];
  const question = { fact: 'job.evaluation-minutes', place: timeline.world.job.name } as const;
  const minutes = factAt(timeline, question, hang.atMs);
  if (minutes === 0) return [];
  const endMs = Math.min(toMs, death?.atMs ?? Infinity, requeuedMs ?? Infinity);
  const lines: LogLine[] = [];
  for (let count = Math.max(0, Math.floor((fromMs - hang.atMs) / reportMs)); ; count += 1) {
    const atMs = hang.atMs + count * reportMs;
    if (atMs >= endMs) return lines;
    const done = Math.min(suiteSamples, Math.floor((suiteSamples * count) / minutes));
    lines.push({ atMs, text: `INFO:pretrain.evaluation:validation suite: ${done}/${suiteSamples} samples` });
  }
}

/** The rank whose data have ended. */
function epochLines({ timeline, life, node, gpu, rank }: RankScene): readonly LogLine[] {
  const { hang, attempt } = life;
  if (hang?.stack !== 'epoch-barrier' || hang.node !== node.index || hang.gpu !== gpu) return [];
  const pid = trainerPid(attempt, timeline.world, node.index, gpu);
  return [
    {
      atMs: hang.atMs - 150,
      text: `INFO:pretrain.data.epochs:[rank ${rank}] pid ${pid}: no more batches in this epoch, waiting for all ranks`,
    },
  ];
}

/** The eighth graph of a function is the last that torch keeps (`torch._dynamo.config.cache_size_limit`). */
const graphsMax = 8;

/** torch 2.5, as kijai/ComfyUI-MochiWrapper issue 44 has it. */
function recompileLines({ timeline, life, node, gpu, rank, fromMs, toMs }: RankScene): readonly LogLine[] {
  const { world } = timeline;
  const isSet = (ms: number) => timeline.segmentAt(ms).settings.facts.has('job.recompile-ms');
  if (!isSet(fromMs) && !isSet(toMs)) return [];
  return factSpans(timeline, 'job.recompile-ms', fromMs, toMs)
    .filter(({ place }) => place === world.job.name)
    .flatMap((span) => {
      const atMs = Math.max(span.fromMs, life.attempt.runMs) + graphsMax * 9_000 + 130 * (rank % 8);
      if (atMs >= life.stoppedMs) return [];
      const pid = trainerPid(life.attempt, world, node.index, gpu);
      const head = `${torchStamp('W', atMs)} ${pid} torch/_dynamo/convert_frame.py:844] [1/8]`;
      return [
        'torch._dynamo hit config.cache_size_limit (8)',
        "   function: 'forward' (/opt/megatron-lm/megatron/core/transformer/transformer_layer.py:182)",
        `   last reason: 1/0: tensor 'L['hidden_states']' size mismatch at index 0. expected 4096, actual ${3_712 + 16 * (rank % 16)}`,
        'To log all recompilation reasons, use TORCH_LOGS="recompiles".',
        'To diagnose recompilation issues, see https://pytorch.org/docs/main/torch.compiler_troubleshooting.html.',
      ].map((text) => ({ atMs, text: `${head} ${text}` }));
    });
}
