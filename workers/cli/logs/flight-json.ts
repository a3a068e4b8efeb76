import type { FlightAnalysis, TracedDivergence } from '../../../kb/logs/flight-recorder/analyse.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

/** The stable form of `wardround logs flight --json`. */
export function flightJson(analysis: FlightAnalysis, findings: readonly Finding[], problems: readonly string[]) {
  return {
    dumps: analysis.dumps.map(({ rank, source, format, version, entries, isWhole }) => ({
      rank,
      source,
      format,
      version,
      entries: entries.length,
      isWhole,
    })),
    withoutDump: analysis.withoutDump,
    first: analysis.first === null ? null : divergenceJson(analysis.first),
    crossings: analysis.crossings.map(({ ranks, reason }) => ({ ranks, reason })),
    groups: analysis.groups.map(({ view, divergences }) => ({
      name: view.name,
      desc: view.desc,
      ranks: view.ranks,
      enteredTo: Object.fromEntries([...view.members.values()].map(({ rank, enteredTo }) => [rank, enteredTo])),
      divergences: divergences.map(divergenceJson),
    })),
    waits: Object.fromEntries([...analysis.waits].map(([rank, { what, waitsFor }]) => [rank, { what, for: waitsFor }])),
    clocks: analysis.clocks,
    findings,
    problems,
  };
}

function divergenceJson(divergence: TracedDivergence) {
  const { kind, group, seq, op, ranks, waiting, unknown, sure, reason, lastOfRank, follows, sinceMs, sizes, frame } =
    divergence;
  return {
    kind,
    group: { name: group.name, desc: group.desc },
    seq,
    op,
    ranks,
    waiting,
    unknown,
    sure,
    reason,
    lastOfRank,
    follows,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    sizes,
    frame,
    source: divergence.cites.dump.source,
  };
}
