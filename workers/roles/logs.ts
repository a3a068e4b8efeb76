import { setTimeout } from 'node:timers/promises';
import { loadInventories } from '../../activities/adapters/inventory-files.ts';
import { createPrometheus } from '../../activities/adapters/prometheus.ts';
import { createS3Calibration } from '../../activities/adapters/s3-calibration.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createS3Logs } from '../../activities/adapters/s3-logs.ts';
import { createComparePerformance } from '../../activities/compare-performance.ts';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { createGatherMetrics } from '../../activities/gather-metrics.ts';
import { createMeasureRecovery } from '../../activities/measure-recovery.ts';
import { createMeasureSeverity } from '../../activities/measure-severity.ts';
import { createPredictPerformance } from '../../activities/predict-performance.ts';
import { createScanEvidence } from '../../activities/scan-evidence.ts';
import { expectations } from '../../activities/watch-expectation.ts';
import { createWatchPerformance } from '../../activities/watch-performance.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { LogActivities, WatchActivities } from '../../workflows/activity-proxies.ts';
import { configFor, type Config } from '../config.ts';
import type { QueueParts } from './index.ts';

/** Reads raw logs and metrics, runs the detectors, writes evidence. */
export async function logParts(config: Config): Promise<(queue: string) => QueueParts> {
  const { s3, inventoryPath, metricsUrl } = configFor(config, 'logs');
  const client = createS3Client(s3);
  const evidence = createS3Evidence(client, s3.bucket, 'logs');
  const inventories = loadInventories(inventoryPath);
  const logs = (bucket: string) => createS3Logs(client, bucket);
  const metrics = (inventory: Inventory) => {
    const url = inventory.metrics?.url ?? metricsUrl;
    return url === null ? null : createPrometheus(url);
  };
  const calibration = createS3Calibration(client, s3.bucket);
  const clock = { nowMs: Date.now };
  const pause = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal });
  const expected = expectations({ logs, calibration, clock });
  const activities: LogActivities & WatchActivities = {
    gatherLogs: createGatherLogs({ inventories, logs, evidence, clock }),
    gatherMetrics: createGatherMetrics({ inventories, metrics, evidence, clock }),
    scanEvidence: createScanEvidence({ logs, evidence }),
    measureSeverity: createMeasureSeverity({ evidence, inventories, metrics }),
    measureRecovery: createMeasureRecovery({ evidence, inventories, metrics }),
    predictPerformance: createPredictPerformance({ inventories, logs, evidence, calibration, clock }),
    comparePerformance: createComparePerformance({ inventories, logs, evidence }),
    watchPerformance: createWatchPerformance({ inventories, metrics, expected, clock, pause }),
  };
  return () => ({ activities });
}
