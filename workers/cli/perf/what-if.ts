import { gpuModelOf } from '../../../kb/catalog/hardware.ts';
import { predict } from '../../../kb/performance/model/predict.ts';
import type { Prediction, SiteScale } from '../../../kb/performance/prediction.ts';
import type { ResolvedRun } from '../../../kb/performance/run/resolved-run.ts';
import { resolveRun } from '../../../kb/performance/run/resolve.ts';
import type { TrainingRun } from '../../../kb/schemas/training-run.ts';
import { atClockShare } from './slow-clock.ts';

/** One thing done differently, the rest as it is, and what the model says of it. */
export interface WhatIf {
  readonly change: string;
  readonly about: 'settings' | 'hardware';
  readonly fields: Partial<TrainingRun>;
  readonly iterationSeconds: number;
  readonly tokensPerSecond: number;
  /** Tokens a second over those of the run, less one. */
  readonly gain: number;
  readonly memoryGibPerGpu: number;
}

export interface NotPossible {
  readonly change: string;
  readonly why: string;
}

export interface WhatIfs {
  /** The best first. */
  readonly possible: readonly WhatIf[];
  readonly notPossible: readonly NotPossible[];
}

/** One step of every knob, as far as the layout stays valid and the memory suffices. */
export function whatIfs(given: TrainingRun, run: ResolvedRun, base: Prediction, site: SiteScale | null): WhatIfs {
  const fixed = fixedRun(given, run);
  const settings = settingChanges(run).map(({ change, fields }): Tried => {
    const about = 'settings';
    const resolved = resolveRun({ ...fixed, ...fields });
    if (resolved.kind === 'resolved') return { change, about, fields, run: withSameSoftware(resolved.run, run) };
    return { change, why: resolved.problems.map(({ field, reason }) => `${field}: ${reason}`).join('; ') };
  });
  const possible: WhatIf[] = [];
  const notPossible: NotPossible[] = [];
  for (const tried of [...settings, ...hardwareChanges(run)])
    if ('why' in tried) notPossible.push(tried);
    else {
      const { change, about, fields } = tried;
      const { iterationSeconds, tokensPerSecond, memoryGibPerGpu } = predict(tried.run, site === null ? {} : { site });
      const { memoryGib } = tried.run.gpu;
      const gain = tokensPerSecond / base.tokensPerSecond - 1;
      if (memoryGibPerGpu <= memoryGib)
        possible.push({ change, about, fields, iterationSeconds, tokensPerSecond, gain, memoryGibPerGpu });
      else notPossible.push({ change, why: `needs ${memoryGibPerGpu.toFixed(1)} GiB, a GPU has ${memoryGib}` });
    }
  return { possible: possible.toSorted((a, b) => b.gain - a.gain), notPossible };
}

/** A setting that is to be turned: the fields of a job file that say so. */
interface Change {
  readonly change: string;
  readonly fields: Partial<TrainingRun>;
}

type Tried = NotPossible | (Change & { readonly about: WhatIf['about']; readonly run: ResolvedRun });

/** A field such as flash attention also tells how old the software is; turning the knob does not make it older. */
function withSameSoftware(changed: ResolvedRun, { software }: ResolvedRun): ResolvedRun {
  const { overlapsPipeline, gradientBytes } = changed.software;
  return { ...changed, software: { ...software, overlapsPipeline, gradientBytes } };
}

/** The run with everything said that was assumed: a change must not bring other assumptions with it. */
function fixedRun(given: TrainingRun, run: ResolvedRun): TrainingRun {
  const { sharding } = run;
  return {
    ...given,
    nodes: run.nodes,
    params: undefined,
    layers: run.layers,
    hidden: run.hidden,
    ffn: run.ffn,
    gated: run.gated,
    heads: run.heads,
    kv_heads: run.kvHeads,
    seq: run.seq,
    vocab: run.vocab,
    tp: run.tp,
    pp: run.pp,
    dp: run.dp,
    cp: run.cp,
    vp: run.vp,
    sequence_parallel: run.sequenceParallel,
    micro_batch: run.microBatch,
    global_batch: run.globalBatch,
    recompute: run.recompute,
    sharding: given.sharding ?? shardingName(sharding),
    flash_attention: run.flashAttention,
    network_gbps_per_node: gbpsPerNode(run),
  };
}

function shardingName({ parameters, gradients, optimizer }: ResolvedRun['sharding']): string {
  if (parameters) return 'zero3';
  if (gradients) return 'zero2';
  return optimizer ? 'zero1' : 'zero0';
}

function gbpsPerNode({ networkBytesPerSecond }: ResolvedRun): number {
  return (networkBytesPerSecond * 8) / 1e9;
}

