import { lineDetector } from './line-patterns.ts';

/** What every rank's NCCL says of its set-up when it starts: by itself no news, but nodes are compared by it. */
export const ncclStart = lineDetector('nccl-start', [
  {
    id: 'nccl.start.setting',
    summary: 'NCCL takes a setting from the environment or from a configuration file',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/param.cc',
    literals: ['set by environment to'],
    pattern: /NCCL INFO (?<setting>NCCL_[A-Z0-9_]{2,60}) set by environment to (?<value>[^\s][^\n]{0,120}?)\.?$/m,
    sees: [
      'node-03:1:2 [0] NCCL INFO NCCL_MAX_NCHANNELS set by environment to 4.',
      'node-03:1:2 [0] NCCL INFO NCCL_SOCKET_IFNAME set by environment to bond0',
    ],
    ignores: ['OMP_NUM_THREADS set by environment to 4.'],
  },
  {
    id: 'nccl.start.plugin',
    summary: 'NCCL loads a network plugin',
    role: 'context',
    weighs: {},
    source: 'https://github.com/Mellanox/nccl-rdma-sharp-plugins/blob/master/src/p2p_plugin.c',
    literals: ['plugin path : ', 'loaded net plugin', 'p2p plugin '],
    pattern:
      /NCCL INFO (?:Plugin Path : |NET\/Plugin: Loaded net plugin |P2P plugin (?:v\d{1,3} )?)(?<plugin>\S{1,160})/,
    sees: [
      'node-03:1:2 [0] NCCL INFO Plugin Path : /opt/hpcx/nccl_rdma_sharp_plugin/lib/libnccl-net.so',
      'node-03:1:2 [0] NCCL INFO P2P plugin IBext_v5',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.'],
  },
  {
    id: 'nccl.start.cuda-driver',
    summary: 'NCCL says which release of CUDA the driver supports',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/cudawrap.cc',
    literals: ['nccl info cudadriverversion '],
    pattern: /NCCL INFO cudaDriverVersion (?<driver>\d{4,6})\b/,
    sees: ['node-03:1:2 [0] NCCL INFO cudaDriverVersion 12040'],
    ignores: ['cudaDriverVersion unknown'],
  },
]);
