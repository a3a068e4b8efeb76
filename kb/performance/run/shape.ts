import type { TrainingRun } from '../../schemas/training-run.ts';
import { assume, refuse, type Notes } from './notes.ts';
import { modelParameters, type Shape } from './parameters.ts';

export interface ResolvedShape extends Shape {
  readonly seq: number;
  readonly parameters: number;
}

// GPT-2's vocabulary padded to a multiple of 128 times tp 8, the default of Megatron's data tools.
// https://github.com/NVIDIA/Megatron-LM (`--make-vocab-size-divisible-by`)
const vocabDefault = 51_200;
// https://arxiv.org/abs/2005.14165, table 2.1: every model of the family was trained with 2,048 tokens.
const seqDefault = 2_048;
const headSizeUsual = 128;
// As many as a run may state (kb/schemas/training-run.ts).
const layersMax = 10_000;
// A stated parameter count rounds ("175B") and may leave the embeddings out.
const parameterShare = 0.25;

/** `undefined` when a size is missing that nothing gives; the problems say which. */
export function resolveShape(run: TrainingRun, notes: Notes): ResolvedShape | undefined {
  const sizes = depthAndWidth(run, notes);
  if (sizes === undefined) return undefined;
  const { layers, hidden } = sizes;
  const heads =
    run.heads ??
    assume(
      notes,
      'heads',
      headsOf(hidden, run.tp ?? 1),
      'hidden / 128, or the next below that divides hidden and by tp',
    );
  if (hidden % heads !== 0) refuse(notes, 'heads', `hidden ${hidden} is not a multiple of ${heads} heads`);
  const kvHeads = run.kv_heads ?? assume(notes, 'kv_heads', heads, 'as many as heads: no grouped queries stated');
  if (heads % kvHeads !== 0) refuse(notes, 'kv_heads', `${heads} heads are not a multiple of ${kvHeads} key heads`);
  const vocab = run.vocab ?? assume(notes, 'vocab', vocabDefault, 'vocabulary of GPT-2, padded');
  const seq = run.seq ?? assume(notes, 'seq', seqDefault, 'sequence of GPT-3');
  const feedForward = resolveFeedForward(run, { layers, hidden, heads, kvHeads, vocab }, notes);
  const shape = { layers, hidden, heads, kvHeads, vocab, seq, ...feedForward };
  const parameters = modelParameters(shape);
  if (run.params && Math.abs(Math.log(run.params / parameters)) > Math.log(1 + parameterShare))
    noteOtherSize(run, parameters, notes);
  return { ...shape, parameters };
}

/** Layers and width; one of them may follow from the parameter count, 12 L h^2. */
function depthAndWidth(run: TrainingRun, notes: Notes): { layers: number; hidden: number } | undefined {
  const { layers, hidden, params } = run;
  if (layers && hidden) return { layers, hidden };
  if (params && hidden) {
    const derived = Math.max(1, Math.round(params / (12 * hidden * hidden)));
    if (derived > layersMax) {
      refuse(notes, 'params', `${params} parameters of hidden ${hidden} are ${derived} layers, more than ${layersMax}`);
      return undefined;
    }
    return { hidden, layers: assume(notes, 'layers', derived, 'params / (12 hidden^2)') };
  }
  if (params && layers) {
    const width = Math.sqrt(params / (12 * layers));
    const derived = Math.max(headSizeUsual, headSizeUsual * Math.round(width / headSizeUsual));
    return { layers, hidden: assume(notes, 'hidden', derived, 'sqrt(params / (12 layers)), a multiple of 128') };
  }
  const reason = params ? 'missing, and the parameter count alone does not give it' : 'missing';
  if (!layers) refuse(notes, 'layers', reason);
  if (!hidden) refuse(notes, 'hidden', reason);
  return undefined;
}

function headsOf(hidden: number, tp: number): number {
  const usual = Math.max(1, Math.floor(hidden / headSizeUsual));
  for (let heads = usual; heads > 1; heads -= 1) if (hidden % heads === 0 && heads % tp === 0) return heads;
  return tp;
}

/**
 * The width of the feed-forward block, and whether it has a gate. A stated parameter count decides; without one a
 * width other than four times the hidden size is that of a gated block, which Llama's 8/3 made the custom.
 */
function resolveFeedForward(
  run: TrainingRun,
  rest: Omit<Shape, 'ffn' | 'gated'>,
  notes: Notes,
): { ffn: number; gated: boolean } {
  const plain = 4 * rest.hidden;
  if (!run.ffn) {
    const gated = run.gated ?? (run.kv_heads ? run.kv_heads < rest.heads : false);
    const ffn = gated ? 256 * Math.ceil((8 * rest.hidden) / 3 / 256) : plain;
    assume(notes, 'ffn', ffn, gated ? '8/3 hidden for a gated block, a multiple of 256' : '4 hidden');
    return { ffn, gated: run.gated ?? assume(notes, 'gated', gated, 'gated with grouped queries, plain without') };
  }
  const { ffn } = run;
  if (run.gated !== null && run.gated !== undefined) return { ffn, gated: run.gated };
  const byParameters = run.params ? closerShape(run.params, { ...rest, ffn }) : undefined;
  if (byParameters !== undefined)
    return { ffn, gated: assume(notes, 'gated', byParameters, 'the form whose count is nearer to params') };
  return { ffn, gated: assume(notes, 'gated', ffn !== plain, 'gated unless ffn is 4 hidden') };
}

function closerShape(params: number, shape: Omit<Shape, 'gated'>): boolean | undefined {
  const off = (gated: boolean): number => {
    const counted = modelParameters({ ...shape, gated });
    // With one table, or with separate tables for input and output.
    const tables = [counted, counted + shape.hidden * shape.vocab];
    return Math.min(...tables.map((count) => Math.abs(Math.log(params / count))));
  };
  const [gated, plain] = [off(true), off(false)];
  return Math.min(gated, plain) < Math.log(1 + parameterShare) ? gated < plain : undefined;
}

function noteOtherSize(run: TrainingRun, parameters: number, notes: Notes): void {
  assume(notes, 'params', parameters, `counted from the shape, where ${run.params} is stated`);
}
