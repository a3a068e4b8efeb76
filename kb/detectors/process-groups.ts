import { lineDetector } from './line-patterns.ts';

const elasticAgent = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/agent/server/api.py';

/** Who belongs to the job and to its communicators: routine lines that only a comparison of ranks makes use of. */
export const processGroups = lineDetector('process-groups', [
  {
    id: 'nccl.comm.init',
    summary: 'a rank begins to join a communicator of NCCL, or has joined it',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc',
    literals: ['- init complete', '- init start'],
    pattern:
      /:(?<pid>\d{1,9}):\d{1,9} \[-?\d{1,3}\] NCCL INFO [^\n]{0,40}?comm (?<comm>0x[0-9a-f]{1,16}) rank (?<commRank>\d{1,6}) nranks (?<nranks>\d{1,6}) cudaDev \d{1,3}(?: nvmlDev \d{1,3})?(?: busId [0-9a-f]{1,8})?(?: commId (?<commId>0x[0-9a-f]{1,16}))? - Init (?<state>START|COMPLETE)/,
    sees: [
      'node-03:4242:4300 [3] NCCL INFO ncclCommInitRank comm 0x55d0c8 rank 3 nranks 8 cudaDev 3 nvmlDev 3 busId 4c000 commId 0x1f2e3d - Init COMPLETE',
      'node-03:4242:4300 [3] NCCL INFO comm 0x7f3a rank 3 nranks 8 cudaDev 3 busId 4c000 - Init COMPLETE',
    ],
    ignores: [
      'node-03:4242:4300 [3] NCCL INFO comm 0x55d0c8 rank 3 nRanks 8 nNodes 1 localRanks 8 localRank 3 MNNVL 0',
    ],
  },
  {
    id: 'nccl.collective.entered',
    summary: 'a rank entered a collective of NCCL',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/enqueue.cc',
    literals: [': opcount '],
    pattern:
      /:(?<pid>\d{1,9}):\d{1,9} \[-?\d{1,3}\] NCCL INFO (?<op>AllReduce|AllGather|ReduceScatter|Broadcast|Reduce|AlltoAll): opCount (?<opCount>[0-9a-f]{1,16}) sendbuff \S{1,20} recvbuff \S{1,20} count (?<elements>\d{1,18}) datatype (?<datatype>\d{1,3}) op \d{1,3} root -?\d{1,6} comm (?<comm>0x[0-9a-f]{1,16}) \[nranks=(?<nranks>\d{1,6})\]/,
    sees: [
      'node-03:4242:4300 [3] NCCL INFO AllReduce: opCount 1a sendbuff 0x7f1c recvbuff 0x7f1c count 1048576 datatype 7 op 0 root 0 comm 0x55d0c8 [nranks=8] stream 0x55d1',
    ],
    ignores: [
      'node-03:4242:4300 [3] NCCL INFO Send: opCount 0 sendbuff 0x7f1c recvbuff 0x7f1c count 64 datatype 1 op 0 root 1 comm 0x55d0c8 [nranks=8] stream 0x55d1',
    ],
  },
  {
    id: 'job.ranks.waited-for',
    summary: 'a rendezvous says how many of its members are there',
    role: 'context',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/TCPStore.cpp',
    literals: [
      'clients joined',
      'worker_count=',
      'num_workers_joined=',
      'workers joined',
      'ranks joined',
      'nodes joined',
    ],
    pattern:
      /(?:waiting for clients\. |\b[Oo]nly )(?<joined>\d{1,6})(?:\/| of )(?<world>\d{1,6}) (?:clients|workers|ranks|nodes) joined|\(world_size=(?<worldSize>\d{1,6}), (?:worker_count|num_workers_joined)=(?<workers>\d{1,6})[,)]/,
    sees: [
      'torch.distributed.DistStoreError: Timed out after 601 seconds waiting for clients. 1/2 clients joined.',
      'Timed out initializing process group in store based barrier on rank: 0, for key: store_based_barrier_key:1 (world_size=16, worker_count=8, timeout=0:30:00)',
    ],
    ignores: ['all clients joined'],
  },
  {
    id: 'job.world.announced',
    summary: 'a launcher or framework says how many ranks there are',
    role: 'context',
    weighs: {},
    source: elasticAgent,
    literals: [
      'using world size: ',
      'global_world_sizes=[',
      'dist_world_size=',
      ', member: ',
      'num processes: ',
      'starting with ',
      'with world size',
      'store_based_barrier_key:1 with ',
    ],
    pattern:
      /(?:\busing world size: |\bglobal_world_sizes=\[|\bdist_world_size=|\bGLOBAL_RANK: \d{1,6}, MEMBER: \d{1,6}\/|\bNum processes: |\bprocesses registered\. Starting with |\binit(?:ialized)? with world size[ :=]{1,3}|store_based_barrier_key:1 with )(?<world>\d{1,6})\b/,
    sees: [
      'using world size: 16, data-parallel size: 4, context-parallel size: 1',
      '  global_world_sizes=[16, 16, 16, 16]',
      '[2026-11-21 03:12:59,123] [INFO] [launch.py:151:main] dist_world_size=16',
      'Initializing distributed: GLOBAL_RANK: 3, MEMBER: 4/16',
      'Rank 0: Completed store-based barrier for key:store_based_barrier_key:1 with 16 nodes.',
    ],
    ignores: ['data parallel world size: 4'],
  },
]);
