import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/swapon.8.html';

const used: FindingKind = {
  id: 'host.swap.used',
  summary: 'much of the swap space is in use: memory ran short, now or earlier',
  role: 'symptom',
  weighs: { 'host-oom': 1.2, 'dataloader-stall': 0.5 },
  source,
};
const unused: FindingKind = {
  id: 'host.swap.unused',
  summary: 'hardly any swap space is in use',
  role: 'clean',
  weighs: { 'host-oom': -0.3 },
  source,
};
const unlike = unlikeSiblings('host.swap', 'the swap space in use', { 'host-oom': 0.8 });

interface Reading {
  readonly totalKib: number;
  readonly usedKib: number;
  readonly areas: number;
}

// HostSwapIsFillingUp of https://samber.github.io/awesome-prometheus-alerts/rules#host-and-hardware asks for 80 %, of
// hosts that are meant to swap. A GPU node is not: a quarter, and more than idle daemons put there.
const usedShareMin = 0.25;
const usedKibMin = 1024 * 1024;

/** Swap space. */
export const hostSwap: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.swap',
  summary: 'swap space of the host and how much of it is in use',
  question: 'Does the host swap?',
  aspect: 'stability',
  costMs: 40,
  outputBytesMax: 8_192,
  argv: () => ['cat', '/proc/swaps'],
  parse(output) {
    const [head, ...rows] = requiredLines(output, 'cat');
    if (!/^Filename\s+Type\s+Size\s+Used\s+Priority$/.test(head?.text ?? ''))
      throw new ProbeParseError('line 1: not the head of /proc/swaps');
    return rows.reduce<Reading>(
      (sum, { text, line }) => {
        const match = /^\/.*\s(?:partition|file)\s+(\d+)\s+(\d+)\s+-?\d+$/.exec(text);
        if (match === null) throw new ProbeParseError(`line ${line}: not a swap area`);
        return {
          totalKib: sum.totalKib + Number(match[1]),
          usedKib: sum.usedKib + Number(match[2]),
          areas: sum.areas + 1,
        };
      },
      { totalKib: 0, usedKib: 0, areas: 0 },
    );
  },
  outcomes: [used, unused, unlike],
  meaning({ totalKib, usedKib, areas }) {
    const much = usedKib >= usedKibMin && usedKib >= usedShareMin * totalKib;
    const text = `${Math.round(usedKib / 1024)} of ${Math.round(totalKib / 1024)} MiB of swap space in use`;
    return [
      {
        kind: (much ? used : unused).id,
        text: areas === 0 ? 'the host has no swap space' : text,
        line: areas === 0 ? 1 : 2,
        values: { totalKib, usedKib },
      },
    ];
  },
  siblings: {
    kind: unlike,
    numbers: ({ usedKib }) => [{ name: 'used', value: usedKib, unit: 'KiB' }],
    rules: [{ name: 'used', side: 'high', relative: 1, absolute: usedKibMin, source: unlike.source }],
  },
};
