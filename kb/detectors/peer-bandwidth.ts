import { lineDetector } from './line-patterns.ts';

const sample = 'https://github.com/NVIDIA/cuda-samples/tree/master/Samples/5_Domain_Specific/p2pBandwidthLatencyTest';

/** The matrices of CUDA's p2pBandwidthLatencyTest, line by line; the sequence `peer-bandwidths` compares them. */
export const peerBandwidth = lineDetector('peer-bandwidth', [
  {
    id: 'peer.bandwidth.matrix',
    summary: 'a matrix of the bandwidth between GPUs begins, with peer access on or off',
    role: 'context',
    weighs: {},
    source: sample,
    literals: ['p2p=enabled', 'p2p=disabled'],
    pattern: /\b(?<way>Unidirectional|Bidirectional)? ?P2P=(?<peers>Enabled|Disabled) (?<what>Bandwidth|Latency)\b/,
    sees: [
      'Unidirectional P2P=Disabled Bandwidth Matrix (GB/s)',
      'Unidirectional P2P=Enabled Bandwidth (P2P Writes) Matrix (GB/s)',
      'P2P=Enabled Latency (P2P Writes) Matrix (us)',
    ],
    ignores: ['P2P Connectivity Matrix', 'NCCL INFO P2P=1'],
  },
  {
    id: 'peer.bandwidth.row',
    summary: 'one GPU and its bandwidth to each of the others',
    role: 'context',
    weighs: {},
    source: sample,
    literals: [
      '     0 ',
      '     1 ',
      '     2 ',
      '     3 ',
      '     4 ',
      '     5 ',
      '     6 ',
      '     7 ',
      '     8 ',
      '     9 ',
    ],
    pattern: /^ {5}(?<from>\d)(?<rates>(?: {1,5}\d{1,4}\.\d\d){2,16})\s{0,4}$/,
    sees: ['     0 673.20  13.15  13.15 ', '     1   2.12 672.33   1.70 '],
    ignores: ['     0\t     1     1     1', '     0     1     1     1', '           8             2     float     sum'],
  },
]);
