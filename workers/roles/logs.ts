import { loadInventories } from '../../activities/adapters/inventory-files.ts';
import { createPrometheus } from '../../activities/adapters/prometheus.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createS3Logs } from '../../activities/adapters/s3-logs.ts';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { createGatherMetrics } from '../../activities/gather-metrics.ts';
import { createMeasureRecovery } from '../../activities/measure-recovery.ts';
import { createMeasureSeverity } from '../../activities/measure-severity.ts';
import { createScanEvidence } from '../../activities/scan-evidence.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { LogActivities } from '../../workflows/activity-proxies.ts';
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
  const clock = { nowMs: Date.now };
  const activities: LogActivities = {
    gatherLogs: createGatherLogs({ inventories, logs, evidence, clock }),
    gatherMetrics: createGatherMetrics({ inventories, metrics, evidence }),
    scanEvidence: createScanEvidence({ logs, evidence }),
    measureSeverity: createMeasureSeverity({ evidence, inventories, metrics }),
    measureRecovery: createMeasureRecovery({ evidence, inventories, metrics }),
  };
  return () => ({ activities });
}
