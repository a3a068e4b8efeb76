import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { busId, gpusPerNodeMax, noReading, saysWhy, splitSmi, type SmiTrouble } from './nvidia-smi.ts';

/** `Single Bit ECC : 0` below `Retired Pages` of one GPU. */
export interface SmiEntry {
  readonly line: number;
  /** The headings above it, outermost first. */
  readonly path: readonly string[];
  readonly name: string;
  readonly value: string;
}

export interface SmiSection {
  readonly line: number;
  readonly pciBusId: string;
  readonly headings: readonly string[];
  readonly entries: readonly SmiEntry[];
}

export interface SmiSections {
  readonly gpus: readonly SmiSection[];
  readonly trouble: readonly SmiTrouble[];
}

/** `nvidia-smi -q -d …`: a head with the number of GPUs, then one section a GPU, indented by four blanks a level. */
export function parseSmiSections(output: ProbeOutput): SmiSections {
  const { lines, trouble } = splitSmi(output);
  const gpus: { line: number; pciBusId: string; headings: string[]; entries: SmiEntry[] }[] = [];
  const path: string[] = [];
  let attached: number | null = null;
  if (lines.length > 0 && !/^=+NVSMI LOG=+$/.test(lines[0]?.text ?? ''))
    throw new ProbeParseError(`line ${lines[0]?.line ?? 1}: not the head of nvidia-smi -q`);
  for (const { text, line } of lines.slice(1)) {
    const head = /^GPU ([0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9])$/.exec(text);
    if (head !== null) {
      gpus.push({ line, pciBusId: busId(head[1] ?? ''), headings: [], entries: [] });
      path.length = 0;
      continue;
    }
    const count = /^Attached GPUs +: (\d{1,2})$/.exec(text);
    if (count !== null) attached = Number(count[1]);
    const gpu = gpus.at(-1);
    if (gpu === undefined) continue;
    const found = /^((?: {4})+)(\S.*?)(?: +: ?(.*))?$/.exec(text);
    if (found === null) throw new ProbeParseError(`line ${line}: not an entry of nvidia-smi -q`);
    const [, indent = '', name = '', value] = found;
    path.length = Math.min(path.length, indent.length / 4 - 1);
    if (value === undefined) {
      path.push(name);
      gpu.headings.push(name);
    } else gpu.entries.push({ line, path: [...path], name, value });
  }
  checkComplete(gpus, attached, trouble, output);
  return { gpus, trouble };
}

/** The head says how many sections follow: one less is a cut output, unless the tool says why. */
function checkComplete(
  gpus: readonly SmiSection[],
  attached: number | null,
  trouble: readonly SmiTrouble[],
  output: ProbeOutput,
): void {
  const told = trouble.some(saysWhy);
  if (gpus.length === 0 && !told) throw noReading(output);
  if (gpus.length > gpusPerNodeMax) throw new ProbeParseError(`${gpus.length} GPUs on one node`);
  if (gpus.length > 0 && attached === null) throw new ProbeParseError('no line says how many GPUs are attached');
  if (attached !== null && gpus.length < attached && !told)
    throw new ProbeParseError(`${gpus.length} sections of ${attached} GPUs: the output was cut`);
  if (new Set(gpus.map(({ pciBusId }) => pciBusId)).size !== gpus.length)
    throw new ProbeParseError('a GPU stands there twice');
}

/** An entry below a heading, by the first of its names that is there; `null` where the board does not offer it. */
export function entryOf(gpu: SmiSection, heading: string, ...names: readonly string[]): SmiEntry | null {
  const entry = gpu.entries.find(({ name, path }) => names.includes(name) && path.at(-1) === heading);
  if (entry === undefined) throw new ProbeParseError(`GPU ${gpu.pciBusId}: no ${names[0] ?? 'entry'} below ${heading}`);
  return /^(\[?N\/A\]?|Requested functionality has been deprecated)$/.test(entry.value) ? null : entry;
}

/** A whole number with its unit, such as `1410 MHz`. */
export function entryNumber(gpu: SmiSection, heading: string, name: string, unit: '' | ' MHz'): number | null {
  const entry = entryOf(gpu, heading, name);
  if (entry === null) return null;
  const value = entry.value.endsWith(unit) ? entry.value.slice(0, entry.value.length - unit.length) : '';
  if (!/^\d{1,9}$/.test(value)) throw new ProbeParseError(`line ${entry.line}: not a number${unit}`);
  return Number(value);
}
