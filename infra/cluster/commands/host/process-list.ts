import { integer } from '../../noise.ts';
import { activeAttempt, agentPid, trainerPid } from '../../physics/job.ts';
import { rankMemory, workersPerRank } from '../../physics/memory.ts';
import { unitState } from '../../physics/driver-state.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import { outsidersOf } from '../../physics/outsiders.ts';
import { lockedPid, workerPid } from '../../physics/processes.ts';
import { residentsOf } from '../../physics/resident-processes.ts';
import { stackAt } from '../../physics/stacks.ts';
import type { StackName } from '../../physics/rank-stacks.ts';
import { stuckTasks } from '../../physics/stuck-tasks.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { CommandContext } from '../command.ts';

export interface Process {
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  /** Resident memory in KiB. */
  readonly rss: number;
  readonly sinceMs: number;
  readonly comm: string;
  /** State and flags as `ps` prints them: `Rl`, `Ss`, `D`. */
  readonly stat: string;
  /** The kernel function in which it sleeps. */
  readonly wchan: string;
}

/** All processes of the machine, in no order. */
export function processesOf(context: CommandContext): readonly Process[] {
  return [...daemons(context), ...jobProcesses(context), ...besides(context), ...started(context)];
}

// `getconf CLK_TCK`.
const ticksPerSecond = 100;

/** Field 22 of /proc/PID/stat: clock ticks from the boot to its start. */
export function startTicksOf({ timeline, node, nowMs }: CommandContext, { sinceMs }: Pick<Process, 'sinceMs'>): number {
  const bootMs = bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs);
  return Math.max(1, Math.floor(((sinceMs - bootMs) / 1_000) * ticksPerSecond));
}

const sleeping = { stat: 'S', wchan: 'do_epoll_wait' } as const;

function jobProcesses(context: CommandContext): readonly Process[] {
  const { timeline, node, nowMs } = context;
  const { world } = timeline;
  const attempt = activeAttempt(timeline.segmentAt(nowMs).phase);
  if (attempt === null || !attempt.nodes.includes(node.index)) return [];
  const agent = agentPid(attempt, world, node.index);
  const { user } = world.job;
  const sinceMs = attempt.launchMs;
  const step = {
    pid: agent - 14,
    ppid: 1,
    user: 'root',
    rss: 11_204,
    sinceMs,
    comm: 'slurmstepd',
    stat: 'Sl',
    wchan: 'do_sys_poll',
  };
  const torchrun = {
    pid: agent,
    ppid: step.pid,
    user,
    rss: 612_440,
    sinceMs,
    comm: 'torchrun',
    stat: 'Sl',
    wchan: 'hrtimer_nanosleep',
  };
  const stuck = stuckTasks(timeline, node, nowMs);
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
      // Those that wait are spread over the ranks.
      ...(worker * node.gpus.length + index < stuck.count
        ? { stat: 'Dl', wchan: stuck.wchan }
        : { stat: 'Sl', wchan: 'do_select' }),
    }));
    const stack = stackAt(timeline, node, index, nowMs);
    return [
      {
        pid: trainer,
        ppid: agent,
        user,
        rss: now.trainerKib,
        sinceMs: sinceMs + 2_000,
        comm: 'pt_main_thread',
        ...(stack === null ? { stat: 'Sl', wchan: 'futex_wait_queue_me' } : trainerState(stack)),
      },
      ...workers,
    ];
  });
  return [step, torchrun, ...ranks];
}

/** What the scheduler of the kernel sees of a main thread that is at such a place. */
function trainerState(stack: StackName): { readonly stat: string; readonly wchan: string } {
  return waiting[stack] ?? { stat: 'Rl', wchan: '-' };
}

const waiting: Partial<Readonly<Record<StackName, { readonly stat: string; readonly wchan: string }>>> = {
  'data-loading': { stat: 'Sl', wchan: 'futex_wait_queue_me' },
  'file-read': { stat: 'Dl', wchan: 'cl_sync_io_wait' },
  'checkpoint-write': { stat: 'Dl', wchan: 'xfs_log_force_seq' },
  'lock-wait': { stat: 'Sl', wchan: 'hrtimer_nanosleep' },
};

/** Processes that are no part of the job: with a context on a GPU, or only on cores and in memory. */
function besides({ timeline, node, nowMs }: CommandContext): readonly Process[] {
  const { world } = timeline;
  const { settings } = timeline.segmentAt(nowMs);
  const onGpus = residentsOf(world, settings, node, nowMs).map(({ pid, ppid, user, rssKib, sinceMs, comm, busy }) => ({
    pid,
    ppid,
    user,
    rss: rssKib,
    sinceMs,
    comm,
    ...(busy > 0 ? { stat: 'Rl', wchan: '-' } : { stat: 'Sl', wchan: 'futex_wait_queue_me' }),
  }));
  const others = outsidersOf(world, settings, node, nowMs).map(({ pid, ppid, user, rssKib, sinceMs, comm, fact }) => ({
    pid,
    ppid,
    user,
    rss: rssKib,
    sinceMs,
    comm,
    ...(fact === 'host.cpu-hog-threads' ? { stat: 'RNl', wchan: '-' } : { stat: 'Dsl', wchan: 'do_swap_page' }),
  }));
  return [...onGpus, ...others];
}

