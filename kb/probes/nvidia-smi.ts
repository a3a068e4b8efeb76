import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type ProbeFinding, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import type { Earlier } from './second-read.ts';

/** `nvidia-smi --query-gpu=…`: the identity of each GPU, then the fields that a probe reads. */
export function queryGpuArgv(fields: readonly string[]): readonly string[] {
  return ['nvidia-smi', `--query-gpu=${[...identity, ...fields].join(',')}`, ...csvFormat];
}

export const csvFormat = ['--format=csv,noheader,nounits'] as const;
const identity = ['index', 'uuid', 'pci.bus_id'] as const;

/** One GPU's line. A field is `null` where the tool prints that the board does not offer it. */
export interface GpuCells<Field extends string, Value> {
  readonly line: number;
  readonly index: number;
  readonly uuid: string;
  readonly pciBusId: string;
  readonly values: Readonly<Record<Field, Value | null>>;
}
export type GpuRow<Field extends string> = GpuCells<Field, number>;

/** What `nvidia-smi` prints instead of a reading, or among its lines. */
export interface SmiTrouble {
  readonly kind: 'lost' | 'no-devices' | 'version-mismatch' | 'driver-silent' | 'inforom-corrupt';
  readonly line: number;
  readonly pciBusId: string | null;
}

export interface GpuReading<Field extends string> {
  readonly rows: readonly GpuRow<Field>[];
  readonly trouble: readonly SmiTrouble[];
  /** The rows of a first read, where there were two. */
  readonly earlier?: Earlier<GpuRow<Field>>;
}

export interface GpuTextReading<Field extends string> {
  readonly rows: readonly GpuCells<Field, string>[];
  readonly trouble: readonly SmiTrouble[];
}

/** GPUs on one node; a longer list is not this tool's output. */
export const gpusPerNodeMax = 16;

/** Parses `--query-gpu` output that was asked for with `queryGpuArgv(fields)`. */
export function parseGpuRows<Field extends string>(output: ProbeOutput, fields: readonly Field[]): GpuReading<Field> {
  return parseGpuCells(output, fields, cellNumber);
}

/** The same, of fields that are words, such as `Default` or a version. */
export function parseGpuTexts<Field extends string>(
  output: ProbeOutput,
  fields: readonly Field[],
): GpuTextReading<Field> {
  return parseGpuCells(output, fields, cellText);
}

function parseGpuCells<Field extends string, Value>(
  output: ProbeOutput,
  fields: readonly Field[],
  read: (cell: string, place: string) => Value | null,
): { readonly rows: readonly GpuCells<Field, Value>[]; readonly trouble: readonly SmiTrouble[] } {
  const { lines, trouble } = splitSmi(output);
  const rows = lines.map(({ text, line }) => gpuCells(text, line, fields, read));
  if (rows.length > gpusPerNodeMax)
    throw new ProbeParseError(`${rows.length} GPUs on one node; at most ${gpusPerNodeMax}`);
  if (rows.length === 0 && !trouble.some(saysWhy)) throw noReading(output);
  const twice = rows.find((row, at) => rows.findIndex((other) => other.index === row.index) !== at);
  if (twice !== undefined) throw new ProbeParseError(`line ${twice.line}: GPU ${twice.index} stands there twice`);
  return { rows, trouble };
}

/** Separates the lines of a reading from the tool's own complaints. */
export function splitSmi(output: ProbeOutput): {
  readonly lines: readonly { readonly text: string; readonly line: number }[];
  readonly trouble: readonly SmiTrouble[];
} {
  requireTool(output, 'nvidia-smi');
  // The tool ends every line; one without its end was cut, and a shorter number is a number all the same.
  if (output.stdout !== '' && !output.stdout.endsWith('\n'))
    throw new ProbeParseError('the last line has no end: the output of nvidia-smi was cut');
  const lines: { text: string; line: number }[] = [];
  const trouble: SmiTrouble[] = [];
  for (const [index, raw] of output.stdout.split('\n').entries()) {
    const text = raw.trimEnd();
    if (text.trim() === '') continue;
    const found = troubleIn(text, index + 1);
    if (found !== null) trouble.push(found);
    else if (!remarkPattern.test(text)) lines.push({ text, line: index + 1 });
  }
  for (const text of output.stderr.split('\n')) {
    const found = troubleIn(text.trim(), 1);
    if (found !== null && !trouble.some((known) => known.kind === found.kind && known.pciBusId === found.pciBusId))
      trouble.push(found);
  }
  // A command that failed without a word of why, or was killed, may have printed a part of its list.
  if (output.exitCode !== 0 && !trouble.some(saysWhy)) throw noReading(output);
  return { lines, trouble };
}

