import { boundaries, type Boundary } from '../../boundaries.ts';

/** One cell of the matrix: this process is killed while this activity waits at this boundary. */
export interface Cell {
  readonly process: string;
  readonly activity: string;
  readonly boundary: Boundary;
}

/** Names that the supervisor gives to the processes of one stack. */
export const killedProcesses = [
  'orchestrator',
  'log-worker',
  'probe-worker',
  'remediation-worker',
  'api',
  'temporal',
  'chroma',
  's3',
] as const;

/** Which cells are still to be tried, and which of them comes next at a boundary that was reached. */
export interface KillPlan {
  remaining(): readonly Cell[];
  /** `null`: nothing more to try here, or nothing that may be killed now. */
  choose(
    at: { readonly activity: string; readonly boundary: Boundary; readonly process: string },
    nowMs: number,
  ): Cell | null;
  /** The process was killed; `cells` are all that this was. */
  done(process: string, cells: readonly Cell[], nowMs: number): void;
}

// The supervisor gives up a process at the seventh end within a minute; one is left for what ends by itself.
export const killsPerWindowMax = 5;
export const killWindowMs = 65_000;

/** `order` is a number in [0, 1) that breaks ties, from a seeded generator. */
export function createKillPlan(
  wanted: {
    readonly processes: readonly string[];
    readonly activities: readonly string[];
    readonly boundaries: readonly Boundary[];
  },
  order: () => number,
): KillPlan {
  const remaining = new Map<string, Cell>();
  for (const activity of wanted.activities)
    for (const boundary of boundaries)
      if (wanted.boundaries.includes(boundary))
        for (const process of shuffled(wanted.processes, order))
          remaining.set(keyOf({ process, activity, boundary }), { process, activity, boundary });
  const kills = new Map<string, number[]>();
  const recent = (process: string, nowMs: number) =>
    (kills.get(process) ?? []).filter((atMs) => nowMs - atMs < killWindowMs).length;
  return {
    remaining: () => [...remaining.values()],
    choose({ activity, boundary, process: own }, nowMs) {
      const candidates = [...remaining.values()]
        .filter((cell) => cell.activity === activity && cell.boundary === boundary)
        .filter((cell) => recent(cell.process, nowMs) < killsPerWindowMax)
        // The death of the activity's own worker ends the attempt and with it the later boundaries: that one comes last,
        // except where nothing comes after it.
        .toSorted((a, b) => ownRank(a, own) - ownRank(b, own) || recent(a.process, nowMs) - recent(b.process, nowMs));
      return candidates[0] ?? null;
    },
    done(process, cells, nowMs) {
      kills.set(process, [...(kills.get(process) ?? []).filter((atMs) => nowMs - atMs < killWindowMs), nowMs]);
      for (const cell of cells) remaining.delete(keyOf(cell));
    },
  };
}

function ownRank(cell: Cell, own: string): number {
  if (cell.process !== own) return 0;
  return cell.boundary === 'done' ? -1 : 1;
}

function keyOf({ process, activity, boundary }: Cell): string {
  return `${process}|${activity}|${boundary}`;
}

function shuffled<T>(values: readonly T[], order: () => number): readonly T[] {
  return values
    .map((value) => ({ value, rank: order() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}
