import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
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
const kinds = [low, enough];

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
  aspect: 'stability',
  impact: 'none',
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
};

// MemAvailable is the kernel's own estimate of what can be had without swapping; earlyoom begins to kill at 10 %,
// the kernel itself much later. 3 % of a 1 TiB host is one rank's pinned buffers.
const lowShare = 0.03;
