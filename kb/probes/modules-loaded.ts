import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const peermemMissing: FindingKind = {
  id: 'modules.peermem.missing',
  summary: 'RDMA adapters and the NVIDIA driver are loaded, the module that lets them share memory is not',
  role: 'cause',
  weighs: { 'gdr-peermem-missing': 3.5 },
  source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/#installing-gpudirect-rdma',
};
export const driverMissing: FindingKind = {
  id: 'modules.nvidia.missing',
  summary: 'the NVIDIA kernel module is not loaded',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 4 },
  source: 'https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html',
};
export const uvmMissing: FindingKind = {
  id: 'modules.uvm.missing',
  summary: 'the NVIDIA module is loaded, its unified-memory companion is not',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 2.5 },
  source: 'https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html',
};
const complete: FindingKind = {
  id: 'modules.node.complete',
  summary: 'the modules that GPUs and GPUDirect RDMA need are loaded',
  role: 'clean',
  weighs: { 'gdr-peermem-missing': -4, 'driver-version-mismatch': -0.7 },
  source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/#installing-gpudirect-rdma',
};
const kinds = [peermemMissing, driverMissing, uvmMissing, complete];

const noArgs = z.object({});

interface Reading {
  readonly modules: readonly string[];
}

/** Kernel modules of the GPU and RDMA stacks. */
export const modulesLoaded: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'modules.loaded',
  platform: 'nvidia-linux',
  summary: 'kernel modules of the GPU and RDMA stacks',
  question: 'Are the kernel modules that GPU jobs need loaded?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['lsmod'],
  parse(output) {
    const [head, ...rows] = requiredLines(output, 'lsmod');
    if (head === undefined || !/^Module\s+Size\s+Used by$/.test(head.text))
      throw new ProbeParseError('line 1: not the head of lsmod');
    return {
      modules: rows.map(({ text, line }) => {
        const match = /^([A-Za-z0-9_]+)\s+\d+\s+-?\d+(\s|$)/.exec(text);
        if (match === null) throw new ProbeParseError(`line ${line}: not a module of lsmod`);
        return match[1] ?? '';
      }),
    };
  },
  outcomes: kinds,
  meaning({ modules }) {
    const has = (name: string) => modules.includes(name);
    const seen: ProbeFinding[] = [];
    if (!has('nvidia')) seen.push({ kind: driverMissing.id, text: 'module nvidia is not loaded' });
    else if (!has('nvidia_uvm')) seen.push({ kind: uvmMissing.id, text: 'module nvidia_uvm is not loaded' });
    // nv_peer_mem is the name before driver 470.
    if (has('nvidia') && has('ib_core') && !has('nvidia_peermem') && !has('nv_peer_mem'))
      seen.push({ kind: peermemMissing.id, text: 'module nvidia_peermem is not loaded, ib_core is' });
    return orClean(seen, kinds, {
      kind: complete.id,
      text: `${modules.length} modules, those of GPU and RDMA among them`,
    });
  },
};
