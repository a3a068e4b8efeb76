import { isoMicros } from '../clock.ts';
import { a800 } from '../physics/a800.ts';
import { builtOn, driverState } from '../physics/driver-state.ts';
import { bootMsOf } from '../physics/node-life.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';
import { kernelSources } from './kernel-sources/index.ts';
import type { KernelLine } from './kernel-sources/kernel-source.ts';
import { within } from './line.ts';
import { pastDownLines } from './past-down-lines.ts';
import { pastXidLines } from './xid-lines.ts';

export type { KernelLine };

/** What the kernel of a node said from `fromMs` up to `toMs`; with `boot`, also what it says once at every boot. */
export function kernelLines(
  cluster: Timeline,
  node: WorldNode,
  fromMs: number,
  toMs: number,
  options: { readonly boot: boolean },
): readonly KernelLine[] {
  const timeline = cluster.of(node);
  const begin = Math.max(fromMs, timeline.world.historyFromMs);
  const lines = kernelSources.flatMap((source) => source(timeline, node, begin, toMs));
  const { settings } = timeline.segmentAt(toMs);
  const rebooted = (settings.reboots.get(node.name) ?? []).flatMap(({ backMs }) =>
    bootLines(
      bootMsOf(settings, node, backMs),
      driverState(timeline.segmentAt(backMs).settings, node.name, backMs).module,
    ),
  );
  const inRange = within([...lines, ...rebooted], begin, toMs).filter((line) => isWritten(timeline, node, line.atMs));
  if (!options.boot) return inRange;
  const first = bootMsOf(settings, node, toMs) === node.bootMs ? bootLines(node.bootMs, a800.driverVersion) : [];
  return [...first, ...pastDownLines(timeline, node, toMs), ...pastXidLines(timeline, node, toMs), ...inRange];
}

/** As rsyslog ships kern.log in its RFC 3339 form. */
export function kernelLogText(node: WorldNode, line: KernelLine): string {
  return `${isoMicros(line.atMs)} ${node.name} kernel: ${line.text}`;
}

/** A node that is down or in its firmware has no kernel. */
function isWritten(timeline: Timeline, node: WorldNode, ms: number): boolean {
  const { settings } = timeline.segmentAt(ms);
  const reboots = settings.reboots.get(node.name) ?? [];
  return reboots.every(({ fromMs, backMs }) => ms < fromMs || ms >= bootMsOf(settings, node, backMs));
}

function bootLines(bootMs: number, driver: string): readonly KernelLine[] {
  const at = (seconds: number, text: string): KernelLine => ({ atMs: bootMs + seconds * 1000, level: 'warn', text });
  return [
    at(9.412, 'nvidia: loading out-of-tree module taints kernel.'),
    at(9.412, "nvidia: module license 'NVIDIA' taints kernel."),
    at(9.413, 'Disabling lock debugging due to kernel taint'),
    at(14.87, `NVRM: loading NVIDIA UNIX x86_64 Kernel Module  ${driver}  ${builtOn(driver)}`),
  ];
}
