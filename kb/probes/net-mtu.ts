import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { interfaceFamily, isVirtualInterface } from './network-words.ts';
import { siblingsMin } from './siblings.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ip-link.8.html';

const differs: FindingKind = {
  id: 'net.mtu.unlike-siblings',
  summary:
    'an interface has another MTU than its siblings: that of the same name on other nodes, or its rails on this one',
  role: 'cause',
  weighs: { 'mtu-mismatch': 3.5 },
  source,
};
const withinNode: FindingKind = {
  id: 'net.mtu.unlike-others-of-node',
  summary: 'an interface has another MTU than the others of its kind on the node, as one of another network may have',
  role: 'context',
  weighs: { 'mtu-mismatch': 0.7 },
  source,
};
const noCarrier: FindingKind = {
  id: 'net.link.no-carrier',
  summary: 'an interface that is switched on has no carrier while others of its kind have',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.5, 'socket-interface-mismatch': 0.7 },
  source,
};
const same: FindingKind = {
  id: 'net.mtu.as-siblings',
  summary: 'interfaces of one kind have one MTU on this node; other nodes may differ',
  role: 'clean',
  weighs: { 'mtu-mismatch': -0.7 },
  source,
};
const kinds = [differs, withinNode, noCarrier, same];

const noArgs = z.object({});

interface Interface {
  readonly line: number;
  readonly name: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  /** IP over InfiniBand: the stack’s `ib3` is some adapter that verbs call otherwise. */
  readonly overInfiniBand: boolean;
}
interface Reading {
  readonly interfaces: readonly Interface[];
}

/** MTU and carrier of the network interfaces. */
export const netMtu: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.mtu',
  platform: 'nvidia-linux',
  summary: 'MTU and carrier of the network interfaces',
  question: 'Do the network interfaces of the nodes have the same MTU?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['ip', '-o', 'link', 'show'],
  parse: (output) => ({
    interfaces: requiredLines(output, 'ip link').map(({ text, line }) => {
      const match = /^\d+: ([A-Za-z0-9_.-]{1,32})(?:@[A-Za-z0-9_.-]+)?: <([A-Z0-9_,-]*)> mtu (\d+) /.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a line of ip -o link show`);
      return {
        line,
        name: match[1] ?? '',
        flags: (match[2] ?? '').split(','),
        mtu: Number(match[3]),
        overInfiniBand: / link\/infiniband /.test(text),
      };
    }),
  }),
  outcomes: kinds,
  meaning({ interfaces }) {
    const on = interfaces.filter((one) => one.flags.includes('UP') && !one.flags.includes('LOOPBACK'));
    const families = Map.groupBy(on, (one) => interfaceFamily(one.name));
    const seen = [...families.values()].flatMap(judge);
    return orClean(seen, kinds, { kind: same.id, text: `${on.length} interfaces switched on, each kind with one MTU` });
  },
  siblings: {
    numbers: ({ interfaces }) =>
      interfaces
        .filter(({ name, flags }) => flags.includes('UP') && !flags.includes('LOOPBACK') && !isVirtualInterface(name))
        .map(({ name, mtu, line }) => ({
          name: 'mtuBytes',
          value: mtu,
          unit: 'bytes',
          device: { kind: 'hca', name },
          like: name,
          line,
        })),
    // A size is set by hand, and alike or forgotten.
    rules: [{ name: 'mtuBytes', side: 'both', relative: 0, absolute: 0, source }],
    kind: differs,
  },
};

function judge(family: readonly Interface[]): readonly ProbeFinding[] {
  const up = family.filter((one) => one.flags.includes('LOWER_UP'));
  const usual = mostFrequent(up.map((one) => one.mtu));
  const off = up.length === 0 ? [] : family.filter((one) => !one.flags.includes('LOWER_UP'));
  // Two that differ do not say which of them is wrong; both are shown.
  const unlike = usual === null ? [] : up.filter((one) => usual.tied || one.mtu !== usual.mtu);
  const agreeing = usual === null ? 0 : up.filter((one) => one.mtu === usual.mtu).length;
  return [
    ...unlike.map((one) => ({
      kind: (usual?.tied === false && agreeing >= siblingsMin ? differs : withinNode).id,
      device: { kind: 'hca' as const, name: one.name },
      text: `${one.name} has MTU ${one.mtu}, others of its kind ${[...new Set(up.map((other) => other.mtu))].filter((mtu) => mtu !== one.mtu).join(', ')}`,
      line: one.line,
      values: { interface: one.name, mtuBytes: one.mtu },
    })),
    ...off.map((one) => ({
      kind: noCarrier.id,
      ...(one.overInfiniBand ? {} : { device: { kind: 'hca' as const, name: one.name } }),
      text: `${one.name} is switched on and has no carrier`,
      line: one.line,
      values: { interface: one.name },
    })),
  ];
}

function mostFrequent(mtus: readonly number[]): { readonly mtu: number; readonly tied: boolean } | null {
  const counts = [...Map.groupBy(mtus, (mtu) => mtu)].map(([mtu, all]) => ({ mtu, times: all.length }));
  const [first, second] = counts.toSorted((a, b) => b.times - a.times);
  return first === undefined ? null : { mtu: first.mtu, tied: second?.times === first.times };
}
