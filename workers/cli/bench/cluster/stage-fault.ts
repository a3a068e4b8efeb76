import { headlessCluster, injectableFaults, type HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import { fnv1a } from '../../../../kb/fnv1a.ts';
import { inventorySchema } from '../../../../kb/schemas/inventory.ts';
import { defaultWatchSettings } from '../../../../workflows/domain/perf-watch.ts';
import { watchedCluster } from '../performance/simulated/run-cluster.ts';
import { seededRandom } from '../random.ts';
import { firstAlert, firstWarning, reportedByHand, type Opening } from './first-alert.ts';
import type { ListedFault, Struck } from './truth.ts';

/** Which fault, and on what. */
export interface StagedCase {
  readonly fault: string;
  readonly seed: number;
  readonly nodes: number;
  /** Where no rule of the site fires, the product's own watch of the jobs may open the incident. */
  readonly watches: boolean;
}

// The longest window of a handler is 45 minutes; a job needs healthy steps in it.
const healthyBeforeMsMin = 50 * 60_000;
const healthyBeforeMsSpread = 20 * 60_000;
/** A fault that no rule of the site has seen by then is one that nobody is told of. */
export const alertWaitMsMax = 60 * 60_000;
/** When a person would ask about a job that is said to be well. */
const handAfterMs = 15 * 60_000;
/** Three jobs, and nodes that none of them has: for what strikes only a spare node. */
const nodesWithSpares = 16;

/** A cluster with its fault, brought to the moment at which somebody speaks of it. */
export interface Staged {
  readonly cluster: HeadlessCluster;
  readonly nodes: number;
  readonly onsetMs: number;
  readonly struck: Struck;
}

/**
 * The fault, and who speaks of it first: a rule of the site, else the product's own watch. Where nothing is wrong it may
 * be nobody, and a person asks about the job instead.
 */
export function stageFault(fault: ListedFault, one: StagedCase): Staged & { readonly opening: Opening | null } {
  const isReal = fault.kind === 'fault' || fault.kind === 'dual' || fault.kind === 'twin';
  const waitMs = isReal ? alertWaitMsMax : handAfterMs;
  const untold = prepare(fault, one, (cluster, onsetMs) => void cluster.alertsAt(onsetMs));
  const { cluster, onsetMs } = untold;
  const { cluster: name, jobs } = inventorySchema.parse(cluster.inventory);
  const alert = firstAlert(cluster, name, onsetMs, waitMs);
  if (alert !== null) return { ...untold, opening: alert };
  const warned = one.watches ? warnedOf(fault, one, name, waitMs) : null;
  if (warned !== null || isReal) return warned ?? { ...untold, opening: null };
  return { ...untold, opening: reportedByHand(name, jobs[0]?.name, cluster.nowMs()) };
}

/** The same cluster once more, under watch: its time only goes forward. */
function warnedOf(
  fault: ListedFault,
  one: StagedCase,
  name: string,
  waitMs: number,
): (Staged & { readonly opening: Opening }) | null {
  const prepared = prepare(fault, one, (cluster, onsetMs) => {
    const watched = watchedCluster(cluster, defaultWatchSettings);
    watched.passTo(onsetMs);
    return watched;
  });
  const opening = firstWarning(prepared.before, name, prepared.onsetMs, waitMs);
  return opening === null ? null : { ...prepared, opening };
}

/** Healthy for a while, then the fault; on a larger cluster where it asks for a node that no job has. */
function prepare<T>(
  fault: ListedFault,
  { seed, nodes }: StagedCase,
  pass: (cluster: HeadlessCluster, onsetMs: number) => T,
): Staged & { readonly before: T } {
  const onCluster = (size: number): Staged & { readonly before: T } => {
    const cluster = headlessCluster({ nodes: size, seed });
    const random = seededRandom(seed * 1000 + fnv1a(fault.id));
    const onsetMs = Math.round(cluster.startMs + healthyBeforeMsMin + random() * healthyBeforeMsSpread);
    const before = pass(cluster, onsetMs);
    cluster.inject(fault.id, { seed, onsetMs });
    cluster.alertsAt(onsetMs);
    const struck = cluster.activeFaults().find(({ id }) => id === fault.id)?.target;
    if (struck === undefined) throw new Error(`${fault.id} was put there and is not there`);
    return { cluster, nodes: size, onsetMs, struck, before };
  };
  try {
    return onCluster(nodes);
  } catch (error) {
    if (error instanceof Error && /takes a spare one/.test(error.message) && nodes < nodesWithSpares)
      return onCluster(nodesWithSpares);
    throw error;
  }
}

export function listedFaults(): readonly ListedFault[] {
  return injectableFaults().map(({ id, kind, categories, place }) => ({ id, kind, categories, place }));
}
