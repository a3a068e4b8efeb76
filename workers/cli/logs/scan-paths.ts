import { resolve } from 'node:path';
import type { LogChange } from '../../../activities/adapters/local-logs.ts';
import { readLocalDump } from '../../../activities/flight-dumps.ts';
import { findLogInputs, openInputScans, type LogInput, type LogPlaces } from '../../../activities/log-inputs.ts';
import { PortError } from '../../../activities/ports.ts';
import { foldReports } from '../../../activities/scan-engine.ts';
import type { LocalOptions } from '../../../activities/scan-local.ts';
import type { Scanned } from '../../../activities/scan-thread.ts';
import type { FlightDump } from '../../../kb/logs/flight-recorder/dump.ts';
import type { ReducedEntry, ReductionSummary } from '../../../kb/logs/reduce.ts';
import type { SourceNote } from '../../../kb/logs/source-scan.ts';
import type { SourceFacts } from '../../../kb/schemas/sequence-detector.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { paint, type Terminal } from '../output.ts';
import { heldEntries } from './held-entries.ts';
import { readProgress } from './read-progress.ts';

export interface ScanContext {
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  readonly places: LogPlaces;
}

export interface ScannedPaths {
  /** What all of it says together. */
  readonly findings: readonly Finding[];
  /** In the order in which they were found; without what could not be read. */
  readonly sources: readonly ReadSource[];
  /** What was found and then could not be read; each has been told. */
  readonly unread: readonly string[];
  /** Of PyTorch's flight recorder, that lay beside the logs. */
  readonly dumps: readonly FlightDump[];
}

/** What is kept of a source beside its findings: there may be thousands. */
export interface ReadSource {
  readonly facts: SourceFacts;
  readonly notes: readonly SourceNote[];
  /** Only where reduction was asked for. */
  readonly reduced?: Pick<ReductionSummary, 'lines' | 'kept'>;
}

export interface ScanOptions extends LocalOptions {
  /** The reduced logs, source after source in their order. */
  readonly onReduced?: (input: LogInput, entries: readonly ReducedEntry[]) => void;
  /** The logs are reduced only where they are known to hold no more than this together; always when absent. */
  readonly reducedBytesMax?: number;
  /** Checked patterns of lines that are routine even when they come for the first time. */
  readonly filters?: readonly string[];
  /** Each source when it has been read, in their order. */
  readonly onScanned?: (input: LogInput, scanned: Scanned) => void | Promise<void>;
}

/** Reads everything under the paths as one, with progress and notes on stderr. */
export async function scanPaths(
  paths: readonly string[],
  context: ScanContext,
  options: ScanOptions = {},
): Promise<ScannedPaths> {
  const { terminal, places } = context;
  const { inputs, several, dumps } = await findAll(paths, context);
  const scans = openInputScans(inputs, places, options);
  const progress = readProgress(inputs, context);
  const reduces =
    options.onReduced !== undefined && total(inputs) <= (options.reducedBytesMax ?? Number.POSITIVE_INFINITY);
  const turns = inTurn(inputs.length);
  const held = heldEntries();
  const fold = foldReports();
  const sources: ReadSource[] = [];
  const unread: string[] = [];
  const troubles: PortError[] = [];

  const handOut = (input: LogInput, turn: number, entries: readonly ReducedEntry[]): void => {
    const waiting = held.take(turn);
    if (waiting.length > 0) options.onReduced?.(input, waiting);
    if (entries.length > 0) options.onReduced?.(input, entries);
  };

  const scanOne = async (input: LogInput, turn: number): Promise<void> => {
    try {
      // What has been read waits for its turn; not more than this is read before its turn.
      await turns.of(turn - readBeforeTurnMax);
      const scanned = await scans.scan(input, {
        onRead: progress.onRead,
        onChange: (change) => tell(terminal, input.name, changeTexts[change]),
        ...(!reduces
          ? {}
          : {
              filters: options.filters ?? [],
              onReduced: async (entries) => {
                if (!turns.isNow(turn) && held.hold(turn, entries)) return;
                await turns.of(turn);
                handOut(input, turn, entries);
              },
            }),
      });
      await turns.of(turn);
      handOut(input, turn, []);
      fold.add(scanned.report);
      sources.push(kept(scanned));
      await options.onScanned?.(input, scanned);
    } catch (error) {
      if (!several || !concernsOne(error)) throw error;
      // What could be read of it before stands.
      await turns.of(turn);
      handOut(input, turn, []);
      const why = isGone(error)
        ? 'it was removed after it had been found'
        : error.message.replace(`${input.name}: `, '');
      tell(terminal, input.name, `${why}; the others are read`);
      unread.push(input.name);
      troubles.push(error);
    } finally {
      turns.done(turn);
    }
  };

  try {
    await Promise.all(inputs.map(scanOne));
    const [trouble] = troubles;
    if (sources.length === 0 && trouble !== undefined) throw trouble;
    return { findings: fold.findings(), sources, unread, dumps };
  } finally {
    progress.done();
    await scans.close();
  }
}

