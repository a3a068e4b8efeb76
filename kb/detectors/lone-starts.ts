import { lineDetector } from './line-patterns.ts';

/** How processes begin that may be alone by mistake: only a comparison of several makes use of it. */
export const loneStarts = lineDetector('lone-starts', [
  {
    id: 'launcher.process.alone',
    summary: 'a process says that it is the only one of its job',
    role: 'context',
    weighs: {},
    source: 'https://github.com/jtriley/StarCluster/issues/533',
    literals: ['of 1', 'out of 1', '0/1', 'size 1', 'size=1', 'size:1', 'size: 1'],
    pattern:
      /\b(?:[Rr]ank|[Pp]roc(?:ess(?:or)?)?|[Tt]ask|PE|from|node)[ #:=]{0,3}0 (?:out )?of {1,12}1(?: (?:process(?:es|ors?)?|ranks?|tasks?))?[.,!]?\s{0,4}$|\b[Rr]ank[ :=]{1,3}0(?:\/1|,? (?:with |of )?\(?(?:world[_ ])?size(?: |=|: ?)1\)?)[.,!]?\s{0,4}$/,
    sees: [
      'Hello from proc 0 of 1',
      'Hello world from processor node-01, rank 0 out of 1 processors',
      'Hello world from node-01 running process 0 of 1',
      'initialised on node-01: rank=0 world_size=1',
    ],
    ignores: ['Hello from proc 0 of 4', 'rank 0 of 16', 'shard 0 of 1', 'INFO rank=0 world_size=1 step=1 loss=2.1'],
  },
  {
    id: 'nccl-tests.run.begun',
    summary: 'the head that the first rank of a run of nccl-tests prints',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl-tests/blob/master/src/common.cu',
    literals: ['# nthread '],
    pattern: /# nThread \d{1,4} nGpus \d{1,4} minBytes \d{1,20} maxBytes \d{1,20}/,
    sees: [
      '# nThread 1 nGpus 8 minBytes 1073741824 maxBytes 8589934592 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0',
    ],
    ignores: ['#  Rank  0 Group  0 Pid    798 on    node-01 device  0 [0x0f] NVIDIA H800'],
  },
  {
    id: 'nccl-tests.rank.first',
    summary: 'the process that a run of nccl-tests has as rank 0',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl-tests/blob/master/src/common.cu',
    literals: ['rank  0 '],
    pattern: /# {2,4}Rank  0 (?:Group {1,4}\d{1,4} )?Pid {1,8}(?<pid>\d{1,9}) on {1,16}(?<node>[\w.-]{1,63}) device/,
    sees: ['#  Rank  0 Group  0 Pid    798 on    node-01 device  0 [0x0f] NVIDIA H800'],
    ignores: ['#  Rank  1 Group  0 Pid    798 on    node-01 device  1 [0x34] NVIDIA H800'],
  },
  {
    id: 'nccl-tests.run.ended',
    summary: 'a run of nccl-tests has told its mean',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl-tests/blob/master/src/common.cu',
    literals: ['# avg bus bandwidth', '# out of bounds values'],
    pattern: /# (?:Avg bus bandwidth|Out of bounds values) {1,8}:/,
    sees: ['# Avg bus bandwidth    : 182.123'],
    ignores: ['busbw 182.1'],
  },
  {
    id: 'launcher.command.of-several',
    summary: 'a launcher is told to start several processes',
    role: 'context',
    weighs: {},
    source: 'https://docs.open-mpi.org/en/main/man-openmpi/man1/mpirun.1.html',
    literals: ['mpirun', 'mpiexec', 'prterun', 'srun'],
    pattern:
      /\b(?:mpirun|mpiexec(?:\.hydra)?|prterun)\b(?:(?! -(?:n|np|c|-np|N|-npernode|npernode|ppn) ?\d)(?! \S{0,80}(?:\/|_perf\b))[^\n]){0,600} (?:-n|-np|-c|--np|-N|--npernode|-npernode|-ppn|--map-by ppr:) ?(?:[2-9]|[1-9]\d{1,5})\b|\bsrun\b(?:(?! (?:-[nN] ?|--ntasks[= ]|--nodes[= ]|--ntasks-per-node[= ])\d)(?! \S{0,80}(?:\/|_perf\b))[^\n]){0,400} (?:-n ?|-N ?|--ntasks[= ]|--nodes[= ]|--ntasks-per-node[= ])(?:[2-9]|[1-9]\d{1,5})\b/,
    sees: [
      'mpirun --allow-run-as-root -np 2 -H 10.0.0.15,10.0.0.16 /opt/nccl-tests/build/all_reduce_perf -b 1G -e 8G -f 2 -g 8',
      '+ srun --mpi=pmi2 --ntasks=16 ./all_reduce_perf -b 8 -e 8G',
    ],
    ignores: [
      'mpirun -np 1 -H node-01 ./all_reduce_perf -b 8 -n 50 -g 8',
      'srun --ntasks=1 hostname',
      'mpirun noticed that process rank 3',
    ],
  },
]);
