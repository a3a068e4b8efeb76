import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { smiKinds, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';
import { linkedDevice, parseLinks, type LinkedGpu } from './nvlink-rows.ts';
import { growth, keepBothAndTrouble, type Earlier } from './second-read.ts';

const dcgmLimits = 'https://github.com/NVIDIA/DCGM/blob/master/common/DcgmGPUHardwareLimits.h';
const xid149 = 'https://docs.nvidia.com/deploy/xid-errors/index.html (Xid 149 after growing link recoveries)';

const growing: FindingKind = {
  id: 'nvlink.errors.growing',
  summary: 'retries, recoveries or checksum errors of an NVLink grow from one read to the next',
  role: 'cause',
  weighs: { 'nvlink-fabric-error': 4, 'host-hardware-fault': 0.7 },
  source: dcgmLimits,
};
const recovered: FindingKind = {
  id: 'nvlink.errors.recovered',
  summary: 'an NVLink had to be brought up again since the driver was loaded, which sound links never need',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 2 },
  source: xid149,
};
const counted: FindingKind = {
  id: 'nvlink.errors.counted',
  summary: 'an NVLink has counted retries or checksum errors since the driver was loaded',
  role: 'context',
  weighs: { 'nvlink-fabric-error': 0.5 },
  source: dcgmLimits,
};
const aboveSiblings: FindingKind = {
  id: 'nvlink.errors.above-siblings',
  summary: 'the NVLinks of a GPU have counted many more errors than those of its siblings',
  role: 'context',
  weighs: { 'nvlink-fabric-error': 1 },
  source: dcgmLimits,
};
const quiet: FindingKind = {
  id: 'nvlink.errors.quiet',
  summary: 'no NVLink of the node counts errors that matter',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -1.2 },
  source: dcgmLimits,
};
const kinds = [growing, recovered, counted, aboveSiblings, quiet, ...smiKinds];

const noArgs = z.object({});

/** Counters of one link, by the names that the tool prints. */
interface LinkErrors {
  readonly line: number;
  readonly index: number;
  readonly uuid: string;
  readonly link: number;
  /** Retries of the data link layer. */
  readonly replays: number;
  readonly recoveries: number;
  /** Checksum errors of flow-control and data packets. */
  readonly checksums: number;
}
interface Reading {
  readonly rows: readonly LinkErrors[];
  readonly trouble: readonly SmiTrouble[];
  readonly earlier?: Earlier<LinkErrors>;
}

/** Error counters of every NVLink since the driver was loaded; two reads tell what grows now. */
export const nvlinkErrors: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'nvlink.errors',
  platform: 'nvidia-linux',
  summary: 'retries, recoveries and checksum errors of every NVLink',
  question: 'Does an NVLink count errors, and do they grow?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 1_200,
  timeoutMs: 20_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['nvidia-smi', 'nvlink', '-e'],
  parse(output) {
    const { gpus, trouble } = parseLinks(output);
    return { rows: gpus.flatMap(countersOf), trouble };
  },
  outcomes: kinds,
  meaning({ rows, trouble, earlier }, node) {
    const seen = rows.flatMap((row) => judge(row, earlier, node));
    return orClean([...troubleFindings(trouble, node?.gpus), ...seen], kinds, {
      kind: quiet.id,
      text: `${rows.length} NVLinks, none with errors that matter`,
    });
  },
  siblings: {
    numbers: ({ rows }, node) =>
      [...Map.groupBy(rows, ({ uuid }) => uuid).values()].flatMap((links) => {
        const [first] = links;
        if (first === undefined) return [];
        const value = links.reduce((sum, link) => sum + link.replays + link.recoveries + link.checksums, 0);
        return [{ name: 'linkErrors', value, unit: 'count', device: linkedDevice(first, node), line: first.line }];
      }),
    rules: [{ name: 'linkErrors', side: 'high', relative: 9, absolute: 100, source: dcgmLimits }],
    kind: aboveSiblings,
  },
  again: keepBothAndTrouble(3_000),
};

// Link 0: Replay Errors: 0 — newer boards print further counters, packets and rates among them.
const counterPattern = /^([A-Za-z][A-Za-z ._-]{2,60}): (\S.{0,40})$/;

function countersOf(gpu: LinkedGpu): readonly LinkErrors[] {
  return [...Map.groupBy(gpu.links, ({ link }) => link)].map(([link, lines]) => {
    const counters = new Map<string, number | null>();
    for (const { line, text } of lines) {
      const counter = counterPattern.exec(text);
      if (counter === null) throw new ProbeParseError(`line ${line}: not a counter of nvidia-smi nvlink -e`);
      const name = (counter[1] ?? '').toLowerCase();
      if (counters.has(name)) throw new ProbeParseError(`line ${line}: counted twice`);
      counters.set(name, numberOrNone(counter[2] ?? '', name, line));
    }
    const named = (name: string): number => {
      const value = counters.get(name);
      if (value === undefined) throw new ProbeParseError(`GPU ${gpu.index} link ${link}: no line of ${name}`);
      return value ?? 0;
    };
    return {
      line: lines[0]?.line ?? gpu.line,
      index: gpu.index,
      uuid: gpu.uuid,
      link,
      replays: named('replay errors'),
      recoveries: named('recovery errors'),
      checksums: named('crc errors'),
    };
  });
}

/** Only the three counters that are judged must be numbers; boards without one print N/A. */
function numberOrNone(text: string, name: string, line: number): number | null {
  if (/^\d{1,20}$/.test(text)) return Number(text);
  if (/^(replay|recovery|crc) errors$/.test(name) && !/^\[?(N\/A|Not Supported)\]?$/.test(text))
    throw new ProbeParseError(`line ${line}: not a count`);
  return null;
}

/** "RM has informed us that CRC errors only matter at rates of 100+ per second" (DCGM_LIMIT_MAX_NVLINK_CRC_ERROR). */
const checksumsPerSecondMax = 100;
/** DCGM_LIMIT_MAX_NVLINK_ERROR: one retry or recovery in the interval of a health check is a finding. */
const errorsMin = 1;

function judge(
  row: LinkErrors,
  earlier: Earlier<LinkErrors> | undefined,
  node: ProbedNode | undefined,
): readonly ProbeFinding[] {
  const before = earlier?.rows.find(({ uuid, link }) => uuid === row.uuid && link === row.link);
  const seconds = (earlier?.elapsedMs ?? 0) / 1_000;
  const replays = growth(before?.replays, row.replays) ?? 0;
  const recoveries = growth(before?.recoveries, row.recoveries) ?? 0;
  const checksums = growth(before?.checksums, row.checksums) ?? 0;
  const grows =
    replays >= errorsMin || recoveries >= errorsMin || (seconds > 0 && checksums >= checksumsPerSecondMax * seconds);
  const kind = grows
    ? growing
    : row.recoveries >= errorsMin
      ? recovered
      : row.replays + row.checksums > 0
        ? counted
        : null;
  if (kind === null) return [];
  const total = `NVLink ${row.link}: ${row.replays} retries, ${row.recoveries} recoveries, ${row.checksums} checksum errors`;
  return [
    {
      kind: kind.id,
      device: linkedDevice(row, node),
      text: grows ? `${total}; ${replays}, ${recoveries} and ${checksums} of them in ${seconds} seconds` : total,
      line: row.line,
      values: {
        link: row.link,
        replays: row.replays,
        recoveries: row.recoveries,
        checksums: row.checksums,
        ...(before === undefined ? {} : { grewReplays: replays, grewRecoveries: recoveries, grewChecksums: checksums }),
      },
    },
  ];
}
