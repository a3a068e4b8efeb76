import type { HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import type { AlertObservation } from '../../../../workflows/domain/alert.ts';
import type { Verdict } from '../../../../workflows/domain/finding.ts';
import type { IncidentKey } from '../../../../workflows/domain/phase-data.ts';
import { admissionOf } from './admission.ts';
import { nextAlert, type Opening } from './first-alert.ts';
import { causeText, judgeVerdict, type Judgement } from './judge-verdict.ts';
import type { Product } from './product.ts';
import type { Truth } from './truth.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the incidents that the site opened after the first one added; nothing had been repaired meanwhile. */
export interface Later extends Judgement {
  readonly incidents: number;
  readonly alertnames: readonly string[];
}

/** The site after the first verdict. */
export interface Aftermath {
  readonly cluster: Pick<HeadlessCluster, 'nextAlertAfter' | 'alertsAt'>;
  readonly name: string;
  readonly time: VirtualTime;
  readonly product: Pick<Product, 'planGathering'>;
  readonly work: (incident: { readonly key: IncidentKey; readonly alert: AlertObservation }) => Promise<Verdict>;
}

/** Who waits for people does not wait longer for what else the site says. */
export const laterMsMax = 60 * 60_000;
const laterIncidentsMax = 3;

/**
 * Works the incidents that further alerts open while the first one waits for people, as long as something true is not
 * found. What they attribute counts beside what the first did; what the cluster entity merges into the first is not
 * reasoned about, as in the product. `null`: no further alert came.
 */
export async function laterIncidents(
  { cluster, name, time, product, work }: Aftermath,
  first: { readonly key: IncidentKey; readonly opening: Opening; readonly verdict: Verdict },
  truth: Truth,
): Promise<Later | null> {
  const { key, opening } = first;
  const sinceMs = opening.alert.receivedAtMs;
  const untilMs = time.nowMs() + laterMsMax;
  const heard = new Set(fingerprintsOf(opening.alert));
  const alertnames: string[] = [];
  let verdict = first.verdict;
  let judged: Judgement = judgeVerdict(truth, verdict);
  const admits = admissionOf(product, name);
  await admits({ key, alert: opening.alert });

  while (judged.outcome !== 'right' && alertnames.length < laterIncidentsMax) {
    const next = nextAlert(cluster, name, heard, { sinceMs, nowMs: time.nowMs(), untilMs });
    if (next === null) break;
    for (const fingerprint of fingerprintsOf(next.alert)) heard.add(fingerprint);
    await time.wait(next.alert.receivedAtMs - time.nowMs());
    const nextKey = { ...key, workflowId: `${key.workflowId}-${heard.size}`, runId: `${key.runId}-${heard.size}` };
    if ((await admits({ key: nextKey, alert: next.alert })) === null) continue;
    alertnames.push(next.alertname);
    verdict = together(verdict, await work({ key: nextKey, alert: next.alert }));
    judged = judgeVerdict(truth, verdict);
  }
  return alertnames.length === 0 ? null : { ...judged, incidents: alertnames.length, alertnames };
}

/** All that was attributed; else what the last one says. */
export function together(before: Verdict, now: Verdict): Verdict {
  if (before.kind !== 'attributed') return now;
  if (now.kind !== 'attributed') return before;
  const known = new Set(before.causes.map(causeText));
  return { ...before, causes: [...before.causes, ...now.causes.filter((cause) => !known.has(causeText(cause)))] };
}

function fingerprintsOf({ alerts }: AlertObservation): readonly string[] {
  return alerts.map(({ fingerprint }) => fingerprint);
}
