import type { KnowledgeRecord } from '../schemas/record.ts';

export const gidIndexUnroutable: KnowledgeRecord = {
  problemkey: 'ib-completion-error-12-gid-index',
  rawtext:
    'Right after the first collective NCCL printed `Got completion with error 12, opcode 0, len 0, vendor err 129` on a RoCE network whose nodes hang on different switches. TCP between the nodes worked. The default GID could not be routed between them; NCCL_IB_GID_INDEX=3, the RoCE v2 GID with the IPv4 address, cured it for several people.',
  function:
    'show_gids on both nodes: the index in use has no routable RoCE v2 address if the cause is present; with the index of the RoCE v2 IPv4 GID ib_write_bw between the nodes works.',
  result: 'The GID index in use was not routable between the nodes.',
  category: 'roce-gid-misconfig',
  remedy: 'Set NCCL_IB_GID_INDEX to the index of the RoCE v2 IPv4 GID on all nodes alike.',
  signals: ['Got completion with error 12', 'vendor err 129', 'NCCL_IB_GID_INDEX', 'status=12', 'localGid'],
  not_this_if: ['the job ran for hours on the same nodes before the first error 12', 'a port is down or counts symbol errors'],
  source: 'https://github.com/pytorch/pytorch/issues/81628',
  probes: ['ib.ports', 'ib.counters'],
};
