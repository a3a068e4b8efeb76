import { activeAttempt, latestAttempt, slurmState } from '../../physics/job.ts';
import { realMemoryMib } from '../../physics/memory.ts';
import { firstLaunchMs } from '../../physics/next-phase.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';
import { eachJob } from './jobs.ts';
import { reasonOf } from './show-job.ts';
import { hostList } from './text.ts';
import { timeLimitMinutes } from './time-limit.ts';

/** `squeue --json` of Slurm 23.11 (data_parser/v0.0.40): jobs that are pending, running or just ended. */
export const squeue: NodeCommand = {
  name: 'squeue',
  run(context, args) {
    if (args.join(' ') !== '--json')
      return complained(
        `squeue: unrecognized option '${args[0] ?? ''}'\nTry "squeue --help" for more information\n`,
        1,
      );
    const jobs = eachJob(context).flatMap((one) => jobEntry(one));
    const now = Math.floor(context.nowMs / 1000);
    const document = {
      jobs,
      last_backfill: number(now - (now % 30)),
      last_update: number(now),
      meta: {
        plugin: {
          type: 'openapi/slurmctld',
          name: 'Slurm OpenAPI slurmctld',
          data_parser: 'data_parser/v0.0.40',
          accounting_storage: 'accounting_storage/slurmdbd',
        },
        client: {
          source: '/dev/pts/0',
          user: context.root ? 'root' : 'wardround',
          group: context.root ? 'root' : 'wardround',
        },
        command: ['squeue', '--json'],
        slurm: {
          version: { major: '23', micro: '8', minor: '11' },
          release: '23.11.8',
          cluster: context.world.cluster,
        },
      },
      errors: [],
      warnings: [],
    };
    return printed(`${JSON.stringify(document, null, 2)}\n`);
  },
};

/** A job that ended stays in the controller's memory for MinJobAge. */
const minJobAgeMs = 300_000;

function jobEntry({ world, timeline, nowMs }: CommandContext): readonly object[] {
  const { settings, phase } = timeline.segmentAt(nowMs);
  const { job } = world;
  if (phase.kind === 'unsubmitted' || (phase.kind === 'ended' && nowMs - phase.endedMs > minJobAgeMs)) return [];
  const active = activeAttempt(phase);
  const attempt = latestAttempt(phase);
  const pending = phase.kind === 'pending';
  const names = pending || attempt === null ? [] : attempt.nodes.map((at) => world.nodes[at]?.name ?? '');
  const count = names.length === 0 ? job.nodes.length : names.length;
  const limitMinutes = timeLimitMinutes(settings, job.name, nowMs);
  const launchS = attempt === null || pending ? 0 : Math.floor(attempt.launchMs / 1000);
  const memory = active === null ? (settings.jobMemoryMib.get(job.name) ?? null) : active.memoryLimitMib;
  const endS =
    phase.kind === 'ended'
      ? phase.endedMs / 1000
      : limitMinutes === 0
        ? launchS === 0
          ? 0
          : launchS + 365 * 86_400
        : launchS + 60 * limitMinutes;
  const submitS = Math.floor((phase.kind === 'pending' ? phase.sinceMs : job.startMs - firstLaunchMs - 4_000) / 1000);
  const tres = `cpu=${192 * count},mem=${(memory ?? realMemoryMib) * count}M,node=${count},billing=${192 * count},gres/gpu=${world.gpusPerNode * count}`;
  return [
    {
      account: 'llm',
      batch_flag: true,
      batch_host: names[0] ?? '',
      cluster: world.cluster,
      command: `/lustre/home/${job.user}/${job.name}.sbatch`,
      comment: '',
      cpus: number(192 * count),
      current_working_directory: `/lustre/home/${job.user}`,
      derived_exit_code: exitCode(0),
      eligible_time: number(submitS),
      end_time: number(Math.floor(endS)),
      exclusive: ['true'],
      excluded_nodes: (settings.excluded.get(job.name) ?? []).join(','),
      exit_code: phase.kind === 'ended' ? exitCode(phase.death.ended === undefined ? 1 : 0) : exitCode(0),
      group_id: 10_000,
      group_name: 'llm',
      hold: phase.kind === 'pending' && phase.held,
      job_id: job.slurmId,
      job_resources: pending
        ? null
        : { nodes: hostList(names), allocated_cores: 96 * count, allocated_cpus: 192 * count, allocated_hosts: count },
      job_state: [slurmState(phase)],
      last_sched_evaluation: number(pending ? Math.floor(nowMs / 1000) : launchS),
      minimum_switches: 0,
      name: job.name,
      node_count: number(count),
      nodes: names.length === 0 ? '' : hostList(names),
      partition: job.partitionName,
      preempt_time: number(0),
      priority: number(pending && phase.held ? 0 : 4_294_901_720),
      qos: 'normal',
      requeue: true,
      restart_cnt: (attempt?.number ?? 0) + (pending ? 1 : 0),
      start_time: number(launchS),
      standard_output: `/lustre/home/${job.user}/slurm-${job.slurmId}.out`,
      state_description: '',
      state_reason: reasonOf(phase, nowMs),
      submit_time: number(submitS),
      suspend_time: number(0),
      tasks: number(count),
      time_limit: limitMinutes === 0 ? { set: false, infinite: true, number: 0 } : number(limitMinutes),
      tres_req_str: tres,
      tres_alloc_str: pending ? '' : tres,
      user_id: job.uid,
      user_name: job.user,
    },
  ];
}

function number(value: number): object {
  return { set: true, infinite: false, number: value };
}

function exitCode(code: number): object {
  return {
    status: [code === 0 ? 'SUCCESS' : 'ERROR'],
    return_code: number(code),
    signal: { id: { set: false, infinite: false, number: 0 }, name: '' },
  };
}
