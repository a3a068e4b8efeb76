/** A fault that the generator has put into a log, and where. */
export interface PlantedFault {
  readonly fault: FaultName;
  /** The finding that has to name this very line. */
  readonly kind: string;
  /** Below the job's folder. */
  readonly path: string;
  readonly line: number;
  /** Where the first of its lines begins, and where the last one, which has to be kept, stands. */
  readonly blockStart: number;
  readonly byteStart: number;
  readonly byteEnd: number;
}

export type FaultName = keyof typeof plantedLines;

/** The lines of a fault as its tool writes them; the one that has to be found is the last. */
export const plantedLines = {
  'xid-79': {
    kind: 'nvidia.xid.79',
    lines: ["NVRM: Xid (PCI:0000:c8:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."],
  },
  'link-down': { kind: 'ib.port.link-lost', lines: ['mlx5_core 0000:48:00.0 mlx5_2: Port: 1 Link DOWN'] },
  'oom-kill': {
    kind: 'kernel.oom.killed',
    lines: [
      'python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=job_424242,task=python3,pid=48213,uid=1000',
      'Memory cgroup out of memory: Killed process 48213 (python3) total-vm:812345678kB, anon-rss:523456789kB, file-rss:12345kB, shmem-rss:0kB, UID:1000 pgtables:1034567kB oom_score_adj:0',
    ],
  },
  'nfs-server': {
    kind: 'nfs.server.not-responding',
    lines: ['nfs: server nas-01 not responding, still trying'],
  },
  'disk-timeout': { kind: 'disk.io-error', lines: ['nvme nvme1: I/O 512 QID 4 timeout, aborting'] },
  'hung-task': {
    kind: 'kernel.hung-task',
    lines: ['INFO: task python3:48213 blocked for more than 120 seconds.'],
  },
  nan: {
    kind: 'loss.not-finite',
    lines: [
      ' [2026-11-21 05:12:59] iteration   123456/  500000 | consumed samples:    126418944 | elapsed time per iteration (ms): 6123.4 | learning rate: 1.500000E-04 | global batch size:  1024 | lm loss: NAN | loss scale: 1.0 | grad norm: nan | number of skipped iterations:   0 | number of nan iterations:   1 |',
    ],
  },
  watchdog: {
    kind: 'torch.nccl.watchdog-timeout',
    lines: [
      '[rank13]:[E1121 05:52:59.123456789 ProcessGroupNCCL.cpp:629] [Rank 13] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=181234, OpType=ALLREDUCE, NumelIn=12582912, NumelOut=12582912, Timeout(ms)=600000) ran for 600029 milliseconds before timing out.',
    ],
  },
  'cuda-oom': {
    kind: 'torch.cuda.oom',
    lines: [
      'Traceback (most recent call last):',
      '  File "/workspace/pretrain_gpt.py", line 301, in <module>',
      '    pretrain(',
      '  File "/workspace/megatron/training/training.py", line 871, in pretrain',
      '    iteration, num_floating_point_operations_so_far = train(',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 3 has a total capacity of 79.25 GiB of which 1.06 GiB is free.',
    ],
  },
  'stale-handle': {
    kind: 'fs.stale-handle',
    lines: [
      'Traceback (most recent call last):',
      '  File "/opt/conda/lib/python3.11/site-packages/torch/utils/data/_utils/worker.py", line 351, in _worker_loop',
      '    data = fetcher.fetch(index)  # type: ignore[possibly-undefined]',
      "OSError: [Errno 116] Stale file handle: '/data/pile/shard_00123.tar'",
    ],
  },
  'disk-full': {
    kind: 'disk.full',
    lines: ["OSError: [Errno 28] No space left on device: '/ckpt/global_step123456/mp_rank_00_model_states.pt'"],
  },
  'shared-memory': {
    kind: 'shm.torch-exhausted',
    lines: [
      "RuntimeError: DataLoader worker (pid 48213) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory. Please try to raise your shared memory limit.",
    ],
  },
  'store-gave-up': {
    kind: 'object-store.client.gave-up',
    lines: [
      'botocore.exceptions.ClientError: An error occurred (SlowDown) when calling the GetObject operation (reached max retries: 4): Please reduce your request rate.',
    ],
  },
  'nccl-retry': {
    kind: 'nccl.ib.retry-link-local-gid',
    lines: [
      'transport/net_ib.cc:2012 NCCL WARN NET/IB: Got completion from peer 10.0.1.7<46345> with status=12 opcode=0 len=0 vendor err 129 (Recv) localGid fe80::1 remoteGids fe80::2 hca mlx5_2',
    ],
  },
  'node-lost': {
    kind: 'slurm.node.not-responding',
    lines: ['error: Nodes node-03 not responding, setting DOWN'],
  },
} as const;
