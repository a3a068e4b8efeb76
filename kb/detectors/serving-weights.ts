import { lineDetector } from './line-patterns.ts';

const sglang = 'https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/model_executor/model_runner.py';

/** How far engines that serve models have come with their start: only a comparison with time-outs makes use of it. */
export const servingWeights = lineDetector('serving-weights', [
  {
    id: 'serving.weights.told',
    summary: 'a rank of a serving engine reads the weights of the model, or has read its part',
    role: 'context',
    weighs: {},
    source: sglang,
    literals: ['load weight ', 'checkpoint shards:', 'loading model weights took', 'loading weights took'],
    pattern:
      /\bLoad weight (?:begin|end)\. |\bLoading (?:safetensors|pt) checkpoint shards:\s|\bLoading (?:model )?weights took [\d.]{1,12}/,
    sees: [
      '[2026-11-21 03:12:59 TP5] Load weight begin. avail mem=78.38 GB',
      '[2026-11-21 03:22:59 TP5] Load weight end. type=LlamaForCausalLM, dtype=torch.bfloat16, avail mem=37.21 GB',
      'Loading safetensors checkpoint shards:  42% Completed | 69/163 [08:15<07:24,  4.72s/it]',
      'INFO 11-21 03:12:59 [default_loader.py:291] Loading weights took 212.20 seconds',
    ],
    ignores: ['load weights from the hub'],
  },
  {
    id: 'serving.start.past-weights',
    summary: 'a serving engine has gone on behind the reading of the weights',
    role: 'context',
    weighs: {},
    source: sglang,
    literals: [
      'kv cache is allocated',
      'memory pool end',
      'capture cuda graph',
      'fired up and ready',
      'application startup complete',
      'gpu blocks: ',
      'gpu kv cache size',
      'graph capturing',
      'prefill batch',
      'decode batch',
    ],
    pattern:
      /KV Cache is allocated|Memory pool end|Capture cuda graph|fired up and ready|Application startup complete|GPU blocks: \d|GPU KV cache size|Graph capturing finished|(?:Prefill|Decode) batch[.,]/i,
    sees: [
      '[2026-11-21 03:12:59 TP5] KV Cache is allocated. #tokens: 123456, K size: 2.12 GB, V size: 2.12 GB',
      'INFO 11-21 03:12:59 [kv_cache_utils.py:634] GPU KV cache size: 123,456 tokens',
      'The server is fired up and ready to roll!',
    ],
    ignores: ['--disable-cuda-graph'],
  },
]);
