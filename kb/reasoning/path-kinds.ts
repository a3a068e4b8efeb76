/**
 * What one end of a connection says of the connection: the fault may sit at the other end, or the other end may have
 * ended for reasons of its own. Where such a line was written tells nothing about where the fault is.
 * https://github.com/NVIDIA/nccl/issues/905 (error 12 all over the job; the node that reports port errors is the one to
 * look at), https://github.com/pytorch/pytorch/issues/150916 (peers of a killed process report a network error).
 */
export const pathKinds: ReadonlySet<string> = new Set([
  'nccl.ib.retry-exceeded',
  'nccl.ib.completion-error',
  'nccl.ib.flushed',
  'nccl.remote-error',
  'nccl.socket.peer-closed',
  'nccl.socket.connect-failed',
  'nccl.socket.no-route',
  'torch.collective.other-rank-gone',
]);

export function tellsOfPath(kindId: string): boolean {
  return pathKinds.has(kindId);
}
