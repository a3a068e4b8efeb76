import type { LogPlaces } from '../../activities/log-inputs.ts';
import { fingerprint } from '../../kb/logs/fingerprint.ts';
import { analyseFlight } from '../../kb/logs/flight-recorder/analyse.ts';
import { findingsOfFlight } from '../../kb/logs/flight-recorder/findings.ts';
import { noteFindings, type Note } from '../../kb/logs/notes.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { RankZeroLog } from './diagnose-phases.ts';
import { toldLines } from './diagnose-told-lines.ts';
import { processLogPlaces } from './logs/log-places.ts';
import { scanPaths } from './logs/scan-paths.ts';
import type { Terminal } from './output.ts';

/** What logs tell, and what people say that they saw beside them. */
export interface Told {
  readonly logged: readonly Finding[];
  readonly noted: readonly Finding[];
  /** The telling lines as they stand; empty where there are too many logs for that. */
  readonly lines: string;
  /** What people say, in their words. */
  readonly notes: string;
  /** Cluster time of the last line that carries one, milliseconds; `null` where none does. */
  readonly lastMs: number | null;
  /** Logs of rank 0 on this machine. */
  readonly rankZero: readonly RankZeroLog[];
}

export interface ReadContext {
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  /** Where logs that are no files are read from; as the process has them if absent. */
  readonly places?: LogPlaces;
}

// Of more than this, a few thousand characters would be drawn by lot.
const toldBytesMax = 1024 * 1024;

/** Reads all logs under a path as one incident. `notes`: what somebody says in addition. */
export async function readTold(
  path: string,
  context: ReadContext,
  { notes = [], zone }: { readonly notes?: readonly string[]; readonly zone?: string } = {},
): Promise<Told> {
  const lines = toldLines();
  const rankZero: RankZeroLog[] = [];
  const { findings, sources, dumps } = await scanPaths(
    [path],
    { ...context, places: context.places ?? processLogPlaces() },
    {
      honoursNotes: true,
      reducedBytesMax: toldBytesMax,
      onReduced: (_input, entries) => lines.add(entries),
      onScanned: ({ from }, { report: { facts } }) => {
        if (facts.rank === 0 && typeof from === 'object' && 'inode' in from) rankZero.push({ log: from, facts });
      },
      ...(zone === undefined ? {} : { zone }),
    },
  );
  const seen = [...sources.flatMap((source) => source.notes).map(ofItsOwn), ...given(notes)];
  const times = sources.flatMap(({ facts }) => facts.lastMs ?? []);
  return {
    logged: [...findings, ...findingsOfFlight(analyseFlight(dumps))],
    noted: noteFindings(seen),
    lines: lines.text(),
    notes: seen.map(({ text }) => text).join('\n'),
    lastMs: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
    rankZero,
  };
}

/** The order in which people tell things is not the order in which they happened: each note stands alone. */
function ofItsOwn(note: Note): Note {
  return { ...note, evidenceId: `note_${fingerprint(`${note.source}:${note.line ?? 0}`)}` };
}

/** What was said on the command line, as the lines of a source of its own. */
function given(notes: readonly string[]): readonly Note[] {
  return notes.map((text, at) => ({ source: '--note', evidenceId: `note_${at + 1}`, line: at + 1, text }));
}
