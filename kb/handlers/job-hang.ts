import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** No step ends any more: the last lines of every rank and the kernel's view of every node. */
export const jobHang: Handler = {
  id: 'job-hang',
  summary: 'A training job hangs or has stopped',
  matches: {
    alertname:
      /hang|hung|stall|stuck|(no|not).?progress|no.?(steps|iterations)|timeout|watchdog|(job|training|rank|pytorch\w*|worker)s?.?(failed|failure|down|dead|stopped|aborted|exited|crash|terminated|lost|absent|restart)|crash.?loop/i,
  },
  // NCCL's watchdog gives up after 10 to 30 minutes, so what it waited for began that much earlier.
  window: { beforeMs: 45 * 60_000, afterMs: 60_000 },
  /**
   * A wait that is longer than its time-out looks like one that ends in time, until one of them happens: 10 minutes for NCCL
   * since PyTorch 2.2, 30 before (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.init_process_group),
   * and what the watchdog has to write. The alert itself comes later than the wait begins.
   */
  looksAgainAfterMs: [12 * 60_000, 32 * 60_000],
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics],
  firstProbes: ['scheduler.jobs', 'gpu.presence', 'gpu.processes', 'job.processes', 'job.stacks', 'host.d-state'],
};