// Reports of finished sources that one long source before them may hold up: a few kilobytes each.
const readBeforeTurnMax = 256;

/** Bytes of all inputs; endless where nobody knows those of one. */
function total(inputs: readonly LogInput[]): number {
  return inputs.reduce((sum, { bytes }) => sum + (bytes ?? Number.POSITIVE_INFINITY), 0);
}

/** Each input once, by whatever path it was found. */
async function findAll(
  paths: readonly string[],
  { terminal, places }: ScanContext,
): Promise<{ readonly inputs: readonly LogInput[]; readonly several: boolean; readonly dumps: readonly FlightDump[] }> {
  const inputs = new Map<string, LogInput>();
  const dumps: FlightDump[] = [];
  let several = paths.length > 1;
  for (const path of paths) {
    const { inputs: found, dumps: dumpFiles, isFolder, notes } = await findLogInputs(path, places);
    several ||= isFolder;
    for (const input of found) {
      const key = typeof input.from === 'object' && 'path' in input.from ? resolve(input.name) : input.name;
      if (!inputs.has(key)) inputs.set(key, input);
    }
    for (const note of notes) tell(terminal, path, note);
    for (const file of dumpFiles) {
      const read = await readLocalDump(file);
      if (read.kind === 'read') dumps.push(read.dump);
      else tell(terminal, file.path, read.reason);
    }
  }
  return { inputs: [...inputs.values()], several, dumps };
}

function kept({ report: { facts, notes }, reduction }: Scanned): ReadSource {
  return {
    facts,
    notes,
    ...(reduction === undefined ? {} : { reduced: { lines: reduction.lines, kept: reduction.kept } }),
  };
}

const changeTexts: Readonly<Record<LogChange, string>> = {
  grew: 'it grew while it was read; what came after its opening is left out',
  shrank: 'it became shorter while it was read; what was cut off is missing',
  replaced: 'it was replaced after it had been found; the new file is read',
};

/** The others can be read all the same, unless it is the store that does not answer. */
function concernsOne(error: unknown): error is PortError {
  return error instanceof PortError && error.kind !== 'unreachable';
}

function isGone(error: PortError): boolean {
  return error.kind === 'not-found';
}

function tell(terminal: Terminal, path: string, text: string): void {
  terminal.err(`${paint(terminal, 'yellow', 'Note:')} ${path}: ${text}`);
}

/** One after the other, however many run at once. */
function inTurn(count: number): {
  isNow(turn: number): boolean;
  of(turn: number): Promise<void>;
  done(turn: number): void;
} {
  const finished = new Set<number>();
  const waiting = new Map<number, (() => void)[]>();
  let current = 0;
  return {
    isNow: (turn) => turn <= current,
    of: (turn) =>
      turn <= current
        ? Promise.resolve()
        : new Promise((go) => void waiting.set(turn, [...(waiting.get(turn) ?? []), go])),
    done(turn) {
      finished.add(turn);
      while (finished.has(current) && current < count) {
        finished.delete(current);
        current += 1;
        for (const go of waiting.get(current) ?? []) go();
        waiting.delete(current);
      }
    },
  };
}
