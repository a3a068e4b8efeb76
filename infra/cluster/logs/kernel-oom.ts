import { integer } from '../noise.ts';
import { trainerPid, type Attempt, type RankDeath } from '../physics/job.ts';
import { memory, rankMemory, totalKib, workersPerRank } from '../physics/memory.ts';
import { oomDeaths } from '../physics/oom-kills.ts';
import { workerPid } from '../physics/processes.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';
import type { KernelLine } from './kernel-sources/kernel-source.ts';

/** What the kernel prints when it kills for memory (mm/oom_kill.c of Linux 5.15), for every such death on this node. */
export function oomLines(timeline: Timeline, node: WorldNode, toMs: number): readonly KernelLine[] {
  return oomDeaths(timeline, node, toMs).flatMap(({ attempt, death }) =>
    death === null ? [] : killLines(timeline, node, attempt, death),
  );
}

// The report takes the console a few milliseconds; the reaper comes half a second later.
const reapedAfterMs = 480;
const uid = 10_042;

function killLines(timeline: Timeline, node: WorldNode, attempt: Attempt, death: RankDeath): readonly KernelLine[] {
  const { world } = timeline;
  const { seed, job } = world;
  // The process that asked for a page when there was none: any loader worker.
  const asking = integer(seed, workersPerRank, 'oom-asking', attempt.number, node.index);
  const askingGpu = integer(seed, node.gpus.length, 'oom-asking-gpu', attempt.number, node.index);
  const beforeMs = death.atMs - 1;
  const of = (gpu: number) => rankMemory(timeline, node, gpu, beforeMs);
  const victim = trainerPid(attempt, world, node.index, death.gpu);
  const anonKib = of(death.gpu)?.trainerKib ?? 0;
  const limited = attempt.memoryLimitMib !== null;
  const cgroup = `/system.slice/slurmstepd.scope/job_${job.slurmId}`;
  const { freeKib } = memory(timeline, node, beforeMs);
  const pages = (kib: number) => Math.floor(kib / 4);
  const fileKib = 812_344;
  const shmemKib = 2_302_540;
  const virtualKib = anonKib + 118_400_000;
  const tasks = node.gpus.flatMap((gpu) => {
    const now = of(gpu.index);
    if (now === null) return [];
    const trainer = trainerPid(attempt, world, node.index, gpu.index);
    return [
      taskRow(
        trainer,
        pages(now.trainerKib + 118_400_000),
        pages(now.trainerKib + fileKib + shmemKib),
        'pt_main_thread',
      ),
      ...Array.from({ length: workersPerRank }, (_, worker) =>
        taskRow(
          workerPid(attempt, world, node.index, gpu.index, worker, now.recycled),
          pages(now.workerKib + 31_200_000),
          pages(now.workerKib),
          'pt_data_worker',
        ),
      ),
    ];
  });
  const asker = workerPid(attempt, world, node.index, askingGpu, asking, of(askingGpu)?.recycled ?? 0);
  const cpu = integer(seed, 192, 'oom-cpu', attempt.number, node.index);
  const warn = [
    'pt_data_worker invoked oom-killer: gfp_mask=0x1100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0',
    `CPU: ${cpu} PID: ${asker} Comm: pt_data_worker Tainted: P           OE     5.15.0-113-generic #123-Ubuntu`,
    'Hardware name: Inspur NF5488A5/YZMB-02382-101, BIOS 4.1.20 03/14/2024',
    'Call Trace:',
    ' <TASK>',
    ' show_stack+0x52/0x5c',
    ' dump_stack_lvl+0x4a/0x63',
    ' dump_stack+0x10/0x16',
    ' dump_header+0x53/0x228',
    ' oom_kill_process.cold+0xb/0x10',
    ...(limited ? [' mem_cgroup_out_of_memory+0x145/0x160'] : [' out_of_memory+0x106/0x2e0']),
    ...(limited
      ? [' try_charge_memcg+0x6d1/0x790', ' charge_memcg+0x45/0xb0', ' __mem_cgroup_charge+0x2d/0x90']
      : [
          ' __alloc_pages_slowpath.constprop.0+0x97b/0xa50',
          ' __alloc_pages+0x30e/0x330',
          ' alloc_pages_vma+0x9e/0x1e0',
        ]),
    ' do_anonymous_page+0xee/0x3b0',
    ' handle_pte_fault+0x1fe/0x230',
    ' __handle_mm_fault+0x3c7/0x700',
    ' handle_mm_fault+0xd8/0x2c0',
    ' do_user_addr_fault+0x1c2/0x660',
    ' exc_page_fault+0x77/0x170',
    ' asm_exc_page_fault+0x27/0x30',
    ' </TASK>',
    ...(limited
      ? [
          `memory: usage ${attempt.memoryLimitMib * 1024}kB, limit ${attempt.memoryLimitMib * 1024}kB, failcnt 41`,
          'swap: usage 0kB, limit 0kB, failcnt 0',
          `Memory cgroup stats for ${cgroup}:`,
        ]
      : [
          'Mem-Info:',
          `active_anon:${pages(4_120_000)} inactive_anon:${pages(totalKib - 58_000_000)} isolated_anon:0`,
          ` active_file:${pages(3_100)} inactive_file:${pages(9_400)} isolated_file:0`,
          ' unevictable:4108 dirty:12 writeback:0',
          ' slab_reclaimable:811204 slab_unreclaimable:2409822',
          ` mapped:402811 shmem:${pages(18_420_332)} pagetables:2814402 bounce:0`,
          ` free:${pages(freeKib)} free_pcp:1804 free_cma:0`,
          `Node 0 active_anon:2060112kB inactive_anon:${Math.floor((totalKib - 58_000_000) / 2)}kB active_file:1604kB inactive_file:4720kB unevictable:8216kB isolated(anon):0kB isolated(file):0kB mapped:805622kB dirty:24kB writeback:0kB shmem:9210166kB shmem_thp: 0kB shmem_pmdmapped: 0kB anon_thp: 0kB writeback_tmp:0kB kernel_stack:42112kB pagetables:5628804kB all_unreclaimable? yes`,
          `${pages(totalKib)} pages RAM`,
          '0 pages HighMem/MovableOnly',
        ]),
  ];
  const info = [
    'Tasks state (memory values in pages):',
    '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name',
    ...tasks,
    `oom-kill:constraint=${limited ? 'CONSTRAINT_MEMCG' : 'CONSTRAINT_NONE'},nodemask=(null),cpuset=task_${attempt.nodes.indexOf(node.index)},mems_allowed=0-1,${limited ? `oom_memcg=${cgroup}` : 'global_oom'},task_memcg=${cgroup}/step_0/user/task_0,task=pt_main_thread,pid=${victim},uid=${uid}`,
  ];
  const killed = `${limited ? 'Memory cgroup out of memory' : 'Out of memory'}: Killed process ${victim} (pt_main_thread) total-vm:${virtualKib}kB, anon-rss:${anonKib}kB, file-rss:${fileKib}kB, shmem-rss:${shmemKib}kB, UID:${uid} pgtables:${Math.floor(virtualKib / 1100)}kB oom_score_adj:0`;
  const reaped = `oom_reaper: reaped process ${victim} (pt_main_thread), now anon-rss:0kB, file-rss:${fileKib}kB, shmem-rss:${shmemKib}kB`;
  const { atMs } = death;
  return [
    ...warn.map((text) => ({ atMs, level: 'warn' as const, text })),
    ...info.map((text) => ({ atMs, level: 'info' as const, text })),
    { atMs: atMs + 1, level: 'err', text: killed },
    { atMs: atMs + reapedAfterMs, level: 'info', text: reaped },
  ];
}

function taskRow(pid: number, virtualPages: number, residentPages: number, name: string): string {
  const cell = (value: number, width: number) => String(value).padStart(width);
  return `[${cell(pid, 7)}] ${cell(uid, 5)} ${cell(pid, 5)} ${cell(virtualPages, 8)} ${cell(residentPages, 8)} ${cell(residentPages * 9, 14)} ${cell(0, 8)} ${cell(0, 13)} ${name}`;
}
