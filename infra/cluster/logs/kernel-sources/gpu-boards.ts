import { hexDigits, integer } from '../../noise.ts';
import { looseFallMs } from '../../physics/gpu-presence.ts';
import { remapRule, sramRule } from '../../physics/gpu-ram.ts';
import { gspRule, gspTimeoutMs } from '../../physics/gpu-strikes.ts';
import { trainerPid } from '../../physics/job.ts';
import { spansOnce } from '../../physics/spans-once.ts';
import { strikesOn } from '../../physics/strikes.ts';
import type { Timeline } from '../../physics/timeline.ts';
import { parseGpuPlace } from '../../state/place.ts';
import type { WorldGpu, WorldNode } from '../../world.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';
import { busOf, gpuOf, slotAbove, unknown, xid } from './nvrm.ts';

/** A board that stops answering: texts of `nv.c` and `kern_gpu.c` of the open kernel modules, and of Xid 79. */
export const lostGpuLines: KernelSource = (timeline, node, _fromMs, toMs) =>
  fallsOf(timeline, node, toMs).flatMap(({ gpu, atMs }) => {
    const bus = busOf(gpu);
    const say = (after: number, text: string): KernelLine => ({
      atMs: atMs + after,
      level: 'warn',
      text: `NVRM: ${text}`,
    });
    return [
      {
        atMs: atMs - 4,
        level: 'info',
        text: `pcieport 0000:${slotAbove(gpu)}: pciehp: Slot(${gpu.index + 1}): Link Down`,
      },
      say(0, `GPU at PCI:${bus}: ${gpu.uuid}`),
      say(0.1, `GPU Board Serial Number: ${gpu.serial}`),
      say(0.2, `Xid (PCI:${bus}): 79, ${unknown}, GPU has fallen off the bus.`),
      say(0.3, `GPU ${bus}.0: GPU has fallen off the bus.`),
      say(0.4, `GPU ${bus}.0: GPU serial number is ${gpu.serial}.`),
      say(1.1, 'A GPU crash dump has been created. If possible, please run'),
      say(1.1, 'nvidia-bug-report.sh as root to collect this data before'),
      say(1.1, 'the NVIDIA kernel module is unloaded.'),
    ];
  });

function fallsOf(timeline: Timeline, node: WorldNode, toMs: number): readonly { gpu: WorldGpu; atMs: number }[] {
  const ofNode = (place: string) => {
    const at = parseGpuPlace(place);
    return at !== null && at.node === node.name ? node.gpus[at.gpu] : undefined;
  };
  const dead = spansOnce(timeline, 'gpu.off-bus', toMs).flatMap(({ place, fromMs }) => {
    const gpu = ofNode(place);
    return gpu === undefined ? [] : [{ gpu, atMs: fromMs }];
  });
  const loose = spansOnce(timeline, 'gpu.riser-loose', toMs).flatMap(({ place, fromMs, toMs: endMs }) => {
    const gpu = ofNode(place);
    if (gpu === undefined) return [];
    // Once after its onset, and once after every power-up.
    const { settings } = timeline.segmentAt(toMs);
    const ups = [fromMs, ...(settings.reboots.get(node.name) ?? []).map(({ backMs }) => backMs)];
    const falls = ups
      .filter((ms) => ms >= fromMs && ms < endMs)
      .map((ms) => looseFallMs(settings, node, gpu.index, ms))
      .filter((ms) => ms !== null)
      .filter((ms) => ms < Math.min(endMs, toMs));
    return [...new Set(falls)].map((atMs) => ({ gpu, atMs }));
  });
  return [...dead, ...loose];
}

/** Xid 94 or 95 of on-chip memory; Xid 94 and 63 of a row that is marked for remapping (`ras_events.c`). */
export const memoryFaultLines: KernelSource = (timeline, node, _fromMs, toMs) => [
  ...strikesOn(timeline, node, sramRule, toMs).flatMap(({ place, value, atMs, attempt }) => {
    const gpu = gpuOf(node, place);
    if (gpu === undefined) return [];
    const unit = integer(timeline.world.seed, 8, 'sram-unit', node.index, gpu.index);
    const pid = trainerPid(attempt, timeline.world, node.index, gpu.index);
    return value === 'contained'
      ? [xid(gpu, atMs, 94, `pid=${pid}, name=python3, Contained: SM (0x${unit.toString(16)}). RST: No, D-RST: No`)]
      : [
          xid(gpu, atMs, 95, `${unknown}, Uncontained: LTC TAG (0x${unit.toString(16)},0x0). RST: Yes, D-RST: No`),
          xid(gpu, atMs + 3, 95, `${unknown}, Uncontained: LTC TAG (0x${unit.toString(16)},0x0). RST: Yes, D-RST: No`),
        ];
  }),
  ...strikesOn(timeline, node, remapRule, toMs).flatMap(({ place, atMs, attempt }) => {
    const gpu = gpuOf(node, place);
    if (gpu === undefined) return [];
    const { world } = timeline;
    const pid = trainerPid(attempt, world, node.index, gpu.index);
    const address = `0x0000000${1 + integer(world.seed, 3, 'row-gib', node.index, gpu.index)}${hexDigits(7, world.seed, 'row', node.index, gpu.index)}0`;
    return [
      xid(gpu, atMs, 94, `pid=${pid}, name=python3, Contained: SM (0x1). RST: No, D-RST: No`),
      xid(
        gpu,
        atMs + 21,
        63,
        `${unknown}, Row Remapper: New row (${address}) marked for remapping, reset gpu to activate.`,
      ),
    ];
  }),
];

/** Xid 119 after the wait for the firmware, again and again while the call hangs (`kernel_gsp.c`). */
export const gspLines: KernelSource = (timeline, node, _fromMs, toMs) =>
  strikesOn(timeline, node, gspRule, toMs).flatMap(({ place, atMs, attempt }) => {
    const gpu = gpuOf(node, place);
    if (gpu === undefined) return [];
    const life = timeline.lives(toMs).find((one) => one.attempt === attempt);
    const untilMs = Math.min(toMs, life?.requeuedMs ?? life?.death?.atMs ?? toMs);
    const pid = trainerPid(attempt, timeline.world, node.index, gpu.index);
    const lines: KernelLine[] = [];
    for (
      let at = atMs + gspTimeoutMs, count = 0;
      at < untilMs && count < timeoutsMax;
      at += gspTimeoutMs + 400, count += 1
    ) {
      const [number, name] = calls[count % calls.length] ?? calls[0];
      lines.push(
        xid(
          gpu,
          at,
          119,
          `pid=${count === 0 ? pid : 2_702}, name=${count === 0 ? 'python3' : 'nv-hostengine'}, Timeout after 45s of waiting for RPC response from GPU${gpu.index} GSP! Expected function ${number} (${name}) (0x20808021 0x${(4 + count).toString(16)}).`,
        ),
      );
    }
    return lines;
  });

const timeoutsMax = 40;
const calls = [
  [76, 'GSP_RM_CONTROL'],
  [103, 'GSP_RM_ALLOC'],
] as const;
