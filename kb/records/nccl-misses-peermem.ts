import type { KnowledgeRecord } from '../schemas/record.ts';

export const ncclMissesPeermem: KnowledgeRecord = {
  problemkey: 'gdr-off-old-nccl-after-os-upgrade',
  rawtext:
    'After an operating-system upgrade all-reduce between two nodes fell from about 180 GB/s to about 10 GB/s; the log says `GPU Direct RDMA Disabled for HCA 0 \'mlx5_0\'` for every port. nv_peer_mem had become nvidia-peermem, which NCCL up to 2.22.3 does not look for. With the check of 2.23 the bandwidth was back. The module itself was loaded all the time.',
  function:
    'Compare NCCL\'s version with the loaded module: NCCL 2.22.3 or older with nvidia_peermem loaded and `GPU Direct RDMA Disabled` if the cause is present; with 2.23 or newer the lines say GDRDMA.',
  result: 'NCCL was too old to recognise the peer-memory module that the upgrade had brought.',
  category: 'nccl-version-mismatch',
  remedy: 'Use NCCL 2.23 or newer with nvidia-peermem.',
  signals: ['GPU Direct RDMA Disabled for HCA', 'nvidia-peermem', 'nv_peer_mem', 'NCCL version 2.22.3'],
  not_this_if: ['nvidia_peermem is not loaded', 'NCCL is 2.23 or newer'],
  source: 'https://github.com/NVIDIA/nccl/issues/1676',
  probes: ['modules.loaded'],
};
