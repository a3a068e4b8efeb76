import type { GpuModel } from '../../catalog/hardware.ts';
import type { TrainingRun } from '../../schemas/training-run.ts';
import { assume, refuse, type Notes } from './notes.ts';
import type { ResolvedShape } from './shape.ts';

export interface Layout {
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly tp: number;
  readonly pp: number;
  readonly dp: number;
  readonly cp: number;
  readonly vp: number;
}

const gpusPerNodeUsual = 8;
// DGX-2 and HGX A100 16-GPU: the most of any node with the listed GPUs. https://docs.nvidia.com/dgx/ (system guides)
const gpusPerNodeMax = 16;

/** How the GPUs are cut into nodes and into parallel groups; `undefined` when it does not come out. */
export function resolveLayout(
  run: TrainingRun,
  shape: ResolvedShape,
  gpu: GpuModel | undefined,
  notes: Notes,
): Layout | undefined {
  const before = notes.problems.length;
  const { gpus } = run;
  const nodes =
    run.nodes ??
    assume(notes, 'nodes', gpus / nodeSize(gpus), `${gpusPerNodeUsual} GPUs a node, or the next fewer that divide`);
  if (gpus % nodes !== 0) refuse(notes, 'nodes', `${gpus} GPUs do not spread evenly over ${nodes} nodes`);
  else if (gpus / nodes > gpusPerNodeMax)
    refuse(notes, 'nodes', `${gpus / nodes} GPUs a node, more than the ${gpusPerNodeMax} of any such node`);
  const cp = run.cp ?? 1;
  const { tp, pp } = tensorAndPipeline(run, cp, notes);
  const dp = dataParallel(run, tp * pp, cp, notes);
  if (shape.heads % tp !== 0) refuse(notes, 'tp', `${shape.heads} heads are not a multiple of tp ${tp}`);
  if (shape.layers < pp) refuse(notes, 'pp', `${shape.layers} layers are fewer than ${pp} stages`);
  if (shape.layers % pp !== 0)
    assume(notes, 'layers_per_stage', Math.ceil(shape.layers / pp), 'layers / pp rounded up; the last stage has fewer');
  if (shape.seq % cp !== 0) refuse(notes, 'cp', `sequence ${shape.seq} is not a multiple of cp ${cp}`);
  const vp = chunks(run, gpu, pp, shape.layers, notes);
  return notes.problems.length > before ? undefined : { nodes, gpusPerNode: gpus / nodes, tp, pp, dp, cp, vp };
}

function nodeSize(gpus: number): number {
  for (let size = gpusPerNodeUsual; size > 1; size -= 1) if (gpus % size === 0) return size;
  return 1;
}

/** One of tp and pp follows from the rest where dp is stated; otherwise a missing one is 1. */
function tensorAndPipeline(run: TrainingRun, cp: number, notes: Notes): { tp: number; pp: number } {
  const one = (field: 'tp' | 'pp', other: number): number => {
    const rest = run.dp ? run.gpus / (run.dp * other * cp) : 1;
    return run.dp && Number.isInteger(rest)
      ? assume(notes, field, rest, `gpus / (dp ${field === 'tp' ? 'pp' : 'tp'} cp)`)
      : assume(notes, field, 1, 'none stated');
  };
  if (run.tp && run.pp) return { tp: run.tp, pp: run.pp };
  if (run.tp) return { tp: run.tp, pp: one('pp', run.tp) };
  if (run.pp) return { tp: one('tp', run.pp), pp: run.pp };
  const tp = assume(notes, 'tp', 1, 'none stated');
  return { tp, pp: one('pp', tp) };
}

function dataParallel(run: TrainingRun, modelRanks: number, cp: number, notes: Notes): number {
  const { gpus } = run;
  const derived = gpus / (modelRanks * cp);
  if (!run.dp) {
    if (!Number.isInteger(derived))
      refuse(notes, 'dp', `${gpus} GPUs are not a multiple of tp x pp x cp = ${modelRanks * cp}`);
    else if (derived > 1) assume(notes, 'dp', derived, 'gpus / (tp pp cp)');
    return Math.max(1, Math.floor(derived));
  }
  if (run.dp * modelRanks * cp === gpus) return run.dp;
  if (run.dp * modelRanks === gpus && run.dp % cp === 0)
    return assume(notes, 'dp', run.dp / cp, 'the stated dp counts the context-parallel ranks');
  refuse(notes, 'dp', `tp x pp x dp x cp = ${run.dp * modelRanks * cp} is not the ${gpus} GPUs`);
  return run.dp;
}

function chunks(run: TrainingRun, gpu: GpuModel | undefined, pp: number, layers: number, notes: Notes): number {
  if (!run.vp) return pp > 1 && interleaves(run, gpu) ? assumedChunks(Math.ceil(layers / pp), notes) : 1;
  const { vp } = run;
  if (vp === 1) return 1;
  if (pp === 1) return assume(notes, 'vp', 1, 'interleaving needs a pipeline');
  // The embedding and the logits may count as a layer each.
  if (vp * pp > layers + 2) refuse(notes, 'vp', `${vp} chunks on ${pp} stages are more than ${layers} layers`);
  return vp;
}

// Their tuned recipes interleave wherever the layers allow it; so do stacks of Hopper's time, but for those that
// schedule plainly unless told otherwise.
const interleavingNames = /nemo|megatron[- ]?core|mcore|megatron-bridge|megascale|llama/i;
const plainNames = /deepspeed|torchtitan/i;

const interleaves = ({ framework }: TrainingRun, gpu: GpuModel | undefined): boolean =>
  interleavingNames.test(framework ?? '') || (gpu?.architecture === 'hopper' && !plainNames.test(framework ?? ''));

const chunksAssumedMax = 8;

function assumedChunks(layersPerStage: number, notes: Notes): number {
  let chunksOf = 1;
  for (let count = 2; count <= chunksAssumedMax; count += 1) if (layersPerStage % count === 0) chunksOf = count;
  if (chunksOf === 1) return 1;
  return assume(notes, 'vp', chunksOf, 'most chunks up to 8 that divide a stage: frameworks with interleaved recipes');
}
