import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, occupied } from './scene.ts';

/** Mounts a file system that jobs need and that is missing or no longer answers. */
export const fsRemount: Remediation = {
  id: 'fs.remount',
  platform: 'nvidia-linux',
  summary: 'mount a file system of the node anew that is missing or no longer answers',
  categories: ['shared-fs-problem'],
  precondition:
    'a probe read that the mount point is missing, stale or without an answer; for one that is still mounted, no job runs on the node',
  effect: 'the file system is mounted and answers',
  undo: 'none: a file system that did not answer had nothing to go back to',
  verification: 'the mounts are listed again, and each is asked',
  reversibility: 'one-way',
  approvalsNeeded: 1,
  approvalsSource:
    'https://penguin-gym-linux.com/en/articles/troubleshooting/stale-file-handle-nfs (most cases are mended by mounting anew on the client, by one administrator)',
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.remount, gateSteps.jobRequeue],
  source: 'https://man7.org/linux/man-pages/man8/umount.8.html (-l)',
  plan,
};

const settleClusterMs = 60_000;
const missing = ['fs.mounts.missing', 'fs.stale.absent'];
const dead = ['fs.stale.hangs', 'fs.stale.handle'];
const lost = [...missing, ...dead];

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const seen = here.filter(({ kind, values }) => lost.includes(kind) && typeof values?.['mount'] === 'string');
  if (seen.length === 0)
    return { notApplicable: `no probe has seen a file system of ${node.name} missing or without an answer` };
  const one = seen.findLast((finding) => !isBack(finding, here));
  if (one === undefined) return { notApplicable: `the file system of ${node.name} is back` };
  const mount = String(one.values?.['mount']);
  const inTheWay = dead.includes(one.kind) ? occupied(scene) : null;
  if (inTheWay !== null) return { notApplicable: inTheWay };
  return drawUp(scene, {
    summary: `Mount ${mount} on ${node.name} anew.`,
    forward: [{ step: gateSteps.remount, args: [mount] }],
    touches: dead.includes(one.kind)
      ? `one mount point of ${node.name}; processes that still wait in it stay as they are`
      : `one mount point of ${node.name}, where nothing is mounted`,
    cost: 'up to a minute',
    expectedMs: 30_000,
    verify: [{ probeId: 'fs.mounts' }, { probeId: 'fs.stale' }],
    again: true,
    settleClusterMs,
  });
}

/**
 * Each by the probe that can tell: where nothing is mounted `stat -f` answers for the file system above, and a file
 * system that hangs stands in the list of mounts all the same.
 */
function isBack(lostOne: Finding, here: readonly Finding[]): boolean {
  return here
    .slice(here.indexOf(lostOne) + 1)
    .some(({ kind, values }) =>
      missing.includes(lostOne.kind)
        ? kind === 'fs.mounts.complete'
        : kind === 'fs.stale.answers' && values?.['mount'] === lostOne.values?.['mount'],
    );
}
