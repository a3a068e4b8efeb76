/** What Calculon has to be told of a run; every field stated. */
export interface CalculonRun {
  readonly gpus: number;
  readonly layers: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly heads: number;
  /** Tokens a sequence. */
  readonly seq: number;
  readonly tp: number;
  readonly pp: number;
  readonly dp: number;
  /** Context parallel, which Calculon does not know. */
  readonly cp: number;
  /** Model chunks a pipeline stage. */
  readonly vp: number;
  readonly microBatch: number;
  readonly globalBatch: number;
  readonly recompute: 'none' | 'selective' | 'full';
  readonly sequenceParallel: boolean;
  /** The optimiser's state is split over the replicas. */
  readonly shardedOptimizer: boolean;
  readonly fp8: boolean;
  /** `ampere`, `hopper` … */
  readonly architecture: string;
  /** Gbit/s of all adapters of a node together, one direction. */
  readonly networkGbpsPerNode: number | null;
}

/** Its three files for one run: `bin/calculon llm APPLICATION EXECUTION SYSTEM`. */
export interface CalculonInput {
  readonly application: Readonly<Record<string, number>>;
  readonly execution: Readonly<Record<string, number | string | boolean>>;
  /** A file of its `systems` folder, used as it is but for the bandwidth between nodes. */
  readonly system: string;
  /** GB/s of one GPU between nodes; `null` leaves the file's. */
  readonly betweenNodesGBps: number | null;
}

export type CalculonConversion =
  | { readonly kind: 'input'; readonly input: CalculonInput }
  | { readonly kind: 'refused'; readonly reason: string };

const gpusPerNode = 8;
const systems: Readonly<Record<string, string>> = { ampere: 'a100_80g.json', hopper: 'h100_80g_nvl8.json' };

/** Form of the inputs: https://github.com/calculon-ai/calculon at caa4b11, `validation/seqsel/tab5` and `systems`. */
export function calculonInput(run: CalculonRun): CalculonConversion {
  const system = systems[run.architecture];
  if (system === undefined) return { kind: 'refused', reason: `Calculon ships no system for ${run.architecture}` };
  if (run.cp > 1) return { kind: 'refused', reason: 'Calculon has no context parallel' };
  if (run.fp8 && run.architecture !== 'hopper') return { kind: 'refused', reason: 'no 8-bit GEMMs on this GPU' };
  const { gpus, tp, pp, dp, vp, hidden, heads } = run;
  return {
    kind: 'input',
    input: {
      application: {
        hidden,
        feedforward: run.ffn,
        seq_size: run.seq,
        attn_heads: heads,
        attn_size: Math.floor(hidden / heads),
        num_blocks: run.layers,
      },
      execution: {
        num_procs: gpus,
        tensor_par: tp,
        pipeline_par: pp,
        data_par: dp,
        // Network 0 is NVLink in a node, 1 what lies between nodes; tensor parallel lies innermost, then data, then pipeline.
        tensor_par_net: 0,
        pipeline_par_net: gpus <= gpusPerNode ? 0 : 1,
        data_par_net: tp * dp <= gpusPerNode ? 0 : 1,
        batch_size: run.globalBatch,
        microbatch_size: run.microBatch,
        datatype: run.fp8 ? 'float8' : 'float16',
        fused_activation: false,
        attention_type: 'multihead',
        activation_recompute: { none: 'none', selective: 'attn_only', full: 'full' }[run.recompute],
        pipeline_interleaving: pp === 1 ? 1 : vp,
        optimizer_sharding: run.shardedOptimizer && dp > 1,
        tensor_par_comm_type: run.sequenceParallel && tp > 1 ? 'rs_ag' : 'ar',
        tensor_par_overlap: 'none',
        seq_par_ag_redo: false,
        data_par_overlap: false,
        weight_offload: false,
        activations_offload: false,
        optimizer_offload: false,
        training: true,
      },
      system,
      betweenNodesGBps: run.networkGbpsPerNode === null ? null : run.networkGbpsPerNode / 8 / gpusPerNode,
    },
  };
}