/** More or less of a way to share the work, the data-parallel ranks making up for it. */
function layoutChanges(run: ResolvedRun): readonly Change[] {
  const { tp, pp, cp, vp } = run;
  const layouts = [
    { tp: tp * 2 },
    { tp: tp / 2 },
    { pp: pp * 2 },
    { pp: pp / 2 },
    { tp: tp * 2, pp: pp / 2 },
    { tp: tp / 2, pp: pp * 2 },
    { cp: cp * 2 },
    { cp: cp / 2 },
  ];
  const laidOut = layouts.flatMap((part): readonly Change[] => {
    const sizes = { tp, pp, cp, ...part };
    const dp = run.gpus / (sizes.tp * sizes.pp * sizes.cp);
    if (![sizes.tp, sizes.pp, sizes.cp, dp].every(Number.isInteger)) return [];
    const fields = {
      ...sizes,
      dp,
      ...(sizes.pp === 1 && vp > 1 ? { vp: 1 } : {}),
      ...(sizes.tp === 1 ? { sequence_parallel: false } : {}),
    };
    const said = Object.entries(part).map(([name, size]) => `${name} ${size}`);
    return [{ change: `${said.join(', ')} (dp ${dp})`, fields }];
  });
  const chunks = pp === 1 ? [] : [vp * 2, vp / 2].filter(Number.isInteger);
  return [
    ...laidOut,
    ...chunks.map((size): Change => ({
      change: size === 1 ? 'no interleaving' : `interleaving, ${size} chunks a stage`,
      fields: { vp: size },
    })),
  ];
}

function settingChanges(run: ResolvedRun): readonly Change[] {
  const { microBatch, globalBatch, recompute, flashAttention, sequenceParallel, tp, dp, sharding } = run;
  const one = (change: string, fields: Partial<TrainingRun>): Change => ({ change, fields });
  return [
    ...layoutChanges(run),
    ...[microBatch * 2, microBatch / 2]
      .filter(Number.isInteger)
      .map((size) => one(`micro-batch ${size}`, { micro_batch: size })),
    one(`global batch ${globalBatch * 2}`, { global_batch: globalBatch * 2 }),
    ...(['none', 'selective', 'full'] as const)
      .filter((kind) => kind !== recompute)
      .map((kind) => one(kind === 'none' ? 'no recomputation' : `${kind} recomputation`, { recompute: kind })),
    one(flashAttention ? 'no flash attention' : 'flash attention', { flash_attention: !flashAttention }),
    ...(tp > 1
      ? [
          one(sequenceParallel ? 'no sequence parallelism' : 'sequence parallelism', {
            sequence_parallel: !sequenceParallel,
          }),
        ]
      : []),
    ...(dp > 1 && !sharding.optimizer ? [one('optimizer state sharded (ZeRO 1)', { sharding: 'zero1' })] : []),
    ...(run.precision === 'fp8' || run.gpu.fp8PeakTflops === null ? [] : [one('fp8', { precision: 'fp8' })]),
  ];
}

// What an operator could be offered; the names are those of nvidia-smi.
const gpusOffered = [
  'A800-SXM4-80GB',
  'A100-SXM4-80GB',
  'H800-SXM5-80GB',
  'H100-SXM5-80GB',
  'H200-SXM5-141GB',
] as const;
const slowerClock = 0.9;

/** Another machine under the same software: nothing of the run is resolved again. */
function hardwareChanges(run: ResolvedRun): readonly Tried[] {
  const about = 'hardware';
  const networks = [2, 0.5].map((times): Tried => {
    const gbps = gbpsPerNode(run) * times;
    return {
      change: `network of ${gbps.toFixed(0)} Gbit/s a node`,
      about,
      fields: { network_gbps_per_node: gbps },
      run: { ...run, networkBytesPerSecond: run.networkBytesPerSecond * times },
    };
  });
  const swaps = gpusOffered.flatMap((name): readonly Tried[] => {
    const gpu = gpuModelOf(name);
    if (gpu === undefined || gpu.model === run.gpu.model) return [];
    if (run.precision === 'fp8' && gpu.fp8PeakTflops === null) return [];
    const { powerLimitWatts } = gpu;
    return [{ change: `${gpu.model} GPUs`, about, fields: { gpu: name }, run: { ...run, gpu, powerLimitWatts } }];
  });
  const mhz = Math.round(run.gpu.smClockMaxMhz * slowerClock);
  const slower: Tried = {
    change: `all clocks 10 % lower (${mhz} MHz)`,
    about,
    fields: {},
    run: atClockShare(run, slowerClock),
  };
  return [slower, ...(run.nodes > 1 ? networks : []), ...swaps];
}
