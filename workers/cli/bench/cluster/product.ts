import { createHashingEmbedder } from '../../../../activities/adapters/hashing-embedder.ts';
import { shippedRecallables } from '../../../../activities/adapters/shipped-records.ts';
import { createComparePerformance } from '../../../../activities/compare-performance.ts';
import { createEmbedQuery } from '../../../../activities/embed-query.ts';
import { createGatherLogs } from '../../../../activities/gather-logs.ts';
import { createGatherMetrics } from '../../../../activities/gather-metrics.ts';
import { createMeasureRecovery } from '../../../../activities/measure-recovery.ts';
import { createPlanGathering } from '../../../../activities/plan-gathering.ts';
import type {
  CalibrationStore,
  EvidenceStore,
  LogStore,
  MetricsSource,
  ProbeRunner,
  RecallIndex,
} from '../../../../activities/ports.ts';
import { createPredictPerformance } from '../../../../activities/predict-performance.ts';
import { createReasonRound } from '../../../../activities/reason-round.ts';
import { createRecallIncidents } from '../../../../activities/recall-incidents.ts';
import { recallLibrary, type OpenedLibrary } from '../../../../activities/recall-library.ts';
import { createRunProbeBatch } from '../../../../activities/run-probe-batch.ts';
import { createScanEvidence } from '../../../../activities/scan-evidence.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';
import { exactIndex } from './exact-index.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What is opened once for many incidents. */
export interface Shelf {
  readonly library: () => Promise<OpenedLibrary>;
  readonly index: RecallIndex;
}

/** The shipped records, with hashed words as their vectors: nothing is downloaded, and every machine gets the same. */
export async function openShelf(): Promise<Shelf> {
  const { recallables } = await shippedRecallables();
  const { state, nearest } = await exactIndex(createHashingEmbedder(), recallables);
  const readOnly = () => Promise.reject(new Error('this index is only read'));
  return {
    library: recallLibrary(async () => recallables),
    index: { state, nearest, sync: readOnly, drop: readOnly },
  };
}

/** One site as the activities reach it. */
export interface SitePorts {
  readonly inventory: Inventory;
  readonly time: VirtualTime;
  readonly evidence: EvidenceStore;
  readonly logs: LogStore;
  readonly metrics: MetricsSource;
  readonly runner: ProbeRunner;
  /** Without critique. */
  readonly uncritical: boolean;
}

export type Product = ReturnType<typeof productOf>;

/** The activities that an incident runs up to its verdict, and the measurement after a repair, as the workers make them, over these ports. */
export function productOf(
  { library, index }: Shelf,
  { inventory, time, evidence, runner, uncritical, ...site }: SitePorts,
) {
  const inventories = new Map([[inventory.cluster, inventory]]);
  const logs = () => site.logs;
  const { kinds } = knowledge;
  const embedder = createHashingEmbedder();
  return {
    planGathering: createPlanGathering({ inventories, knowledge, clock: time }),
    gatherLogs: createGatherLogs({ inventories, logs, evidence, clock: time }),
    gatherMetrics: createGatherMetrics({ inventories, metrics: () => site.metrics, evidence, clock: time }),
    measureRecovery: createMeasureRecovery({ evidence, inventories, metrics: () => site.metrics, clock: time }),
    scanEvidence: createScanEvidence({ logs, evidence }),
    predictPerformance: createPredictPerformance({
      inventories,
      logs,
      evidence,
      calibration: uncalibrated,
      clock: time,
    }),
    comparePerformance: createComparePerformance({ inventories, logs, evidence }),
    embedQuery: createEmbedQuery({ evidence, embedder: async () => embedder, kinds }),
    recallIncidents: createRecallIncidents({ evidence, index, library, inventories, kinds }),
    reasonRound: createReasonRound({ evidence, inventories, knowledge, uncritical }),
    runProbeBatch: createRunProbeBatch({
      runner,
      evidence,
      inventories,
      clock: time,
      pause: (ms, signal) => time.wait(ms, signal),
    }),
  };
}

/** A site that has measured nothing of itself yet. */
const uncalibrated: Pick<CalibrationStore, 'records'> = { records: async () => ({ records: [], problems: [] }) };