/** What SSH clients started. */
function started({ processes, node }: CommandContext): readonly Process[] {
  return (processes?.on(node.name) ?? []).map(({ pid, ppid, user, rssKib, sinceMs, comm }) => ({
    pid,
    ppid,
    user,
    rss: rssKib,
    sinceMs,
    comm,
    stat: 'R',
    wchan: '-',
  }));
}

function daemons({ node, timeline, nowMs }: CommandContext): readonly Process[] {
  const { settings } = timeline.segmentAt(nowMs);
  const bootMs = bootMsOf(settings, node, nowMs);
  const locked = factAt(settings, { fact: 'host.soft-lockup', place: node.name }, nowMs);
  const lockedCpu = factAt(settings, { fact: 'host.locked-cpu', place: node.name }, nowMs);
  const alive = table.filter(([, comm]) => {
    const unit = unitOf[comm];
    return unit === undefined || unitState(settings, node.name, unit, nowMs) === 'active';
  });
  return alive.map(([pid, name, rss, user = 'root']) => {
    const comm = pid === lockedPid ? name.replace('0', String(lockedCpu)) : name;
    return {
      pid,
      ppid: pid === 1 || pid === 2 ? 0 : rss === 0 ? 2 : 1,
      user,
      rss,
      sinceMs: bootMs + (pid <= 2 || rss === 0 ? 2_000 : 61_000),
      comm,
      ...(rss === 0 ? kernelThread(pid, comm, locked) : { ...sleeping, stat: pid === 1 ? 'Ss' : 'Ssl' }),
    };
  });
}

function kernelThread(pid: number, comm: string, locked: boolean): { readonly stat: string; readonly wchan: string } {
  if (locked && pid === lockedPid) return { stat: 'R<', wchan: '-' };
  return { stat: comm.startsWith('kworker') ? 'I<' : 'S', wchan: kernelWaits[comm] ?? 'worker_thread' };
}

/** Daemons that are gone when their unit is not active. */
export const unitOf: Readonly<Record<string, string>> = {
  chronyd: 'chronyd',
  irqbalance: 'irqbalance',
  containerd: 'containerd',
  dockerd: 'docker',
  'nvidia-persiste': 'nvidia-persistenced',
  'nv-fabricmanage': 'nvidia-fabricmanager',
  'nv-hostengine': 'nvidia-dcgm',
  slurmd: 'slurmd',
  munged: 'munge',
};

const kernelWaits: Readonly<Record<string, string>> = {
  kthreadd: 'kthreadd',
  rcu_sched: 'rcu_gp_kthread',
  'ksoftirqd/0': 'smpboot_thread_fn',
  'migration/0': 'smpboot_thread_fn',
  khungtaskd: 'watchdog',
  kswapd0: 'kswapd',
  kswapd1: 'kswapd',
  'irq/265-nvidia': 'irq_thread',
  nv_queue: '_main_loop',
  'xfsaild/nvme1n1': 'xfsaild',
  ptlrpcd_00_00: 'ptlrpcd',
};

/** Without memory of their own: threads of the kernel. */
const table: readonly (readonly [number, string, number, string?])[] = [
  [1, 'systemd', 13_312],
  [2, 'kthreadd', 0],
  [14, 'rcu_sched', 0],
  [15, 'migration/0', 0],
  [13, 'ksoftirqd/0', 0],
  [1_041, 'khungtaskd', 0],
  [1_046, 'kswapd0', 0],
  [1_047, 'kswapd1', 0],
  [lockedPid, 'kworker/0:1H-kblockd', 0],
  [1_190, 'irq/265-nvidia', 0],
  [1_196, 'nv_queue', 0],
  [1_199, 'xfsaild/nvme1n1', 0],
  [2_201, 'ptlrpcd_00_00', 0],
  [1_204, 'systemd-journal', 91_240],
  [1_261, 'systemd-udevd', 8_704],
  [2_310, 'chronyd', 3_584, '_chrony'],
  [2_388, 'rsyslogd', 9_216, 'syslog'],
  [2_402, 'sshd', 9_344],
  [2_440, 'irqbalance', 4_608],
  [2_498, 'containerd', 58_880],
  [2_530, 'dockerd', 96_256],
  [2_611, 'nvidia-persiste', 2_176],
  [2_640, 'nv-fabricmanage', 21_504],
  [2_702, 'nv-hostengine', 118_272],
  [2_731, 'dcgm-exporter', 64_512],
  [2_744, 'node_exporter', 31_232, 'promethe'],
  [2_802, 'munged', 5_632, 'munge'],
  [2_840, 'slurmd', 24_576],
];
