import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
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
const kinds = [degraded, absent, nodeAbsent, switchDegraded, slower, whole];

const args = z.object({ node: z.string().regex(namePattern) });

interface Link {
  readonly line: number;
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
    return { links: lines.flatMap(({ text, line }) => linkIn(text, line)) };
  },
  outcomes: kinds,
  meaning({ links }, node, asked) {
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
    return orClean(seen, kinds, {
      kind: whole.id,
      text: `${name === undefined ? links.length : own.length} links at their full speed`,
    });
  },
  siblings: {
    numbers({ links }, node) {
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
    /^\s*0x[0-9a-fA-F]{1,16}\s+"([^"]{0,128})"\s+\d{1,6}\s+\d{1,3}\[ ?.{0,2} ?\] ==\((.{1,80}?)\)==>\s*(.*)$/.exec(
      text,
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not a link of iblinkinfo -l`);
  const up = /^\s*(\d{1,2})X\s+(\d{1,4}(?:\.\d{1,6})?) Gbps\s+\w{1,20}\/\s*LinkUp/.exec(match[2] ?? '');
  if (up === null) return [];
  const other = /^0x[0-9a-fA-F]{1,16}\s+\d{1,6}\s+(\d{1,3})\[ ?.{0,2} ?\]\s+"([^"]{0,128})"\s*\((.{0,120})\)/.exec(
    match[3] ?? '',
  );
  return [
    {
      line,
      from: (match[1] ?? '').trim(),
      to: (other?.[2] ?? '').trim(),
      toPort: other === null ? null : Number(other[1]),
      lanes: Number(up[1]),
      laneGbps: Number(up[2]),
      remark: (other?.[3] ?? '').trim(),
    },
  ];
}
