import { moduleLoaded } from '../../physics/driver-state.ts';
import { residentsOf } from '../../physics/resident-processes.ts';
import type { CommandContext } from '../command.ts';
import { processesOf, startTicksOf } from '../host/process-list.ts';
import { trainersOn } from './trainer.ts';

interface Held {
  readonly pid: number;
  readonly gpus: readonly number[];
  /** Number of its Slurm job, and whether that runs. */
  readonly job: readonly [number: string, runs: 'yes' | 'no'];
}

/** Daemons that have every GPU open. */
const ofTheDriver = ['nvidia-persiste', 'nv-fabricmanage', 'nv-hostengine'];
/** The numbers of jobs that ended hours ago lie this far back. Assumed. */
const earlierJob = 3;

/** A line for each process and GPU, by ascending pid, under a line of names. */
export function holders(context: CommandContext): string {
  const { node } = context;
  const all = processesOf(context);
  const lines = heldOn(context)
    .toSorted((a, b) => a.pid - b.pid)
    .flatMap(({ pid, gpus, job }) => {
      const process = all.find((one) => one.pid === pid);
      if (process === undefined) return [];
      const who = `${pid} ${startTicksOf(context, process)} ${process.user} ${process.comm}`;
      return gpus.map((gpu) => `${who} ${(node.gpus[gpu]?.busId ?? '').slice(4).toLowerCase()} ${job.join(' ')}\n`);
    });
  return `pid start_ticks user comm gpu job runs\n${lines.join('')}== end holders=${lines.length}\n`;
}

function heldOn(context: CommandContext): readonly Held[] {
  const { timeline, node, nowMs, processes } = context;
  const { world } = timeline;
  const { settings } = timeline.segmentAt(nowMs);
  if (!moduleLoaded(settings, node.name, 'nvidia', nowMs)) return [];
  const every = node.gpus.map(({ index }) => index);
  return [
    ...processesOf(context)
      .filter(({ comm }) => ofTheDriver.includes(comm))
      .map(({ pid }): Held => ({ pid, gpus: every, job: ['-', 'no'] })),
    ...trainersOn(context).map(({ pid, gpu }): Held => ({ pid, gpus: [gpu], job: [String(world.job.slurmId), 'yes'] })),
    ...residentsOf(world, settings, node, nowMs).map(({ pid, gpu, kind }): Held => ({
      pid,
      gpus: [gpu],
      // Its control group keeps the number of the job that it is left of.
      job: [kind === 'leftover-trainer' ? String(world.job.slurmId - earlierJob) : '-', 'no'],
    })),
    ...(processes?.on(node.name) ?? []).map(({ pid, gpus }): Held => ({ pid, gpus, job: ['-', 'no'] })),
  ];
}
