import { rankMemory, realMemoryMib, workersPerRank } from '../../physics/memory.ts';
import { oomKills } from '../../physics/oom-kills.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

/** The group of the job's step on this node (version 2 of control groups, as slurmd makes them). */
export function text({ timeline, node, nowMs }: CommandContext, { attempt }: Trainer): string {
  const { world } = timeline;
  const limit = (attempt.memoryLimitMib ?? realMemoryMib) * 2 ** 20;
  const usedKib = node.gpus.reduce((sum, { index }) => {
    const now = rankMemory(timeline, node, index, nowMs);
    return now === null ? sum : sum + now.trainerKib + workersPerRank * now.workerKib;
  }, 0);
  const rows: readonly (readonly [string, string | number])[] = [
    ['path', `/system.slice/slurmstepd.scope/job_${world.job.slurmId}`],
    ['memory.max', limit],
    ['memory.current', Math.min(limit, (usedKib + 18_400_000) * 1_024)],
    ['memory.high', 'max'],
    ['pids.max', 'max'],
    ['pids.current', node.gpus.length * (412 + workersPerRank * 14) + 61],
    ['cpuset.cpus.effective', '0-191'],
    ['memory.events.oom_kill', attempt.memoryLimitMib === null ? 0 : oomKills(timeline, node, nowMs)],
  ];
  return rows.map(([name, value]) => `${name} ${value}\n`).join('');
}
