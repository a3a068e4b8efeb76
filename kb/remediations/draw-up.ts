import type { Device } from '../../workflows/domain/finding.ts';
import type { VerifyProbe } from '../../workflows/domain/proposal.ts';
import type { PlanDraft } from '../schemas/remediation.ts';
import { draftSteps, gateSteps, type WantedStep } from './gate-steps.ts';
import type { NodeScene } from './scene.ts';
import { restartCost, restartSettleClusterMs, restartsMax } from './target-job.ts';

/** What a plan on one node is made of. */
export interface Sketch {
  readonly summary: string;
  readonly forward: readonly WantedStep[];
  readonly undo?: readonly WantedStep[];
  readonly devices?: readonly Device[];
  readonly interruptsJob?: boolean;
  /** What is touched, for people. */
  readonly touches: string;
  readonly cost: string;
  readonly expectedMs: number;
  readonly verify: readonly Omit<VerifyProbe, 'nodes'>[];
  /** A job that has ended there is queued again as the last step; `running-too`: one that runs as well, for nothing else changes it. */
  readonly again?: boolean | 'running-too';
  /** Where the scheduler is told so, for a node that does not answer. */
  readonly on?: 'management';
  readonly takesOut?: boolean;
  readonly handOver?: { readonly task: string; readonly probeIds: readonly string[] };
  readonly settleClusterMs: number;
}

/** The plan of a sketch; arguments that the gate would refuse make it not applicable. */
export function drawUp(scene: NodeScene, sketch: Sketch): PlanDraft | { readonly notApplicable: string } {
  const { node } = scene;
  const job = restartable(scene, sketch.again ?? false);
  const requeue: readonly WantedStep[] =
    job === null
      ? []
      : [
          {
            step: gateSteps.jobRequeue,
            args: [job.jobId],
            onFailure: 'go-on',
            ...(sketch.on === undefined ? {} : { on: sketch.on }),
          },
        ];
  const forward = draftSteps(node.name, [...sketch.forward, ...requeue]);
  if ('invalid' in forward) return { notApplicable: `${forward.invalid} (${node.name})` };
  const undo = draftSteps(node.name, sketch.undo ?? []);
  if ('invalid' in undo) return { notApplicable: `${undo.invalid} (${node.name})` };
  const nodes = [node.name];
  return {
    summary: job === null ? sketch.summary : `${sketch.summary} Queue job ${job.jobId} again.`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes,
      devices: sketch.devices ?? [],
      interruptsJob: sketch.interruptsJob ?? job?.isRunning ?? false,
      text: sketch.touches,
    },
    cost: {
      expectedMs: sketch.expectedMs,
      text: job === null ? sketch.cost : `${sketch.cost}; ${restartCost(job)}`,
    },
    verifyProbes: [
      ...sketch.verify.map((probe) => ({ ...probe, nodes })),
      ...(job === null ? [] : [{ probeId: 'scheduler.jobs', nodes, expects: jobGoesOn }]),
    ],
    ...(sketch.takesOut === true ? { takesOut: { nodes, gpus: node.gpus.length } } : {}),
    ...(sketch.handOver === undefined
      ? {}
      : {
          handOver: {
            task: sketch.handOver.task,
            verifyProbes: sketch.handOver.probeIds.map((probeId) => ({ probeId, nodes })),
          },
        }),
    settleClusterMs: job === null ? sketch.settleClusterMs : Math.max(sketch.settleClusterMs, restartSettleClusterMs),
  };
}

// A job that was queued again may have to wait for its turn.
const jobGoesOn = ['scheduler.job.running', 'scheduler.job.pending'];

function restartable({ job }: NodeScene, again: boolean | 'running-too'): NodeScene['job'] {
  if (job === null || again === false || (job.isRunning && again !== 'running-too')) return null;
  return job.requeueable && job.restarts < restartsMax ? job : null;
}
