import type { Claim } from '../../workflows/domain/finding.ts';
import { jobNormal } from '../performance/kinds.ts';
import { fellSilent, isAfter, isRoutine, tellsProgress } from './at-work.ts';
import { claim, describe } from './claims.ts';
import type { Observation } from './observations.ts';
import { placeKey } from './places.ts';
import { xidGaugePrefix } from './timeliness.ts';

export interface Watched {
  readonly from: 'logs' | 'probes';
  readonly ofJob: boolean;
  readonly alertAtMs: number | null;
}

/**
 * Why nothing is wrong, or null. The absence of bad lines is no health: something has to have been seen at work, and a
 * job that is dead leaves clean nodes behind.
 */
export function nothingWrong(observations: readonly Observation[], lacks: string, watched: Watched): Claim | null {
  const health = observations.filter((observation) => isHealth(observation, watched));
  if (health.length === 0 || !isHarmless(observations, lacks, watched)) return null;
  if (health.every(isDeclaredHarmless) && observations.some(({ kind }) => kind.id === unreadTroubleId)) return null;
  // Lines that look well beside somebody who says that it failed are not all there was.
  if (watched.from === 'logs' && observations.some(({ kind }) => kind.id.startsWith(troubleToldPrefix))) return null;
  // A log that ends between two steps is all there is: what was good until then does not tell what ended it.
  if (watched.from === 'logs' && observations.some(({ kind }) => kind.id === stopsMidRunId)) return null;
  const earlier = observations.filter(isEarlier).toSorted(exporterFirst(observations));
  if (earlier.length > 0) {
    const shown = earlier.slice(0, shownMax);
    return claim(
      `${describe(firstOf(health))}. What is shown is from before the incident and no new event: ${shown.map(describe).join('; ')}`,
      [...shown.map(({ earliest }) => earliest), ...health.flatMap(({ findings }) => findings)],
    );
  }
  const shown = [
    ...health,
    ...observations.filter(({ role }) => role === 'symptom'),
    ...observations.filter(({ role, kind }) => role === 'context' && kind.id !== unreadTroubleId),
    ...observations.filter(({ role }) => role === 'clean'),
  ];
  const distinct = [...new Set(shown)].slice(0, shownMax);
  return claim(
    `Nothing that was read speaks of a fault: ${distinct.map(describe).join('; ')}`,
    distinct.flatMap(({ findings }) => findings),
  );
}

/** No cause was seen, nothing but what stands beside healthy jobs too, and no source of progress has fallen silent. */
function isHarmless(observations: readonly Observation[], lacks: string, { from, alertAtMs }: Watched): boolean {
  const findings = observations.flatMap((observation) => observation.findings);
  if (from === 'probes' && fellSilent(findings, alertAtMs)) return false;
  if (lacks === 'evidence') return true;
  const tells = findings.some((finding) => tellsProgress(finding.kind) && isAfter(finding, alertAtMs));
  const explained = observations.some(isEarlier) || observations.some(({ kind }) => kind.id === jobNormal.id);
  return (
    explained && observations.every((observation) => isMild(observation, alertAtMs) || (tells && isPause(observation)))
  );
}

const shownMax = 3;

/** Reported by `kb/detectors/sequences/silence.ts`. */
const stopsMidRunId = 'log.stops-mid-run';

/** The exporter's gauge that keeps the last Xid, and everything that was set aside as old. */
function isEarlier({ past, kind }: Observation): boolean {
  return past === true || kind.id === standingXidId;
}

/** Reported by `kb/metrics/xid-reported.ts`. */
export const standingXidId = 'metric.gpu.xid.standing';

/** What may stand beside a healthy job: numbers that differ a little, routine lines; nothing that points at a cause. */
function isMild({ role, kind, findings }: Observation, alertAtMs: number | null): boolean {
  if (role === 'context' || role === 'clean') return true;
  if (role === 'cause') return false;
  return mildReadings.has(kind.id) || findings.every((finding) => isRoutine(finding, alertAtMs));
}

/** Power falls while a checkpoint is written or an evaluation is fed; steps that are told afterwards show that it was that. */
function isPause({ kind }: Observation): boolean {
  return kind.id === 'metric.job.power.dropped';
}

/** Where GPUs of one healthy job differ a little from each other: another share of the work, another place in the rack. */
export const mildReadings: ReadonlySet<string> = new Set([
  'metric.gpu.power.below-siblings',
  'metric.gpu.temperature.above-siblings',
  'metric.gpu.tensor.above-siblings',
  'metric.gpu.tensor.below-siblings',
  'metric.job.utilisation.hides-waiting',
  'gpu.power.draw-below-siblings',
]);

/** First what the exporter shows and what the node's own log says of it: that is what the alert was about. */
function exporterFirst(observations: readonly Observation[]): (a: Observation, b: Observation) => number {
  const shown = observations.filter(({ kind }) => kind.id.startsWith(xidGaugePrefix));
  const order = ({ kind, place }: Observation): number =>
    kind.id.startsWith(xidGaugePrefix)
      ? 0
      : shown.some((one) => placeKey(one.place) === placeKey(place))
        ? 1
        : shown.some((one) => one.place.node === place.node)
          ? 2
          : 3;
  return (a, b) => order(a) - order(b);
}

function isHealth({ role, kind, findings }: Observation, { from, ofJob, alertAtMs }: Watched): boolean {
  if (role !== 'clean') return false;
  // Of a log it tells that what frightens in it is nothing; of a system that is watched it tells nothing.
  if (isDeclaredHarmless({ kind })) return from === 'logs';
  if (from === 'logs' || !ofJob || kind.id === jobNormal.id) return true;
  return tellsProgress(kind.id) && findings.some((finding) => isAfter(finding, alertAtMs));
}

/** Kinds of `kb/detectors/known-harmless.ts`. */
function isDeclaredHarmless({ kind }: Pick<Observation, 'kind'>): boolean {
  return kind.id.startsWith('harmless.');
}

/** Reported by `kb/detectors/notes/trouble-seen.ts`. */
const troubleToldPrefix = 'seen.trouble.';

/** Reported by `kb/detectors/unread-trouble.ts`. */
const unreadTroubleId = 'log.trouble-unread';

function firstOf(observations: readonly [Observation, ...Observation[]] | readonly Observation[]): Observation {
  const [first] = observations;
  if (first === undefined) throw new Error('no observation to describe');
  return first;
}
