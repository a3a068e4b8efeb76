import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { median, orClean } from './clean.ts';
import { busId, smiKinds, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';
import { linkedDevice, parseLinks, type LinkLine } from './nvlink-rows.ts';
import { nvlinksAllDown } from './nvlink-status.ts';

const source = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

const fewer: FindingKind = {
  id: 'nvlink.remote.fewer-than-siblings',
  summary:
    'a GPU has fewer links to the other end of its NVLinks than its siblings: links are down or were never trained',
  role: 'cause',
  weighs: { 'nvlink-fabric-error': 3.5, 'host-hardware-fault': 0.7 },
  source,
};
const uneven: FindingKind = {
  id: 'nvlink.remote.uneven-switches',
  summary: 'the links of a GPU do not spread evenly over the switches, as those of its siblings do',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 2, 'host-hardware-fault': 0.5 },
  source,
};
const alike: FindingKind = {
  id: 'nvlink.remote.as-siblings',
  summary: 'every GPU has as many links, spread over as many devices, as its siblings',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -1.2 },
  source,
};
const kinds = [fewer, uneven, alike, nvlinksAllDown, ...smiKinds];

const noArgs = z.object({});

interface Gpu {
  readonly line: number;
  readonly index: number;
  readonly uuid: string;
  readonly links: readonly {
    readonly line: number;
    readonly link: number;
    /** PCI bus id of the switch or GPU at the other end, or what newer fabrics print instead. */
    readonly remote: string;
    readonly remoteLink: number;
  }[];
}
interface Reading {
  readonly gpus: readonly Gpu[];
  readonly trouble: readonly SmiTrouble[];
}

/** What stands at the other end of every NVLink: a switch, or another GPU. */
export const nvlinkRemote: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'nvlink.remote',
  platform: 'nvidia-linux',
  summary: 'the device and port at the other end of every NVLink',
  question: 'Is every NVLink joined to the switch or GPU that its siblings’ links are joined to?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 1_200,
  timeoutMs: 20_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['nvidia-smi', 'nvlink', '-R'],
  parse(output) {
    const { gpus, trouble } = parseLinks(output);
    return {
      gpus: gpus.map(({ line, index, uuid, links }) => ({ line, index, uuid, links: links.flatMap(remoteOf) })),
      trouble,
    };
  },
  outcomes: kinds,
  meaning({ gpus, trouble }, node) {
    const told = troubleFindings(trouble, node?.gpus);
    if (gpus.length > 0 && gpus.every(({ links }) => links.length === 0))
      return [
        ...told,
        { kind: nvlinksAllDown.id, text: `no NVLink of ${gpus.length} GPUs is active`, line: gpus[0]?.line ?? 1 },
      ];
    const seen = gpus.flatMap((gpu) => judge(gpu, gpus, node));
    return orClean([...told, ...seen], kinds, {
      kind: alike.id,
      text: `${gpus.reduce((sum, { links }) => sum + links.length, 0)} NVLinks of ${gpus.length} GPUs`,
    });
  },
  siblings: {
    numbers: ({ gpus }, node) =>
      gpus.map((gpu) => ({
        name: 'remoteLinks',
        value: gpu.links.length,
        unit: 'links',
        device: linkedDevice(gpu, node),
        line: gpu.line,
      })),
    rules: [{ name: 'remoteLinks', side: 'low', relative: 0, absolute: 0.5, source }],
    kind: fewer,
  },
};

// Remote Device 00000008:00:00.0: Link 29
const remotePattern = /^Remote Device ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9]): Link (\d{1,3})$/;
const inactivePattern = /^(<inactive>|Remote Device <?(N\/A|inactive)>?(: Link N\/A)?|N\/A)$/i;

function remoteOf({ line, link, text }: LinkLine): Gpu['links'] {
  if (inactivePattern.test(text)) return [];
  const remote = remotePattern.exec(text);
  if (remote === null) throw new ProbeParseError(`line ${line}: not a remote end of nvidia-smi nvlink -R`);
  return [{ line, link, remote: busId(remote[1] ?? ''), remoteLink: Number(remote[2]) }];
}

function judge(gpu: Gpu, gpus: readonly Gpu[], node: ProbedNode | undefined): readonly ProbeFinding[] {
  const most = Math.max(...gpus.map(({ links }) => links.length));
  const device = linkedDevice(gpu, node);
  const values = { links: gpu.links.length, siblingsLinks: most, devices: devicesOf(gpu) };
  if (gpu.links.length < most)
    return [
      {
        kind: fewer.id,
        device,
        text: `${gpu.links.length} NVLinks with another end, siblings up to ${most}`,
        line: gpu.line,
        values,
      },
    ];
  const usualDevices = median(gpus.filter((one) => one !== gpu && one.links.length === most).map(devicesOf));
  if (usualDevices === null || devicesOf(gpu) === usualDevices) return [];
  return [
    {
      kind: uneven.id,
      device,
      text: `NVLinks to ${devicesOf(gpu)} devices, those of siblings to ${usualDevices}`,
      line: gpu.line,
      values,
    },
  ];
}

function devicesOf({ links }: Gpu): number {
  return new Set(links.map(({ remote }) => remote)).size;
}
