import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { createChromaIndex } from '../../activities/adapters/chroma-index.ts';
import { loadInventories } from '../../activities/adapters/inventory-files.ts';
import { closedIncidents, createExecutionReader } from '../../activities/adapters/history-archive-executions.ts';
import { ensureArchiveSweep } from '../../activities/adapters/history-archive-schedule.ts';
import { createHistoryArchive } from '../../activities/adapters/history-archive.ts';
import { openChannels } from '../../activities/adapters/notify/open-channels.ts';
import { ensureIndexSchedule } from '../../activities/adapters/index-schedule.ts';
import { shippedRecords, unreadRecords } from '../../activities/adapters/shipped-records.ts';
import { withVectorCache } from '../../activities/adapters/vector-cache.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createS3SiteKnowledge } from '../../activities/adapters/s3-site-knowledge.ts';
import { createAdoptRepair } from '../../activities/adopt-repair.ts';
import { createArchiveExecution } from '../../activities/archive-execution.ts';
import { codeIdentity } from '../../activities/audit/assemble.ts';
import { openSigner, SealKeyError, type Signer } from '../../activities/audit/seal.ts';
import { createCheckPerformance } from '../../activities/check-performance.ts';
import { createEmbedQuery } from '../../activities/embed-query.ts';
import { createFindUnarchived } from '../../activities/find-unarchived.ts';
import { createIndexKnowledge } from '../../activities/index-knowledge.ts';
import { createLearnFromRepair } from '../../activities/learn-from-repair.ts';
import { createNotify } from '../../activities/notify.ts';
import { lateIndex, openLate } from '../../activities/open-late.ts';
import { createPlanGathering } from '../../activities/plan-gathering.ts';
import { PortError, type Embedder } from '../../activities/ports.ts';
import { createProposePlan } from '../../activities/propose-plan.ts';
import { createRaiseEarlyWarning } from '../../activities/raise-early-warning.ts';
import { createReasonRound } from '../../activities/reason-round.ts';
import { createRecallIncidents } from '../../activities/recall-incidents.ts';
import { recallLibrary } from '../../activities/recall-library.ts';
import { siteRecallables } from '../../activities/site-recallables.ts';
import { createWriteChart } from '../../activities/write-chart.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { recallableOf } from '../../kb/retrieval/recallable.ts';
import { taskQueues } from '../../workflows/domain/ids.ts';
import type { RepairReport } from '../../workflows/domain/repair-report.ts';
import type {
  AdoptionActivities,
  ArchiveActivities,
  IndexActivities,
  NotificationActivities,
  ReasoningActivities,
  RecallActivities,
  SweepActivities,
  WarningActivities,
} from '../../workflows/activity-proxies.ts';
import { alertSender } from '../cli/watch/alert-sender.ts';
import { ConfigError, configFor, type Config } from '../config.ts';
import { loadNotifyTargets } from '../notify-targets.ts';
import { openEmbedder, type OpenedEmbedder } from '../open-embedder.ts';
import { repositoryFile } from '../repository-file.ts';
import { connectTemporal } from '../temporal-client.ts';
import type { QueueParts } from './index.ts';

type OrchestratorActivities = ReasoningActivities &
  RecallActivities &
  AdoptionActivities &
  NotificationActivities &
  ArchiveActivities &
  SweepActivities &
  IndexActivities &
  WarningActivities;

