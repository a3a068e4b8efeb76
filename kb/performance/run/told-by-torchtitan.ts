import type { TrainingRun } from '../../schemas/training-run.ts';
import { countIn, given, type ToldRun } from './told-run.ts';

// [rank0]:2025-02-13 11:33:12,140 - root - INFO - Building 1-D device mesh with ['dp_shard'], [8]
const meshPattern = /Building \d-D device mesh with \[([a-z_', ]{1,80})\], \[([\d, ]{1,80})\]/;
// Building llama3 8B with ModelArgs(dim=4096, n_layers=32, n_heads=32, n_kv_heads=8, vocab_size=128256, multiple_of=1024, …)
const modelPattern = /Building \S{1,40} \S{1,40} with \w{0,20}ModelArgs\((.{1,1500})/;
const argumentPattern = /\b([a-z_]{2,40})=([\w.]{1,40})/g;
// CUDA capacity: NVIDIA H200 with 139.83GiB memory
const gpuPattern = /(?:CUDA|GPU) capacity: (NVIDIA [A-Za-z0-9 -]{1,40}) with [\d.]{1,10}GiB/;
// Training starts at step 1, with local batch size 1, global batch size 8, sequence length 8192, total steps 1000 (warmup 200)
const startPattern =
  /Training starts at step \d{1,9}, with local batch size (\d{1,6}), global batch size (\d{1,7}), sequence length (\d{1,8})/;

/** https://github.com/pytorch/torchtitan (`train.py`, `parallel_dims.py`): what it builds is said in its first lines. */
export function fromTitan(lines: readonly string[]): ToldRun | null {
  let fields: Partial<TrainingRun> = {};
  const names: string[] = [];
  for (const line of lines) {
    const mesh = meshPattern.exec(line);
    const model = modelPattern.exec(line);
    const start = startPattern.exec(line);
    const gpu = gpuPattern.exec(line)?.[1];
    if (mesh !== null) {
      fields = { ...fields, ...meshFields(mesh[1] ?? '', mesh[2] ?? '') };
      names.push('device mesh');
    }
    if (model !== null) {
      fields = { ...fields, ...modelFields(model[1] ?? '') };
      names.push('ModelArgs');
    }
    if (start !== null) {
      const [, micro, global, seq] = start;
      fields = {
        ...fields,
        ...given('micro_batch', countIn(micro)),
        ...given('global_batch', countIn(global)),
        ...given('seq', countIn(seq)),
      };
      names.push('Training starts');
    }
    if (gpu !== undefined) fields = { ...fields, gpu };
  }
  if (!names.includes('device mesh') && !names.includes('ModelArgs')) return null;
  return { framework: 'torchtitan', fields: { framework: 'torchtitan', ...fields }, names: [...new Set(names)] };
}

function meshFields(axesText: string, sizesText: string): Partial<TrainingRun> {
  const axes = axesText.split(',').map((axis) => axis.replace(/[' ]/g, ''));
  const sizes = sizesText.split(',').map((size) => countIn(size.trim()) ?? 0);
  const size = (...names: readonly string[]): number =>
    axes.reduce(
      (product, axis, index) => (names.includes(axis) ? product * Math.max(1, sizes[index] ?? 1) : product),
      1,
    );
  const isSharded = axes.includes('dp_shard');
  return {
    gpus: sizes.reduce((product, one) => product * Math.max(1, one), 1),
    tp: size('tp'),
    pp: size('pp'),
    cp: size('cp'),
    dp: size('dp', 'dp_shard', 'dp_replicate'),
    ...(isSharded ? { sharding: 'fsdp-full_shard' } : {}),
  };
}

function modelFields(text: string): Partial<TrainingRun> {
  const args = new Map([...text.matchAll(argumentPattern)].map(([, name, value]) => [name ?? '', value ?? '']));
  const count = (name: string): number | undefined => countIn(args.get(name));
  const hidden = count('dim');
  const heads = count('n_heads');
  const ffn = feedForward(hidden, count('multiple_of'), Number(args.get('ffn_dim_multiplier')));
  return {
    ...given('hidden', hidden),
    ...given('layers', count('n_layers')),
    ...given('heads', heads),
    ...given('kv_heads', count('n_kv_heads')),
    ...given('vocab', count('vocab_size')),
    ...given('seq', count('max_seq_len')),
    ...given('num_experts', count('num_experts')),
    // The arguments of its Llama models, whose feed-forward block is SwiGLU.
    ...(ffn === undefined ? {} : { ffn, gated: true }),
  };
}

/** Two thirds of four times the width, times the multiplier, rounded up (torchtitan/models/llama3/model.py). */
function feedForward(
  hidden: number | undefined,
  multipleOf: number | undefined,
  multiplier: number,
): number | undefined {
  if (hidden === undefined || multipleOf === undefined || multipleOf === 0) return undefined;
  const narrowed = Math.trunc((2 * 4 * hidden) / 3);
  const scaled = Number.isFinite(multiplier) ? Math.trunc(multiplier * narrowed) : narrowed;
  return multipleOf * Math.ceil(scaled / multipleOf);
}
