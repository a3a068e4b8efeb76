import type { HeadlessCluster } from '../../../../../infra/cluster/headless.ts';
import { gpuMetrics, jobMetrics, speedMetrics } from '../../../../../kb/handlers/metric-sets.ts';
import { inventorySchema } from '../../../../../kb/schemas/inventory.ts';
import type { WatchSettings } from '../../../../../workflows/domain/perf-watch.ts';
import { MetricWindow } from './metric-window.ts';
import { expositionReader } from './read-exposition.ts';
import { WatchedJob } from './watched-job.ts';

export interface ClusterRun {
  readonly jobs: readonly WatchedJob[];
  /** Brings time to this moment, scrape by scrape and look by look. Ends early where `until` says so. */
  readonly passTo: (toMs: number, until?: (nowMs: number) => boolean) => void;
}

const scrapeMs = 15_000;
const stepWindowMs = 30 * 60_000;
const partWindowMs = 5 * 60_000;
// Enough scrapes of the parts before a look for a median of the last minute and for counters to be seen rising.
const partLeadLooks = 3;
const stepMetrics = [...jobMetrics, 'training_data_loading_seconds'];
const partMetrics = [...gpuMetrics, ...speedMetrics].filter((name) => !stepMetrics.includes(name));

/**
 * Watches every job of a cluster. Steps are read at every scrape; what there is of every GPU only ahead of a look that
 * reads it, and while a job is suspected, since that is where the time goes.
 */
export function watchedCluster(cluster: HeadlessCluster, settings: WatchSettings): ClusterRun {
  const inventory = inventorySchema.parse(cluster.inventory);
  const jobs = inventory.jobs.map((job) => new WatchedJob(inventory, job, settings));
  const steps = new MetricWindow(stepWindowMs);
  const parts = new MetricWindow(partWindowMs);
  const read = expositionReader();
  let nowMs = cluster.startMs;
  const dueMs = new Map(jobs.map((job) => [job, cluster.startMs + settings.intervalMs]));

  const scrape = (): void => {
    steps.add(nowMs, read(cluster.metricsAt(nowMs, stepMetrics)));
    if (jobs.some((job) => job.isSuspect || job.readsGpusWithin(partLeadLooks)))
      parts.add(nowMs, read(cluster.metricsAt(nowMs, partMetrics)));
  };
  return {
    jobs,
    passTo(toMs, until = () => false) {
      while (nowMs + scrapeMs <= toMs && !until(nowMs)) {
        nowMs += scrapeMs;
        scrape();
        for (const job of jobs) {
          const lookMs = dueMs.get(job) ?? 0;
          if (nowMs < lookMs) continue;
          lookAt(job, { nowMs, steps, parts });
          // A look that hurries still waits for a scrape with something new in it.
          dueMs.set(job, Math.max(lookMs + job.periodMs, nowMs));
        }
      }
    },
  };
}

function lookAt(
  job: WatchedJob,
  { nowMs, steps, parts }: { readonly nowMs: number; readonly steps: MetricWindow; readonly parts: MetricWindow },
): void {
  const wanted = job.gpus === 'always' || (job.gpus === 'when-slow' && job.isSuspect);
  const range = steps.rangeAt(nowMs, scrapeMs, job.name);
  if (!wanted) {
    job.look(range);
    return;
  }
  job.look({ ...range, series: [...range.series, ...parts.rangeAt(nowMs, scrapeMs).series] });
}
