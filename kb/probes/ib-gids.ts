import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median, orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/networking/display/mlnxofedv23070512/rdma+over+converged+ethernet+(roce)';
const gidIndex = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-ib-gid-index';

const unroutable: FindingKind = {
  id: 'ib.gid.none-routable',
  summary: 'a RoCE port has no GID of version 2 with an address, as the ports beside it have',
  role: 'cause',
  weighs: { 'roce-gid-misconfig': 3.5, 'socket-interface-mismatch': 0.5 },
  source,
};
const elsewhere: FindingKind = {
  id: 'ib.gid.index-unlike-siblings',
  summary:
    'the routable GID of a port stands at another index than that of its siblings, and one index is given to all',
  role: 'cause',
  weighs: { 'roce-gid-misconfig': 3.2 },
  source: gidIndex,
};
const none: FindingKind = {
  id: 'ib.gid.none',
  summary: 'an adapter of the inventory has no GID at all',
  role: 'cause',
  weighs: { 'roce-gid-misconfig': 1.5, 'rdma-link-fault': 1.5 },
  source,
};
const sound: FindingKind = {
  id: 'ib.gid.sound',
  summary: 'RoCE ports have their routable GID at one index, or the fabric is InfiniBand and needs none',
  role: 'clean',
  weighs: { 'roce-gid-misconfig': -2.5 },
  source,
};
const kinds = [unroutable, elsewhere, none, sound];

const noArgs = z.object({});

interface Gid {
  readonly line: number;
  readonly hca: string;
  readonly port: number;
  readonly index: number;
  readonly gid: string;
  readonly ipv4: string | null;
  readonly version: 'v1' | 'v2' | null;
  /** Interface of the network stack; InfiniBand ports have none here. */
  readonly netdev: string | null;
}
interface Reading {
  readonly gids: readonly Gid[];
}

/** GID tables of the RDMA adapters. */
export const ibGids: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'ib.gids',
  platform: 'nvidia-linux',
  summary: 'GID tables of the RDMA adapters: addresses, RoCE version, index',
  question: 'Does every RoCE port have its routable GID, at the index that jobs are given?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 800,
  timeoutMs: 20_000,
  outputBytesMax: 131_072,
  args: noArgs,
  argv: () => ['show_gids'],
  parse(output) {
    const lines = requiredLines(output, 'show_gids');
    if (!/^DEV\s+PORT\s+INDEX\s+GID\b/.test(lines[0]?.text ?? ''))
      throw new ProbeParseError('line 1: not the head of show_gids');
    const rows = lines.slice(1).filter(({ text }) => !/^(?:---|n_gids_found=)/.test(text));
    return { gids: rows.map(({ text, line }) => gidIn(text, line)) };
  },
  outcomes: kinds,
  meaning({ gids }, node) {
    const listed = node?.hcas?.map(({ name }) => name) ?? [];
    const known = listed.length === 0 ? gids : gids.filter(({ hca }) => listed.includes(hca));
    const hcas = [...Map.groupBy(known, ({ hca }) => hca)].filter(([, all]) =>
      all.some(({ netdev }) => netdev !== null),
    );
    const routable = new Map(hcas.flatMap(([hca, all]) => routableIn(all).map((gid) => [hca, gid] as const)));
    const usual = median([...routable.values()].map(({ index }) => index));
    const seen: ProbeFinding[] = listed
      .filter((hca) => gids.length > 0 && !gids.some((gid) => gid.hca === hca))
      .map((hca) => ({
        kind: none.id,
        device: { kind: 'hca', name: hca },
        text: `${hca} has no GID`,
        values: { hca },
      }));
    for (const [hca, all] of hcas) {
      const device = { kind: 'hca' as const, name: hca };
      const gid = routable.get(hca);
      // Where no port has an address, nobody meant to route.
      if (gid === undefined && routable.size > 0)
        seen.push({
          kind: unroutable.id,
          device,
          text: `${hca} has ${all.length} GIDs, none of RoCE version 2 with an address`,
          line: all[0]?.line ?? 1,
          values: { hca },
        });
      else if (gid !== undefined && usual !== null && gid.index !== usual && routable.size > 2)
        seen.push({
          kind: elsewhere.id,
          device,
          text: `${hca} has ${gid.ipv4 ?? gid.gid} at index ${gid.index}, its siblings theirs at ${usual}`,
          line: gid.line,
          values: { hca, index: gid.index, siblingsIndex: usual },
        });
    }
    return orClean(seen, kinds, {
      kind: sound.id,
      text: usual === null ? `${gids.length} GIDs, none of RoCE with an address` : `routable GIDs at index ${usual}`,
    });
  },
  siblings: {
    numbers: ({ gids }) =>
      [...Map.groupBy(gids, ({ hca }) => hca)].flatMap(([hca, all]) =>
        routableIn(all).map(({ index, line }) => ({
          name: 'routableGidIndex',
          value: index,
          unit: 'index',
          device: { kind: 'hca' as const, name: hca },
          line,
        })),
      ),
    // An index is a setting: any difference is one.
    rules: [{ name: 'routableGidIndex', side: 'both', relative: 0, absolute: 0, source: gidIndex }],
    kind: elsewhere,
  },
};

/** The GID of version 2 with an IPv4 address that comes first; none or one. */
function routableIn(gids: readonly Gid[]): readonly Gid[] {
  return gids.filter(({ version, ipv4 }) => version === 'v2' && ipv4 !== null).slice(0, 1);
}

function gidIn(text: string, line: number): Gid {
  const match =
    /^([a-z]\w{0,31})\s+(\d{1,3})\s+(\d{1,4})\s+([0-9a-f:]{39})(?:\s+(\d{1,3}(?:\.\d{1,3}){3}))?(?:\s+(v[12]))?(?:\s+(\S{1,15}))?$/.exec(
      text.trim(),
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not a GID of show_gids`);
  const version = match[6];
  return {
    line,
    hca: match[1] ?? '',
    port: Number(match[2]),
    index: Number(match[3]),
    gid: match[4] ?? '',
    ipv4: match[5] ?? null,
    version: version === 'v1' || version === 'v2' ? version : null,
    netdev: match[7] ?? null,
  };
}
