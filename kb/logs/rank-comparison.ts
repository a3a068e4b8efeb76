import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { LogLine, Match } from '../schemas/detector.ts';
import { excerpt } from './excerpt.ts';
import { fingerprint } from './fingerprint.ts';

/**
 * What no single line says: ranks whose watchdogs report different collectives for one sequence number, and ranks that
 * run different NCCL builds.
 */
export const comparisonKinds: readonly FindingKind[] = [
  {
    id: 'torch.collective.ranks-differ',
    summary: 'ranks wait in different collectives, or in one with different sizes, at the same sequence number',
    role: 'cause',
    weighs: { 'collective-mismatch': 5.2, 'uneven-data': 1.2, 'framework-bug': 0.8, 'user-code-error': 0.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
  },
  {
    id: 'torch.collective.ranks-apart',
    summary: 'ranks of one process group wait at different sequence numbers',
    role: 'cause',
    weighs: { 'collective-mismatch': 1.8, 'uneven-data': 1, 'long-rank0-work-timeout': 0.5, 'user-code-error': 0.3 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
  },
  {
    id: 'nccl.version.ranks-differ',
    summary: 'ranks announce different NCCL versions',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 5 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc',
  },
];

export interface RankComparison {
  note(line: LogLine, match: Match): void;
  findings(): readonly Finding[];
}

interface Seen {
  readonly line: Pick<LogLine, 'source' | 'evidenceId' | 'line' | 'byteStart' | 'byteEnd' | 'atMs'>;
  readonly text: string;
  readonly rank: number | undefined;
  readonly values: Readonly<Record<string, number | string>>;
}

// One entry a rank and process group; jobs with more than this many ranks are compared on the first ones.
const seenMax = 4_096;

export function rankComparison(): RankComparison {
  const waits = new Map<string, Seen>();
  const versions = new Map<string, Seen>();
  return {
    note(line, match) {
      const into =
        match.kind === 'torch.nccl.watchdog-timeout' ? waits : match.kind === 'nccl.version.banner' ? versions : null;
      if (into === null || match.values === undefined || into.size >= seenMax) return;
      const rank = match.rank ?? line.rank;
      const group = match.values['pg'] ?? '';
      // The first time-out of a rank tells where it stood; a banner tells its own version.
      const key =
        into === waits ? `${group}|${rank ?? line.source}` : `${line.node ?? ''}|${String(match.values['version'])}`;
      if (into.has(key)) return;
      const { source, evidenceId, byteStart, byteEnd, atMs } = line;
      const place = {
        source,
        evidenceId,
        line: line.line,
        byteStart,
        byteEnd,
        ...(atMs === undefined ? {} : { atMs }),
      };
      into.set(key, { line: place, text: excerpt(line.text), rank, values: match.values });
    },
    findings: () => [...compareWaits([...waits.values()]), ...compareVersions([...versions.values()])],
  };
}

function compareWaits(waits: readonly Seen[]): readonly Finding[] {
  // Without a group id in the line the waits may belong to different groups (tensor, pipeline, data): no comparison then.
  const byGroup = Map.groupBy(
    waits.filter(({ values, rank }) => values['pg'] !== undefined && rank !== undefined),
    ({ values }) => String(values['pg']),
  );
  for (const group of byGroup.values()) {
    const first = group[0];
    if (first === undefined) continue;
    const sameSeq = group.filter(({ values }) => values['seq'] === first.values['seq']);
    const differs = sameSeq.find(({ values }) =>
      ['op', 'numelIn', 'numelOut'].some((name) => values[name] !== first.values[name]),
    );
    if (differs !== undefined && isSymmetric(first))
      return [comparisonFinding('torch.collective.ranks-differ', differs)];
    const apart = group.find(({ values }) => values['seq'] !== first.values['seq']);
    if (apart !== undefined) return [comparisonFinding('torch.collective.ranks-apart', apart)];
  }
  return [];
}

/** Sizes of these differ between ranks by design. */
function isSymmetric({ values }: Seen): boolean {
  return !/^(?:SEND|RECV|SCATTER|GATHER|ALLTOALL|ALLTOALL_BASE|COALESCED)$/.test(String(values['op']));
}

function compareVersions(versions: readonly Seen[]): readonly Finding[] {
  const first = versions[0];
  const differs = versions.find(({ values }) => values['version'] !== first?.values['version']);
  return differs === undefined ? [] : [comparisonFinding('nccl.version.ranks-differ', differs)];
}

function comparisonFinding(kind: string, { line, text, rank, values }: Seen): Finding {
  const { atMs, ...range } = line;
  return {
    id: `fi_${fingerprint(`${kind}|${range.evidenceId}|${range.source}|${range.byteStart}|${range.byteEnd}`)}`,
    kind,
    role: 'cause',
    ...(rank === undefined ? {} : { rank }),
    ...(atMs === undefined ? {} : { atMs }),
    count: 1,
    range,
    text,
    values,
  };
}
