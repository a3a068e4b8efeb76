import { readFileSync } from 'node:fs';
import { loadInventories } from '../../activities/adapters/inventory-files.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createSshProbeRunner } from '../../activities/adapters/ssh/probe-runner.ts';
import { createRunProbeBatch } from '../../activities/run-probe-batch.ts';
import type { ProbeActivities } from '../../workflows/activity-proxies.ts';
import { configFor, type Config } from '../config.ts';
import type { QueueParts } from './index.ts';

/** Holds the SSH key that may only look; its S3 account can put, and read what probe workers put. */
export async function probeParts(config: Config): Promise<(queue: string) => QueueParts> {
  const { s3, inventoryPath, probeKeyFile, probeLimits } = configFor(config, 'probes');
  const evidence = createS3Evidence(createS3Client(s3), s3.bucket, 'probes');
  const inventories = loadInventories(inventoryPath);
  const runner = createSshProbeRunner({ privateKey: readFileSync(probeKeyFile, 'utf8'), limits: probeLimits });
  const activities: ProbeActivities = { runProbeBatch: createRunProbeBatch({ evidence, inventories, runner }) };
  return () => ({ activities });
}
