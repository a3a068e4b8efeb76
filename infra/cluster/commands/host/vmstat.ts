import { integer } from '../../noise.ts';
import { memory, shmemKib } from '../../physics/memory.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import { oomKills } from '../../physics/oom-kills.ts';
import { swappedPages } from '../../physics/swap.ts';
import type { CommandContext } from '../command.ts';

/** `/proc/vmstat` of Linux 5.15: gauges in pages of 4 KiB, then counters since the boot. */
export function vmstat({ world, timeline, node, nowMs }: CommandContext): string {
  const { freeKib, availableKib, totalKib } = memory(timeline, node, nowMs);
  const { settings, busyNodes } = timeline.segmentAt(nowMs);
  const seconds = Math.floor((nowMs - bootMsOf(settings, node, nowMs)) / 1000);
  const swapped = swappedPages(timeline, node, nowMs);
  const draw = 1 + integer(world.seed, 200, 'vmstat', node.index) / 1000;
  const grown = (perSecond: number) => Math.floor(perSecond * draw * seconds);
  const pages = (kib: number) => Math.floor(kib / 4);
  const anon = pages(totalKib - availableKib);
  const rows: readonly (readonly [string, number])[] = [
    ['nr_free_pages', pages(freeKib)],
    ['nr_zone_inactive_anon', anon - 1_030_000],
    ['nr_zone_active_anon', 1_030_000],
    ['nr_zone_inactive_file', pages(availableKib - freeKib) - 900_000],
    ['nr_zone_active_file', 900_000],
    ['nr_zone_unevictable', 4_108],
    ['nr_mlock', 4_108],
    ['numa_hit', grown(182_000)],
    ['numa_miss', grown(40)],
    ['numa_foreign', grown(40)],
    ['numa_interleave', 11_802],
    ['numa_local', grown(181_000)],
    ['numa_other', grown(1_000)],
    ['nr_anon_pages', anon],
    ['nr_mapped', busyNodes.has(node.name) ? 402_811 : 61_204],
    ['nr_file_pages', pages(availableKib - freeKib)],
    ['nr_dirty', 1_205],
    ['nr_writeback', 0],
    ['nr_shmem', pages(shmemKib(timeline, node, nowMs))],
    ['nr_vmscan_write', swapped.out],
    ['nr_dirtied', grown(9_400)],
    ['nr_written', grown(9_100)],
    ['pgpgin', grown(61_000) + 4 * swapped.in],
    ['pgpgout', grown(48_000) + 4 * swapped.out],
    ['pswpin', swapped.in],
    ['pswpout', swapped.out],
    ['pgalloc_normal', grown(185_000)],
    ['allocstall_normal', Math.floor(swapped.out / 620)],
    ['allocstall_movable', Math.floor(swapped.out / 410)],
    ['pgfree', grown(186_000)],
    ['pgactivate', grown(2_100)],
    ['pgdeactivate', Math.floor(swapped.out * 1.4)],
    ['pgfault', grown(96_000)],
    ['pgmajfault', 18_204 + grown(0.4) + Math.floor(swapped.in * 0.82)],
    ['pgrefill', Math.floor(swapped.out * 1.6)],
    ['pgsteal_kswapd', grown(1_900) + Math.floor(swapped.out * 1.1)],
    ['pgsteal_direct', Math.floor(swapped.out * 0.3)],
    ['pgscan_kswapd', grown(2_000) + swapped.out * 3],
    ['pgscan_direct', Math.floor(swapped.out * 0.9)],
    ['numa_pte_updates', 0],
    ['numa_pages_migrated', 0],
    ['compact_stall', Math.floor(swapped.out / 9_000)],
    ['compact_fail', Math.floor(swapped.out / 12_000)],
    ['compact_success', Math.floor(swapped.out / 40_000)],
    ['oom_kill', oomKills(timeline, node, nowMs)],
    ['drop_pagecache', 0],
    ['drop_slab', 0],
    ['thp_fault_alloc', grown(11)],
    ['thp_fault_fallback', grown(0.01)],
    ['swap_ra', Math.floor(swapped.in * 0.3)],
    ['swap_ra_hit', Math.floor(swapped.in * 0.11)],
  ];
  return rows.map(([name, value]) => `${name} ${value}\n`).join('');
}
