/** Kinds that come after something else as a rule: what they follow is another finding, if any was made. */
export interface FollowerRule {
  /** A kind, or the beginning of several where it ends with a dot. */
  readonly kind: string;
  /** Whose trouble it tells of: that of any rank or node, or of its own process or device alone. */
  readonly of: 'anywhere' | 'same-place';
  readonly source: string;
}

const c10d = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp';
const elastic = 'https://docs.pytorch.org/docs/stable/elastic/errors.html';
const ncclTroubleshooting = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const xids = 'https://docs.nvidia.com/deploy/xid-errors/index.html';

export const followerRules: readonly FollowerRule[] = [
  // A watchdog waits for its whole time-out: what it waited for happened before.
  { kind: 'torch.nccl.', of: 'anywhere', source: c10d },
  { kind: 'torch.watchdog.gil-held', of: 'anywhere', source: c10d },
  { kind: 'torch.store.wait-timed-out', of: 'anywhere', source: c10d },
  { kind: 'torch.monitored-barrier.', of: 'anywhere', source: 'https://docs.pytorch.org/docs/stable/distributed.html' },
  { kind: 'gloo.operation.timed-out', of: 'anywhere', source: 'https://github.com/pytorch/gloo' },
  { kind: 'xla.collective.stuck', of: 'anywhere', source: 'https://github.com/openxla/xla' },
  // A rank that ends takes its connections with it.
  { kind: 'nccl.remote-error', of: 'anywhere', source: ncclTroubleshooting },
  { kind: 'nccl.socket.peer-closed', of: 'anywhere', source: ncclTroubleshooting },
  { kind: 'nccl.ras.peer-lost', of: 'anywhere', source: ncclTroubleshooting },
  { kind: 'nccl.ib.flushed', of: 'anywhere', source: 'https://man7.org/linux/man-pages/man3/ibv_poll_cq.3.html' },
  { kind: 'gloo.peer-gone', of: 'anywhere', source: 'https://github.com/pytorch/gloo' },
  { kind: 'efa.peer.lost', of: 'anywhere', source: 'https://github.com/aws/aws-ofi-nccl' },
  { kind: 'ofi.completion-error', of: 'anywhere', source: 'https://github.com/aws/aws-ofi-nccl' },
  { kind: 'torch.collective.other-rank-gone', of: 'anywhere', source: c10d },
  { kind: 'torch.store.first-collective-broken', of: 'anywhere', source: c10d },
  { kind: 'torch.rendezvous.node-dropped', of: 'anywhere', source: elastic },
  { kind: 'program.connection.lost', of: 'anywhere', source: 'https://man7.org/linux/man-pages/man2/send.2.html' },
  { kind: 'jax.coordination.task-lost', of: 'anywhere', source: 'https://github.com/openxla/xla' },
  { kind: 'ray.node.lost', of: 'anywhere', source: 'https://docs.ray.io/en/latest/ray-core/fault-tolerance.html' },
  { kind: 'ray.error.wrapped', of: 'anywhere', source: 'https://docs.ray.io/en/latest/ray-core/fault-tolerance.html' },
  // Launchers end the others when one has ended (SIGTERM), and tell who was first; exit -6 is the watchdog's own abort.
  { kind: 'torch.elastic.summary', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.first-failed', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.failed-rank', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.failed-host', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.worker-failed', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.sigterm', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.aborted', of: 'anywhere', source: c10d },
  { kind: 'torch.elastic.restart', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.agents-wait', of: 'anywhere', source: elastic },
  { kind: 'torch.elastic.timer-expired', of: 'anywhere', source: elastic },
  {
    kind: 'mpi.rank-ended',
    of: 'anywhere',
    source: 'https://docs.open-mpi.org/en/main/man-openmpi/man1/mpirun.1.html',
  },
  {
    kind: 'mpi.daemon.lost',
    of: 'anywhere',
    source: 'https://docs.open-mpi.org/en/main/man-openmpi/man1/mpirun.1.html',
  },
  { kind: 'scheduler.step-ended', of: 'anywhere', source: 'https://slurm.schedmd.com/srun.html (--kill-on-bad-exit)' },
  { kind: 'nccl.cuda.kernel-died', of: 'same-place', source: ncclTroubleshooting },
  { kind: 'nccl.unhandled-', of: 'same-place', source: ncclTroubleshooting },
  // The driver cleans up after a fault that it has told of already, on the same GPU or node.
  { kind: 'nvidia.xid.45', of: 'same-place', source: xids },
  { kind: 'nvidia.xid.43', of: 'same-place', source: xids },
  { kind: 'nvidia.xid.174', of: 'same-place', source: xids },
  // What comparisons of ranks show is the effect on the job.
  { kind: 'collective.rank.behind', of: 'anywhere', source: c10d },
  { kind: 'job.', of: 'anywhere', source: 'https://www.usenix.org/conference/nsdi24/presentation/jiang-ziheng' },
  {
    kind: 'log.source.silent',
    of: 'same-place',
    source: 'https://www.usenix.org/conference/nsdi24/presentation/jiang-ziheng',
  },
];

const exact = new Map(followerRules.filter(({ kind }) => !isPrefix(kind)).map((rule) => [rule.kind, rule]));
const prefixes = followerRules.filter(({ kind }) => isPrefix(kind));

export function followerRule(kind: string): FollowerRule | undefined {
  return exact.get(kind) ?? prefixes.find((rule) => kind.startsWith(rule.kind));
}

function isPrefix(kind: string): boolean {
  return kind.endsWith('.') || kind.endsWith('-');
}
