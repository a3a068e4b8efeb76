import type { KnowledgeRecord } from '../schemas/record.ts';

export const socketIfnamePicksLoopback: KnowledgeRecord = {
  problemkey: 'nccl-init-hang-ifname-excludes-docker-only',
  rawtext:
    'Jobs hung while NCCL set up its connections after an upgrade to NCCL 2.3.5. The site\'s nccl.conf had NCCL_SOCKET_IFNAME=^docker0, which since that version allows the loopback interface to be picked, because the setting is taken literally. Removing the line (or writing ^docker0,lo) cured it.',
  function:
    'NCCL_DEBUG=INFO: the line `NET/Socket : Using` or `Bootstrap : Using` names lo if the cause is present, the cluster\'s interface if not.',
  result:
    'NCCL_SOCKET_IFNAME excluded docker0 alone, so the loopback interface was used between nodes.',
  category: 'nccl-env-misconfig',
  remedy: 'Leave NCCL_SOCKET_IFNAME unset or exclude lo as well.',
  signals: ['NCCL_SOCKET_IFNAME', '^docker0', 'Using interface lo', 'Connection refused', 'Call to connect timeout'],
  not_this_if: ['the interface that NCCL prints reaches the peers'],
  source: 'https://github.com/horovod/horovod/pull/700',
  probes: [],
};
