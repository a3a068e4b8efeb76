import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const troubleshooting = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#gpu-direct';

/** GPUs that reach each other worse directly than over the memory of the host, from p2pBandwidthLatencyTest. */
export const peerBandwidths: SequenceDetector<readonly Matrix[]> = {
  id: 'peer-bandwidths',
  kinds: [
    {
      id: 'peer.bandwidth.worse-than-copies',
      summary:
        'GPUs are slower to each other with peer access than without it: their traffic is turned back or translated',
      role: 'cause',
      weighs: { 'acs-iommu-p2p-broken': 4.6, 'gpu-driver-bug': 0.8, 'nvlink-fabric-error': 0.5 },
      source: troubleshooting,
    },
    {
      id: 'peer.bandwidth.never-measured',
      summary: 'the test of the bandwidth between GPUs ends before its first number',
      role: 'symptom',
      weighs: { 'acs-iommu-p2p-broken': 1.3, 'gpu-driver-bug': 0.4 },
      source: 'https://github.com/pytorch/pytorch/issues/1637',
    },
  ],
  listens: ['peer.bandwidth.matrix', 'peer.bandwidth.row'],
  follow() {
    const matrices: OpenMatrix[] = [];
    return {
      note(line, { kind, values }) {
        if (kind === 'peer.bandwidth.matrix') {
          if (matrices.length < matricesMax)
            matrices.push({
              way: String(values?.['way'] ?? ''),
              peers: values?.['peers'] === 'Enabled',
              bandwidth: values?.['what'] === 'Bandwidth',
              rows: [],
              place: placeOfLine(line),
            });
          return;
        }
        const open = matrices.at(-1);
        if (open !== undefined && open.rows.length < rowsMax) open.rows.push(ratesOf(line.text));
      },
      summary: () => (matrices.length === 0 ? null : matrices),
    };
  },
  conclude(sources) {
    return sources.flatMap(({ summary }) => {
      const last = summary.at(-1);
      if (last?.rows.length === 0 && last.bandwidth)
        return [sequenceFinding('peer.bandwidth.never-measured', 'symptom', last.place)];
      const worse = summary.find(
        (direct) =>
          direct.peers &&
          direct.bandwidth &&
          summary.some(
            (copied) => !copied.peers && copied.bandwidth && copied.way === direct.way && isWorse(direct, copied),
          ),
      );
      return worse === undefined ? [] : [sequenceFinding('peer.bandwidth.worse-than-copies', 'cause', worse.place)];
    });
  },
};

interface Matrix {
  readonly way: string;
  readonly peers: boolean;
  readonly bandwidth: boolean;
  readonly rows: readonly (readonly number[])[];
  readonly place: LinePlace;
}

interface OpenMatrix extends Matrix {
  readonly rows: number[][];
}

const matricesMax = 8;
const rowsMax = 16;

function ratesOf(text: string): number[] {
  return (text.match(/\d{1,4}\.\d\d/g) ?? []).map(Number);
}

// Without peer access a copy goes through the host at about the rate of PCIe; direct ones are as fast or faster.
const worseShare = 0.6;
const copiedMin = 2;

/** Most pairs of GPUs lose by peer access. */
function isWorse(direct: Matrix, copied: Matrix): boolean {
  let pairs = 0;
  let worse = 0;
  for (const [from, row] of direct.rows.entries())
    for (const [to, rate] of row.entries()) {
      const other = copied.rows[from]?.[to];
      if (from === to || other === undefined || other < copiedMin) continue;
      pairs += 1;
      if (rate < worseShare * other) worse += 1;
    }
  return pairs > 0 && worse * 2 > pairs;
}
