/** What is seen first, before anybody knows why. Many causes share one: an ambiguous signature must not decide alone. */
export interface Signature {
  readonly id: string;
  readonly summary: string;
  /** Seen with at least three different causes in the field. */
  readonly ambiguous: boolean;
}

function signature(id: string, summary: string, ambiguous = false): Signature {
  return { id, summary, ambiguous };
}

export const signatures: readonly Signature[] = [
  signature('watchdog-timeout', 'a collective runs into the watchdog or store time-out', true),
  signature('hang-without-error', 'the job stands still and says nothing', true),
  signature('slow-steps', 'steps take longer than they should, or longer than before', true),
  signature('low-bandwidth', 'nccl-tests, ib_write_bw or copies are below what the hardware gives', true),
  signature('ib-error-12', 'completion with error 12, retry counter exceeded (transport)', true),
  signature('rdma-setup-error', 'ibv_modify_qp, ibv_reg_mr, ibv_create_*, address handle or device open fails', true),
  signature('unhandled-system-error', 'NCCL unhandled system error', true),
  signature('unhandled-cuda-error', 'NCCL unhandled cuda error, or internal error', true),
  signature('invalid-usage', 'NCCL invalid usage or invalid argument', true),
  signature('bootstrap-failure', 'connection refused, closed or no route while NCCL or MPI bootstraps', true),
  signature('rendezvous-timeout', 'TCPStore, c10d or elastic rendezvous does not come together', true),
  signature('killed-without-trace', 'exit -9, SIGKILL, `Killed`, a process is gone', true),
  signature('cuda-initialisation', 'errors 802, 803, 804, 999, 100, 3: CUDA does not start', true),
  signature('illegal-access', 'illegal memory access, device-side assert, misaligned address', true),
  signature('cuda-launch-or-ecc', 'unspecified launch failure, uncorrectable ECC error, hardware stack errors', true),
  signature('bus-error', 'SIGBUS or SIGSEGV', true),
  signature('loss-nan', 'loss or gradients are NaN, infinite or jump', true),
  signature('loss-off', 'loss differs between set-ups, after resume, or does not fall', true),
  signature('cuda-out-of-memory', 'CUDA out of memory', true),
  signature('device-missing', 'a GPU or all of them cannot be seen', true),
  signature('xid-report', 'the driver reports an Xid or SXid', true),
  signature('library-not-loaded', 'a shared library or symbol is missing or of another version', true),
  signature('container-start', 'a container or pod does not start, or starts without its devices', true),
  signature('launch-refused', 'srun, mpirun, ssh or a launcher does not start the ranks', true),
  signature('permission-denied', 'permission denied, operation not permitted, not authorised', true),
  signature('no-space', 'no space left, quota exceeded', false),
  signature('file-trouble', 'a file is missing, stale, truncated or slow to appear', true),
  signature('checkpoint-trouble', 'saving or loading of a checkpoint fails or hangs', true),
  signature('loader-trouble', 'loader workers die, hang or starve the GPUs', true),
  signature('link-down', 'a port, link or fabric is reported down or degraded', true),
  signature('clock-or-power', 'clocks, power or temperature are reported out of range', true),
  signature('node-lost', 'a node is unreachable, rebooted or marked down', true),
  signature('job-ended', 'the job is ended, requeued, suspended or never started by the scheduler', true),
  signature('shape-or-count-mismatch', 'collectives of different shape, size or order are reported', true),
  signature('plain-exception', 'a traceback that says what is wrong', true),
  signature('fabric-manager-state', 'fabric or NVSwitch is not initialised', false),
];

const ids = signatures.map(({ id }) => id);

export function isSignature(id: string): boolean {
  return ids.includes(id);
}
