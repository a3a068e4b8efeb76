import type { FlightEntry } from './dump.ts';
import type { Launch } from './group-views.ts';

/**
 * What of an operation must be the same on all ranks of a group, as torch's own analyser has it
 * (https://github.com/pytorch/pytorch/blob/main/torch/distributed/flight_recorder/components/types.py, `Op.match`).
 * Where torch compares shapes, elements are counted: NCCL sees nothing else.
 */
export function callOf({ ops }: Launch): string {
  return ops.map(({ op }) => op).join(' + ');
}

/** Element counts that ranks must share; empty where an operation lets them differ. */
export function sizesKey({ ops }: Launch): string {
  return ops.map((entry) => sidesOf(entry, sizeSides, (side) => counts(entry.shape[side]).join(','))).join(';');
}

export function typesKey({ ops }: Launch): string {
  return ops
    .map((entry) =>
      sidesOf(entry, typeSides, (side) =>
        counts(entry.shape[side]).some((count) => count > 0)
          ? [...new Set(entry.shape[side === 'inputs' ? 'inputTypes' : 'outputTypes'])].toSorted().join(',')
          : '',
      ),
    )
    .join(';');
}

/** `[[4096, 1024]] bf16`, for people. */
export function sizesText({ ops }: Launch): string {
  const text = ops
    .slice(0, opsShownMax)
    .map(({ shape }) => {
      const inputs = shape.inputs.slice(0, opsShownMax).map((dims) => `[${dims.join('×')}]`);
      const outputs = shape.outputs.slice(0, opsShownMax).map((dims) => `[${dims.join('×')}]`);
      const types = [...new Set([...shape.inputTypes, ...shape.outputTypes])].slice(0, opsShownMax);
      const sides = inputs.join() === outputs.join() ? inputs.join(' ') : `${inputs.join(' ')}→${outputs.join(' ')}`;
      return [sides, types.join('/')].filter((part) => part !== '').join(' ');
    })
    .join(' + ');
  return text.length > textCharsMax ? `${text.slice(0, textCharsMax - 1)}…` : text;
}

const opsShownMax = 4;
const textCharsMax = 120;

/** A rank whose own inputs and outputs do not fit; `null` where they do or nothing can be said. */
export function ownMisfit({ ops }: Launch, groupSize: number): string | null {
  for (const { op, shape } of ops) {
    const inputs = sum(counts(shape.inputs));
    const outputs = sum(counts(shape.outputs));
    if (inputs === 0 || outputs === 0) continue;
    if (/^(?:all_reduce|allreduce_coalesced)$/.test(op) && inputs !== outputs)
      return `${op} of ${inputs} elements into ${outputs}`;
    if (gathers.has(op) && !fits(inputs, shape.outputs, groupSize))
      return `${op} of ${inputs} elements from each of ${groupSize} ranks into ${outputs}`;
    if (scatters.has(op) && !fits(outputs, shape.inputs, groupSize))
      return `${op} of ${inputs} elements into ${outputs} on each of ${groupSize} ranks`;
  }
  return null;
}

const gathers = new Set(['all_gather', '_all_gather_base', 'all_gather_single', 'all_gather_into_tensor_coalesced']);
const scatters = new Set([
  'reduce_scatter',
  '_reduce_scatter_base',
  'reduce_scatter_single',
  'reduce_scatter_tensor_coalesced',
]);

/** Some versions write the whole as one tensor, others as a list of which the first may be the whole. */
function fits(each: number, whole: readonly (readonly number[])[], groupSize: number): boolean {
  const [first = 0] = counts(whole);
  return sum(counts(whole)) === each * groupSize || first === each * groupSize;
}

/** All that goes into an all-to-all comes out of it. Elements sent and received over all ranks; `null` if it is none. */
export function exchangeTotals(
  launches: readonly Launch[],
): { readonly sent: number; readonly received: number } | null {
  const entries = launches.flatMap(({ ops }) => ops);
  if (entries.length === 0 || !entries.every(({ op }) => isExchange(op))) return null;
  return {
    sent: sum(entries.flatMap(({ shape }) => counts(shape.inputs))),
    received: sum(entries.flatMap(({ shape }) => counts(shape.outputs))),
  };
}

export function elements(sizes: readonly (readonly number[])[]): number {
  return sum(counts(sizes));
}

function isExchange(op: string): boolean {
  return /^all_?to_?all/i.test(op);
}

type Side = 'inputs' | 'outputs';
const both: readonly Side[] = ['inputs', 'outputs'];

/** Roots alone have the list that is scattered or gathered; `_v` variants take a different share from each rank. */
function sizeSides(op: string): readonly Side[] {
  if (isExchange(op) || /^(?:all_reduce_)?barrier$|^split$|^new_window$/.test(op)) return [];
  if (op === 'scatter' || op === 'reduce_scatter_v') return op === 'scatter' ? ['outputs'] : ['inputs'];
  if (op === 'gather' || op === 'all_gather_v') return op === 'gather' ? ['inputs'] : ['outputs'];
  return both;
}

function typeSides(op: string): readonly Side[] {
  if (op === 'scatter' || op === 'broadcast') return ['outputs'];
  return op === 'gather' ? ['inputs'] : both;
}

function sidesOf(entry: FlightEntry, sides: (op: string) => readonly Side[], text: (side: Side) => string): string {
  return sides(entry.op).map(text).join('→');
}

function counts(sizes: readonly (readonly number[])[]): readonly number[] {
  return sizes.map((dims) => dims.reduce((product, dim) => product * dim, 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
