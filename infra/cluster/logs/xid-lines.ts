import { hexDigits, integer } from '../noise.ts';
import { memoryErrors, type MemoryError } from '../physics/gpu-memory.ts';
import { memoryErrorXids } from '../physics/gpu-xids.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { PastXid } from '../state/past-xid.ts';
import type { World, WorldGpu, WorldNode } from '../world.ts';
import type { KernelLine } from './kernel-sources/kernel-source.ts';

/** What the NVIDIA driver of a node says up to a moment about memory errors of its GPUs. */
export function xidLines(timeline: Timeline, node: WorldNode, toMs: number): readonly KernelLine[] {
  return node.gpus.flatMap((gpu) =>
    memoryErrors(timeline, node, gpu, toMs).flatMap((error) => memoryErrorLines(gpu, error)),
  );
}

/** What the kernel's ring buffer still holds of Xids from before anybody looked. */
export function pastXidLines(timeline: Timeline, node: WorldNode, ms: number): readonly KernelLine[] {
  const { pastXids } = timeline.segmentAt(ms).settings;
  return node.gpus.flatMap((gpu) => {
    const past = pastXids.get(`${node.name}/${gpu.index}`);
    return past === undefined ? [] : pastLines(timeline.world, node, gpu, past);
  });
}

/** Texts of the open kernel modules (`ras_events.c`) and of a report with driver 550.90.07 in a public runbook. */
function memoryErrorLines(gpu: WorldGpu, { atMs, pid, address, partition, subpartition }: MemoryError) {
  const unknown = "pid='<unknown>', name=<unknown>";
  const short = address.replace(/^0+/, '');
  return [
    xidLine(
      gpu,
      atMs,
      memoryErrorXids.doubleBit,
      `${unknown}, An uncorrectable double bit error (DBE) has been detected on GPU in the framebuffer at physAddr 0x${short} partition ${partition}, subpartition ${subpartition}.`,
    ),
    xidLine(
      gpu,
      atMs + 23.3,
      memoryErrorXids.remapFailed,
      `${unknown}, Row Remapper Error: (0x${address}) - All reserved rows for bank are remapped`,
    ),
    xidLine(
      gpu,
      atMs + 24.9,
      memoryErrorXids.contained,
      `pid=${pid}, name=python3, Contained: SM (0x1). RST: No, D-RST: No`,
    ),
  ];
}

/** Xid 13 and 31 as bugs of user programs bring them about. */
function pastLines(world: World, node: WorldNode, gpu: WorldGpu, { xid, atMs }: PastXid): readonly KernelLine[] {
  const key = ['past-xid', node.index, gpu.index] as const;
  const gpc = integer(world.seed, 7, 'gpc', ...key);
  const tpc = integer(world.seed, 8, 'tpc', ...key);
  const who = `pid=${1_000_000 + integer(world.seed, 900_000, 'pid', ...key)}, name=python`;
  if (xid === 31) {
    const page = `0x7f${hexDigits(2, world.seed, 'high', ...key)}_${hexDigits(5, world.seed, 'low', ...key)}000`;
    const fault = `Ch 00000008, intr 00000000. MMU Fault: ENGINE GRAPHICS GPC${gpc} GPCCLIENT_T1_${tpc} faulted @ ${page}. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ`;
    return [xidLine(gpu, atMs, 31, `${who}, ${fault}`)];
  }
  const place = `(GPC ${gpc}, TPC ${tpc}, SM 0)`;
  const register = 0x504730 + gpc * 0x8000 + tpc * 0x800;
  const esr = (offset: number) => `0x${(register + offset).toString(16)}`;
  return [
    xidLine(gpu, atMs, 13, `${who}, Graphics SM Warp Exception on ${place}: Out Of Range Address`),
    xidLine(gpu, atMs + 0.1, 13, `${who}, Graphics SM Global Exception on ${place}: Multiple Warp Errors`),
    xidLine(
      gpu,
      atMs + 0.2,
      13,
      `${who}, Graphics Exception: ESR ${esr(0)}=0xc04000e ${esr(4)}=0x24 ${esr(-8)}=0x1f81fb60 ${esr(-4)}=0x1174`,
    ),
  ];
}

/** The driver prints without a level of its own, which the kernel takes for a warning. */
function xidLine(gpu: WorldGpu, atMs: number, xid: number, text: string): KernelLine {
  const bus = gpu.busId.slice(4, 14).replace(/\.0$/, '').toLowerCase();
  return { atMs, level: 'warn', text: `NVRM: Xid (PCI:${bus}): ${xid}, ${text}` };
}
