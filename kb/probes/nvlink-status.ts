import { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { gpuDevice, noReading, smiKinds, splitSmi, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';

const source = 'https://github.com/Azure/azhpc-diagnostics/issues/73';

export const nvlinkInactive: FindingKind = {
  id: 'nvlink.link.inactive',
  summary: 'an NVLink of a GPU is inactive while the same link of its siblings is up',
  role: 'cause',
  weighs: { 'nvlink-fabric-error': 4, 'host-hardware-fault': 0.7 },
  source,
};
const slow: FindingKind = {
  id: 'nvlink.link.below-siblings',
  summary: 'an NVLink runs slower than the others of the node',
  role: 'cause',
  weighs: { 'nvlink-fabric-error': 3 },
  source,
};
export const nvlinksAllDown: FindingKind = {
  id: 'nvlink.node.all-inactive',
  summary: 'no NVLink of the node is active: the fabric was never brought up',
  role: 'cause',
  weighs: { 'fabricmanager-not-running': 3, 'nvlink-fabric-error': 1.5 },
  source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html',
};
const normal: FindingKind = {
  id: 'nvlink.node.normal',
  summary: 'every NVLink that siblings have is up at the same speed',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -2, 'fabricmanager-not-running': -2 },
  source,
};
const kinds = [nvlinkInactive, slow, nvlinksAllDown, normal, ...smiKinds];

const noArgs = z.object({});

interface Link {
  readonly line: number;
  readonly link: number;
  /** `null` when inactive. */
  readonly gigabytesPerSecond: number | null;
}
interface Gpu {
  readonly line: number;
  readonly index: number;
  readonly uuid: string;
  readonly links: readonly Link[];
}
interface Reading {
  readonly gpus: readonly Gpu[];
  readonly trouble: readonly SmiTrouble[];
}

/** State and speed of every NVLink. */
export const nvlinkStatus: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'nvlink.status',
  platform: 'nvidia-linux',
  summary: 'state and speed of the NVLinks of every GPU',
  question: 'Are all NVLinks of every GPU up at their full speed?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 900,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  args: noArgs,
  argv: () => ['nvidia-smi', 'nvlink', '--status'],
  parse(output) {
    const { lines, trouble } = splitSmi(output);
    const gpus = gpusIn(lines);
    if (gpus.length === 0 && trouble.length === 0) throw noReading(output);
    return { gpus, trouble };
  },
  outcomes: kinds,
  meaning(reading, node) {
    const trouble = troubleFindings(reading.trouble, node?.gpus);
    const links = reading.gpus.flatMap((gpu) => gpu.links);
    if (reading.gpus.length > 0 && links.every((link) => link.gigabytesPerSecond === null))
      return [
        ...trouble,
        {
          kind: nvlinksAllDown.id,
          text: `no NVLink of ${reading.gpus.length} GPUs is active`,
          line: reading.gpus[0]?.line ?? 1,
        },
      ];
    const seen = reading.gpus.flatMap((gpu) => judge(gpu, reading.gpus, node));
    return orClean([...trouble, ...seen], kinds, {
      kind: normal.id,
      text: `${links.length} NVLinks of ${reading.gpus.length} GPUs as their siblings`,
    });
  },
  siblings: {
    numbers: ({ gpus }, node) =>
      gpus
        .filter((gpu) => isWhole(gpu, gpus))
        .map((gpu) => ({
          name: 'nvlinkGigabytesPerSecond',
          value: gpu.links.reduce((sum, { gigabytesPerSecond }) => sum + (gigabytesPerSecond ?? 0), 0),
          unit: 'GB/s',
          device: deviceOf(gpu, node),
          line: gpu.line,
        })),
    // Speeds are printed to three digits, and rounded differently by releases of the driver.
    rules: [{ name: 'nvlinkGigabytesPerSecond', side: 'low', relative: 0.01, absolute: 1, source }],
    kind: slow,
  },
};

/** Links that are down are printed as such: where some are not printed at all, the answer ends there. */
function isWhole({ links }: Gpu, gpus: readonly Gpu[]): boolean {
  return links.length === 0 || links.length === Math.max(...gpus.map((gpu) => gpu.links.length));
}

function gpusIn(lines: readonly { readonly text: string; readonly line: number }[]): readonly Gpu[] {
  const gpus: { line: number; index: number; uuid: string; links: Link[] }[] = [];
  let said = true;
  for (const { text, line } of lines) {
    const head = /^GPU (\d{1,2}): .{1,80} \(UUID: (GPU-[0-9a-f-]{36})\)$/.exec(text);
    if (head !== null) {
      gpus.push({ line, index: Number(head[1]), uuid: head[2] ?? '', links: [] });
      said = false;
      continue;
    }
    const gpu = gpus.at(-1);
    if (gpu === undefined) throw new ProbeParseError(`line ${line}: not a line of nvidia-smi nvlink --status`);
    said = true;
    // One sentence stands in for all links of a GPU: https://github.com/leptonai/gpud/issues/1085
    if (/^(NVML: ?)?Unable to retrieve NVLink information as all links are inactive/i.test(text.trim())) continue;
    gpu.links.push(linkOf(text, line));
  }
  // An answer that ends right below the head of a GPU says nothing of it.
  return said ? gpus : gpus.slice(0, -1);
}

function linkOf(text: string, line: number): Link {
  const match = /^\s+Link (\d{1,2}): (?:(\d{1,6}(?:\.\d{1,6})?) GB\/s|<inactive>)$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a link of nvidia-smi nvlink --status`);
  return { line, link: Number(match[1]), gigabytesPerSecond: match[2] === undefined ? null : Number(match[2]) };
}

function deviceOf(gpu: Gpu, node: ProbedNode | undefined): Device {
  const known = node?.gpus.find((one) => one.uuid === gpu.uuid);
  return known === undefined ? { kind: 'gpu', index: gpu.index } : gpuDevice(known);
}

/** A link that is inactive on every GPU is not wired on this board (an A800 has 8 of 12). */
function judge(gpu: Gpu, gpus: readonly Gpu[], node: ProbedNode | undefined): readonly ProbeFinding[] {
  const fastest = Math.max(0, ...gpus.flatMap((one) => one.links.map((link) => link.gigabytesPerSecond ?? 0)));
  const wired = new Set(
    gpus.flatMap((one) => one.links.filter((link) => link.gigabytesPerSecond !== null).map((link) => link.link)),
  );
  const device = deviceOf(gpu, node);
  if (gpu.links.length === 0)
    return [
      {
        kind: nvlinkInactive.id,
        device,
        text: 'no NVLink of this GPU is active',
        line: gpu.line,
        values: { links: 0 },
      },
    ];
  return gpu.links.flatMap((link): readonly ProbeFinding[] => {
    if (link.gigabytesPerSecond === null)
      return wired.has(link.link)
        ? [
            {
              kind: nvlinkInactive.id,
              device,
              text: `NVLink ${link.link} is inactive`,
              line: link.line,
              values: { link: link.link },
            },
          ]
        : [];
    if (link.gigabytesPerSecond >= fastest) return [];
    return [
      {
        kind: slow.id,
        device,
        text: `NVLink ${link.link} at ${link.gigabytesPerSecond} GB/s, others at ${fastest} GB/s`,
        line: link.line,
        values: { link: link.link, gigabytesPerSecond: link.gigabytesPerSecond, siblingsGigabytesPerSecond: fastest },
      },
    ];
  });
}
