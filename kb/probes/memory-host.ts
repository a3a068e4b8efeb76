import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { unlikeSiblings } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.kernel.org/filesystems/proc.html#meminfo';

const low: FindingKind = {
  id: 'host.memory.low',
  summary: 'hardly any memory is available on the host',
  role: 'cause',
  weighs: { 'host-oom': 2.5 },
  source,
};
const enough: FindingKind = {
  id: 'host.memory.enough',
  summary: 'memory is available on the host',
  role: 'clean',
  weighs: { 'host-oom': -1 },
  source,
};
const unlike = unlikeSiblings('host.memory', 'the memory', { 'host-oom': 0.8, 'host-hardware-fault': 0.4 });
const kinds = [low, enough, unlike];

const noArgs = z.object({});

interface Reading {
  readonly totalKib: number;
  readonly availableKib: number;
  readonly line: number;
}

/** Memory available on the host. */
export const memoryHost: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'memory.host',
  platform: 'nvidia-linux',
  summary: 'memory available on the host',
  question: 'How much memory is free on the host, and how much is committed?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args: noArgs,
  argv: () => ['cat', '/proc/meminfo'],
  parse(output) {
    const fields = new Map<string, { kib: number; line: number }>();
    for (const { text, line } of requiredLines(output, 'cat /proc/meminfo')) {
      const match = /^([A-Za-z0-9_()]+):\s+(\d+)( kB)?$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a line of /proc/meminfo`);
      fields.set(match[1] ?? '', { kib: Number(match[2]), line });
    }
    const total = fields.get('MemTotal');
    const available = fields.get('MemAvailable');
    if (total === undefined || available === undefined) throw new ProbeParseError('no MemTotal or MemAvailable');
    return { totalKib: total.kib, availableKib: available.kib, line: available.line };
  },
  outcomes: kinds,
  meaning: ({ totalKib, availableKib, line }) => {
    const share = availableKib / totalKib;
    const values = { availableKib, totalKib };
    const text = `${Math.round(availableKib / 1024)} of ${Math.round(totalKib / 1024)} MiB of host memory available`;
    return orClean(share < lowShare ? [{ kind: low.id, text, line, values }] : [], kinds, {
      kind: enough.id,
      text,
      values,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ totalKib, availableKib, line }) => [
      { name: 'available', value: Math.round((availableKib * 1000) / totalKib) / 10, unit: '%', line },
      { name: 'total', value: Math.round(totalKib / 1024), unit: 'MiB' },
    ],
    rules: [
      { name: 'available', side: 'low', relative: 0.5, absolute: 20, source: unlike.source },
      // One memory module of 16 GiB, the smallest that servers for eight GPUs have, less what the kernel keeps.
      { name: 'total', side: 'low', relative: 0.01, absolute: 15_000, source },
    ],
  },
};

// MemAvailable is the kernel's own estimate of what can be had without swapping; earlyoom begins to kill at 10 %,
// the kernel itself much later. 3 % of a 1 TiB host is one rank's pinned buffers.
const lowShare = 0.03;
