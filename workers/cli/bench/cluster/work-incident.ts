import { getJson } from '../../../../activities/json-evidence.ts';
import { findingsSchema } from '../../../../activities/evidence-shapes.ts';
import type { EvidenceStore } from '../../../../activities/ports.ts';
import { wishesOfLook } from '../../../../kb/reasoning/first-look.ts';
import { budgets } from '../../../../workflows/domain/budgets.ts';
import type { EvidenceRef } from '../../../../workflows/domain/evidence.ts';
import type { Verdict } from '../../../../workflows/domain/finding.ts';
import { performanceCompareId } from '../../../../workflows/domain/ids.ts';
import { defaultIncidentSettings } from '../../../../workflows/domain/incident-input.ts';
import { laterLookAtMs } from '../../../../workflows/domain/later-looks.ts';
import type {
  GatheredLogs,
  GatherPlan,
  IncidentKey,
  ProbeBatchResult,
  RoundResult,
} from '../../../../workflows/domain/phase-data.ts';
import type { Ablation } from './ablations.ts';
import { keywordVerdict } from './keyword-verdict.ts';
import type { Look } from './look-again.ts';
import type { Product } from './product.ts';
import { runActivity } from './run-activity.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A batch of probes as the rounds asked for it. */
export interface BatchRun {
  readonly batch: string;
  /** Run on hosts; to compare the job's speed again is none of them. */
  readonly probes: readonly string[];
  readonly unread: number;
  readonly failures: ProbeBatchResult['failures'];
}

export interface Worked {
  readonly plan: GatherPlan;
  readonly handlerId: string;
  readonly verdict: Verdict;
  /** How often a round was reasoned. */
  readonly rounds: number;
  readonly batches: readonly BatchRun[];
  /** What stayed away, as the chart would say. */
  readonly without: readonly string[];
  /** Kinds that the scan counted, most telling first. */
  readonly kinds: readonly string[];
  readonly slowdownRatio: number | null;
  readonly leaderAfterRound1: string | null;
  /** Milliseconds; `null` where no later look would tell more. */
  readonly lookAtMs: number | null;
  /** Of logs, metrics and probes. */
  readonly findings: readonly EvidenceRef[];
}

interface Case {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly logs: GatheredLogs | null;
  readonly prediction: EvidenceRef | null;
}

/**
 * The procedure of workflow `incident` from the alert to the verdict, with its own activities in this process. What it
 * repeats of the workflow is the order of the calls; bounds and settings are those of the domain.
 */
export async function workIncident(
  product: Product,
  world: { readonly time: VirtualTime; readonly evidence: EvidenceStore },
  { key, alert, remains, mended, later }: Look,
  leftOut: ReadonlySet<Ablation>,
): Promise<Worked> {
  const without: string[] = [];
  const orWithout = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      without.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };
  const planned = await runActivity(product.planGathering, {
    key,
    alert,
    ...(remains === undefined ? {} : { remains }),
    ...(later === undefined ? {} : { untilMs: later.untilMs }),
  });
  const plan: GatherPlan = { ...planned, ...(mended === undefined ? {} : { mended }) };
  const lookAtMs = laterLookAtMs(plan, world.time.nowMs(), later?.looks);
  const [looked] = await Promise.all([
    leftOut.has('no-probes') || leftOut.has('keywords') ? null : lookFirst(product, key, plan, orWithout),
    world.time.wait(Math.min(plan.readyInMs, budgets.shippingWaitMsMax)),
  ]);

  const logs = await orWithout('logs', () => runActivity(product.gatherLogs, { key, plan }));
  const metrics = await orWithout('metrics', () => runActivity(product.gatherMetrics, { key, plan }));
  const scan = await runActivity(product.scanEvidence, { key, plan, logs, metrics });
  const seen = { plan, handlerId: plan.handlerId, kinds: scan.kinds.map(({ kind }) => kind), lookAtMs };
  if (leftOut.has('keywords')) {
    const findings = await getJson(world.evidence, scan.findings, findingsSchema);
    const none = { rounds: 0, batches: [], findings: [scan.findings], slowdownRatio: null, leaderAfterRound1: null };
    return { ...seen, ...none, verdict: keywordVerdict(findings), without };
  }
  const compares = !leftOut.has('no-performance');
  const { job } = plan;
  const predicted =
    compares && job !== null
      ? await orWithout('a prediction of the speed', () =>
          runActivity(product.predictPerformance, { cluster: key.cluster, job, logs }),
        )
      : null;
  const speedCase: Case = { key, plan, logs, prediction: predicted?.prediction ?? null };
  const recall = leftOut.has('no-recall')
    ? null
    : await orWithout('recall', async () => {
        const embedded = await runActivity(product.embedQuery, { key, findings: scan.findings });
        const asked = { key, findings: scan.findings, embedding: embedded.embedding };
        return runActivity(product.recallIncidents, asked);
      });
  const performance = compares
    ? await orWithout('the performance check', () => runActivity(product.comparePerformance, { ...speedCase, metrics }))
    : null;
  const rounds = await reasonInRounds(product, {
    speedCase: compares ? speedCase : null,
    key,
    plan,
    findings: [scan.findings, ...(looked === null ? [] : [looked.findings])],
    looked,
    recall: recall?.recall ?? null,
    earlier: later?.findings,
    performance: performance?.performance ?? null,
    mayProbe: !leftOut.has('no-probes'),
    orWithout,
  });
  return { ...seen, ...rounds, without, slowdownRatio: performance?.slowdownRatio ?? null };
}

