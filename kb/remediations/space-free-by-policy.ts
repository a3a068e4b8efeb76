import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import { nearlyFullShare } from '../probes/df.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { draftSteps, gateSteps } from './gate-steps.ts';
import { numberOf } from './target-gpu.ts';
import { restartCost, restartSettleClusterMs, restartsMax, targetJob } from './target-job.ts';
import { findingsOfNode, targetNode } from './target-node.ts';

/** Makes room on a full file system as far as a policy of the site allows it. */
export const spaceFreeByPolicy: Remediation = {
  id: 'space.free-by-policy',
  platform: 'nvidia-linux',
  summary: 'move old files off a full file system as a policy of the site allows, and queue the failed job again',
  categories: ['disk-full'],
  precondition: 'a probe read a full file system, and a policy of the site can free enough of it',
  effect: 'the file system has room; nothing is deleted',
  undo: 'the files come back where there is room for them',
  verification: 'the room is read again, and the job',
  // The files come back where there is room for them; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.spaceHold, gateSteps.spaceReturn, gateSteps.jobRequeue],
  source: 'https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html',
  plan,
};

// Moving files is done when the step ends; df tells it at once.
const spaceSettleClusterMs = 60_000;
// The gate lets a command run for a minute, and the tool stops by itself before that.
const moveMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const node = targetNode(cause, site);
  if ('notApplicable' in node) return node;
  const here = findingsOfNode(node.name, findings);
  const full = fullFileSystems(here).find(
    (one) => cause.device?.name === undefined || one.device === cause.device.name,
  );
  if (full === undefined) return { notApplicable: `no probe has seen a full file system on ${node.name}` };
  const { mount, neededKib } = full;
  const offers = policiesOf(here, mount);
  const offer = offers.find(({ reclaimableKib }) => reclaimableKib >= neededKib);
  if (offer === undefined)
    return {
      notApplicable:
        offers.length === 0
          ? `no policy of the site allows to move files off the full file system of ${node.name}`
          : `no policy of the site frees the ${neededKib} KiB that the full file system of ${node.name} needs`,
    };
  const known = targetJob(here);
  const job = known !== null && !known.isRunning && known.requeueable && known.restarts < restartsMax ? known : null;

  const forward = draftSteps(node.name, [
    { step: gateSteps.spaceHold, args: [offer.policy] },
    ...(job === null ? [] : [{ step: gateSteps.jobRequeue, args: [job.jobId] }]),
  ]);
  if ('invalid' in forward) return { notApplicable: forward.invalid };
  const undo = draftSteps(node.name, [{ step: gateSteps.spaceReturn, args: [offer.policy], undoes: 1 }]);
  if ('invalid' in undo) return { notApplicable: undo.invalid };
  return {
    summary: `Move up to ${offer.files} old files (${offer.reclaimableKib} KiB) off the full file system of ${node.name} by the policy ${offer.policy}${job === null ? '' : `, and queue job ${job.jobId} again`}.`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes: [node.name],
      devices: [],
      interruptsJob: false,
      text: `files that the policy ${offer.policy} names on ${node.name}; they are kept on another file system and nothing is deleted`,
    },
    cost: {
      expectedMs: moveMs,
      text: `reading and writing the files on two file systems${job === null ? '' : `; ${restartCost(job)}`}; an undo needs the room again`,
    },
    verifyProbes: [
      { probeId: 'disk.space', nodes: [node.name] },
      ...(job === null ? [] : [{ probeId: 'scheduler.jobs', nodes: [node.name] }]),
    ],
    settleClusterMs: job === null ? spaceSettleClusterMs : restartSettleClusterMs,
  };
}

interface Full {
  readonly mount: string;
  readonly device: string | undefined;
  /** What brings the file system above the share at which it counts as nearly full. */
  readonly neededKib: number;
}

/** The fullest first. */
function fullFileSystems(here: readonly Finding[]): readonly Full[] {
  return here
    .filter(({ kind }) => kind === 'disk.space.full' || kind === 'disk.space.nearly-full')
    .flatMap((finding) => {
      const mount = finding.values?.['mount'];
      const availableKib = numberOf(finding, 'availableKib');
      const totalKib = numberOf(finding, 'totalKib');
      if (typeof mount !== 'string' || availableKib === null || totalKib === null) return [];
      const neededKib = Math.ceil(nearlyFullShare * totalKib - availableKib);
      return [{ mount, device: finding.device?.name, neededKib, availableKib }];
    })
    .toSorted((a, b) => a.availableKib - b.availableKib);
}

interface Offer {
  readonly policy: string;
  readonly reclaimableKib: number;
  readonly files: number;
}

/** Policies of this file system; the one that moves least and still suffices is found first. */
function policiesOf(here: readonly Finding[], mount: string): readonly Offer[] {
  return here
    .filter(({ kind, values }) => kind === 'disk.reclaimable.some' && values?.['mount'] === mount)
    .flatMap((finding) => {
      const policy = finding.values?.['policy'];
      const reclaimableKib = numberOf(finding, 'reclaimableKib');
      const files = numberOf(finding, 'files');
      return typeof policy !== 'string' || reclaimableKib === null || files === null
        ? []
        : [{ policy, reclaimableKib, files }];
    })
    .toSorted((a, b) => a.reclaimableKib - b.reclaimableKib);
}
