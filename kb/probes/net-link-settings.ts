import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { interfaceArg, interfaceWord } from './network-words.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ethtool.8.html';

const noLink: FindingKind = {
  id: 'net.link.not-detected',
  summary: 'the adapter detects no link on an interface that the cluster uses',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3, 'socket-interface-mismatch': 0.7 },
  source,
};
const absent: FindingKind = {
  id: 'net.link.interface-absent',
  summary: 'the node has no interface of the name that the cluster uses',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 3, 'host-hardware-fault': 0.7 },
  source,
};
const half: FindingKind = {
  id: 'net.link.half-duplex',
  summary: 'the link runs in half duplex: the two ends disagree',
  role: 'cause',
  weighs: { 'rdma-link-fault': 2.5 },
  source,
};
const slower: FindingKind = {
  id: 'net.link.slower-than-siblings',
  summary: 'the link runs at a lower speed than that of the same interface on sibling nodes',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const below: FindingKind = {
  id: 'net.link.below-capability',
  summary: 'the link runs at a lower speed than the adapter could',
  // Switches of one speed and adapters of the next are ordinary.
  role: 'context',
  weighs: { 'rdma-link-fault': 0.4 },
  source,
};
const fine: FindingKind = {
  id: 'net.link.detected',
  summary: 'the adapter has a link in full duplex',
  role: 'clean',
  weighs: { 'rdma-link-fault': -0.7, 'socket-interface-mismatch': -0.4 },
  source,
};
const kinds = [noLink, absent, half, slower, below, fine];

const args = z.object({ interface: interfaceArg });

interface Reading {
  readonly present: boolean;
  readonly linkDetected: boolean | null;
  /** Why there is none, as newer versions say. */
  readonly reason: string | null;
  /** `null` where the adapter does not know. */
  readonly speedMbps: number | null;
  readonly supportedMbpsMax: number | null;
  readonly duplex: 'full' | 'half' | null;
  readonly line: number | null;
  readonly linkLine: number | null;
}

/** Speed, duplex and link of an Ethernet interface. */
export const netLinkSettings: Probe<z.infer<typeof args>, Reading> = {
  id: 'net.link-settings',
  platform: 'nvidia-linux',
  summary: 'speed, duplex and link of the Ethernet interfaces',
  question: 'Do the Ethernet interfaces have a link, at the speed that their siblings have?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  args,
  devices: (_node, site) => site.interfaces.map((name) => ({ interface: name })),
  argv: ({ interface: name }) => ['ethtool', name],
  allow: [`ethtool ${interfaceWord}`],
  parse(output) {
    requireTool(output, 'ethtool');
    // ethtool 5.x: "netlink error: no device matches name (offset 24)" · before: "Cannot get device settings: No such device"
    if (output.exitCode !== 0 && /No such device|no device matches name/.test(output.stderr))
      return {
        present: false,
        linkDetected: null,
        reason: null,
        speedMbps: null,
        supportedMbpsMax: null,
        duplex: null,
        line: null,
        linkLine: null,
      };
    const lines = requiredLines(output, 'ethtool');
    if (!/^Settings for \S{1,16}:$/.test(lines[0]?.text ?? ''))
      throw new ProbeParseError('line 1: not the head of ethtool');
    const field = (name: string) => lines.find(({ text }) => text.trimStart().startsWith(`${name}:`));
    const value = (name: string) => field(name)?.text.split(': ').slice(1).join(': ').trim() ?? '';
    const link = field('Link detected');
    const detected = /^(yes|no)(?: \((.{1,80})\))?$/.exec(value('Link detected'));
    if (link === undefined || detected === null) throw new ProbeParseError('ethtool says nothing of a link');
    const speed = /^(\d{1,7})Mb\/s/.exec(value('Speed'))?.[1];
    const duplex = value('Duplex');
    return {
      present: true,
      linkDetected: detected[1] === 'yes',
      reason: detected[2] ?? null,
      speedMbps: speed === undefined ? null : Number(speed),
      supportedMbpsMax: supportedIn(lines.map(({ text }) => text)),
      duplex: duplex === 'Full' ? 'full' : duplex === 'Half' ? 'half' : null,
      line: field('Speed')?.line ?? lines[0]?.line ?? 1,
      linkLine: link.line,
    };
  },
  outcomes: kinds,
  meaning(reading, _node, asked) {
    const name = asked?.interface ?? 'the interface';
    const device = asked === undefined ? {} : { device: { kind: 'hca' as const, name } };
    const { speedMbps, supportedMbpsMax, reason } = reading;
    const speed = speedMbps === null ? 'unknown speed' : `${speedMbps} Mb/s`;
    const values = {
      ...(speedMbps === null ? {} : { speedMbps }),
      ...(supportedMbpsMax === null ? {} : { supportedMbpsMax }),
    };
    if (!reading.present) return [{ kind: absent.id, ...device, text: `there is no interface ${name}` }];
    if (reading.linkDetected !== true)
      return [
        {
          kind: noLink.id,
          ...device,
          text: `${name}: no link${reason === null ? '' : `, ${reason}`}`,
          line: reading.linkLine ?? 1,
          values,
        },
      ];
    const found = {
      ...device,
      text: `${name}: ${speed}, ${reading.duplex ?? 'unknown'} duplex`,
      line: reading.line ?? 1,
      values,
    };
    if (reading.duplex === 'half') return [{ kind: half.id, ...found }];
    const low = speedMbps !== null && supportedMbpsMax !== null && speedMbps < supportedMbpsMax;
    return [...(low ? [{ kind: below.id, ...found }] : []), { kind: fine.id, ...found }];
  },
  siblings: {
    numbers: ({ speedMbps, linkDetected, line }) =>
      speedMbps === null || linkDetected !== true
        ? []
        : [{ name: 'speedMbps', value: speedMbps, unit: 'Mb/s', line: line ?? 1 }],
    // Speeds come in steps.
    rules: [{ name: 'speedMbps', side: 'low', relative: 0.1, absolute: 1, source }],
    kind: slower,
  },
};

/** The fastest of the modes under "Supported link modes", which go over several lines. */
function supportedIn(lines: readonly string[]): number | null {
  const start = lines.findIndex((text) => text.includes('Supported link modes:'));
  if (start < 0) return null;
  const end = lines.findIndex((text, at) => at > start && text.includes(':'));
  const modes = lines
    .slice(start, end < 0 ? undefined : end)
    .join(' ')
    .matchAll(/\b(\d{2,7})base/g);
  const speeds = [...modes].map((mode) => Number(mode[1]));
  return speeds.length === 0 ? null : Math.max(...speeds);
}
