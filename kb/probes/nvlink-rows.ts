import type { Device } from '../../workflows/domain/finding.ts';
import { ProbeParseError, type ProbedNode, type ProbeOutput } from '../schemas/probe.ts';
import { gpuDevice, gpusPerNodeMax, noReading, saysWhy, splitSmi, type SmiTrouble } from './nvidia-smi.ts';

/** A line below a GPU's in `nvidia-smi nvlink …`: what it says of one link. */
export interface LinkLine {
  readonly line: number;
  readonly link: number;
  readonly text: string;
}

export interface LinkedGpu {
  readonly line: number;
  readonly index: number;
  readonly uuid: string;
  readonly links: readonly LinkLine[];
}

// Some releases print the name of the board alone.
const headPattern = /^GPU (\d{1,2}): .{1,80}? \(UUID: (GPU-[0-9a-f-]{36})\)$/;
const linkPattern = /^\s+Link (\d{1,2}): (\S.*)$/;
// One sentence stands in for all links of a GPU: https://github.com/leptonai/gpud/issues/1085
const noLinkPattern = /^(NVML: ?)?Unable to retrieve NVLink information as all links are inactive/i;

/** GPUs and what is printed of their links. A GPU of which all links are inactive has none. */
export function parseLinks(output: ProbeOutput): {
  readonly gpus: readonly LinkedGpu[];
  readonly trouble: readonly SmiTrouble[];
} {
  const { lines, trouble } = splitSmi(output);
  const gpus: { line: number; index: number; uuid: string; links: LinkLine[] }[] = [];
  for (const { text, line } of lines) {
    const head = headPattern.exec(text);
    const gpu = gpus.at(-1);
    const link = linkPattern.exec(text);
    if (head !== null) gpus.push({ line, index: Number(head[1]), uuid: head[2] ?? '', links: [] });
    else if (gpu === undefined) throw new ProbeParseError(`line ${line}: not a line of nvidia-smi nvlink`);
    else if (link !== null) gpu.links.push({ line, link: Number(link[1]), text: link[2] ?? '' });
    else if (!noLinkPattern.test(text.trim()))
      throw new ProbeParseError(`line ${line}: not a line of nvidia-smi nvlink`);
  }
  if (gpus.length === 0 && !trouble.some(saysWhy)) throw noReading(output);
  if (gpus.length > gpusPerNodeMax) throw new ProbeParseError(`${gpus.length} GPUs on one node`);
  if (new Set(gpus.map(({ uuid }) => uuid)).size !== gpus.length) throw new ProbeParseError('a GPU stands there twice');
  return { gpus, trouble };
}

export function linkedDevice(
  gpu: { readonly index: number; readonly uuid: string },
  node: ProbedNode | undefined,
): Device {
  const known = node?.gpus.find((one) => one.uuid === gpu.uuid);
  return known === undefined ? { kind: 'gpu', index: gpu.index } : gpuDevice(known);
}