/** Workflows and reasoning: reads and writes evidence, asks Chroma; never holds an SSH key. */
export async function orchestratorParts(
  config: Config,
  workflowBundle: string | null,
): Promise<(queue: string) => QueueParts> {
  const own = configFor(config, 'orchestrator');
  const { s3, chromaUrl, inventoryPath, temporal, notifyFile, archiveKeyFile, apiUrl, apiToken } = own;
  const s3Client = createS3Client(s3);
  const evidence = createS3Evidence(s3Client, s3.bucket, 'orchestrator');
  const archive = createHistoryArchive(s3Client, s3.bucket);
  const inventories = loadInventories(inventoryPath);
  const log = pino({ name: 'orchestrator', level: own.logLevel });
  const opened = openLate(() => openEmbedder(own));
  const embedder = async (): Promise<Embedder> => (await opened()).embedder;
  const index = lateIndex(
    openLate(async () =>
      createChromaIndex({
        url: chromaUrl,
        embedder: withVectorCache(await embedder(), own.vectorCacheDir),
        base: s3.bucket,
      }),
    ),
  );
  const site = createS3SiteKnowledge(s3Client, s3.bucket);
  const shipped = await shippedRecords();
  for (const remark of [await whyPlainer(opened), unreadRecords(shipped.problems)])
    if (remark !== null) log.warn(remark);
  const library = recallLibrary(
    siteRecallables({
      shipped: shipped.records.map((record) => recallableOf(record)),
      knowledge: site,
      clock: { nowMs: Date.now },
      onProblem: (text) => log.warn(text),
    }),
  );
  const { kinds } = knowledge;
  const channels = openChannels(loadNotifyTargets(notifyFile), { nowMs: Date.now });
  const client = connectTemporal(temporal);
  const result = (workflowId: string): Promise<RepairReport> => client.workflow.getHandle(workflowId).result();
  const activities: OrchestratorActivities = {
    planGathering: createPlanGathering({ inventories, knowledge, clock: { nowMs: Date.now } }),
    embedQuery: createEmbedQuery({ evidence, embedder, kinds }),
    recallIncidents: createRecallIncidents({ evidence, index, library, inventories, kinds }),
    indexKnowledge: createIndexKnowledge({ index, library }),
    checkPerformance: createCheckPerformance({ evidence, inventories }),
    reasonRound: createReasonRound({ evidence, inventories, knowledge }),
    proposePlan: createProposePlan({ evidence, inventories }),
    learnFromRepair: createLearnFromRepair({
      evidence,
      inventories,
      kinds,
      site: { knowledge: site, shipped: shipped.records },
    }),
    writeChart: createWriteChart({ evidence }),
    adoptRepair: createAdoptRepair({ result }),
    notify: createNotify({ channels, webUi: temporal }),
    raiseEarlyWarning: createRaiseEarlyWarning({
      send: apiToken === null ? null : alertSender({ url: apiUrl, token: apiToken }),
    }),
    archiveExecution: createArchiveExecution({
      executions: createExecutionReader(client),
      evidence,
      evidenceBucket: s3.bucket,
      archive,
      inventories,
      knowledge,
      code: codeIdentity(knowledge, workflowBundle === null ? null : readFileSync(workflowBundle)),
      signer: archiveKeyFile === null ? null : openSignerFile(archiveKeyFile),
    }),
    findUnarchived: createFindUnarchived({
      closed: { each: (beforeMs, countMax, take) => closedIncidents(client, beforeMs, countMax, take) },
      archive,
      clock: { nowMs: Date.now },
    }),
  };
  await ensureArchiveSweep(client);
  await ensureIndexSchedule(client);
  const workflows =
    workflowBundle === null
      ? { workflowsPath: repositoryFile('workflows/index.ts') }
      : { workflowBundle: { codePath: workflowBundle } };
  return (queue) => (queue === taskQueues.incidents ? workflows : { activities });
}

/** An embeddings server that is away is no reason not to start: recall is by words until it answers. */
async function whyPlainer(open: () => Promise<OpenedEmbedder>): Promise<string | null> {
  try {
    return (await open()).notice;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return `${error.message}; recall is by words alone until it answers`;
  }
}

function openSignerFile(file: string): Signer {
  try {
    return openSigner(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SealKeyError ? error.message : 'the file cannot be read';
    throw new ConfigError([`WARDROUND_ARCHIVE_KEY_FILE: ${why}`]);
  }
}
