import { hostList } from '../../commands/slurm/text.ts';
import type { Timeline } from '../../physics/timeline.ts';
import { tearDownMs } from '../../physics/next-phase.ts';
import type { RankDeath } from '../../physics/job.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { LogLine } from '../line.ts';
import { slurmStamp } from '../stamps.ts';
import type { ManagementSource } from './management-source.ts';

/** The controller about jobs and nodes (messages of Slurm 23.11). */
export const slurmctldLines: ManagementSource = {
  log: 'slurmctld',
  lines: (timeline, _fromMs, toMs) => [
    ...timeline.all.flatMap((one) => jobLines(one, toMs)),
    ...nodeLines(timeline, toMs),
  ],
};

// A node that does not answer is missed at the next ping and given up after SlurmdTimeout.
const missedMs = 60_000;

function jobLines(timeline: Timeline, toMs: number): readonly LogLine[] {
  const { world } = timeline;
  const { slurmId, partitionName } = world.job;
  return timeline.lives(toMs).flatMap(({ attempt, death, requeuedMs }) => {
    const names = attempt.nodes.map((index) => world.nodes[index]?.name ?? '');
    const list = hostList(names);
    return [
      say(
        attempt.launchMs,
        `sched: Allocate JobId=${slurmId} NodeList=${list} #CPUs=${192 * names.length} Partition=${partitionName}`,
      ),
      ...(death === null
        ? []
        : [
            ...(death.ended === undefined ? [] : endedBecause(timeline, death)),
            say(
              death.atMs + tearDownMs,
              death.slurmState === 'NODE_FAIL'
                ? `_job_complete: JobId=${slurmId} NODE_FAIL`
                : death.ended === undefined
                  ? `_job_complete: JobId=${slurmId} WEXITSTATUS 1`
                  : `_job_complete: JobId=${slurmId} WTERMSIG 15`,
            ),
            say(death.atMs + tearDownMs + 1, `_job_complete: JobId=${slurmId} done`),
          ]),
      ...(requeuedMs === null
        ? []
        : [say(requeuedMs, `_slurm_rpc_requeue: Requeue of JobId=${slurmId} returned success`)]),
    ];
  });
}

/** Why the controller ended a job (src/slurmctld of 23.11: `job_mgr.c`, `preempt.c`, `node_mgr.c`). */
function endedBecause(timeline: Timeline, { atMs, slurmState, node }: RankDeath): readonly LogLine[] {
  const { job, nodes } = timeline.world;
  const id = `JobId=${job.slurmId}`;
  switch (slurmState) {
    case 'TIMEOUT':
      return [say(atMs, `Time limit exhausted for ${id}`)];
    case 'PREEMPTED': {
      const by = factAt(timeline, { fact: 'scheduler.preempted-by', place: job.name }, atMs);
      return [say(atMs, `preempted ${id} has been killed to reclaim resources for JobId=${by}`)];
    }
    case 'CANCELLED':
      return [say(atMs, `_slurm_rpc_kill_job: REQUEST_KILL_JOB ${id} uid ${job.uid}`)];
    case 'NODE_FAIL':
      return [
        say(atMs - 1, `update_node: node ${nodes[node]?.name ?? ''} state set to DOWN`),
        say(atMs, `Killing ${id} on failed node ${nodes[node]?.name ?? ''}`),
      ];
    case 'FAILED':
    case 'OUT_OF_MEMORY':
      return [];
  }
}

function nodeLines(timeline: Timeline, toMs: number): readonly LogLine[] {
  const { settings } = timeline.segmentAt(toMs);
  const changes = timeline.actions
    .filter(({ atMs }) => atMs <= toMs)
    .flatMap(({ atMs, changes: all }) =>
      all.flatMap((change) => {
        if (change.kind === 'node-drain')
          return [
            say(atMs, `update_node: node ${change.node} reason set to: ${change.reason}`),
            say(atMs + 1, `update_node: node ${change.node} state set to DRAINING`),
          ];
        return change.kind === 'node-resume' ? [say(atMs, `update_node: node ${change.node} state set to IDLE`)] : [];
      }),
    );
  const reboots = [...settings.reboots].flatMap(([name, times]) =>
    times.flatMap(({ fromMs, backMs }) => [
      say(fromMs + missedMs, `error: Nodes ${name} not responding`),
      say(backMs + 2_000, `Node ${name} rebooted 40 secs ago`),
      say(backMs + 2_001, `Node ${name} now responding`),
    ]),
  );
  return [...changes, ...reboots];
}

function say(atMs: number, text: string): LogLine {
  return { atMs, text: `${slurmStamp(atMs)} ${text}` };
}
