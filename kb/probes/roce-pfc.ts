import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { ratesOf } from './counter-difference.ts';
import { requireTool } from './missing-tool.ts';
import { interfaceArg, interfaceWord } from './network-words.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.kernel.org/networking/device_drivers/ethernet/mellanox/mlx5/counters.html';

const paused: FindingKind = {
  id: 'roce.pfc.paused',
  summary: 'the network tells an adapter to pause for a notable share of the time: congestion ahead of it',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1, 'facility-fault': 0.4 },
  source,
};
const pauses: FindingKind = {
  id: 'roce.pfc.pauses-others',
  summary: 'an adapter tells the network to pause for a notable share of the time: its host does not keep up',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1, 'acs-iommu-p2p-broken': 1.2, 'rdma-link-fault': 0.4 },
  source:
    'https://www.microsoft.com/en-us/research/wp-content/uploads/2016/11/rdma_sigcomm2016.pdf (the slow-receiver symptom)',
};
const drops: FindingKind = {
  id: 'roce.pfc.drops',
  summary: 'an adapter drops packets in what should be a lossless network',
  role: 'cause',
  weighs: { 'rdma-link-fault': 2.7 },
  source,
};
const storm: FindingKind = {
  id: 'roce.pfc.storm',
  summary: 'an adapter paused the network for so long that it was stopped from doing so',
  role: 'cause',
  weighs: { 'rdma-link-fault': 2, 'host-hardware-fault': 1.5 },
  source,
};
const damaged: FindingKind = {
  id: 'roce.pfc.damaged-packets',
  summary: 'an adapter receives damaged packets: cable, optic or port',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.2 },
  source,
};
const unlike: FindingKind = {
  id: 'roce.pfc.unlike-siblings',
  summary: 'an adapter is paused, pauses or drops far more than its siblings at the same moment',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.8, 'host-hardware-fault': 0.4 },
  source,
};
const sound: FindingKind = {
  id: 'roce.pfc.sound',
  summary: 'the adapter drops nothing and hardly pauses',
  role: 'clean',
  weighs: { 'rdma-link-fault': -0.9 },
  source,
};
const kinds = [paused, pauses, drops, storm, damaged, unlike, sound];

const args = z.object({ interface: interfaceArg });

interface Reading {
  /** Those that are looked at, since the driver was loaded. */
  readonly counters: Readonly<Record<string, number>>;
  readonly lines: Readonly<Record<string, number>>;
  /** Between two reads, counts a second; `null` after one. */
  readonly rates: Readonly<Record<string, number>> | null;
}