/** A damaged board is told of beside the reading; every other complaint takes its place, or a part of it. */
export function saysWhy({ kind }: SmiTrouble): boolean {
  return kind !== 'inforom-corrupt';
}

// What it prints beside a complaint and says nothing new.
const remarkPattern =
  /^(Terminating early due to previous errors\.|Please also try adding directory |NVML library version: )/;

// Lines as printed: https://github.com/NVIDIA/nvidia-container-toolkit/issues/69 (lost, newer form),
// https://github.com/JosephKJ/OWOD/issues/81 (lost, older form), https://github.com/NVIDIA/nvidia-docker/issues/1648.
const lostPattern =
  /^Unable to determine the device handle for (?:gpu|GPU)\s?([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9]): /;

// WARNING: infoROM is corrupted at gpu 0000:47:00.0
// https://github.com/Azure/azhpc-diagnostics/pull/40
const inforomPattern =
  /^WARNING: infoROM is corrupted at gpu ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9])$/i;

function troubleIn(text: string, line: number): SmiTrouble | null {
  const lost = lostPattern.exec(text);
  if (lost !== null) return { kind: 'lost', line, pciBusId: busId(lost[1] ?? '') };
  const inforom = inforomPattern.exec(text);
  if (inforom !== null) return { kind: 'inforom-corrupt', line, pciBusId: busId(inforom[1] ?? '') };
  if (text.startsWith('No devices were found')) return { kind: 'no-devices', line, pciBusId: null };
  if (text.startsWith('Failed to initialize NVML: Driver/library version mismatch'))
    return { kind: 'version-mismatch', line, pciBusId: null };
  if (
    /^(NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver|Failed to initialize NVML: )/.test(
      text,
    )
  )
    return { kind: 'driver-silent', line, pciBusId: null };
  return null;
}

export function noReading(output: ProbeOutput): ProbeParseError {
  const said = (output.stdout.trim() || output.stderr.trim()).slice(0, 120);
  return new ProbeParseError(
    `nvidia-smi ended with ${output.exitCode ?? 'no exit code'} and gave no reading: "${said}"`,
  );
}

function gpuCells<Field extends string, Value>(
  text: string,
  line: number,
  fields: readonly Field[],
  read: (cell: string, place: string) => Value | null,
): GpuCells<Field, Value> {
  const cells = text.split(',').map((cell) => cell.trim());
  const expected = identity.length + fields.length;
  if (cells.length !== expected)
    throw new ProbeParseError(`line ${line}: ${cells.length} columns, ${expected} were asked for`);
  const [index = '', uuid = '', bus = '', ...rest] = cells;
  const values = Object.fromEntries(
    fields.map((field, at) => [field, read(rest[at] ?? '', `line ${line}, ${field}`)]),
  ) as Record<Field, Value | null>; // fromEntries widens the keys; they are exactly `fields`
  return {
    line,
    index: cellIndex(index, `line ${line}, index`),
    uuid: cellUuid(uuid, `line ${line}, uuid`),
    pciBusId: cellBusId(bus, `line ${line}, pci.bus_id`),
    values,
  };
}

// What stands in a cell that has no value: https://docs.nvidia.com/deploy/nvidia-smi/index.html, and as seen in
// https://github.com/leptonai/gpud/pull/351.
const absentPattern =
  /^(\[(N\/A|Not Supported|Unknown Error|GPU requires reset|Insufficient Permissions|Requested functionality has been deprecated)\]|N\/A|\[Not Found\])$/;

// Names of modes, boards and versions; a longer cell is not one of them.
const textPattern = /^[A-Za-z0-9][A-Za-z0-9 ._()/+-]{0,79}$/;

function cellText(cell: string, place: string): string | null {
  if (absentPattern.test(cell)) return null;
  if (textPattern.test(cell)) return cell;
  throw new ProbeParseError(`${place}: "${cell.slice(0, 40)}" is neither a name nor one of the tool's marks for none`);
}

export function cellNumber(cell: string, place: string): number | null {
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(cell)) return Number(cell);
  if (/^0x[0-9A-Fa-f]{1,16}$/.test(cell)) return Number(BigInt(cell));
  if (absentPattern.test(cell)) return null;
  throw new ProbeParseError(
    `${place}: "${cell.slice(0, 40)}" is neither a number nor one of the tool's marks for none`,
  );
}

export function cellIndex(cell: string, place: string): number {
  if (!/^\d{1,2}$/.test(cell)) throw new ProbeParseError(`${place}: "${cell.slice(0, 40)}" is not a GPU index`);
  return Number(cell);
}

