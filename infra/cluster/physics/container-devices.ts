import { integer } from '../noise.ts';
import { factAt, factSince } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { World, WorldNode } from '../world.ts';
import type { Attempt } from './job.ts';
import { atLaunch } from './launch-state.ts';

/** Between two times at which something on the node (a package update, a timer) has systemd read its units anew. */
const reloadEveryMs = { min: 14 * 60_000, spread: 8 * 60_000 };
/** From the change of the configuration to the first of them. */
const firstReloadMs = 90_000;

/** When systemd of a node read its units anew since docker's groups are its own; ascending, up to a moment. */
export function reloadsUntil(world: World, settings: Settings, node: WorldNode, toMs: number): readonly number[] {
  const asked = { fact: 'container.docker-runs' as const, place: node.name };
  if (!settings.facts.has(asked.fact) || factAt(settings, asked, toMs) !== 'systemd-cgroups') return [];
  const sinceMs = factSince(settings, asked, toMs) ?? toMs;
  const times: number[] = [];
  let atMs = sinceMs + firstReloadMs;
  while (atMs <= toMs && times.length < reloadsMax) {
    times.push(atMs);
    atMs += reloadEveryMs.min + integer(world.seed, reloadEveryMs.spread, 'daemon-reload', node.index, times.length);
  }
  return times;
}

const reloadsMax = 10_000;
/** Nothing is asked further ahead than this. */
const aheadMs = 60 * 60_000;

/**
 * When the containers of an attempt lost their GPUs: systemd writes its own device rules over those that the runtime
 * made (NVIDIA/nvidia-docker issue 1730). Null when that does not happen within the hour.
 */
export function devicesLostMs(
  world: World,
  settings: Settings,
  node: WorldNode,
  attempt: Attempt,
  fromMs: number,
): number | null {
  const known = reloadsUntil(world, settings, node, Math.max(fromMs, attempt.launchMs) + aheadMs);
  return known.find((ms) => ms > attempt.launchMs) ?? null;
}

/** Whether the containers of an attempt have the InfiniBand devices. */
export function hasRdma(world: World, attempt: Attempt, node: string): boolean {
  return atLaunch(world, attempt, { fact: 'container.device', place: node, key: 'infiniband' }) === 'present';
}
