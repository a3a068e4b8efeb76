import { integer, uniform } from '../../noise.ts';
import { trainerPid } from '../../physics/job.ts';
import { factSpans } from '../../state/facts/spans.ts';
import type { LogLine } from '../line.ts';
import type { RankScene } from './rank-source.ts';

const minuteMs = 60_000;
// Minutes of one question that are looked at; a window of logs is much shorter.
const minutesMax = 3_000;

/** Warnings that libraries repeat and that mean nothing: the lines of a rank in every minute, at drawn moments. */
export function logNoise({
  timeline,
  life: { attempt, stoppedMs },
  node,
  gpu,
  rank,
  fromMs,
  toMs,
}: RankScene): readonly LogLine[] {
  const { world } = timeline;
  return factSpans(timeline, 'job.log-noise', fromMs, toMs)
    .filter(({ place }) => place === world.job.name)
    .flatMap((span) => {
      const beginMs = Math.max(span.fromMs, attempt.runMs, fromMs);
      const endMs = Math.min(span.toMs, stoppedMs, toMs);
      const first = Math.floor(beginMs / minuteMs);
      const count = Math.min(minutesMax, Math.max(0, Math.ceil(endMs / minuteMs) - first));
      return Array.from({ length: count }, (_, at) => first + at).flatMap((minute) =>
        Array.from({ length: Math.round(span.value) }, (_, line) => {
          const draw = (what: string) => uniform(world.seed, 'log-noise', what, rank, minute, line);
          const text = texts[integer(world.seed, texts.length, 'log-noise', 'text', rank, minute, line)];
          const pid = trainerPid(attempt, world, node.index, gpu);
          return { atMs: (minute + draw('at')) * minuteMs, text: text?.(`${node.name}:${pid}`, gpu, rank) ?? '' };
        }).filter(({ atMs }) => atMs >= beginMs && atMs < endMs),
      );
    });
}

/**
 * As PyTorch 2.5, transformers 4.4x and NCCL 2.22 print them. NCCL's `Could not find a path for pattern` stands in
 * reports of clusters that train well (graph/search.cc; an order of channels is taken that needs no pattern).
 */
const texts: readonly ((host: string, gpu: number, rank: number) => string)[] = [
  (host, gpu) =>
    `${host}:${host.slice(host.indexOf(':') + 1)} [${gpu}] graph/search.cc:1127 NCCL WARN Could not find a path for pattern 4, falling back to simple order`,
  () =>
    '/usr/local/lib/python3.10/dist-packages/torch/distributed/c10d_logger.py:79: FutureWarning: `torch.distributed._all_gather_base` is a private function and will be deprecated. Please use `torch.distributed.all_gather_into_tensor` instead.',
  (_host, _gpu, rank) =>
    `[rank${rank}]:[W ProcessGroupNCCL.cpp:3115] Warning: TORCH_NCCL_AVOID_RECORD_STREAMS=1 has no effect for point-to-point collectives. (function operator())`,
  () =>
    'Token indices sequence length is longer than the specified maximum sequence length for this model (4211 > 4096). Running this sequence through the model will result in indexing errors',
  () =>
    '/opt/megatron-lm/megatron/core/tensor_parallel/layers.py:280: UserWarning: When using async grad allreduce it is recommended to set the environment variable CUDA_DEVICE_MAX_CONNECTIONS to 1 for maximum speedup',
];
