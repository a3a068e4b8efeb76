import { integer } from '../noise.ts';
import { activeAttempt, agentPid, trainerPid } from '../physics/job.ts';
import { rankMemory, workersPerRank } from '../physics/memory.ts';
import { workerPid } from '../physics/processes.ts';
import { complained, printed, type CommandContext, type NodeCommand } from './command.ts';

interface Process {
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  /** Resident memory in KiB. */
  readonly rss: number;
  readonly sinceMs: number;
  readonly comm: string;
}

/** `ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss` of procps-ng 3.3. */
export const ps: NodeCommand = {
  name: 'ps',
  run(context, args) {
    if (args.join(' ') !== '-eo pid,ppid,user,rss,etimes,comm --sort=-rss')
      return complained('error: unsupported option (BSD syntax)\n\nUsage:\n ps [options]\n', 1);
    const rows = [...daemons(context), ...jobProcesses(context)]
      .toSorted((a, b) => b.rss - a.rss)
      .map(({ pid, ppid, user, rss, sinceMs, comm }) => {
        const seconds = Math.max(0, Math.floor((context.nowMs - sinceMs) / 1000));
        return row([String(pid), String(ppid), user, String(rss), String(seconds), comm]);
      });
    return printed(
      [row(['PID', 'PPID', 'USER', 'RSS', 'ELAPSED', 'COMMAND']), ...rows].map((line) => `${line}\n`).join(''),
    );
  },
};

function row([pid = '', ppid = '', user = '', rss = '', elapsed = '', comm = '']: readonly string[]): string {
  return `${pid.padStart(7)} ${ppid.padStart(7)} ${user.padEnd(8)} ${rss.padStart(5)} ${elapsed.padStart(7)} ${comm}`;
}

function jobProcesses(context: CommandContext): readonly Process[] {
  const { world, timeline, node, nowMs } = context;
  const attempt = activeAttempt(timeline.segmentAt(nowMs).phase);
  if (attempt === null || !attempt.nodes.includes(node.index)) return [];
  const agent = agentPid(attempt, world, node.index);
  const user = 'llmtrain';
  const sinceMs = attempt.launchMs;
  const step = { pid: agent - 14, ppid: 1, user: 'root', rss: 11_204, sinceMs, comm: 'slurmstepd' };
  const torchrun = { pid: agent, ppid: step.pid, user, rss: 612_440, sinceMs, comm: 'torchrun' };
  const ranks = node.gpus.flatMap(({ index }) => {
    const now = rankMemory(timeline, node, index, nowMs);
    if (now === null) return [];
    const trainer = trainerPid(attempt, world, node.index, index);
    const workers = Array.from({ length: workersPerRank }, (_, worker): Process => ({
      pid: workerPid(attempt, world, node.index, index, worker, now.recycled),
      ppid: trainer,
      user,
      rss: now.workerKib + integer(world.seed, 9_000, 'worker-rss', node.index, index, worker),
      sinceMs: Math.max(now.workersSinceMs, sinceMs + 9_000),
      comm: 'pt_data_worker',
    }));
    return [
      { pid: trainer, ppid: agent, user, rss: now.trainerKib, sinceMs: sinceMs + 2_000, comm: 'pt_main_thread' },
      ...workers,
    ];
  });
  return [step, torchrun, ...ranks];
}

function daemons({ node }: CommandContext): readonly Process[] {
  return table.map(([pid, comm, rss, user = 'root']) => ({
    pid,
    ppid: pid === 1 ? 0 : 1,
    user,
    rss,
    sinceMs: node.bootMs + (pid === 1 ? 2_000 : 61_000),
    comm,
  }));
}

const table: readonly (readonly [number, string, number, string?])[] = [
  [1, 'systemd', 13_312],
  [1_204, 'systemd-journal', 91_240],
  [1_261, 'systemd-udevd', 8_704],
  [2_310, 'chronyd', 3_584, '_chrony'],
  [2_388, 'rsyslogd', 9_216, 'syslog'],
  [2_402, 'sshd', 9_344],
  [2_611, 'nvidia-persiste', 2_176],
  [2_640, 'nv-fabricmanage', 21_504],
  [2_702, 'nv-hostengine', 118_272],
  [2_731, 'dcgm-exporter', 64_512],
  [2_744, 'node_exporter', 31_232, 'promethe'],
  [2_802, 'munged', 5_632, 'munge'],
  [2_840, 'slurmd', 24_576],
];
