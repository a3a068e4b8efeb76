import type { KnowledgeRecord } from '../schemas/record.ts';

export const peermemNotLoaded: KnowledgeRecord = {
  problemkey: 'gdr-off-peermem-not-loaded',
  rawtext:
    'NCCL used the InfiniBand ports but no connection was marked GDRDMA, and bandwidth between nodes was a fraction of what the ports give. The nvidia_peermem module was not loaded after a reboot. `modprobe nvidia_peermem` cured it, an entry in modules-load.d made it last.',
  function:
    'lsmod on every node: nvidia_peermem is missing if the cause is present; NCCL_DEBUG=INFO lines then say `via NET/IB/0` without `/GDRDMA`.',
  result: 'The peer-memory module for GPUDirect RDMA was not loaded.',
  category: 'gdr-peermem-missing',
  remedy: 'Load nvidia_peermem at every boot on every node.',
  signals: ['nvidia_peermem', 'GDRDMA', 'modules.peermem.missing', 'GPU Direct RDMA Disabled'],
  not_this_if: ['nvidia_peermem is loaded on all nodes', 'the driver uses DMA-BUF'],
  source: 'https://github.com/NVIDIA/nccl/issues/1343',
  probes: ['modules.loaded'],
};
