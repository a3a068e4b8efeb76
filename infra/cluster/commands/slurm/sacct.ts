import type { AttemptLife } from '../../physics/lives.ts';
import { debugJobs, type DebugJob } from '../../physics/debug-jobs.ts';
import { tearDownMs } from '../../physics/next-phase.ts';
import type { Timeline } from '../../physics/timeline.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';
import { eachJob } from './jobs.ts';
import { hostList, slurmTime } from './text.ts';

/** `sacct -P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days`. */
export const sacct: NodeCommand = {
  name: 'sacct',
  run(context, args) {
    if (
      args.join(' ') !==
      '-P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days'
    )
      return complained(`sacct: error: Invalid field requested: "${args.at(-1) ?? ''}"\n`, 1);
    return printed(
      eachJob(context)
        .flatMap((one) => rows(one))
        .concat(debugJobs(context.timeline, context.nowMs).map(debugRow))
        .join(''),
    );
  },
};

/** A short job of another user. */
function debugRow({ id, name, state, node, fromMs, endMs }: DebugJob): string {
  const exit = state === 'FAILED' ? '1:0' : state === 'TIMEOUT' ? '0:0' : '0:125';
  return `${id}|${name}|${state}|${exit}|0:0|${slurmTime(fromMs)}|${slurmTime(endMs)}|${node}\n`;
}

/** Of a job that was put back into the queue the accounting shows its last run; the earlier ones need `--duplicates`. */
function rows({ timeline, nowMs }: CommandContext): readonly string[] {
  const { job } = timeline.world;
  const life = timeline.lives(nowMs).at(-1);
  const { phase } = timeline.segmentAt(nowMs);
  if (life === undefined) return [];
  const pending = phase.kind === 'pending';
  const ended = phase.kind === 'ended';
  const state = pending ? 'PENDING' : ended ? stateOf(timeline, life, nowMs) : 'RUNNING';
  const exit = ended ? exitOf(life) : '0:0';
  const names = life.attempt.nodes.map((at) => timeline.world.nodes[at]?.name ?? '');
  const start = pending ? 'Unknown' : slurmTime(life.attempt.launchMs);
  const end = ended ? slurmTime((life.death?.atMs ?? nowMs) + tearDownMs) : 'Unknown';
  return [
    `${job.slurmId}|${job.name}|${state}|${exit}|0:0|${start}|${end}|${pending ? 'None assigned' : hostList(names)}\n`,
  ];
}

function stateOf(timeline: Timeline, { death }: AttemptLife, nowMs: number): string {
  if (death === null) return 'COMPLETED';
  if (death.slurmState !== 'CANCELLED') return death.slurmState;
  const by = factAt(timeline, { fact: 'scheduler.cancelled-by', place: timeline.world.job.name }, nowMs);
  return by === '' ? 'CANCELLED' : `CANCELLED by ${timeline.world.job.uid}`;
}

function exitOf({ death }: AttemptLife): string {
  if (death === null) return '0:0';
  if (death.slurmState === 'OUT_OF_MEMORY') return '0:125';
  return death.ended === undefined ? '1:0' : '0:15';
}
