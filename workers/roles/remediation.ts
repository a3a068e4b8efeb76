import { readFileSync } from 'node:fs';
import { loadInventories } from '../../activities/adapters/inventory-files.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createSshGateClient } from '../../activities/adapters/ssh/gate-client.ts';
import { createTemporalHistory } from '../../activities/adapters/temporal-history.ts';
import { createApplyStep } from '../../activities/apply-step.ts';
import { createRecordUndo } from '../../activities/record-undo.ts';
import { createInspectRepair } from '../../activities/recover-inspect.ts';
import { routeIn } from '../../activities/ssh-host.ts';
import type { RemediationActivities } from '../../workflows/activity-proxies.ts';
import { configFor, type Config } from '../config.ts';
import { connectTemporal } from '../temporal-client.ts';
import type { QueueParts } from './index.ts';

/** Holds the SSH key that can act, through the gate alone; reads the history itself and trusts nobody. */
export async function remediationParts(config: Config): Promise<(queue: string) => QueueParts> {
  const { s3, inventoryPath, remediationKeyFile, temporal } = configFor(config, 'remediation');
  const evidence = createS3Evidence(createS3Client(s3), s3.bucket, 'remediation');
  const inventories = loadInventories(inventoryPath);
  const privateKey = readFileSync(remediationKeyFile, 'utf8');
  const gate = createSshGateClient({ privateKey, route: routeIn(inventories) });
  const history = createTemporalHistory(connectTemporal(temporal).workflow);
  const activities: RemediationActivities = {
    recordUndo: createRecordUndo({ evidence }),
    applyStep: createApplyStep({ history, gate, evidence, inventories }),
    inspectRepair: createInspectRepair({ repairs: history, gate, inventories }),
  };
  return () => ({ activities });
}
