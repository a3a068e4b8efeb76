import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { gpusPerNodeMax, noReading, saysWhy, splitSmi, type SmiTrouble } from './nvidia-smi.ts';

export interface TopologyGpu {
  readonly line: number;
  readonly index: number;
  /** To every other GPU: `nvlinks` is 0 where the way is PCIe. */
  readonly links: readonly { readonly to: number; readonly nvlinks: number; readonly way: string }[];
  /** Whether an adapter stands behind the same PCIe switch (`PIX`, `PXB`); `null` on a node without adapters. */
  readonly adapterNear: boolean | null;
  readonly numa: string | null;
}

export interface Topology {
  readonly gpus: readonly TopologyGpu[];
  readonly trouble: readonly SmiTrouble[];
}

/** NVLinks from a GPU to all others together. */
export function nvlinksTo(gpu: TopologyGpu, { gpus }: Topology): number {
  const known = new Set(gpus.map(({ index }) => index));
  return gpu.links.reduce((sum, { to, nvlinks }) => sum + (known.has(to) ? nvlinks : 0), 0);
}

// Adapters are called NIC0 since driver 515, mlx5_0 and the like before.
const adapterPattern = /^(NIC\d{1,2}|mlx\d_\w{1,16}|bnxt_re\w{0,12}|irdma\w{0,12}|hns_\d+|efa_\d+|rdmap\w{1,16})$/;
const wayPattern = /^(X|SYS|NODE|PHB|PXB|PIX|PSB|SOC|NV(\d{1,2})|N\/A|ERR!?)$/;
const devicesMax = 96;

/** `nvidia-smi topo -m`: one row a device, then a legend. The heading is underlined by escape sequences. */
export function parseTopology(output: ProbeOutput): Topology {
  const { lines, trouble } = splitSmi({ ...output, stdout: withoutEscapes(output.stdout) });
  const told = trouble.some(saysWhy);
  if (lines.length === 0 && told) return { gpus: [], trouble };
  const [head, ...rest] = lines;
  const columns = columnsOf(head?.text ?? '');
  if (columns.length === 0) throw noReading(output);
  const end = rest.findIndex(({ text }) => text.startsWith('Legend:'));
  if (end === -1) throw new ProbeParseError('no legend below the matrix: the output was cut');
  const rows = rest.slice(0, end).map(({ text, line }) => ({ line, words: text.trim().split(/\s+/) }));
  const names = rows.map(({ words }) => words[0] ?? '');
  if (columns.length !== names.length || columns.some((name, at) => name !== names[at]))
    throw new ProbeParseError(`${rows.length} rows for ${columns.length} devices`);
  return { gpus: rows.filter(({ words }) => gpuIndex(words[0]) !== null).map((row) => gpuOf(row, columns)), trouble };
}

function columnsOf(head: string): readonly string[] {
  const words = head.trim().split(/\s+/);
  const end = words.findIndex((word) => gpuIndex(word) === null && !adapterPattern.test(word));
  const columns = end === -1 ? words : words.slice(0, end);
  const gpus = columns.filter((word) => gpuIndex(word) !== null).length;
  if (gpus > gpusPerNodeMax || columns.length > devicesMax) throw new ProbeParseError(`${columns.length} devices`);
  return gpus === 0 ? [] : columns;
}

function gpuIndex(word: string | undefined): number | null {
  const found = /^GPU(\d{1,2})$/.exec(word ?? '');
  return found === null ? null : Number(found[1]);
}

function gpuOf(
  row: { readonly line: number; readonly words: readonly string[] },
  columns: readonly string[],
): TopologyGpu {
  const index = gpuIndex(row.words[0]) ?? 0;
  const ways = columns.map((name, at) => {
    const way = wayPattern.exec(row.words[at + 1] ?? '');
    if (way === null) throw new ProbeParseError(`line ${row.line}: no way to ${name}`);
    if ((way[1] === 'X') !== (name === row.words[0]))
      throw new ProbeParseError(`line ${row.line}: the diagonal is off`);
    return { name, way: way[1] ?? '', nvlinks: Number(way[2] ?? 0) };
  });
  const adapters = ways.filter(({ name }) => adapterPattern.test(name));
  const [, numa] = row.words.slice(columns.length + 1);
  return {
    line: row.line,
    index,
    links: ways.flatMap(({ name, way, nvlinks }) => {
      const to = gpuIndex(name);
      return to === null || to === index ? [] : [{ to, nvlinks, way }];
    }),
    adapterNear: adapters.length === 0 ? null : adapters.some(({ way }) => way === 'PIX' || way === 'PXB'),
    numa: numa !== undefined && /^\d{1,3}(-\d{1,3})?$/.test(numa) ? numa : null,
  };
}

const escape = String.fromCharCode(27);

function withoutEscapes(text: string): string {
  return text
    .split(`${escape}[`)
    .map((part, at) => (at === 0 ? part : part.replace(/^[0-9;]*m/, '')))
    .join('');
}
