import { integer } from '../noise.ts';
import { debugXids } from '../physics/debug-xids.ts';
import type { KernelLine, KernelSource } from './kernel-sources/kernel-source.ts';

/** Xid 13 and 43 of a program that its user debugs; texts as for `pastXidLines`, Xid 43 as NVIDIA's "XID Errors" has it. */
export const debugXidLines: KernelSource = (timeline, node, fromMs, toMs) =>
  node.gpus.flatMap((gpu) => {
    const bus = gpu.busId.slice(4, 14).replace(/\.0$/, '').toLowerCase();
    return debugXids(timeline, node, gpu, fromMs, toMs).map(({ atMs, xid, pid }): KernelLine => {
      const gpc = integer(pid, 7, 'gpc');
      const tpc = integer(pid, 8, 'tpc');
      const what =
        xid === 13
          ? `Graphics SM Warp Exception on (GPC ${gpc}, TPC ${tpc}, SM 0): Out Of Range Address`
          : 'Ch 00000008';
      return { atMs, level: 'warn', text: `NVRM: Xid (PCI:${bus}): ${xid}, pid=${pid}, name=python, ${what}` };
    });
  });
