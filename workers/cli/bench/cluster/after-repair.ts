import type { HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import type { AlertObservation } from '../../../../workflows/domain/alert.ts';
import { claimedCauses } from '../../../../workflows/domain/cluster-claims.ts';
import type { MendedCause } from '../../../../workflows/domain/cluster-mended.ts';
import type { Verdict } from '../../../../workflows/domain/finding.ts';
import { defaultIncidentSettings } from '../../../../workflows/domain/incident-input.ts';
import type { GatherPlan, IncidentKey } from '../../../../workflows/domain/phase-data.ts';
import { remainsOf } from '../../../../workflows/domain/severity.ts';
import { admissionOf } from './admission.ts';
import { groupAt, nextAlert, type Opening } from './first-alert.ts';
import { causeText, judgeVerdict, namedCauses, type Judgement } from './judge-verdict.ts';
import { laterMsMax, together } from './later-incidents.ts';
import type { Look } from './look-again.ts';
import type { Product } from './product.ts';
import { runActivity } from './run-activity.ts';
import type { ListedFault, TrueCause, Truth } from './truth.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What came after the fault that the first verdict named was mended. */
export interface AfterRepair extends Judgement {
  /** Id of the fault that was mended. */
  readonly mended: string;
  /** Runs that looked at what showed then, in their order. */
  readonly runs: readonly RunAfter[];
}

interface RunAfter {
  /** Name of the alert; the first one again where trouble outlasted the repair. */
  readonly alertname: string;
  /** Another run of the same incident, about what the repair left. */
  readonly remains: boolean;
  readonly verdict: Verdict['kind'];
  readonly said: readonly string[];
}

/** The site at the first verdict. */
interface Mendable {
  readonly cluster: Pick<HeadlessCluster, 'nowMs' | 'nextAlertAfter' | 'alertsAt' | 'healPart'>;
  readonly name: string;
  readonly time: VirtualTime;
  readonly product: Pick<Product, 'planGathering' | 'measureRecovery'>;
  /** A run with its later looks. */
  readonly look: (about: Omit<Look, 'later'>) => Promise<{ readonly verdict: Verdict }>;
}

interface First {
  readonly key: IncidentKey;
  readonly opening: Opening;
  readonly plan: GatherPlan;
  readonly verdict: Verdict;
}

const runsMax = 2;
// What most remediations give a repair to settle (`settleClusterMs` of kb/remediations) before it is measured.
const settleMs = 2 * 60_000;

/**
 * Mends the one of two faults that the first verdict named, as its repair would have done, and goes on as the incident
 * does: it waits for the alert to end, looks again at what remains, and then works the incidents of alerts that begin
 * after the repair. What these attribute is judged by the other fault alone: who names the mended one again is wrong.
 * @param parts The faults that the dual is made of.
 */
export async function afterRepair(
  { cluster, name, time, product, look }: Mendable,
  { key, opening, plan, verdict: atFirst }: First,
  truth: Truth,
  parts: readonly ListedFault[],
): Promise<AfterRepair> {
  const named = namedCauses(truth, atFirst);
  const mended = partOf(named, parts);
  // Answers of hosts may have taken the cluster beyond the moment of the verdict.
  await time.wait(cluster.nowMs() - time.nowMs());
  const repairedMs = time.nowMs();
  cluster.healPart(mended, repairedMs);
  await time.wait(settleMs);
  const outlasts = await awaitCalm({ cluster, name, time, product }, { key, opening, plan });

  const left = { ...truth, causes: truth.causes.filter((cause) => !named.includes(cause)) };
  const admits = admissionOf(product, name, mendedCauses(atFirst, parts, mended, repairedMs));
  const untilMs = repairedMs + laterMsMax;
  const heard = new Set<string>();
  const runs: RunAfter[] = [];
  const verdicts: Verdict[] = [];
  const work = async (alertname: string, about: Omit<Look, 'later'>): Promise<void> => {
    for (const { fingerprint } of about.alert.alerts) heard.add(fingerprint);
    const admission = await admits(about);
    if (admission === null) return;
    const worked = await look({ ...about, ...admission });
    runs.push({ alertname, remains: about.remains !== undefined, ...saidIn(worked.verdict) });
    verdicts.push(worked.verdict);
  };

  if (outlasts !== null) {
    const remains = { sinceMs: repairedMs, atMs: time.nowMs() };
    await work(opening.alertname, { key: { ...key, runId: `${key.runId}-remains` }, alert: outlasts, remains });
  }
  while (runs.length < runsMax && judgedAfter(left, verdicts).outcome === 'half') {
    const next = nextAlert(cluster, name, heard, { sinceMs: repairedMs, nowMs: time.nowMs(), untilMs });
    if (next === null) break;
    await time.wait(next.alert.receivedAtMs - time.nowMs());
    const another = `repaired-${heard.size}`;
    await work(next.alertname, {
      key: { ...key, workflowId: `${key.workflowId}-${another}`, runId: `${key.runId}-${another}` },
      alert: next.alert,
    });
  }
  return { ...judgedAfter(left, verdicts), mended, runs };
}

/** The one of two faults that is this cause. */
function partOf(named: readonly TrueCause[], parts: readonly ListedFault[]): string {
  const names = named.flatMap(({ categories }) => categories);
  const [part, ...others] = parts.filter(({ categories }) => categories.some((one) => names.includes(one)));
  if (part === undefined || others.length > 0)
    throw new Error(`${names.join(', ') || 'nothing'} is not one of ${parts.map(({ id }) => id).join(' and ')}`);
  return part.id;
}

/** As the repair tells it to the cluster entity. */
function mendedCauses(
  verdict: Verdict,
  parts: readonly ListedFault[],
  mended: string,
  atMs: number,
): readonly MendedCause[] {
  const categories = parts.find(({ id }) => id === mended)?.categories ?? [];
  const causes = verdict.kind === 'attributed' ? verdict.causes : [];
  return claimedCauses(causes.filter(({ category }) => categories.includes(category))).map((one) => ({ ...one, atMs }));
}

// Shares of the wait at which `awaitCalm` of the workflow measures.
const looksAt = [0, 0.1, 0.3, 1] as const;
const alertReadEveryMs = 15_000;

/**
 * As `workflows/await-calm.ts` has it: waits for the alert to end or for the trouble to be over. The alert's group as it
 * fires when neither came; `null`: nothing remains.
 */
async function awaitCalm(
  { cluster, name, time, product }: Omit<Mendable, 'look'>,
  { key, opening, plan }: Pick<First, 'key' | 'opening' | 'plan'>,
): Promise<AlertObservation | null> {
  const endMs = defaultIncidentSettings.laterAlertEndMs ?? 0;
  const { groupKey } = opening;
  const firing = () => {
    // What is measured is of the moment to which the cluster was brought.
    cluster.alertsAt(time.nowMs());
    // The product's own watch closes its warning when the job is as fast as before, which is measured in any case.
    return groupKey === undefined ? opening.alert : groupAt(cluster, name, groupKey, time.nowMs());
  };
  const startMs = time.nowMs();
  for (const share of looksAt) {
    while (firing() !== null && time.nowMs() < startMs + share * endMs)
      await time.wait(Math.min(alertReadEveryMs, startMs + share * endMs - time.nowMs()));
    if (firing() === null) return null;
    const asked = { key, plan, proposal: null, verifyProbes: [], probes: null };
    const { severity } = await runActivity(product.measureRecovery, asked);
    if (remainsOf(severity) === null) return null;
  }
  return firing();
}

/** What was named and mended is found; the rest is judged as ever. */
function judgedAfter(left: Truth, [first, ...others]: readonly Verdict[]): Judgement {
  if (first === undefined) return { outcome: 'half', detail: 'after the repair nobody was told of anything' };
  const judged = judgeVerdict(left, others.reduce(together, first));
  const isOpen = judged.outcome === 'not-proven' || judged.outcome === 'no-fault';
  return isOpen ? { outcome: 'half', detail: `after the repair ${judged.outcome}: ${judged.detail}` } : judged;
}

function saidIn(verdict: Verdict): Pick<RunAfter, 'verdict' | 'said'> {
  switch (verdict.kind) {
    case 'attributed':
      return { verdict: verdict.kind, said: verdict.causes.map(causeText) };
    case 'not-proven':
      return { verdict: verdict.kind, said: verdict.candidates.map(causeText) };
    case 'no-fault':
      return { verdict: verdict.kind, said: [] };
  }
}