export function cellUuid(cell: string, place: string): string {
  if (!/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(cell))
    throw new ProbeParseError(`${place}: "${cell.slice(0, 50)}" is not a GPU UUID`);
  return cell;
}

export function cellBusId(cell: string, place: string): string {
  if (!/^[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9]$/.test(cell))
    throw new ProbeParseError(`${place}: "${cell.slice(0, 40)}" is not a PCI bus id`);
  return busId(cell);
}

/** Eight digits of domain, lower case: one form for ids that tools print in two. */
export function busId(text: string): string {
  const [domain = '', ...rest] = text.toLowerCase().split(':');
  return [domain.padStart(8, '0'), ...rest].join(':');
}

export function gpuDevice(gpu: { readonly index: number; readonly pciBusId: string }): Device {
  return { kind: 'gpu', index: gpu.index, name: busId(gpu.pciBusId) };
}

/** Sections without an index stand in PCI order, as the tool counts; the inventory knows better when there is one. */
export function deviceInOrder(
  pciBusId: string,
  at: number,
  gpus: readonly { readonly index: number; readonly pciBusId: string }[] = [],
): Device {
  return gpuDevice({ index: gpus.find((gpu) => busId(gpu.pciBusId) === pciBusId)?.index ?? at, pciBusId });
}

const smiSource = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const unreachable: FindingKind = {
  id: 'gpu.device.unreachable',
  summary: 'nvidia-smi cannot open a GPU that the driver knows',
  role: 'cause',
  weighs: { 'gpu-fell-off-bus': 4.5, 'gpu-driver-bug': 0.7, 'gpu-clock-throttle': -1 },
  source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/387',
};
const noDevices: FindingKind = {
  id: 'gpu.device.none-found',
  summary: 'the driver answers and knows no GPU at all',
  role: 'cause',
  weighs: { 'gpu-fell-off-bus': 2.5, 'cgroup-device-loss': 1.5, 'host-hardware-fault': 1 },
  source: smiSource,
};
const mismatch: FindingKind = {
  id: 'gpu.driver.version-mismatch',
  summary: 'the loaded kernel module and the user-space library are of different driver versions',
  role: 'cause',
  // A manager of another version than the driver leaves the driver's own libraries as they are.
  weighs: { 'driver-version-mismatch': 5, 'fabricmanager-not-running': -3 },
  source: smiSource,
};
const driverSilent: FindingKind = {
  id: 'gpu.driver.not-answering',
  summary: 'nvidia-smi cannot talk to the driver',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 2.5, 'gpu-driver-bug': 1.5 },
  source: smiSource,
};

const inforom: FindingKind = {
  id: 'gpu.inforom.corrupt',
  summary: 'nvidia-smi warns that the configuration memory of a board is corrupted',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.4, 'host-hardware-fault': 0.4 },
  source: 'https://github.com/Azure/azhpc-diagnostics/pull/40',
};

/** Every probe that runs `nvidia-smi` can come back with these. */
export const smiKinds: readonly FindingKind[] = [unreachable, noDevices, mismatch, driverSilent, inforom];

export function troubleFindings(
  trouble: readonly SmiTrouble[],
  gpus: readonly { readonly index: number; readonly pciBusId: string }[] = [],
): readonly ProbeFinding[] {
  return trouble.map((one): ProbeFinding => {
    switch (one.kind) {
      case 'lost': {
        const known = gpus.find((gpu) => busId(gpu.pciBusId) === one.pciBusId);
        const name = one.pciBusId ?? '';
        return {
          kind: unreachable.id,
          device: known === undefined ? { kind: 'gpu', name } : gpuDevice(known),
          text: `nvidia-smi cannot open the GPU at ${name}`,
          line: one.line,
        };
      }
      case 'inforom-corrupt': {
        const name = one.pciBusId ?? '';
        const known = gpus.find((gpu) => busId(gpu.pciBusId) === name);
        return {
          kind: inforom.id,
          device: known === undefined ? { kind: 'gpu', name } : gpuDevice(known),
          text: `the infoROM of the GPU at ${name} is corrupted`,
          line: one.line,
        };
      }
      case 'no-devices':
        return { kind: noDevices.id, text: 'nvidia-smi finds no GPU', line: one.line };
      case 'version-mismatch':
        return { kind: mismatch.id, text: 'driver and library versions differ', line: one.line };
      case 'driver-silent':
        return { kind: driverSilent.id, text: 'the NVIDIA driver does not answer', line: one.line };
    }
  });
}
