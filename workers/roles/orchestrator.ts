import { createHashingEmbedder } from '../../activities/adapters/hashing-embedder.ts';
import { createChromaIndex } from '../../activities/adapters/chroma-index.ts';
import { loadInventories } from '../../activities/adapters/inventory-files.ts';
import { openOpenAiEmbedder } from '../../activities/adapters/openai-embedder.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createAdoptRepair } from '../../activities/adopt-repair.ts';
import { createCheckPerformance } from '../../activities/check-performance.ts';
import { createLearnFromRepair } from '../../activities/learn-from-repair.ts';
import { createPlanGathering } from '../../activities/plan-gathering.ts';
import { createProposePlan } from '../../activities/propose-plan.ts';
import { createReasonRound } from '../../activities/reason-round.ts';
import { createRecallIncidents } from '../../activities/recall-incidents.ts';
import { createWriteChart } from '../../activities/write-chart.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { records } from '../../kb/records/index.ts';
import { recordText } from '../../kb/retrieval/bm25.ts';
import { taskQueues } from '../../workflows/domain/ids.ts';
import type { RepairReport } from '../../workflows/domain/repair-report.ts';
import type { ReasoningActivities, RecallActivities, AdoptionActivities } from '../../workflows/activity-proxies.ts';
import { configFor, type Config } from '../config.ts';
import { repositoryFile } from '../repository-file.ts';
import { connectTemporal } from '../temporal-client.ts';
import type { QueueParts } from './index.ts';

/** Workflows and reasoning: reads and writes evidence, asks Chroma; never holds an SSH key. */
export async function orchestratorParts(
  config: Config,
  workflowBundle: string | null,
): Promise<(queue: string) => QueueParts> {
  const { s3, chromaUrl, inventoryPath, embeddings, temporal } = configFor(config, 'orchestrator');
  const evidence = createS3Evidence(createS3Client(s3), s3.bucket, 'orchestrator');
  const inventories = loadInventories(inventoryPath);
  const embedder = embeddings === null ? createHashingEmbedder() : await openOpenAiEmbedder(embeddings);
  const index = createChromaIndex({ url: chromaUrl, embedder, textOf: recordText });
  const { kinds } = knowledge;
  const client = connectTemporal(temporal);
  const result = (workflowId: string): Promise<RepairReport> => client.workflow.getHandle(workflowId).result();
  const activities: ReasoningActivities & RecallActivities & AdoptionActivities = {
    planGathering: createPlanGathering({ inventories, knowledge, clock: { nowMs: Date.now } }),
    recallIncidents: createRecallIncidents({ evidence, embedder, index, records, kinds }),
    checkPerformance: createCheckPerformance({ evidence, inventories }),
    reasonRound: createReasonRound({ evidence, inventories, knowledge }),
    proposePlan: createProposePlan({ evidence, inventories }),
    learnFromRepair: createLearnFromRepair({ evidence, inventories, kinds }),
    writeChart: createWriteChart({ evidence }),
    adoptRepair: createAdoptRepair({ result }),
  };
  const workflows =
    workflowBundle === null
      ? { workflowsPath: repositoryFile('workflows/index.ts') }
      : { workflowBundle: { codePath: workflowBundle } };
  return (queue) => (queue === taskQueues.incidents ? workflows : { activities });
}
