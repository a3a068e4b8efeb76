import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { gpusPerNodeMax } from './nvidia-smi.ts';
import { numberedLines } from './text-table.ts';

/** Columns of `dcgmi dmon` by the short names that it prints, and the field identifiers that bring them. */
const columns = {
  /** MHz. */
  SMCLK: 100,
  /** Degrees Celsius, of the memory. */
  MMTMP: 140,
  /** Degrees Celsius, of the GPU. */
  TMPTR: 150,
  /** Watts. */
  POWER: 155,
  /** Percent. */
  GPUTL: 203,
  /** Share of time in which an SM, on average, had a warp. */
  SMACT: 1002,
  /** Share of cycles in which the tensor cores were busy. */
  TENSO: 1004,
  /** Share of cycles in which the memory interface was busy. */
  DRAMA: 1005,
} as const;
export type Field = keyof typeof columns;

// Object.entries and keys widen; they are exactly the names above.
const names = Object.keys(columns) as readonly Field[];
export const fieldIds: readonly number[] = Object.values(columns);

/** Asked for with `-c`. */
export const samples = 5;

export interface GpuSeries {
  readonly index: number;
  /** Of its first sample. */
  readonly line: number;
  readonly samples: readonly Readonly<Record<Field, number | null>>[];
}
export interface Series {
  readonly gpus: readonly GpuSeries[];
}

/** A head of two lines, repeated now and then, and a row for every GPU and second. */
export function parseSeries(output: ProbeOutput): Series {
  requireTool(output, 'dcgmi');
  const lines = numberedLines(output);
  const [head] = lines;
  if (output.exitCode !== 0 || head === undefined)
    throw new ProbeParseError(
      `dcgmi dmon ended with ${output.exitCode ?? 'no exit code'}: "${(output.stderr.trim() || output.stdout.trim()).slice(0, 120)}"`,
    );
  if (head.text.trim().split(/\s+/).join(' ') !== `#Entity ${names.join(' ')}`)
    throw new ProbeParseError(`line ${head.line}: not the head of dcgmi dmon with the fields asked for`);
  const gpus = new Map<number, { index: number; line: number; samples: Readonly<Record<Field, number | null>>[] }>();
  for (const { text, line } of lines) {
    if (text.startsWith('#Entity') || /^ID(\s|$)/i.test(text)) continue;
    const row = /^GPU (\d{1,2})\s+(\S.*)$/.exec(text);
    const index = Number(row?.[1]);
    const cells = row?.[2]?.trim().split(/\s+/) ?? [];
    if (row === null || cells.length !== names.length)
      throw new ProbeParseError(`line ${line}: not a row of dcgmi dmon with ${names.length} fields`);
    const gpu = gpus.get(index) ?? { index, line, samples: [] };
    gpus.set(index, gpu);
    gpu.samples.push(sampleOf(cells, line));
  }
  checkComplete([...gpus.values()]);
  return { gpus: [...gpus.values()] };
}

function sampleOf(cells: readonly string[], line: number): Readonly<Record<Field, number | null>> {
  // fromEntries widens the keys; they are exactly `names`.
  return Object.fromEntries(names.map((name, at) => [name, cellOf(cells[at] ?? '', line)])) as Record<
    Field,
    number | null
  >;
}

function cellOf(cell: string, line: number): number | null {
  if (cell === 'N/A') return null;
  if (/^-?\d{1,12}(\.\d{1,6})?$/.test(cell)) return Number(cell);
  throw new ProbeParseError(`line ${line}: "${cell.slice(0, 40)}" is neither a number nor N/A`);
}

function checkComplete(gpus: readonly GpuSeries[]): void {
  if (gpus.length === 0) throw new ProbeParseError('no row of a GPU');
  if (gpus.length > gpusPerNodeMax) throw new ProbeParseError(`${gpus.length} GPUs on one node`);
  const short = gpus.find((gpu) => gpu.samples.length !== samples);
  if (short !== undefined)
    throw new ProbeParseError(`${short.samples.length} samples of GPU ${short.index}; ${samples} were asked for`);
}
