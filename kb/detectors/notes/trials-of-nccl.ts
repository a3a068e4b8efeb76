import { trialDetector } from './trials.ts';

const ncclEnv = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const p2pHang = 'https://github.com/dmlc/xgboost/issues/11242';
const hpcx = 'https://github.com/NVIDIA/nccl-tests/issues/200';

/** Changes to NCCL and to what it uses. */
export const ncclTrials = trialDetector('notes-nccl-trials', [
  {
    id: 'seen.trial.p2p-off',
    summary: 'switching peer-to-peer off was tried, and helped',
    role: 'cause',
    weighs: {
      'acs-iommu-p2p-broken': 2.4,
      'nvlink-fabric-error': 1.2,
      'gpu-driver-bug': 1.2,
      'nccl-bug': 0.8,
      'nccl-env-misconfig': 0.7,
      'host-hardware-fault': 0.6,
      'fabricmanager-not-running': 0.4,
      'rdma-link-fault': -1.2,
      'user-code-error': -1,
      'collective-mismatch': -1,
      'uneven-data': -1,
    },
    source: p2pHang,
    change:
      /\bNCCL_P2P_DISABLE\b(?:\s?=?\s?1)?|\bNCCL_P2P_LEVEL\s?=\s?(?:LOC|0|PIX|PXB)|\bP2P (?:is |was )?(?:disabled|off|switched off)\b|\b(?:disabl\w+|without|turning off|switching off) (?:the )?(?:P2P|peer[- ]to[- ]peer)\b/,
    sees: [
      'works with NCCL_P2P_DISABLE=1',
      'NCCL_P2P_DISABLE=1 helps',
      'with P2P disabled the job runs through',
      'setting NCCL_P2P_DISABLE makes the hang go away: it goes away',
      'no hang with NCCL_P2P_DISABLE=1',
    ],
    fails: [
      'also hangs with NCCL_P2P_DISABLE=1',
      'NCCL_P2P_DISABLE=1 does not help',
      'same with P2P off',
      'NCCL_P2P_DISABLE=1 makes no difference',
      'still hangs even with NCCL_P2P_DISABLE=1',
    ],
    ignores: ['NCCL_P2P_DISABLE=1 is set', 'NCCL_P2P_DISABLE=1 is in the script, no error is printed, it hangs'],
  },
  {
    id: 'seen.trial.ib-off',
    summary: 'switching RDMA off was tried, and helped',
    role: 'cause',
    weighs: {
      'rdma-link-fault': 1.8,
      'roce-gid-misconfig': 1.8,
      'net-plugin-mismatch': 1.2,
      'ulimit-too-low': 1,
      'gdr-peermem-missing': 0.9,
      'rdma-device-missing-in-container': 0.8,
      'mtu-mismatch': 0.9,
      'acs-iommu-p2p-broken': 0.4,
      'nccl-env-misconfig': 0.4,
      'socket-interface-mismatch': -1,
      'firewall-blocked': -1,
      'rendezvous-resolution': -1,
      'user-code-error': -1,
      'collective-mismatch': -1,
      'uneven-data': -1,
    },
    source: ncclEnv,
    change:
      /\bNCCL_IB_DISABLE\b(?:\s?=?\s?1)?|\bNCCL_NET\s?=\s?"?Socket\b|\b(?:without|disabl\w+|turning off) (?:ib|infiniband|rdma|roce)\b|\b(?:over|with|using|on|via) (?:plain )?(?:tcp|sockets|ethernet)\b(?! (?:port|errors?))/,
    sees: [
      'works with NCCL_IB_DISABLE=1',
      'over TCP it runs fine',
      'without InfiniBand the job works',
      'NCCL_IB_DISABLE=1 is a workaround',
    ],
    fails: ['also with NCCL_IB_DISABLE=1', 'NCCL_IB_DISABLE=1 does not help', 'even with NCCL_IB_DISABLE=1 it hangs'],
    ignores: ['NCCL_IB_DISABLE=0 is set', 'traffic goes over TCP'],
  },
  {
    id: 'seen.trial.gdr-off',
    summary: 'switching GPUDirect RDMA off was tried, and helped',
    role: 'cause',
    weighs: {
      'acs-iommu-p2p-broken': 2,
      'gdr-peermem-missing': 1.8,
      'gpu-driver-bug': 0.8,
      'net-plugin-mismatch': 0.8,
      'driver-version-mismatch': 0.3,
    },
    source: ncclEnv,
    change:
      /\bNCCL_NET_GDR_(?:LEVEL\s?=\s?(?:0|LOC)|DISABLE|READ\s?=\s?0)|\bNCCL_DMABUF_ENABLE\s?=\s?0|\b(?:gdr|gpudirect(?: rdma)?) (?:disabled|off)\b|\b(?:without|disabl\w+) (?:gdr|gpudirect)\b/,
    sees: ['works with NCCL_NET_GDR_LEVEL=0', 'without GPUDirect it runs fine'],
    fails: ['NCCL_NET_GDR_LEVEL=0 does not help'],
    ignores: ['NCCL_NET_GDR_LEVEL=5 is set'],
  },
  {
    id: 'seen.trial.nvls-off',
    summary: 'switching NVLink SHARP off was tried, and helped',
    role: 'cause',
    weighs: { 'nccl-bug': 2.4, 'fabricmanager-not-running': 2, 'nvlink-fabric-error': 1.4, 'gpu-driver-bug': 0.8 },
    source: ncclEnv,
    change: /\bNCCL_NVLS_ENABLE\s?=\s?0|\b(?:without|disabl\w+) nvls\b|\bnvls (?:disabled|off)\b/,
    sees: ['works with NCCL_NVLS_ENABLE=0'],
    fails: ['also with NCCL_NVLS_ENABLE=0'],
    ignores: ['NVLS is enabled'],
  },
  {
    id: 'seen.trial.nccl-ways',
    summary: 'another algorithm, protocol or memory mode of NCCL was tried, and helped',
    role: 'cause',
    weighs: { 'nccl-bug': 3.4, 'gpu-driver-bug': 0.5, 'nccl-env-misconfig': 0.3 },
    source: 'https://github.com/NVIDIA/nccl/issues/306',
    change:
      /\bNCCL_(?:ALGO|PROTO|LL_THRESHOLD|CUMEM_\w{4,20}|GRAPH_\w{3,20}|LAUNCH_MODE|MAX_NCHANNELS|NTHREADS|COLLNET_ENABLE|RUNTIME_CONNECT|MNNVL_ENABLE)\s?=\s?"?\^?\w+/,
    sees: ['works with NCCL_PROTO=Simple', 'NCCL_CUMEM_ENABLE=0 fixes it', 'with NCCL_ALGO=Ring it does not hang'],
    fails: ['NCCL_PROTO=Simple does not help'],
    ignores: ['NCCL_ALGO=Ring is set'],
  },
  {
    id: 'seen.trial.nccl-env-unset',
    summary: 'removing NCCL settings was tried, and helped',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 5, 'roce-gid-misconfig': 0.3 },
    source: ncclEnv,
    change:
      /\b(?:unset\w*|without|remov\w+|delet\w+|dropp\w+|no|not setting|clear\w+)\b.{0,20}?\b(?:NCCL_(?!IB_DISABLE|P2P_DISABLE)\w{3,40}|nccl (?:env\w*|variables?|settings?)|nccl\.conf|topology file|topo file)\b|\b(?:NCCL_(?:BUFFSIZE|TOPO_FILE|P2P_LEVEL|IB_HCA|CROSS_NIC|IB_TIMEOUT|MIN_NCHANNELS|NET_GDR_LEVEL)|nccl settings?)\b.{0,25}?\b(?:(?:at|to|with|set to) (?:its |the |their )?defaults?|removed|unset|deleted)\b/,
    suspect:
      /NCCL_(?:BUFFSIZE|TOPO_FILE|P2P_LEVEL|IB_HCA|CROSS_NIC|MIN_NCHANNELS|NET_GDR_LEVEL|IB_TIMEOUT|IB_SL|IB_TC)/,
    sees: [
      'after unsetting NCCL_TOPO_FILE it works',
      'without the NCCL variables the job runs fine',
      'with NCCL_BUFFSIZE at its default the error is gone',
      'hangs only with NCCL_P2P_LEVEL set',
    ],
    fails: ['unsetting NCCL_TOPO_FILE did not help'],
    ignores: ['NCCL_TOPO_FILE is set'],
  },
  {
    id: 'seen.trial.socket-ifname',
    summary: 'naming the socket interface was tried, and helped',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 5 },
    source: ncclEnv,
    change:
      /\b(?:NCCL|GLOO|TP)_SOCKET_IFNAME\b|\b(?:right|correct|other|another|concrete) interface(?: name)?\b|\bbtl_tcp_if_(?:in|ex)clude\b/,
    sees: [
      'works with NCCL_SOCKET_IFNAME=eth0',
      'setting GLOO_SOCKET_IFNAME solved it',
      'a concrete interface name fixed it',
    ],
    fails: ['NCCL_SOCKET_IFNAME=eth0 makes no difference'],
    ignores: ['NCCL_SOCKET_IFNAME=eth0 is set'],
  },
  {
    id: 'seen.trial.gid-index',
    summary: 'another GID index was tried, and helped',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 5 },
    source: ncclEnv,
    change:
      /\bNCCL_IB_GID_INDEX\s?=?\s?\d?|\bUCX_IB_GID_INDEX\b|\b(?:gid )?index (?:of )?\d\b|\b(?:another|other|right|correct|different) gid\b/,
    sees: ['works with NCCL_IB_GID_INDEX=3', 'GID index 3 worked', 'with another GID it runs fine'],
    fails: ['NCCL_IB_GID_INDEX=3 does not help'],
    ignores: [
      'started with NCCL_IB_GID_INDEX=1',
      'NCCL_IB_GID_INDEX=3, NCCL_IB_TC=106 are set, it works on 2 nodes but fails on 16',
    ],
  },
  {
    id: 'seen.trial.net-plugin',
    summary: 'another network plugin, OFED or verbs release was tried, and helped',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.8, 'rdma-link-fault': 0.3 },
    source: hpcx,
    change:
      /\bNCCL_NET_PLUGIN\s?=\s?\S+|\b(?:without|remov\w+|disabl\w+|upgrad\w+|downgrad\w+|updat\w+|newer|older|another|reinstall\w*|chang\w+|match\w+)\b.{0,30}?\b(?:net(?:work)? plugin|nccl-net|aws-ofi-nccl|hpc-?x|(?:mlnx[_ ]?|m)?ofed|libfabric|rdma-core|libibverbs|sharp|ucx|efa|open ?mpi)\b|\b(?:hpc-?x|ofed|libfabric|ucx|aws-ofi-nccl|open ?mpi) (?:version )?v?\d+(?:\.\d+)+/,
    sees: [
      'after downgrading HPC-X to 2.14 it worked well',
      'works with NCCL_NET_PLUGIN=none',
      'a newer OFED fixed it',
      'removing the net plugin helps',
    ],
    fails: ['upgrading OFED made no difference'],
    ignores: ['HPC-X 2.17 is installed', 'OFED 5.8 on all nodes, ib_write_bw works, NCCL fails'],
  },
  {
    id: 'seen.trial.nccl-version',
    summary: 'another NCCL release was tried, and helped',
    role: 'cause',
    weighs: { 'nccl-bug': 4.4, 'nccl-version-mismatch': 1.8 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/release-notes/index.html',
    change:
      /\b(?:upgrad\w+|downgrad\w+|updat\w+|newer|older|another|other|chang\w+|roll\w* back|going back|switch\w+)\b.{0,25}?\bnccl\b|\bnccl(?:[- ](?:version|release))?(?: |==|-)?v?2\.\d+(?:\.\d+)?\b|\b(?:previous|earlier|prior|former|lower) (?:(?:release|version|build)s? of (?:the )?nccl|nccl (?:release|version|build)s?)\b|\bnccl\b.{0,15}?\b(?:upgraded|downgraded|updated)\b/,
    suspect: /nccl (?:version )?2\.\d+/,
    sees: [
      'with NCCL 2.26.2 it works',
      'upgrading NCCL fixed it',
      'a newer NCCL helps',
      'fails only with NCCL 2.25',
      'the same script works with previous versions of NCCL',
    ],
    fails: ['upgrading NCCL did not help', 'the same with NCCL 2.20'],
    ignores: [
      'does NCCL 2.19 fix it?',
      'NCCL 2.25.1 is used',
      'with NCCL 2.19.3 and CUDA 12.1 it works on A100 but fails on H100',
    ],
  },
  {
    id: 'seen.trial.nccl-same-build',
    summary: 'one NCCL build for all, or the one of torch, was tried, and helped',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 4.6 },
    source: ncclTrouble,
    change:
      /\b(?:same|one|matching) nccl\b|\b(?:unset\w*|clean\w*|remov\w+|without|chang\w+) (?:the )?LD_(?:LIBRARY_PATH|PRELOAD)\b|\bremov\w+ (?:the )?(?:system|second|other) (?:lib)?nccl\b/,
    sees: ['with the same NCCL on all nodes it works', 'unsetting LD_LIBRARY_PATH solved it'],
    fails: ['unsetting LD_LIBRARY_PATH changes nothing'],
    ignores: ['the same NCCL is on all nodes'],
  },
]);
