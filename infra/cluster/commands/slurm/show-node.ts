import { activeAttempt } from '../../physics/job.ts';
import { load1 } from '../../physics/host.ts';
import { memory, realMemoryMib } from '../../physics/memory.ts';
import { bootMsOf, isUp } from '../../physics/node-life.ts';
import { activeReservations } from '../../physics/scheduler.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { WorldNode } from '../../world.ts';
import type { CommandContext } from '../command.ts';
import { record, slurmTime } from './text.ts';

/** One node of `scontrol show node`, in Slurm 23.11's layout. */
export function nodeRecord({ world, timeline, nowMs }: CommandContext, node: WorldNode, oneLine: boolean): string {
  const { settings, phase } = timeline.segmentAt(nowMs);
  const attempt = activeAttempt(phase);
  const up = isUp(settings, node.name, nowMs);
  const bootMs = bootMsOf(settings, node, nowMs);
  const busy = attempt?.nodes.includes(node.index) === true;
  const gpus = node.gpus.length;
  const freeMib = Math.floor(memory(timeline, node, nowMs).freeKib / 1024);
  const drained = settings.drained.get(node.name);
  const reservation = activeReservations(settings, nowMs).find((one) => one.nodes.includes(node.name));
  const allocatedMib = busy ? (attempt.memoryLimitMib ?? realMemoryMib) : 0;
  // An administrator's DOWN takes the place of what the node would be; the flag DRAIN is of those that go on for a while.
  const downBy = factAt(settings, { fact: 'scheduler.node-down', place: node.name }, nowMs);
  const state = [
    up && downBy === '' ? (busy ? 'ALLOCATED' : 'IDLE') : 'DOWN',
    ...(drained === undefined || downBy !== '' ? [] : ['DRAIN']),
    ...(reservation === undefined ? [] : ['MAINTENANCE', 'RESERVED']),
    ...(up ? [] : ['NOT_RESPONDING']),
  ].join('+');
  const lines = [
    `NodeName=${node.name} Arch=x86_64 CoresPerSocket=48 `,
    `CPUAlloc=${busy ? 192 : 0} CPUEfctv=192 CPUTot=192 CPULoad=${load1(timeline, node, nowMs).toFixed(2)}`,
    'AvailableFeatures=a800',
    'ActiveFeatures=a800',
    `Gres=gpu:a800:${gpus}(S:0-1)`,
    `NodeAddr=${node.managementIp} NodeHostName=${node.name} Version=23.11.8`,
    'OS=Linux 5.15.0-113-generic #123-Ubuntu SMP Mon Jun 10 08:16:17 UTC 2024 ',
    `RealMemory=${realMemoryMib} AllocMem=${allocatedMib} FreeMem=${freeMib} Sockets=2 Boards=1`,
    `State=${state} ThreadsPerCore=2 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A`,
    `Partitions=${world.job.partitionName} `,
    `BootTime=${slurmTime(bootMs)} SlurmdStartTime=${slurmTime(bootMs + (bootMs === node.bootMs ? 92_000 : 40_000))}`,
    `LastBusyTime=${slurmTime(attempt?.launchMs ?? (world.jobs.length === 0 ? bootMs : world.job.startMs))} ResumeAfterTime=None`,
    `CfgTRES=cpu=192,mem=${realMemoryMib}M,billing=192,gres/gpu=${gpus},gres/gpu:a800=${gpus}`,
    busy ? `AllocTRES=cpu=192,mem=${allocatedMib}M,gres/gpu=${gpus},gres/gpu:a800=${gpus}` : 'AllocTRES=',
    'CapWatts=n/a',
    'CurrentWatts=0 AveWatts=0',
    'ExtSensorsJoules=n/a ExtSensorsWatts=0 ExtSensorsTemp=n/a',
    ...(drained === undefined ? [] : [`Reason=${drained.reason} [root@${slurmTime(drained.sinceMs)}]`]),
    ...(reservation === undefined ? [] : [`ReservationName=${reservation.name}`]),
  ];
  return record(lines, oneLine);
}
