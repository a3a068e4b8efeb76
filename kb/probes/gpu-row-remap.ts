import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import {
  busId,
  cellBusId,
  cellNumber,
  cellUuid,
  csvFormat,
  gpuDevice,
  noReading,
  smiKinds,
  splitSmi,
  troubleFindings,
  type SmiTrouble,
} from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html';

const failure: FindingKind = {
  id: 'gpu.row-remap.failure',
  summary: 'row remapping has failed: the GPU can no longer mask bad memory and must be replaced',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 6 },
  source,
};
const pending: FindingKind = {
  id: 'gpu.row-remap.pending',
  summary: 'rows wait for a reset of the GPU to be remapped',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 4 },
  source,
};
const history: FindingKind = {
  id: 'gpu.row-remap.history',
  summary: 'rows were remapped earlier because of uncorrectable errors',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.4 },
  source,
};
const aboveSiblings: FindingKind = {
  id: 'gpu.row-remap.above-siblings',
  summary: 'a GPU has remapped more memory rows than its siblings',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.5 },
  source,
};
const normal: FindingKind = {
  id: 'gpu.row-remap.none-pending',
  summary: 'no row waits to be remapped and no remapping has failed',
  role: 'clean',
  weighs: { 'gpu-ecc-uncorrectable': -2 },
  source,
};
const kinds = [failure, pending, history, aboveSiblings, normal, ...smiKinds];

const noArgs = z.object({});
const fields = [
  'gpu_uuid',
  'gpu_bus_id',
  'remapped_rows.correctable',
  'remapped_rows.uncorrectable',
  'remapped_rows.pending',
  'remapped_rows.failure',
];

interface Row {
  readonly line: number;
  readonly uuid: string;
  readonly pciBusId: string;
  readonly correctable: number | null;
  readonly uncorrectable: number | null;
  /** `null` where the board has no row remapping. */
  readonly pending: boolean | null;
  readonly failure: boolean | null;
}

interface Reading {
  readonly rows: readonly Row[];
  readonly trouble: readonly SmiTrouble[];
}

/** Row remapping of the GPU memories. */
export const gpuRowRemap: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.row-remap',
  platform: 'nvidia-linux',
  summary: 'remapped, pending and failed memory rows of every GPU',
  question: 'Have memory rows of a GPU been remapped, or does a remapping wait or fail?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 700,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args: noArgs,
  argv: () => ['nvidia-smi', `--query-remapped-rows=${fields.join(',')}`, ...csvFormat],
  parse(output) {
    const { lines, trouble } = splitSmi(output);
    if (lines.length === 0 && trouble.length === 0) throw noReading(output);
    return { rows: lines.map(({ text, line }) => rowOf(text, line)), trouble };
  },
  outcomes: kinds,
  meaning(reading, node) {
    const seen = reading.rows.flatMap((row, at) => judge(row, indexOf(row, at, node?.gpus)));
    return orClean([...troubleFindings(reading.trouble, node?.gpus), ...seen], kinds, {
      kind: normal.id,
      text: `no row of ${reading.rows.length} GPUs waits to be remapped`,
    });
  },
  siblings: {
    numbers: ({ rows }, node) =>
      rows.flatMap((row, at) => {
        const device = gpuDevice({ index: indexOf(row, at, node?.gpus), pciBusId: row.pciBusId });
        const rowsRemapped = row.correctable === null ? null : row.correctable + (row.uncorrectable ?? 0);
        return rowsRemapped === null
          ? []
          : [{ name: 'rowsRemapped', value: rowsRemapped, unit: 'count', device, line: row.line }];
      }),
    // Remapped rows are rare: most boards have none in their life, and a bank has eight spare ones.
    rules: [{ name: 'rowsRemapped', side: 'high', relative: 1, absolute: 7, source }],
    kind: aboveSiblings,
  },
};

function rowOf(text: string, line: number): Row {
  const cells = text.split(',').map((cell) => cell.trim());
  if (cells.length !== fields.length)
    throw new ProbeParseError(`line ${line}: ${cells.length} columns, ${fields.length} were asked for`);
  const [uuid = '', bus = '', correctable = '', uncorrectable = '', isPending = '', hasFailed = ''] = cells;
  return {
    line,
    uuid: cellUuid(uuid, `line ${line}, gpu_uuid`),
    pciBusId: cellBusId(bus, `line ${line}, gpu_bus_id`),
    correctable: cellNumber(correctable, `line ${line}, remapped_rows.correctable`),
    uncorrectable: cellNumber(uncorrectable, `line ${line}, remapped_rows.uncorrectable`),
    pending: yesNo(isPending, `line ${line}, remapped_rows.pending`),
    failure: yesNo(hasFailed, `line ${line}, remapped_rows.failure`),
  };
}

/** Printed as words, by some drivers as digits. */
function yesNo(cell: string, place: string): boolean | null {
  if (cell === 'Yes') return true;
  if (cell === 'No') return false;
  const number = cellNumber(cell, place);
  return number === null ? null : number > 0;
}

/** The tool lists GPUs in PCI order, as it counts them; the inventory knows better when there is one. */
function indexOf(
  row: Row,
  at: number,
  gpus: readonly { readonly index: number; readonly pciBusId: string }[] = [],
): number {
  return gpus.find((gpu) => busId(gpu.pciBusId) === row.pciBusId)?.index ?? at;
}

function judge(row: Row, index: number): readonly ProbeFinding[] {
  const uncorrectable = row.uncorrectable ?? 0;
  const kind = row.failure === true ? failure : row.pending === true ? pending : uncorrectable > 0 ? history : null;
  if (kind === null) return [];
  return [
    {
      kind: kind.id,
      device: gpuDevice({ index, pciBusId: row.pciBusId }),
      text: `${kind.summary} (${uncorrectable} rows after uncorrectable errors)`,
      line: row.line,
      values: { remappedUncorrectable: uncorrectable, remappedCorrectable: row.correctable ?? 0 },
    },
  ];
}
