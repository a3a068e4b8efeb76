import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbedNode, ProbedSite } from '../schemas/probe.ts';
import { measureProbe } from './measure-probe.ts';

const source = 'https://github.com/linux-rdma/perftest';
const azure = 'https://github.com/Azure/azurehpc-health-checks/blob/main/conf/nd96amsr_a100_v4.conf';

const slow: FindingKind = {
  id: 'measure.ib.slow',
  summary: 'RDMA writes between two nodes run clearly slower than any link of a training cluster',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 3, 'host-hardware-fault': 0.7, 'mtu-mismatch': 0.7 },
  source: azure,
};
const belowSiblings: FindingKind = {
  id: 'measure.ib.below-siblings',
  summary: 'RDMA writes over an adapter run slower than over the others',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 3, 'host-hardware-fault': 0.7 },
  source: azure,
};
const normal: FindingKind = {
  id: 'measure.ib.normal',
  summary: 'RDMA writes between the two nodes run at the speed of a healthy link',
  role: 'clean',
  weighs: { 'rdma-link-fault': -2 },
  source,
};

// Less than EDR or HDR100 gives (97 Gb/s), the slowest links of such clusters; of HDR, 180 of 200 are asked for by
// Azure's health checks, which the comparison with siblings finds.
const floorGigabitsPerSecond = 85;

const hcaPattern = /^[a-z][a-z0-9_]{0,31}$/;
const hostPattern = /^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/;
const hcaWord = '[a-z][a-z0-9_]{0,31}';
const hostWord = '[A-Za-z0-9][A-Za-z0-9.:-]{0,252}';

const args = z.object({
  hca: z.string().regex(hcaPattern),
  /** Where the peer's server is reached. */
  peer: z.string().regex(hostPattern),
});

interface Figures {
  readonly hca: string;
  readonly peer: string;
  readonly bytes: number;
  readonly gigabitsPerSecond: number;
  readonly line: number;
}

/** RDMA writes to another node for five seconds; on that node the other side of the tool runs meanwhile. */
export const measureIbWriteBw = measureProbe({
  id: 'measure.ib-write-bw',
  verb: 'ib-client',
  summary: 'bandwidth of RDMA writes to another node; needs two nodes without jobs',
  question: 'Does this adapter reach the speed of its link to another node?',
  aspect: 'performance',
  costMs: 8_000,
  timeoutMs: 45_000,
  args,
  allow: [
    `sudo -n wardround-measure ib-client ${hcaWord} ${hostWord}`,
    `sudo -n wardround-measure ib-server ${hcaWord}`,
  ],
  words: ({ hca, peer }) => ['ib-client', hca, peer],
  devices: (node, site) => peersOf(node, site),
  otherSide: ({ hca, peer }, _node, { nodes }) => {
    const server = nodes.find((one) => one.address === peer || one.name === peer);
    return server === undefined
      ? undefined
      : { node: server.name, argv: ['sudo', '-n', 'wardround-measure', 'ib-server', hca], readyMs: listenMs };
  },
  kinds: [slow, belowSiblings, normal],
  read({ words, lines }): Figures | null {
    const rows = lines.flatMap(({ text, line }) => {
      const row = rowPattern.exec(text);
      return row === null ? [] : [{ bytes: Number(row[1]), gigabitsPerSecond: Number(row[2]), line }];
    });
    const inGigabits = lines.some(({ text }) => /BW average\[Gb\/sec\]/.test(text));
    const row = rows.at(-1);
    return row === undefined || !inGigabits ? null : { hca: words[0] ?? '', peer: words[1] ?? '', ...row };
  },
  judge: (figures) =>
    figures.gigabitsPerSecond < floorGigabitsPerSecond
      ? [{ kind: slow.id, ...shown(figures), text: `${told(figures)}, below ${floorGigabitsPerSecond} Gb/s` }]
      : [],
  clean: (figures) => ({ kind: normal.id, ...shown(figures), text: told(figures) }),
  siblings: {
    numbers: ({ hca, gigabitsPerSecond, line }) => [
      { name: 'rdma-write', value: gigabitsPerSecond, unit: 'Gb/s', device: { kind: 'hca', name: hca }, line },
    ],
    rules: [{ name: 'rdma-write', side: 'low', relative: 0.08, absolute: 8, source: azure }],
    kind: belowSiblings,
  },
});

//  #bytes     #iterations    BW peak[Gb/sec]    BW average[Gb/sec]   MsgRate[Mpps]
//  65536      4159603          0.00               363.47             0.693268
const rowPattern = /^ ?(\d{1,9}) +\d{1,12} +[\d.]{1,12} +([\d.]{1,12})\s+[\d.]{1,12}\s*$/;

function shown({ hca, peer, gigabitsPerSecond, line }: Figures) {
  return { device: { kind: 'hca' as const, name: hca }, line, values: { peer, gigabitsPerSecond } };
}

function told({ hca, peer, gigabitsPerSecond }: Figures): string {
  return `${hca} writes ${gigabitsPerSecond} Gb/s to ${peer}`;
}

/** Each adapter to the next node of the inventory, round the ring: every node is asked for once as a server. */
function peersOf(node: ProbedNode, site: ProbedSite) {
  const peer = nextNode(node, site);
  return peer === undefined ? [] : (node.hcas ?? []).map(({ name }) => ({ hca: name, peer: peer.address }));
}

function nextNode({ name }: ProbedNode, { nodes }: ProbedSite) {
  const at = nodes.findIndex((one) => one.name === name);
  const peer = nodes[(at + 1) % nodes.length];
  return at === -1 || peer?.name === name ? undefined : peer;
}

// The script and ib_write_bw are up by then, on a node that is not short of time.
const listenMs = 1_500;