/** Pause, drop and error counters of an Ethernet adapter, per priority where it has them. */
export const rocePfc: Probe<z.infer<typeof args>, Reading> = {
  id: 'roce.pfc',
  platform: 'nvidia-linux',
  summary: 'pauses, drops and damaged packets of the Ethernet adapters, by difference of two reads',
  question: 'Is the RoCE network lossless, and who makes whom wait?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 100,
  timeoutMs: 15_000,
  outputBytesMax: 524_288,
  args,
  devices: (_node, site) => site.interfaces.map((name) => ({ interface: name })),
  argv: ({ interface: name }) => ['ethtool', '-S', name],
  allow: [`ethtool -S ${interfaceWord}`],
  parse(output) {
    requireTool(output, 'ethtool');
    const [head, ...rows] = requiredLines(output, 'ethtool');
    if (!/^NIC statistics:$/.test(head?.text ?? '')) throw new ProbeParseError('line 1: not the head of ethtool -S');
    const counters: Record<string, number> = {};
    const lines: Record<string, number> = {};
    for (const { text, line } of rows) {
      const match = /^\s+(\S.{0,80}?):\s+(-?\d{1,20}|0x[0-9a-fA-F]{1,16})$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a counter of ethtool -S`);
      const name = match[1] ?? '';
      if (!watched.test(name)) continue;
      counters[name] = Number(match[2]);
      lines[name] = line;
    }
    return { counters, lines, rates: null };
  },
  outcomes: kinds,
  meaning(reading, _node, asked) {
    const name = asked?.interface ?? 'the interface';
    const device = asked === undefined ? {} : { device: { kind: 'hca' as const, name } };
    const seen: ProbeFinding[] = [];
    const { rates, lines } = reading;
    for (const { kind, pattern, says, rateMax } of looks) {
      const [counter, rate] = highest(rates ?? {}, pattern);
      if (counter !== null && rate > rateMax)
        seen.push({
          kind: kind.id,
          ...device,
          text: `${name}: ${counter} ${says(rate)}`,
          line: lines[counter] ?? 1,
          values: { counter, perSecond: rate },
        });
    }
    return orClean(seen, kinds, {
      kind: sound.id,
      ...device,
      text: `${name}: ${rates === null ? 'read once' : 'no drops, hardly a pause'}`,
    });
  },
  siblings: {
    numbers: ({ rates, lines }) =>
      rates === null
        ? []
        : looks.flatMap(({ number, pattern }) => {
            if (number === undefined) return [];
            const [counter, rate] = highest(rates, pattern);
            return [{ ...number, value: rate * (number.unit === 'share' ? 1e-6 : 1), line: lines[counter ?? ''] ?? 1 }];
          }),
    rules: [
      { name: 'pausedShare', side: 'high', relative: 4, absolute: 0.01, source },
      { name: 'pausesShare', side: 'high', relative: 4, absolute: 0.01, source },
      { name: 'dropsPerSecond', side: 'high', relative: 1, absolute: 1, source },
    ],
    kind: unlike,
  },
  again: {
    gapMs: 2_000,
    combine: (first, second, elapsedMs) => ({ ...second, rates: ratesOf(first.counters, second.counters, elapsedMs) }),
  },
};

const watched =
  /^(?:[rt]x_(?:prio\d_|global_)?pause_duration|[rt]x_prio\d_discards|[rt]x_discards_phy|rx_out_of_buffer|tx_pause_storm_error_events|rx_(?:crc_errors|symbol_err|pcs_symbol_err)_phy)$/;

interface Look {
  readonly kind: FindingKind;
  readonly pattern: RegExp;
  /** A second, in the counter's unit: durations are microseconds. */
  readonly rateMax: number;
  readonly says: (rate: number) => string;
  readonly number?: { readonly name: string; readonly unit: string };
}

const asShare = (rate: number) => `for ${(rate / 10_000).toFixed(1)} % of the time`;
const asCount = (rate: number) => `grows by ${rate.toPrecision(3)} a second`;

// Our judgement for pauses: a twentieth of the time costs a twentieth of the bandwidth. Losses: none in a lossless
// network, none that are damage.
const looks: readonly Look[] = [
  { kind: damaged, pattern: /^rx_(?:crc_errors|symbol_err|pcs_symbol_err)_phy$/, rateMax: 0, says: asCount },
  { kind: storm, pattern: /^tx_pause_storm_error_events$/, rateMax: 0, says: asCount },
  {
    kind: drops,
    pattern: /discards(?:_phy)?$|^rx_out_of_buffer$/,
    rateMax: 0,
    says: asCount,
    number: { name: 'dropsPerSecond', unit: 'count/s' },
  },
  {
    kind: paused,
    pattern: /^rx_.*pause_duration$/,
    rateMax: 50_000,
    says: asShare,
    number: { name: 'pausedShare', unit: 'share' },
  },
  {
    kind: pauses,
    pattern: /^tx_.*pause_duration$/,
    rateMax: 50_000,
    says: asShare,
    number: { name: 'pausesShare', unit: 'share' },
  },
];

/** The counter that grows fastest of those that match. */
function highest(
  rates: Readonly<Record<string, number>>,
  pattern: RegExp,
): readonly [name: string | null, rate: number] {
  return Object.entries(rates)
    .filter(([name]) => pattern.test(name))
    .reduce<readonly [string | null, number]>(
      (most, [name, rate]) => (rate > most[1] ? [name, rate] : most),
      [null, 0],
    );
}
