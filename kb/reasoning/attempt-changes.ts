import { excerptCharsMax, type Finding } from '../../workflows/domain/finding.ts';
import { attemptEnds } from '../detectors/sequences/job-attempts.ts';
import { jobSlow, jobStopped } from '../performance/kinds.ts';
import { trainerKinds } from '../probes/job-blocks.ts';
import { nodeUnreachable } from '../probes/node-unreachable.ts';
import { allWait as ranksWait, stackKinds } from '../probes/stack-kinds.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { derive } from './derive.ts';
import { isOnMost } from './standstill.ts';

const source = 'https://docs.nvidia.com/deeplearning/nccl/release-notes/index.html (known and fixed issues: hangs)';

const ncclBeforeHang: FindingKind = {
  id: 'change.nccl-before-hang',
  summary:
    'The job made its steps with one release of NCCL, was started with another, and on all its nodes all ranks wait, the first rank of each node in the same call; nothing else was found',
  role: 'cause',
  ofProgram: true,
  weighs: {
    'nccl-bug': 5,
    // With the image, all that is in it may have changed.
    'framework-bug': 1,
    'scheduler-action': -2,
    'collective-mismatch': -1.5,
    'long-rank0-work-timeout': -1,
  },
  source,
};
const ncclBesideOther: FindingKind = {
  id: 'change.nccl-beside-other',
  summary:
    'The job was started with another release of NCCL than before, and stands still; something else shows, not all nodes are known to wait, or another library changed with it',
  role: 'context',
  ofProgram: true,
  weighs: { 'nccl-bug': 1.2, 'framework-bug': 0.3 },
  source,
};
const settingBeforeTrouble: FindingKind = {
  id: 'change.nccl-setting-before-trouble',
  summary: 'The job made its steps with other settings of NCCL than those with which it now stands still or is slow',
  role: 'cause',
  ofProgram: true,
  weighs: { 'nccl-env-misconfig': 2.2, 'scheduler-action': -1 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html',
};
const libraryBeforeTrouble: FindingKind = {
  id: 'change.library-before-trouble',
  summary: 'The job made its steps with another release of a library than the one with which it now stands still',
  role: 'context',
  ofProgram: true,
  weighs: { 'framework-bug': 1.2, 'scheduler-action': -1 },
  source: 'https://docs.pytorch.org/docs/stable/elastic/run.html',
};

export const attemptKinds: readonly FindingKind[] = [
  ncclBeforeHang,
  ncclBesideOther,
  settingBeforeTrouble,
  libraryBeforeTrouble,
];

/** Reported by kb/detectors/sequences/job-attempts.ts. */
const beganAnewId = 'job.attempt.began-anew';
const ncclChangedId = 'job.attempt.nccl-changed';
const settingChangedId = 'job.attempt.setting-changed';
const libraryChangedId = 'job.attempt.library-changed';

/**
 * What differs between the attempt that stands still or is slow and the one before, which ran well. A change of a job
 * that works is none of these.
 */
export function changesBeforeTrouble(findings: readonly Finding[], nodes: readonly string[]): readonly Finding[] {
  const hangs = standsInOneCollective(findings, nodes);
  const slow = findings.some(({ kind }) => kind === jobSlow.id || kind === jobStopped.id);
  if (!hangs && !slow) return [];
  const changed = (id: string): readonly Finding[] => findings.filter(({ kind }) => kind === id);
  // Which of two libraries that came together is at fault, only a change of one shows.
  const alone = nothingElse(findings) && waitsEverywhere(findings, nodes) && changed(libraryChangedId).length === 0;
  return [
    ...(hangs ? changed(ncclChangedId).map((one) => derived(alone ? ncclBeforeHang : ncclBesideOther, one)) : []),
    ...changed(settingChangedId).map((one) => derived(settingBeforeTrouble, one)),
    ...(hangs ? changed(libraryChangedId).map((one) => derived(libraryBeforeTrouble, one)) : []),
  ];
}

/** No cause; no rank that does something else, which is often a mere symptom; and no rank or node that could not be asked. */
function nothingElse(findings: readonly Finding[]): boolean {
  return !findings.some(({ kind, role }) => role === 'cause' || otherIds.has(kind));
}

const otherIds: ReadonlySet<string> = new Set(
  [...stackKinds, ...trainerKinds, nodeUnreachable].map(({ id }) => id).filter((id) => id !== ranksWait.id),
);

function waitsEverywhere(findings: readonly Finding[], nodes: readonly string[]): boolean {
  const waiting = new Set(findings.flatMap(({ kind, node }) => (kind === ranksWait.id ? (node ?? []) : [])));
  return nodes.length > 0 && nodes.every((node) => waiting.has(node));
}

/**
 * On most nodes all ranks stand still, and they do so in the same call as far as is known: of each node its first rank's
 * frame is compared, the others of the node wait too, but perhaps in another call.
 */
function standsInOneCollective(findings: readonly Finding[], nodes: readonly string[]): boolean {
  if (!isOnMost(findings, ranksWait.id, nodes)) return false;
  const frames = findings.flatMap(({ kind, values }) => (kind === ranksWait.id ? String(values?.['frame']) : []));
  return new Set(frames).size === 1;
}

/**
 * The ends of earlier attempts, where a later one began, made steps, and stands still now: that the job was put back into
 * the queue, or that its ranks were told to stop, is not what stops it.
 */
export function endsOfEarlierAttempts(findings: readonly Finding[], nodes: readonly string[]): readonly Finding[] {
  if (!standsInOneCollective(findings, nodes)) return [];
  const anew = findings.filter(({ kind, values }) => kind === beganAnewId && values?.['steps'] === 1);
  const endedMs = Math.max(...anew.map(({ values }) => Number(values?.['endedMs'] ?? Number.NEGATIVE_INFINITY)));
  return findings.filter(
    ({ kind, atMs, lastMs }) =>
      attemptEnds.includes(kind) && (lastMs ?? atMs ?? Number.POSITIVE_INFINITY) <= endedMs + oneEndMsMax,
  );
}

// Slurm waits 30 s between SIGTERM and SIGKILL (KillWait), torchrun's agents as long; clocks differ by seconds.
const oneEndMsMax = 60_000;

function derived(kind: FindingKind, { text, values, range }: Finding): Finding {
  const { what = '', before = '', after = '' } = values ?? {};
  return derive(
    kind,
    String(what),
    { range },
    {
      text: `${what}: ${before} before, ${after} now (${text})`.slice(0, excerptCharsMax),
      ...(values === undefined ? {} : { values }),
    },
  );
}
