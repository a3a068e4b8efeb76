import type { Device, Finding, RankedCause } from '../../workflows/domain/finding.ts';
import { logFindingKinds } from '../detectors/index.ts';
import { probes } from '../probes/index.ts';
import type { PlanNode, PlanSite } from '../schemas/remediation.ts';
import { runningJob, targetJob, type TargetJob } from './target-job.ts';
import { findingsOfNode, targetNode } from './target-node.ts';

/** The node that a cause names, and what was found on it. */
export interface NodeScene {
  readonly cause: RankedCause;
  readonly node: PlanNode;
  readonly here: readonly Finding[];
  readonly job: TargetJob | null;
  /** Steps about a node can be done elsewhere than on it. */
  readonly hasManagement: boolean;
}

export function nodeScene(
  cause: RankedCause,
  findings: readonly Finding[],
  site: PlanSite,
): NodeScene | { readonly notApplicable: string } {
  const node = targetNode(cause, site);
  if ('notApplicable' in node) return node;
  const here = findingsOfNode(node.name, findings);
  return { cause, node, here, job: targetJob(here), hasManagement: site.management !== undefined };
}

/** The latest of findings that tell one thing, if it says that the thing is wrong. */
export function standing(
  here: readonly Finding[],
  wrong: readonly string[],
  right: readonly string[],
): Finding | undefined {
  const latest = here.findLast(({ kind }) => wrong.includes(kind) || right.includes(kind));
  return latest !== undefined && wrong.includes(latest.kind) ? latest : undefined;
}

/** The latest of these kinds, on this device where one is given, that no clean reading of the same probe followed. */
export function seenOf(here: readonly Finding[], kinds: readonly string[], device?: Device): Finding | undefined {
  const at = here.findLastIndex(
    (one) =>
      kinds.includes(one.kind) && one.role !== 'clean' && (device === undefined || isSameDevice(device, one.device)),
  );
  const seen = here[at];
  const clean = seen === undefined ? undefined : cleanKinds.get(seen.kind);
  const isCleared = (one: Finding) => clean?.has(one.kind) === true && seen !== undefined && isAbout(seen, one);
  return here.slice(at + 1).some(isCleared) ? undefined : seen;
}

/** A probe that is asked about several names or mounts says of each whether it is well: one takes back nothing of another. */
function isAbout(seen: Finding, clean: Finding): boolean {
  const [of, said] = [subjectOf(seen), subjectOf(clean)];
  return of === undefined || said === undefined || of.split(' ').includes(said);
}

/** `/lustre`, `node-01`; of a comparison with siblings `address of node-01`. */
function subjectOf({ values }: Finding): string | undefined {
  const subject = values?.['mount'] ?? values?.['host'] ?? values?.['name'];
  return subject === undefined ? undefined : String(subject);
}

function isSameDevice(device: Device, other: Device | undefined): boolean {
  if (other?.kind !== device.kind) return false;
  return device.index === undefined ? other.name === device.name : other.index === device.index;
}

/** What a line of a log told is not taken back by a log that is silent later. */
const logKinds = new Set(logFindingKinds.map(({ id }) => id));
/** Of each kind that a probe reads, the clean answers of the same probe. */
const cleanKinds = new Map<string, Set<string>>();
for (const { outcomes } of probes)
  for (const { id } of outcomes.filter((one) => one.role !== 'clean' && !logKinds.has(one.id)))
    cleanKinds.set(
      id,
      new Set([
        ...(cleanKinds.get(id) ?? []),
        ...outcomes.filter(({ role }) => role === 'clean').map((clean) => clean.id),
      ]),
    );

/** Why something that ends what runs on the node may not be done now; `null` when no job is there. */
export function occupied({ node, here }: NodeScene): string | null {
  const running = runningJob(here);
  if (running === 'unread') return `whether a job runs on ${node.name} was not read from the scheduler`;
  return running === null ? null : `job ${running.jobId} runs on ${node.name}, which has to be free for that`;
}

const silentKinds = ['net.node.silent', 'scheduler.node.not-responding'];
const answeringKinds = ['net.node.answers', 'scheduler.node.in-service'];

/** The host does not answer any more, by the latest word of the network or the scheduler. */
export function isSilent(here: readonly Finding[]): boolean {
  return standing(here, silentKinds, answeringKinds) !== undefined;
}

/** The scheduler gives the node no work, for whatever reason. */
export function isTakenOut(here: readonly Finding[]): boolean {
  return (
    standing(here, ['scheduler.node.taken-out', 'scheduler.node.gpu-count-low'], ['scheduler.node.in-service']) !==
    undefined
  );
}
