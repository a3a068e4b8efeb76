import { gpuModelOf, knownGpuModels, type GpuModel } from '../../catalog/hardware.ts';
import type { TrainingRun } from '../../schemas/training-run.ts';
import type { RunProblem } from '../prediction.ts';
import { resolveBatch } from './batch.ts';
import { networkGbpsOf } from './interconnect.ts';
import { resolveLayout } from './layout.ts';
import { assume, newNotes, refuse, type Notes } from './notes.ts';
import type { ResolvedRun } from './resolved-run.ts';
import { resolveShape } from './shape.ts';
import {
  isModern,
  resolveFlashAttention,
  resolvePrecision,
  resolveSequenceParallel,
  resolveSharding,
  resolveSoftware,
} from './software.ts';

export type { ResolvedRun };

export type Resolution =
  | { readonly kind: 'resolved'; readonly run: ResolvedRun }
  | { readonly kind: 'refused'; readonly problems: readonly RunProblem[] };

// Adapters of a usual node, Gbit/s: DGX-1 and DGX-2 by EDR, DGX A100 by HDR, DGX H100 by NDR; the A800 nodes of
// public clouds have four HDR adapters. https://docs.nvidia.com/dgx/ (system guides)
const networkUsualGbps = { volta: 800, ampere: 1600, hopper: 3200 } as const;
const networkA800Gbps = 800;
// Models of this kind are not predicted, whatever the table calls the field.
const expertFields = [
  'experts',
  'num_experts',
  'moe_experts',
  'n_experts',
  'num_moe_experts',
  'num_local_experts',
  'n_routed_experts',
];

/**
 * A run with every field known. What nobody stated is assumed by a rule and listed in `assumed`; what cannot be is
 * refused under the field's name, all problems at once.
 */
export function resolveRun(run: TrainingRun): Resolution {
  const notes = newNotes();
  refuseExperts(run, notes);
  const gpu = resolveGpu(run, notes);
  const shape = resolveShape(run, notes);
  const layout = shape && resolveLayout(run, shape, gpu, notes);
  if (gpu === undefined || shape === undefined || layout === undefined) return refused(notes);
  const modern = isModern(run, gpu);
  const precision = resolvePrecision(run, gpu, notes);
  const sharding = resolveSharding(run, layout.dp * layout.cp, layout.pp, modern, notes);
  const known = {
    id: run.id,
    gpu,
    gpus: run.gpus,
    powerLimitWatts: resolvePowerLimit(run.gpu, gpu, notes),
    ...shape,
    ...layout,
    sequenceParallel: resolveSequenceParallel(run, gpu, layout.tp, notes),
    precision,
    sharding,
    flashAttention: resolveFlashAttention(run, modern, notes),
    software: resolveSoftware(run, gpu, modern, precision, sharding, layout.vp),
    networkBytesPerSecond: (resolveNetworkGbps(run, gpu, layout.nodes, notes) * 1e9) / 8,
    fabric: /omni-?path/i.test(run.interconnect ?? '') ? ('omni-path' as const) : ('rdma' as const),
    assumed: notes.assumed,
  };
  const batch = resolveBatch(run, known, notes);
  return batch === undefined || notes.problems.length > 0
    ? refused(notes)
    : { kind: 'resolved', run: { ...known, ...batch } };
}

const refused = ({ problems }: Notes): Resolution => ({ kind: 'refused', problems });

function refuseExperts(run: TrainingRun, notes: Notes): void {
  for (const field of expertFields) {
    const value = run[field];
    if (typeof value === 'number' && value > 1) refuse(notes, field, 'mixtures of experts are not modelled');
  }
}

function resolveGpu(run: TrainingRun, notes: Notes): GpuModel | undefined {
  const gpu = gpuModelOf(run.gpu);
  if (gpu === undefined) refuse(notes, 'gpu', `"${run.gpu}" is not known; known are ${knownGpuModels.join(', ')}`);
  else if (!/\d+ ?GB/i.test(run.gpu)) assume(notes, 'gpu', gpu.model, 'the board with most memory of that name');
  return gpu;
}

/** `H100-SXM5-80GB 500W` names a board that is held below its model's limit. */
function resolvePowerLimit(name: string, gpu: GpuModel, notes: Notes): number {
  const stated = /(\d{2,4}) ?W\b/.exec(name)?.[1];
  if (stated === undefined) return gpu.powerLimitWatts;
  const watts = Number(stated);
  if (watts < gpu.powerLimitWatts / 4 || watts > 2 * gpu.powerLimitWatts)
    refuse(notes, 'gpu', `${watts} W is no power limit of a ${gpu.model} (${gpu.powerLimitWatts} W)`);
  return watts;
}

function resolveNetworkGbps(run: TrainingRun, gpu: GpuModel, nodes: number, notes: Notes): number {
  if (run.network_gbps_per_node) return run.network_gbps_per_node;
  const read = networkGbpsOf(run.interconnect ?? '');
  if (read !== undefined) return read;
  const usual = /A800/.test(gpu.model) ? networkA800Gbps : networkUsualGbps[gpu.architecture];
  if (nodes === 1) return usual;
  return assume(notes, 'network_gbps_per_node', usual, `usual for nodes of ${gpu.model}`);
}
