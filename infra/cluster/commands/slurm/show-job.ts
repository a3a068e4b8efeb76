import { activeAttempt, latestAttempt, slurmState, type DeathState, type JobPhase } from '../../physics/job.ts';
import { realMemoryMib } from '../../physics/memory.ts';
import { firstLaunchMs } from '../../physics/next-phase.ts';
import type { CommandContext } from '../command.ts';
import { hostList, record, slurmDuration, slurmMemory, slurmTime } from './text.ts';
import { timeLimitText } from './time-limit.ts';

/** The training job as `scontrol show job` prints it, in Slurm 23.11's layout. */
export function jobRecord({ world, timeline, nowMs }: CommandContext, oneLine: boolean): string {
  const { settings, phase } = timeline.segmentAt(nowMs);
  const { job } = world;
  const attempt = latestAttempt(phase);
  const active = activeAttempt(phase);
  const submittedMs = job.startMs - firstLaunchMs - 4_000;
  const names =
    attempt === null || phase.kind === 'pending' ? [] : attempt.nodes.map((at) => world.nodes[at]?.name ?? '');
  const count = names.length === 0 ? job.nodes.length : names.length;
  const pending = phase.kind === 'pending' || attempt === null;
  const endMs = phase.kind === 'ended' ? phase.endedMs : null;
  const runMs = pending ? 0 : (endMs ?? nowMs) - attempt.launchMs;
  const eligibleMs = phase.kind === 'pending' ? phase.eligibleMs : (attempt?.launchMs ?? submittedMs);
  const restarts = attempt === null ? 0 : attempt.number + (phase.kind === 'pending' ? 1 : 0);
  const limitMib = active === null ? (settings.jobMemoryMib.get(job.name) ?? null) : active.memoryLimitMib;
  const gpus = world.gpusPerNode;
  const tres = `cpu=${192 * count},mem=${(limitMib ?? realMemoryMib) * count}M,node=${count},billing=${192 * count},gres/gpu=${gpus * count},gres/gpu:a800=${gpus * count}`;
  return record(
    [
      `JobId=${job.slurmId} JobName=${job.name}`,
      `UserId=${job.user}(${job.uid}) GroupId=llm(10000) MCS_label=N/A`,
      `Priority=${phase.kind === 'pending' && phase.held ? 0 : 4_294_901_720} Nice=0 Account=llm QOS=normal`,
      `JobState=${slurmState(phase)} Reason=${reasonOf(phase, nowMs)} Dependency=(null)`,
      `Requeue=1 Restarts=${restarts} BatchFlag=1 Reboot=0 ExitCode=${exitCodeOf(phase)}`,
      `RunTime=${slurmDuration(runMs)} TimeLimit=${timeLimitText(settings, job.name, nowMs)} TimeMin=N/A`,
      `SubmitTime=${slurmTime(phase.kind === 'pending' ? phase.sinceMs : submittedMs)} EligibleTime=${slurmTime(eligibleMs)}`,
      `AccrueTime=${slurmTime(eligibleMs)}`,
      `StartTime=${pending ? 'Unknown' : slurmTime(attempt.launchMs)} EndTime=${endMs === null ? 'Unknown' : slurmTime(endMs)} Deadline=N/A`,
      `SuspendTime=None SecsPreSuspend=0 LastSchedEval=${slurmTime(pending ? nowMs : attempt.launchMs)} Scheduler=Main`,
      `Partition=${job.partitionName} AllocNode:Sid=login-01:41873`,
      `ReqNodeList=(null) ExcNodeList=${hostList(settings.excluded.get(job.name) ?? [])}`,
      ...(names.length === 0 ? ['NodeList='] : [`NodeList=${hostList(names)}`, `BatchHost=${names[0]}`]),
      `NumNodes=${pending ? `2-${job.nodes.length}` : count} NumCPUs=${192 * count} NumTasks=${count} CPUs/Task=192 ReqB:S:C:T=0:0:*:*`,
      `ReqTRES=${tres}`,
      `AllocTRES=${pending ? '(null)' : tres}`,
      'Socks/Node=* NtasksPerN:B:S:C=1:0:*:* CoreSpec=*',
      `MinCPUsNode=192 MinMemoryNode=${slurmMemory(limitMib ?? 0)} MinTmpDiskNode=0`,
      'Features=(null) DelayBoot=00:00:00',
      'OverSubscribe=NO Contiguous=0 Licenses=(null) Network=(null)',
      `Command=/lustre/home/${job.user}/${job.name}.sbatch`,
      `WorkDir=/lustre/home/${job.user}`,
      `StdErr=/lustre/home/${job.user}/slurm-${job.slurmId}.out`,
      'StdIn=/dev/null',
      `StdOut=/lustre/home/${job.user}/slurm-${job.slurmId}.out`,
      'Power=',
      `TresPerNode=gres:gpu:a800:${gpus}`,
    ],
    oneLine,
  );
}

export function reasonOf(phase: JobPhase, nowMs: number): string {
  if (phase.kind === 'ended') return endReasons[phase.death.slurmState];
  if (phase.kind !== 'pending') return 'None';
  if (phase.held) return 'job_requeued_in_held_state';
  return nowMs < phase.eligibleMs ? 'BeginTime' : 'ReqNodeNotAvail,_May_be_reserved_for_other_job';
}

const endReasons: Readonly<Record<DeathState, string>> = {
  FAILED: 'NonZeroExitCode',
  OUT_OF_MEMORY: 'OutOfMemory',
  NODE_FAIL: 'NodeDown',
  TIMEOUT: 'TimeLimit',
  CANCELLED: 'None',
  PREEMPTED: 'None',
};

/** Slurm's `exit code:signal`; 0:125 is its mark for memory. */
function exitCodeOf(phase: JobPhase): string {
  if (phase.kind !== 'ended') return '0:0';
  if (phase.death.slurmState === 'OUT_OF_MEMORY') return '0:125';
  return phase.death.ended === undefined ? '1:0' : '0:15';
}
