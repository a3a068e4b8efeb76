import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median, orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/iblinkinfo.8.html';

const degraded: FindingKind = {
  id: 'ib.fabric.link-degraded',
  summary: 'a link of the node runs with fewer lanes or slower than both ends could, or than its other links do',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.2 },
  source,
};
const absent: FindingKind = {
  id: 'ib.fabric.adapter-absent',
  summary: 'the fabric sees fewer links of the node than it has adapters',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3, 'host-hardware-fault': 0.7 },
  source,
};
const nodeAbsent: FindingKind = {
  id: 'ib.fabric.node-absent',
  summary: 'the fabric sees no link of the node at all',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.5, 'host-hardware-fault': 1.5, 'facility-fault': 0.7 },
  source,
};
const switchDegraded: FindingKind = {
  id: 'ib.fabric.switch-link-degraded',
  summary: 'a link between switches runs with fewer lanes or slower than both ends could',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 2 },
  source,
};
const uplinksLost: FindingKind = {
  id: 'ib.fabric.leaf-uplinks-lost',
  summary:
    'the leaf switch of the node has far fewer uplinks than the other leaves, and ports without a partner instead',
  role: 'cause',
  ofShared: true,
  // An uplink is network outside of the node: all behind the leaf share what is left of it.
  weighs: { 'facility-fault': 4.5, 'rdma-link-fault': 0.9 },
  source,
};
const slower: FindingKind = {
  id: 'ib.fabric.slower-than-siblings',
  summary: 'the links of the node are slower, or fewer, than those of its siblings',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const whole: FindingKind = {
  id: 'ib.fabric.links-whole',
  summary: 'the fabric sees all links of the node at their full width and speed',
  role: 'clean',
  weighs: { 'rdma-link-fault': -1.5 },
  source,
};
const kinds = [degraded, absent, nodeAbsent, switchDegraded, uplinksLost, slower, whole];

const args = z.object({ node: z.string().regex(namePattern) });

interface Link {
  readonly line: number;
  readonly fromGuid: string;
  readonly toGuid: string | null;
  /** Descriptions of the devices at the two ends. */
  readonly from: string;
  readonly to: string;
  readonly toPort: number | null;
  readonly lanes: number;
  readonly laneGbps: number;
  /** What the tool remarks, such as `Could be 53.125 Gbps`. */
  readonly remark: string;
}
interface Reading {
  /** Links that are up; one is named from both of its ends. */
  readonly links: readonly Link[];
  /** Ports that are switched on and have no partner, by the GUID of their switch. */
  readonly alone: Readonly<Record<string, number>>;
}

/** Links of the InfiniBand fabric as its subnet sees them. */
export const ibFabricLinks: Probe<z.infer<typeof args>, Reading> = {
  id: 'ib.fabric-links',
  platform: 'nvidia-linux',
  summary: 'width and speed of the links of the InfiniBand fabric, between nodes and switches',
  question: 'Does the fabric see all links of the node, and at their full width and speed?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 4_000,
  timeoutMs: 60_000,
  outputBytesMax: 4 * 1024 * 1024,
  args,
  argv: () => ['iblinkinfo', '-l'],
  allow: ['iblinkinfo -l'],
  parse(output) {
    const lines = requiredLines(output, 'iblinkinfo');
    return { links: lines.flatMap(({ text, line }) => linkIn(text, line)), alone: aloneIn(lines) };
  },
  outcomes: kinds,
  meaning({ links, alone }, node, asked) {
    const name = asked?.node ?? node?.name;
    const own = name === undefined ? [] : links.filter(({ from }) => isOf(from, name));
    const best = Math.max(0, ...own.map(speedOf));
    const seen: ProbeFinding[] = own
      .filter((link) => remarked(link) || speedOf(link) < best)
      .map((link) => finding(degraded, link, name));
    const adapters = new Set(node?.hcas?.map(({ name: hca }) => hca)).size;
    if (name !== undefined && own.length === 0)
      seen.push({ kind: nodeAbsent.id, text: `no link of ${name} among ${links.length}` });
    else if (own.length < adapters)
      seen.push({
        kind: absent.id,
        text: `the fabric sees ${own.length} links of ${adapters} adapters`,
        ...(own[0] === undefined ? {} : { line: own[0].line }),
        values: { links: own.length, adapters },
      });
    const between = links.filter((link) => isSwitch(link.from) && isSwitch(link.to) && remarked(link));
    seen.push(...between.slice(0, switchLinksShownMax).map((link) => finding(switchDegraded, link, undefined)));
    seen.push(...own.slice(0, 1).flatMap((link) => lostUplinks(link, links, alone)));
    return orClean(seen, kinds, {
      kind: whole.id,
      text: `${name === undefined ? links.length : own.length} links at their full speed`,
      ...(own.length === 0 ? {} : { values: { cables: cablesOf(own) } }),
    });
  },
  siblings: {
    numbers({ links }: Reading, node) {
      const own = links.filter(({ from }) => node?.name !== undefined && isOf(from, node.name));
      if (own.length === 0) return [];
      return [
        { name: 'links', value: own.length, unit: 'count' },
        { name: 'slowestGbps', value: Math.min(...own.map(speedOf)), unit: 'Gb/s' },
      ];
    },
    // Nodes of one kind have one number of links; speeds come in steps of a factor of two.
    rules: [
      { name: 'links', side: 'low', relative: 0, absolute: 0, source },
      { name: 'slowestGbps', side: 'low', relative: 0.1, absolute: 1, source },
    ],
    kind: slower,
  },
};

/**
 * Leaves of one fabric have as many uplinks as each other, or as their nodes need. One that has at most half of what the
 * others have, carries more links of nodes on each, and polls as many ports in vain as it misses, has lost them.
 */
function lostUplinks(own: Link, links: readonly Link[], alone: Reading['alone']): readonly ProbeFinding[] {
  const leaf = leavesOf(links).find(({ guid }) => guid === own.toGuid);
  const others = leavesOf(links).filter(({ guid }) => guid !== own.toGuid);
  if (leaf === undefined || others.length === 0) return [];
  const usual = median(others.map(({ up }) => up)) ?? 0;
  const crowded = others.every(({ up, down }) => leaf.down * up > down * leaf.up);
  const missing = usual - leaf.up;
  if (leaf.up > usual / 2 || !crowded || (alone[leaf.guid] ?? 0) < missing) return [];
  return [
    {
      kind: uplinksLost.id,
      text: `${leaf.name}: ${leaf.up} uplinks for ${leaf.down} links of nodes, the other leaves ${usual}; ${alone[leaf.guid] ?? 0} of its ports poll in vain`.slice(
        0,
        textCharsMax,
      ),
      line: own.line,
      values: { uplinks: leaf.up, siblingsUplinks: usual, nodeLinks: leaf.down },
    },
  ];
}

interface Leaf {
  readonly guid: string;
  readonly name: string;
  /** Links to other switches. */
  readonly up: number;
  /** Links to adapters. */
  readonly down: number;
}

/** Switches with adapters on them. */
function leavesOf(links: readonly Link[]): readonly Leaf[] {
  return [
    ...Map.groupBy(
      links.filter(({ from }) => isSwitch(from)),
      ({ fromGuid }) => fromGuid,
    ),
  ].flatMap(([guid, own]) => {
    const up = own.filter(({ to }) => isSwitch(to)).length;
    const down = own.length - up;
    return down === 0 ? [] : [{ guid, name: own[0]?.from ?? guid, up, down }];
  });
}

/** `mlx5_1=0xb8cef603426739e2/18`: where the cable of each adapter ends. */
function cablesOf(own: readonly Link[]): string {
  return own
    .flatMap(({ from, toGuid, toPort }) => {
      const hca = from.split(' ')[1];
      return hca === undefined || toGuid === null || toPort === null ? [] : [`${hca}=${toGuid}/${toPort}`];
    })
    .slice(0, cablesMax)
    .join(' ');
}

const cablesMax = 16;
const switchLinksShownMax = 5;
const textCharsMax = 200;

function finding(kind: FindingKind, link: Link, name: string | undefined): ProbeFinding {
  const hca = name === undefined ? undefined : link.from.split(' ')[1];
  return {
    kind: kind.id,
    ...(hca === undefined || !/^mlx\d_\d{1,2}$/.test(hca) ? {} : { device: { kind: 'hca', name: hca } }),
    text: `${link.from} to ${link.to} port ${link.toPort ?? 0}: ${link.lanes}X ${link.laneGbps} Gb/s${link.remark === '' ? '' : `, ${link.remark}`}`.slice(
      0,
      textCharsMax,
    ),
    line: link.line,
    values: {
      lanes: link.lanes,
      laneGbps: link.laneGbps,
      ...(link.toPort === null ? {} : { switchPort: link.toPort }),
    },
  };
}

/** Adapters describe themselves as `node-07 mlx5_2`, or `node-07 HCA-3`. */
function isOf(description: string, name: string): boolean {
  return description === name || description.startsWith(`${name} `);
}

/** `MF0;leaf-01:MQM8700/U1`, `SwitchIB Mellanox Technologies`, `Quantum Mellanox Technologies`. */
function isSwitch(description: string): boolean {
  return /^MF\d;|Switch|Quantum|Infiniscale/i.test(description);
}

function remarked({ remark }: Link): boolean {
  return /Could be/.test(remark);
}

function speedOf({ lanes, laneGbps }: Link): number {
  return lanes * laneGbps;
}

// 0xf452140300f55051 "  node-07 mlx4_0"  37  1[  ] ==( 4X  14.0625 Gbps Active/  LinkUp)==>  0xf45214030067c630  5  16[  ] "MF0;leaf:SX6036/U1" ( Could be 25.78125 Gbps)
// A port without a cable: … ==(                Down/ Polling)==>             [  ] "" ( )
function linkIn(text: string, line: number): readonly Link[] {
  const match =
    /^\s*(?<guid>0x[0-9a-fA-F]{1,16})\s+"([^"]{0,128})"\s+\d{1,6}\s+\d{1,3}\[ ?.{0,2} ?\] ==\((.{1,80}?)\)==>\s*(.*)$/.exec(
      text,
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not a link of iblinkinfo -l`);
  const up = /^\s*(\d{1,2})X\s+(\d{1,4}(?:\.\d{1,6})?) Gbps\s+\w{1,20}\/\s*LinkUp/.exec(match[3] ?? '');
  if (up === null) return [];
  const other =
    /^(?<guid>0x[0-9a-fA-F]{1,16})\s+\d{1,6}\s+(\d{1,3})\[ ?.{0,2} ?\]\s+"([^"]{0,128})"\s*\((.{0,120})\)/.exec(
      match[4] ?? '',
    );
  return [
    {
      line,
      fromGuid: match.groups?.['guid'] ?? '',
      toGuid: other?.groups?.['guid'] ?? null,
      from: (match[2] ?? '').trim(),
      to: (other?.[3] ?? '').trim(),
      toPort: other === null ? null : Number(other[2]),
      lanes: Number(up[1]),
      laneGbps: Number(up[2]),
      remark: (other?.[4] ?? '').trim(),
    },
  ];
}

function aloneIn(lines: readonly { readonly text: string }[]): Reading['alone'] {
  const switchPorts = lines.flatMap(
    ({ text }) => /^\s*(0x[0-9a-fA-F]{1,16})\s.*\(\s*Down\/\s*Polling\)/.exec(text)?.[1] ?? [],
  );
  return Object.fromEntries([...Map.groupBy(switchPorts, (guid) => guid)].map(([guid, ports]) => [guid, ports.length]));
}
