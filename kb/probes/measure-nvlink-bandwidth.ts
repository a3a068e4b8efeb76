import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbedNode, ProbeFinding } from '../schemas/probe.ts';
import { median } from './clean.ts';
import { measureProbe } from './measure-probe.ts';
import { boardIn, gpuAt } from './measured-gpus.ts';
import { bandwidthMatrix, type BandwidthMatrix } from './nvbandwidth.ts';

const source = 'https://github.com/NVIDIA/nvbandwidth (device_to_device_memcpy_read_ce)';

const slow: FindingKind = {
  id: 'measure.nvlink.slow',
  summary: 'copies between all GPUs of a node run clearly slower than the NVLinks of their board',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 2.5, 'fabricmanager-not-running': 1, 'acs-iommu-p2p-broken': 1 },
  source,
};
const belowSiblings: FindingKind = {
  id: 'measure.nvlink.below-siblings',
  summary: 'copies to and from a GPU run slower than between the others of its node',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 4, 'host-hardware-fault': 0.7 },
  source,
};
const noPeer: FindingKind = {
  id: 'measure.nvlink.no-peer-access',
  summary: 'two GPUs of a node cannot reach the memory of one another',
  role: 'symptom',
  weighs: { 'acs-iommu-p2p-broken': 2.5, 'nvlink-fabric-error': 2 },
  source,
};
const normal: FindingKind = {
  id: 'measure.nvlink.normal',
  summary: 'copies between each two GPUs run at the speed of their NVLinks',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -3, 'acs-iommu-p2p-broken': -1.5 },
  source,
};

// A100: lower bound of Azure's health checks (conf/nd96amsr_a100_v4.conf), 276 when well. A800 and H800 have 200 GB/s
// each way of line rate; 172 were measured between H800 with nvbandwidth 0.2.
const floors: readonly { readonly board: RegExp; readonly gigabytesPerSecond: number }[] = [
  { board: /\bA100\b/, gigabytesPerSecond: 238 },
  { board: /\b[AH]800\b/, gigabytesPerSecond: 155 },
  { board: /\bH[12]00\b/, gigabytesPerSecond: 335 },
];
// 56 pairs of one node differed by 0.4 %; one of eight links less is 12.5 %.
const spreadShareMax = 0.06;

interface Figures {
  readonly board: string | null;
  readonly matrix: BandwidthMatrix;
}

/** Copies between each two GPUs of a node, one pair after the other. */
export const measureNvlinkBandwidth = measureProbe({
  id: 'measure.nvlink-bandwidth',
  verb: 'nvlink',
  summary: 'bandwidth between each two GPUs of a node; needs a node without jobs',
  question: 'Do all pairs of GPUs reach the bandwidth of their NVLinks?',
  aspect: 'performance',
  costMs: 25_000,
  timeoutMs: 120_000,
  args: z.object({}),
  allow: ['sudo -n wardround-measure nvlink'],
  words: () => ['nvlink'],
  kinds: [slow, belowSiblings, noPeer, normal],
  read(report): Figures | null {
    const matrix = bandwidthMatrix(report, 'device_to_device_memcpy_read_ce');
    // One GPU has nobody to copy to.
    return matrix === null || matrix.columns.length < 2 ? null : { board: boardIn(report.lines), matrix };
  },
  judge: (figures, node) => [...peerless(figures), ...slowGpus(figures, node), ...slowNode(figures)],
  clean: (figures) => ({
    kind: normal.id,
    text: `${figures.matrix.columns.length} GPUs copy ${middleOf(figures)?.toFixed(0) ?? '?'} GB/s between each two`,
  }),
  siblings: {
    numbers: ({ matrix }, node) =>
      byGpu(matrix).flatMap(({ gpu, value, line }) =>
        value === null ? [] : [{ name: 'peer-copy', value, unit: 'GB/s', device: gpuAt(gpu, node), line }],
      ),
    rules: [{ name: 'peer-copy', side: 'low', relative: spreadShareMax, absolute: 5, source }],
    kind: belowSiblings,
  },
});

/** The middle of all copies that a GPU took part in. */
function byGpu({ columns, rows }: BandwidthMatrix) {
  return columns.map((gpu, at) => {
    const own = rows.find(({ label }) => label === gpu);
    const cells = [...(own?.cells ?? []), ...rows.map(({ cells: row }) => row[at] ?? null)];
    return {
      gpu,
      value: median(cells.flatMap((cell) => (cell === null || cell === 0 ? [] : cell))),
      line: own?.line ?? 1,
    };
  });
}

function middleOf({ matrix }: Figures): number | null {
  return median(byGpu(matrix).flatMap(({ value }) => value ?? []));
}

/** Older versions print 0.00 where newer ones print N/A. */
function peerless({ matrix }: Figures): readonly ProbeFinding[] {
  const pairs = matrix.rows.flatMap(({ label, cells, line }) =>
    cells.flatMap((cell, at) => {
      const other = matrix.columns[at] ?? label;
      return other === label || (cell !== null && cell > 0) ? [] : [{ from: label, to: other, line }];
    }),
  );
  const [first] = pairs;
  if (first === undefined) return [];
  const text = `${pairs.length} pairs have no peer access, the first is GPU ${first.from} with GPU ${first.to}`;
  return [{ kind: noPeer.id, text, line: first.line, count: pairs.length, values: { pairs: pairs.length } }];
}

function slowGpus(figures: Figures, node: ProbedNode | undefined): readonly ProbeFinding[] {
  const middle = middleOf(figures);
  if (middle === null) return [];
  return byGpu(figures.matrix).flatMap(({ gpu, value, line }): readonly ProbeFinding[] =>
    value === null || value >= middle * (1 - spreadShareMax)
      ? []
      : [
          {
            kind: belowSiblings.id,
            device: gpuAt(gpu, node),
            text: `GPU ${gpu} copies ${value.toFixed(1)} GB/s to and from the others, which reach ${middle.toFixed(1)}`,
            line,
            values: { gigabytesPerSecond: value, siblingsGigabytesPerSecond: middle },
          },
        ],
  );
}

function slowNode(figures: Figures): readonly ProbeFinding[] {
  const floor = floors.find(({ board }) => board.test(figures.board ?? ''))?.gigabytesPerSecond;
  const middle = middleOf(figures);
  if (floor === undefined || middle === null || middle >= floor) return [];
  const text = `GPUs copy ${middle.toFixed(1)} GB/s between each two, below ${floor} GB/s`;
  return [{ kind: slow.id, text, line: figures.matrix.rows[0]?.line ?? 1, values: { gigabytesPerSecond: middle } }];
}
