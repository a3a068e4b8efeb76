import type { Device } from '../../../workflows/domain/finding.ts';
import { pciBusId } from '../line-patterns.ts';

/** Where an observation was made, as far as the note says so without doubt. */
export interface NotedPlace {
  readonly node?: string;
  readonly device?: Device;
  readonly rank?: number;
}

/** One node, one device, one rank: two of a kind leave it open which of them is meant. */
export function notedPlace(text: string): NotedPlace {
  const node = only(all(text, nodePattern).map((name) => name.toLowerCase()));
  const rank = only(all(text, rankPattern));
  const device = gpuOf(text) ?? hcaOf(text);
  return {
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
    ...(rank === undefined ? {} : { rank: Number(rank) }),
  };
}

// node-07, node07, gpu-node-3, dgx03, hgx-a800-12, cn17, worker-node-2; not "node 3" (a count or an order), not "gpu-3"
const nodePattern =
  /(?<![\w.-])((?:[a-z][a-z0-9]{0,15}-){0,2}(?:node|host|dgx|hgx|compute|server|nid|cn)(?:-[a-z]{1,2}\d{1,4}|-[a-z]\d{2,4})?-?\d{1,6}(?:-\d{1,4}){0,3})(?![\w-])/gi;
const rankPattern = /\brank[\s#:=_-]{0,2}(\d{1,6})\b(?![.,]\d)/gi;
// "GPU 3", "gpu3", "GPU #3", "GPU-3"; not "GPU 80 GB", "GPU 100 %", "GPU 210 MHz"
const gpuPattern =
  /\b(?:GPU|CUDA device|cuda)[\s#:_-]{0,2}(\d{1,2})\b(?!\s?(?:GB|GiB|MB|MiB|%|percent|W\b|MHz|x\b|°|C\b|of \d))(?![.,:]\d)/gi;
const pciPattern = /\b((?:[0-9a-f]{4,8}:)[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)\b/gi;
const hcaPattern = /\b(mlx[45]_(?:bond_)?\d{1,2}|bnxt_re\d{1,2}|irdma\d{1,2})\b/gi;

function gpuOf(text: string): Device | undefined {
  const index = only(all(text, gpuPattern));
  if (index !== undefined) return { kind: 'gpu', index: Number(index) };
  const pci = /\bgpu\b|nvidia/i.test(text) ? only(all(text, pciPattern)) : undefined;
  return pci === undefined ? undefined : { kind: 'gpu', name: pciBusId(pci) };
}

function hcaOf(text: string): Device | undefined {
  const name = only(all(text, hcaPattern).map((found) => found.toLowerCase()));
  return name === undefined ? undefined : { kind: 'hca', name };
}

function all(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((found) => found[1] ?? '');
}

function only(found: readonly string[]): string | undefined {
  return new Set(found).size === 1 ? found[0] : undefined;
}
