import { factAt, factSince } from '../state/facts/fact-at.ts';
import { coversAny } from '../state/facts/events.ts';
import { gpuPlace, isWithin } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import type { Timeline } from './timeline.ts';

/** When something last reset a GPU: a reset of its own, the driver's reload, a reboot; -Infinity when nothing did. */
export function lastResetMs(timeline: Timeline, node: WorldNode, gpu: number, ms: number): number {
  const place = gpuPlace(node, gpu);
  const last = timeline.actions.findLast(
    ({ atMs, changes }) =>
      atMs <= ms &&
      changes.some(
        (change) => change.kind === 'happen' && coversAny(change.event, ['gpu-reset']) && isWithin(place, change.place),
      ),
  );
  return last?.atMs ?? -Infinity;
}

/** MIG mode as it is: one that was pending came with the reboot that followed. */
export function migMode(settings: Settings, node: Pick<WorldNode, 'name'>, gpu: number, ms: number): string {
  const place = gpuPlace(node, gpu);
  const pendingSinceMs = factSince(settings, { fact: 'gpu.mig-pending', place }, ms);
  const rebootMs = settings.reboots.get(node.name)?.at(-1)?.fromMs ?? -Infinity;
  return pendingSinceMs !== null && rebootMs > pendingSinceMs
    ? migPending(settings, node, gpu, ms)
    : factAt(settings, { fact: 'gpu.mig', place }, ms);
}

/** The mode that the next reset brings. */
export function migPending(settings: Settings, node: Pick<WorldNode, 'name'>, gpu: number, ms: number): string {
  const place = gpuPlace(node, gpu);
  const pending = factAt(settings, { fact: 'gpu.mig-pending', place }, ms);
  return pending === 'none' ? factAt(settings, { fact: 'gpu.mig', place }, ms) : pending;
}
