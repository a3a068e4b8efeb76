import { plainTime } from '../../clock.ts';
import type { CommandContext } from '../command.ts';

/** `scontrol show config` of Slurm 23.11: the settings that anybody here asks for, among others. */
export function configText({ world, nowMs }: CommandContext): string {
  const rows: readonly (readonly [string, string])[] = [
    ['AccountingStorageEnforce', 'associations,limits,qos'],
    ['AccountingStorageType', 'accounting_storage/slurmdbd'],
    ['AuthType', 'auth/munge'],
    ['BatchStartTimeout', '10 sec'],
    ['BOOT_TIME', plainTime(world.historyFromMs - 9 * 24 * 3_600_000).replace(' ', 'T')],
    ['ClusterName', world.cluster],
    ['CompleteWait', '0 sec'],
    ['CredType', 'cred/munge'],
    ['DefMemPerNode', 'UNLIMITED'],
    ['Epilog[0]', '/etc/slurm/epilog.sh'],
    ['GresTypes', 'gpu'],
    ['HealthCheckInterval', '300 sec'],
    ['HealthCheckProgram', '/etc/slurm/health.sh'],
    ['InactiveLimit', '0 sec'],
    ['JobAcctGatherType', 'jobacct_gather/cgroup'],
    ['JobRequeue', '1'],
    ['KillWait', '30 sec'],
    ['MessageTimeout', '30 sec'],
    ['MinJobAge', '300 sec'],
    ['PreemptMode', 'CANCEL'],
    ['PreemptType', 'preempt/partition_prio'],
    ['PreemptExemptTime', '00:00:00'],
    ['PrologFlags', 'Alloc,Contain'],
    ['ProctrackType', 'proctrack/cgroup'],
    ['PropagateResourceLimits', 'NONE'],
    ['RebootProgram', '/sbin/reboot'],
    ['ResumeTimeout', '600 sec'],
    ['ReturnToService', '2'],
    ['SchedulerType', 'sched/backfill'],
    ['SelectType', 'select/cons_tres'],
    ['SelectTypeParameters', 'CR_CORE_MEMORY'],
    ['SlurmctldHost[0]', world.management.name],
    ['SlurmctldTimeout', '120 sec'],
    ['SlurmdTimeout', '300 sec'],
    ['SLURM_CONF', '/etc/slurm/slurm.conf'],
    ['SLURM_VERSION', '23.11.8'],
    ['TaskPlugin', 'task/cgroup,task/affinity'],
    ['TaskProlog', '/etc/slurm/task_prolog.sh'],
    ['UnkillableStepTimeout', '180 sec'],
  ];
  const ctl = world.management.name;
  return (
    `Configuration data as of ${plainTime(nowMs).replace(' ', 'T')}\n` +
    rows.map(([name, value]) => `${name.padEnd(23)} = ${value}\n`).join('') +
    `\nCgroup Support Configuration:\n` +
    [
      ['AllowedRAMSpace', '100.0%'],
      ['CgroupMountpoint', '/sys/fs/cgroup'],
      ['CgroupPlugin', 'cgroup/v2'],
      ['ConstrainCores', 'yes'],
      ['ConstrainDevices', 'yes'],
      ['ConstrainRAMSpace', 'yes'],
      ['ConstrainSwapSpace', 'no'],
    ]
      .map(([name = '', value = '']) => `${name.padEnd(23)} = ${value}\n`)
      .join('') +
    `\nSlurmctld(primary) at ${ctl} is UP\n`
  );
}