async function lookFirst(
  product: Product,
  key: IncidentKey,
  { firstLook = [], firstLookMsMax }: GatherPlan,
  orWithout: Start['orWithout'],
): Promise<ProbeBatchResult | null> {
  const probes = wishesOfLook(firstLook);
  if (probes.length === 0) return null;
  const bound = firstLookMsMax === undefined ? {} : { msMax: firstLookMsMax };
  return orWithout('the first look', () =>
    runActivity(product.runProbeBatch, { key, batch: 'first-look', probes, ...bound }),
  );
}

interface Start {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly findings: readonly EvidenceRef[];
  readonly looked: ProbeBatchResult | null;
  readonly earlier: readonly EvidenceRef[] | undefined;
  readonly recall: EvidenceRef | null;
  readonly performance: EvidenceRef | null;
  readonly speedCase: Case | null;
  readonly mayProbe: boolean;
  readonly orWithout: <T>(what: string, work: () => Promise<T>) => Promise<T | null>;
}

type Rounds = Pick<Worked, 'verdict' | 'rounds' | 'batches' | 'findings' | 'leaderAfterRound1'>;

/** As `workflows/reason.ts` has it. */
async function reasonInRounds(product: Product, start: Start): Promise<Rounds> {
  const { key, plan, recall, performance, speedCase, orWithout } = start;
  const { probeBatchesMax } = defaultIncidentSettings;
  let { findings } = start;
  let previousGraph: EvidenceRef | null = null;
  let rounds = 0;
  let leader: string | null = null;
  const probesRun: { readonly probeId: string; readonly nodes: readonly string[] }[] = [];
  const batches: BatchRun[] = [];
  const results: EvidenceRef[] = start.looked === null ? [] : [start.looked.results];

  const think = async (round: 1 | 2 | 3): Promise<RoundResult> => {
    const compares = speedCase === null ? {} : { compares: true as const };
    const looks = start.looked === null ? {} : { looked: true as const };
    const read = results.length === 0 ? {} : { batches: [...results] };
    const before = start.earlier === undefined ? {} : { earlier: start.earlier };
    const so = { probesRun, ...compares, ...looks, ...read, ...before };
    const input = { key, plan, round, findings, recall, performance, previousGraph, ...so };
    const result = await runActivity(product.reasonRound, input);
    previousGraph = result.graphRef;
    rounds += 1;
    return result;
  };

  const probe = async (batch: string, wanted: RoundResult['wantedProbes']): Promise<void> => {
    if (!start.mayProbe) return;
    const all = wanted.map(({ probeId, nodes }) => ({ probeId, nodes }));
    const probes = all.filter(({ probeId }) => probeId !== performanceCompareId);
    const again = probes.length < all.length ? speedCase : null;
    const [result, compared] = await Promise.all([
      probes.length === 0 ? null : runActivity(product.runProbeBatch, { key, batch, probes }),
      again === null ? null : compareAgain(again),
    ]);
    probesRun.push(...all);
    if (result !== null) results.push(result.results);
    const { unread, failures } = result ?? { unread: 0, failures: [] };
    batches.push({ batch, probes: probes.map(({ probeId }) => probeId), unread, failures });
    findings = [...findings, ...(result === null ? [] : [result.findings]), ...(compared === null ? [] : [compared])];
  };

  const compareAgain = async (one: Case): Promise<EvidenceRef | null> => {
    const metrics = await orWithout('newer metrics', () =>
      runActivity(product.gatherMetrics, { key, plan, untilNow: true as const }),
    );
    if (metrics === null) return null;
    const result = await orWithout('the performance check', () =>
      runActivity(product.comparePerformance, { ...one, metrics }),
    );
    return result?.comparison?.findings ?? null;
  };

  const ended = (verdict: Verdict): Rounds => ({ verdict, rounds, batches, findings, leaderAfterRound1: leader });

  const first = await think(1);
  leader = first.hypotheses[0]?.category ?? null;
  if (first.verdict !== null) return ended(first.verdict);

  let second = await think(2);
  for (let batch = 1; batch <= probeBatchesMax && second.verdict === null; batch += 1) {
    if (second.wantedProbes.length === 0 || !start.mayProbe) break;
    await probe(`round2-${batch}`, second.wantedProbes);
    second = await think(2);
  }
  if (second.verdict !== null) return ended(second.verdict);

  let third = await think(3);
  for (let batch = 1; batch <= budgets.refutingBatchesMax && third.verdict === null; batch += 1) {
    if (third.wantedProbes.length === 0) break;
    await probe(`round3-${batch}`, third.wantedProbes);
    third = await think(3);
  }
  return ended(third.verdict ?? undecided(third));
}

function undecided({ wantedProbes: [decidingProbe], hypotheses }: RoundResult): Verdict {
  return {
    kind: 'not-proven',
    candidates: hypotheses,
    ...(decidingProbe === undefined ? {} : { decidingProbe }),
    reason: 'the bound on probe batches was reached before one cause stood out',
  };
}
