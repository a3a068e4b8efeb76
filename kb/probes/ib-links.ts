import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { portSwitchedOff, portUnstable } from './ib-port-kinds.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/rdma-link.8.html';

const down: FindingKind = {
  id: 'ib.link.down',
  summary: 'the kernel has an RDMA link down while others of the node are active',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.5 },
  source,
};
const fewer: FindingKind = {
  id: 'ib.link.fewer-active',
  summary: 'the node has fewer active RDMA links than its siblings',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.2 },
  source,
};
const active: FindingKind = {
  id: 'ib.link.active',
  summary: 'all RDMA links that are in use are active',
  role: 'clean',
  weighs: { 'rdma-link-fault': -1.5 },
  source,
};
const kinds = [down, fewer, portUnstable, portSwitchedOff, active];

const noArgs = z.object({});

interface Link {
  readonly line: number;
  readonly hca: string;
  readonly port: number;
  readonly state: string;
  readonly physicalState: string;
  readonly netdev: string | null;
}
interface Reading {
  readonly links: readonly Link[];
  /** Adapters whose state was another one on the first of two reads. */
  readonly changed: readonly string[];
}

/** RDMA links as the kernel sees them, with the interface that belongs to each. */
export const ibLinks: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'ib.links',
  platform: 'nvidia-linux',
  summary: 'state of the RDMA links in the kernel, and which network interface belongs to each',
  question: 'Does the kernel have every RDMA link active, and does it stay so?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  args: noArgs,
  argv: () => ['rdma', 'link', 'show'],
  parse: (output) => ({
    links: requiredLines(output, 'rdma').map(({ text, line }) => linkIn(text, line)),
    changed: [],
  }),
  outcomes: kinds,
  meaning({ links, changed }, node) {
    const listed = node?.hcas?.map(({ name }) => name) ?? [];
    const inUse = listed.length === 0 ? links : links.filter(({ hca }) => listed.includes(hca));
    const anyActive = inUse.some(({ state }) => state === 'ACTIVE');
    const seen = inUse.flatMap((link): readonly ProbeFinding[] => {
      const kind = changed.includes(link.hca) ? portUnstable : kindOf(link, anyActive || listed.length > 0);
      if (kind === null) return [];
      return [
        {
          kind: kind.id,
          device: { kind: 'hca', name: link.hca },
          text: `${link.hca} port ${link.port}: ${link.state}, ${link.physicalState}${kind === portUnstable ? ', and another state a moment before' : ''}`,
          line: link.line,
          values: {
            port: link.port,
            state: link.state,
            physicalState: link.physicalState,
            ...(link.netdev === null ? {} : { netdev: link.netdev }),
          },
        },
      ];
    });
    // A port that was switched off is no fault, and not all is well either.
    if (seen.length > 0) return seen;
    return orClean(seen, kinds, { kind: active.id, text: `${inUse.length} RDMA links, all in use are active` });
  },
  siblings: {
    numbers: ({ links }) => [
      { name: 'activeLinks', value: links.filter(({ state }) => state === 'ACTIVE').length, unit: 'count' },
    ],
    // Nodes of one kind have one number of links.
    rules: [{ name: 'activeLinks', side: 'low', relative: 0, absolute: 0, source }],
    kind: fewer,
  },
  again: {
    gapMs: 3_000,
    combine: (first, second) => ({
      ...second,
      changed: second.links
        .filter((link) =>
          first.links.some(
            (before) => before.hca === link.hca && before.port === link.port && before.state !== link.state,
          ),
        )
        .map(({ hca }) => hca),
    }),
  },
};

/** Not cabled is no fault of a node of which nothing is known and whose links are all down. */
function kindOf(link: Link, othersTell: boolean): FindingKind | null {
  if (link.state === 'ACTIVE') return null;
  if (link.physicalState === 'DISABLED') return portSwitchedOff;
  return othersTell ? down : null;
}

// iproute2 5.4 to 6.x: link mlx5_0/1 state ACTIVE physical_state LINK_UP netdev ens7f0np0
//   link mlx5_4/1 subnet_prefix fe80:0000:0000:0000 lid 8 sm_lid 1 lmc 0 state ACTIVE physical_state LINK_UP
// iproute2 4.x and MLNX_OFED 5.x: 8/1: mlx5_bond_0/1: state ACTIVE physical_state LINK_UP netdev reth0
function linkIn(text: string, line: number): Link {
  const match =
    /^(?:link |\d{1,3}\/\d{1,3}: )([a-zA-Z]\w{0,31})\/(\d{1,3}):? (?:.* )?state (\w{1,20}) physical_state (\w{1,40})(?: netdev (\S{1,15}))?/.exec(
      text,
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not a link of rdma link show`);
  return {
    line,
    hca: match[1] ?? '',
    port: Number(match[2]),
    state: match[3] ?? '',
    physicalState: match[4] ?? '',
    netdev: match[5] ?? null,
  };
}
