import type { Finding } from '../../../workflows/domain/finding.ts';
import { excerpt } from '../excerpt.ts';
import { findingId } from '../fold.ts';
import { analyseFlight, type FlightAnalysis, type TracedDivergence } from './analyse.ts';
import { readFlightDump, type DumpSource, type FlightDump, type FlightEntry } from './dump.ts';
import type { RankDump } from './group-views.ts';
import { flightKinds } from './kinds.ts';
import { ranksNamed, ranksText } from './ranks.ts';

export interface FlightFindings {
  readonly findings: readonly Finding[];
  /** What could not be read or used, in words, with the name of its source. */
  readonly problems: readonly string[];
}

/** Reads the dumps of a job, of as many ranks as there are, and tells what they say together. Never throws. */
export function flightFindings(sources: readonly DumpSource[]): FlightFindings {
  const { dumps, problems } = readFlightDumps(sources);
  const analysis = analyseFlight(dumps);
  return { findings: findingsOfFlight(analysis), problems: [...problems, ...analysis.notes] };
}

/** Dump by dump, so that the bytes of one need not stay in memory with those of the next. */
export function readFlightDumps(sources: Iterable<DumpSource>): {
  readonly dumps: readonly FlightDump[];
  readonly problems: readonly string[];
} {
  const dumps: FlightDump[] = [];
  const problems: string[] = [];
  for (const source of sources) {
    const read = readFlightDump(source);
    if (read.kind === 'read') {
      dumps.push(read.dump);
      problems.push(...read.notes.map((note) => `${source.source}: ${note}`));
    } else problems.push(`${source.source}: ${read.reason}`);
  }
  return { dumps, problems };
}

/** In the order in which a person should read them: where it began, what else differs, what follows. */
export function findingsOfFlight(analysis: FlightAnalysis): readonly Finding[] {
  const { first, dumps, crossings } = analysis;
  const divergences = analysis.groups
    .flatMap((group) => group.divergences)
    .filter(({ sure }) => sure !== 'possible')
    .toSorted((a, b) => Number(b === first) - Number(a === first))
    .slice(0, divergencesMax);
  const aheadMs = new Map(analysis.clocks.map(({ rank, aheadMs: ahead }) => [rank, ahead]));
  const found = [
    ...crossings.map(({ reason, ranks, cites }) =>
      finding('torch.flight.waits-crossed', cites, {
        place: ranksText(ranks),
        text: reason,
        count: ranks.length,
        values: { ranks: ranksText(ranks) },
        ...(cites.entry.createdMs === null
          ? {}
          : { atMs: cites.entry.createdMs - (aheadMs.get(cites.dump.rank) ?? 0) }),
      }),
    ),
    ...divergences.flatMap((divergence) => divergenceFindings(divergence, analysis)),
    ...absenceFindings(analysis),
  ];
  const isQuiet = found.length === 0 && analysis.waits.size === 0 && dumps.length > 1 && first === null;
  const [dump] = dumps;
  const entry = dump?.entries.at(-1);
  if (!isQuiet || dump === undefined || entry === undefined) return found;
  const text = `The collectives of ${ranksNamed(dumps.map(({ rank }) => rank))} are complete, and the ranks agree on them.`;
  return [
    finding('torch.flight.nothing-pending', { dump, entry }, { place: '', text, count: dumps.length, values: {} }),
  ];
}

// Jobs have up to some thousands of groups that all wait for the same ranks.
const divergencesMax = 200;

// A rank is named by a finding of its own up to this many; beyond, one finding lists them.
const ranksApartMax = 16;

function divergenceFindings(divergence: TracedDivergence, { crossings }: FlightAnalysis): readonly Finding[] {
  const { group, seq, op, ranks, waiting, sure, reason, sinceMs, sizes, frame, cites, follows, lastOfRank, unknown } =
    divergence;
  // In a circle each wait follows another; the circle itself is what is told.
  const isPartOfCircle = crossings.some(({ groupKeys }) => groupKeys.includes(group.key));
  const isFollower = follows !== null || (isPartOfCircle && divergence.kind === 'rank-not-entered');
  const kind = isFollower ? 'torch.flight.group-follows' : `torch.flight.${divergence.kind}`;
  const tail = [
    follows === null ? '' : `It follows from group ${follows}.`,
    lastOfRank === '' ? '' : `${upper(lastOfRank)}.`,
  ];
  const text = [reason, ...tail].filter((part) => part !== '').join(' ');
  const isOfAll = divergence.kind === 'collective-stuck' || isFollower;
  const apart: readonly (number | undefined)[] = ranks.length <= ranksApartMax && !isOfAll ? ranks : [undefined];
  return apart.map((rank) =>
    finding(kind, cites, {
      place: `${group.key}|${seq}|${rank ?? ''}`,
      text,
      count: rank === undefined ? Math.max(1, ranks.length) : 1,
      ...(rank === undefined ? {} : { rank }),
      ...(sinceMs === null ? {} : { atMs: sinceMs }),
      values: {
        pg: group.name,
        ...(group.desc === '' ? {} : { desc: group.desc }),
        seq,
        op,
        ranks: ranksText(ranks),
        ...(waiting.length === 0 ? {} : { waiting: ranksText(waiting) }),
        ...(unknown.length === 0 ? {} : { unknown: ranksText(unknown) }),
        ...(sizes === '' ? {} : { sizes }),
        ...(frame === null ? {} : { frame: excerpt(frame) }),
        ...(follows === null ? {} : { follows }),
        sure,
      },
    }),
  );
}

/** Where most dumps are missing they were not gathered; where few are, those ranks could not write one. */
function absenceFindings({ withoutDump, dumps, groups, first }: FlightAnalysis): readonly Finding[] {
  const [dump] = dumps;
  const entry = dump?.entries.at(-1);
  if (dump === undefined || entry === undefined || withoutDump.length === 0 || withoutDump.length >= dumps.length)
    return [];
  const waiting = first !== null && first.unknown.length > 0 ? ` ${first.reason}` : '';
  const group = groups.find(({ view }) => view.ranks.includes(withoutDump[0] ?? -1))?.view;
  const apart: readonly (number | undefined)[] = withoutDump.length <= ranksApartMax ? withoutDump : [undefined];
  return apart.map((rank) =>
    finding(
      'torch.flight.rank-without-dump',
      { dump, entry },
      {
        place: String(rank ?? ''),
        text: `${upper(ranksNamed(rank === undefined ? withoutDump : [rank]))} left no dump; ${dumps.length} others did.${waiting}`,
        count: rank === undefined ? withoutDump.length : 1,
        ...(rank === undefined ? {} : { rank }),
        values: {
          ranks: ranksText(withoutDump),
          dumps: dumps.length,
          ...(group === undefined ? {} : { pg: group.name }),
        },
      },
    ),
  );
}

function finding(
  kind: string,
  { dump, entry }: { readonly dump: RankDump; readonly entry: FlightEntry },
  rest: Pick<Finding, 'text' | 'count' | 'values' | 'rank' | 'atMs'> & { readonly place: string },
): Finding {
  const { place, text, ...fields } = rest;
  const range = {
    evidenceId: dump.evidenceId,
    source: dump.source,
    ...(entry.place === null ? {} : { byteStart: entry.place.from, byteEnd: entry.place.to }),
  };
  const role = roles.get(kind);
  if (role === undefined) throw new Error(`${kind} is no kind of the flight recorder's`);
  return { id: findingId(kind, place, range), kind, role, range, text: excerpt(text), ...fields };
}

const roles = new Map(flightKinds.map(({ id, role }) => [id, role]));

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
