import { lineDetector } from './line-patterns.ts';

const netIb = 'https://github.com/NVIDIA/nccl/tree/master/src/transport/net_ib';
const troubleshooting = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';

/** GPUDirect RDMA and peer-to-peer traffic: peer-memory module, registration, ACS and IOMMU. */
export const ncclGpuDirect = lineDetector('nccl-gpudirect', [
  {
    id: 'nccl.gdr.registration-failed',
    summary: 'GPU memory cannot be registered with the card',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 4,
      'net-plugin-mismatch': 1,
      'acs-iommu-p2p-broken': 1,
      'rdma-device-missing-in-container': 0.5,
      'nccl-bug': 0.5,
      'ulimit-too-low': 0.5,
    },
    source: troubleshooting,
    literals: ['ibv_reg_mr', 'ibv_reg_dmabuf'],
    pattern:
      /ibv_reg_(?:mr(?:_iova2?)?|dmabuf_mr)[^\n]{0,80}(?:Bad address|Invalid argument|errno (?:14|22)\b|Operation not supported)/i,
    sees: ['node-03:1:2 [0] misc/ibvwrap.cc:190 NCCL WARN Call to ibv_reg_mr failed with error Bad address'],
    ignores: ['ibv_reg_mr ok'],
  },
  {
    id: 'nvidia.peermem.missing',
    summary: 'the peer-memory module is not loaded or does not fit',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 6, 'net-plugin-mismatch': 0.7, 'driver-version-mismatch': 0.7 },
    source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/index.html',
    literals: ['peermem', 'nv_peer_mem'],
    pattern:
      /(?:could not insert|\bModule\b|modprobe: (?:ERROR|FATAL))[^\n]{0,40}(?:nvidia[_-]peermem|nv_peer_mem)|(?:nvidia[_-]peermem|nv_peer_mem)(?!: module verification failed)[^\n]{0,80}(?:not (?:found|loaded|running|available)\b(?![^\n]{0,60}(?:DMA-?BUF|not (?:required|needed)))|failed|disagrees about version|Unknown symbol|Invalid argument|is missing|no such)|no nvidia[_-]peermem/i,
    sees: [
      "modprobe: ERROR: could not insert 'nvidia_peermem': Invalid argument",
      'nv_peer_mem: disagrees about version of symbol ib_register_peer_memory_client',
      'nvidia-peermem module is not loaded on node-03',
    ],
    ignores: [
      'nvidia_peermem 16384 0',
      'nvidia-peermem loaded',
      '$ modprobe nvidia_peermem',
      'nvidia_peermem: module verification failed: signature and/or required key missing - tainting kernel',
      'INFO: nvidia_peermem is not loaded; continuing with CUDA DMA-BUF',
    ],
  },
  {
    id: 'nccl.gdr.disabled',
    summary: 'NCCL does not use GPUDirect RDMA on a card',
    role: 'context',
    weighs: { 'gdr-peermem-missing': 2.2, 'acs-iommu-p2p-broken': 0.3 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/topo.cc',
    literals: ['gpu direct rdma disabled', 'peermem is not supported'],
    pattern: /GPU Direct RDMA Disabled for HCA \d+(?: '(?<hca>[\w-]{1,32})')?|Peermem is not supported, and device/i,
    sees: ["node-03:1:2 [0] NCCL INFO NET/IB : GPU Direct RDMA Disabled for HCA 0 'mlx5_0'"],
    ignores: ["node-03:1:2 [0] NCCL INFO NET/IB : GPU Direct RDMA Enabled for HCA 0 'mlx5_0'"],
  },
  {
    id: 'nccl.ib.acs-hint',
    summary: 'NCCL itself points to PCIe ACS',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 3.5 },
    source: netIb,
    literals: ['acs is enabled'],
    pattern: /ACS is enabled which would break GPU Direct RDMA/i,
    sees: [
      'NCCL INFO HINT: In many cases this error occurs when ACS is enabled which would break GPU Direct RDMA protocol.',
    ],
    ignores: ['ACS is disabled on all bridges'],
  },
  {
    id: 'nccl.ib.dmabuf-or-kernel',
    summary: 'the host kernel or driver lacks what NCCL wants for GPU memory registration',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 2, 'driver-version-mismatch': 1, 'net-plugin-mismatch': 0.8 },
    source: 'https://github.com/NVIDIA/nccl/tree/master/src/transport/net_ib',
    literals: ['dma-buf', 'gdrcopy', 'gdr_pin_buffer', 'libgdrapi', 'gdr_open', 'gdr_map'],
    pattern:
      /GDRCOPY failure|gdr_(?:pin_buffer|map|open)\w{0,4}[^\n]{0,60}failed|DMA-BUF[^\n]{0,40}(?:not supported|failed|unsupported by)/i,
    sees: ['node-03:1:2 [0] misc/gdrwrap.cc:155 NCCL WARN gdr_pin_buffer(addr 7f, size 65536) failed: 22'],
    ignores: ['NCCL INFO DMA-BUF is available on GPU device 0'],
  },
  {
    id: 'nccl.iommu.hint',
    summary: 'NCCL says that the IOMMU is on and may break peer-to-peer traffic',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 3.2 },
    source:
      'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#pci-access-control-services-acs',
    literals: [
      'iommu=pt',
      'pci access control',
      'acsctl',
      'numa auto balancing',
      'pci acs',
      'pcie acs',
      'access control services',
    ],
    pattern:
      /Missing "iommu=pt" from kernel command line|PCI(?:e)? (?:Access Control Services|ACS)[^\n]{0,40}(?:is |are )?enabled|ACSCtl:\s*SrcValid\+/i,
    sees: [
      'node-03:1:2 [0] NCCL WARN Missing "iommu=pt" from kernel command line which can lead to system instablity or hang!',
      '		ACSCtl:	SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
    ],
    ignores: ['		ACSCtl:	SrcValid- TransBlk- ReqRedir- CmpltRedir-'],
  },
]);
