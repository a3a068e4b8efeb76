import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Moves what jobs left in shared memory out of the way. */
export const shmClear: Remediation = {
  id: 'shm.clear',
  platform: 'nvidia-linux',
  summary: 'move shared memory that no process uses any more to a disk, and queue the failed job again',
  categories: ['shm-too-small'],
  precondition: 'a probe read that /dev/shm is full, or that segments of jobs that ended are left in it',
  effect: '/dev/shm has room; what a process has open or mapped is untouched',
  undo: 'the files come back where their names are free and there is room',
  verification: 'the room in /dev/shm and what is left in it are read again',
  // The files come back; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.shmClear, gateSteps.shmReturn, gateSteps.jobRequeue],
  source: 'https://man7.org/linux/man-pages/man7/shm_overview.7.html',
  plan,
};

const settleClusterMs = 60_000;
// The gate lets a command run for a minute, and the tool stops by itself before that.
const moveMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const full = standing(here, ['disk.space.shm-full'], ['disk.space.enough']);
  const left = standing(here, ['host.shm.leftover'], ['host.shm.tidy']);
  if (full === undefined && left === undefined)
    return { notApplicable: `no probe has read full or left-over shared memory on ${node.name}` };
  return drawUp(scene, {
    summary: `Move shared memory that nobody uses on ${node.name} out of /dev/shm.`,
    forward: [{ step: gateSteps.shmClear, args: [] }],
    undo: [{ step: gateSteps.shmReturn, args: [], undoes: 1 }],
    touches: `files in /dev/shm of ${node.name} that no process has open and that are older than ten minutes; they are kept on a disk`,
    cost: 'reading the memory and writing it to a disk; an undo needs the room again',
    expectedMs: moveMs,
    verify: [{ probeId: 'disk.space' }, { probeId: 'host.shared-memory' }],
    again: true,
    settleClusterMs,
  });
}
