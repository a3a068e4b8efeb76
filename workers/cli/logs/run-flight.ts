import { findLocalLogs } from '../../../activities/adapters/local-logs.ts';
import { readLocalDump } from '../../../activities/flight-dumps.ts';
import { analyseFlight } from '../../../kb/logs/flight-recorder/analyse.ts';
import type { FlightDump } from '../../../kb/logs/flight-recorder/dump.ts';
import { findingsOfFlight } from '../../../kb/logs/flight-recorder/findings.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, type ExitCode, type Terminal } from '../output.ts';
import { flightJson } from './flight-json.ts';
import { flightText } from './flight-text.ts';

export interface FlightContext {
  readonly terminal: Terminal;
}

interface FlightOptions {
  readonly json: boolean;
  readonly all: boolean;
}

export async function runLogsFlight(
  paths: readonly string[],
  options: FlightOptions,
  { terminal }: FlightContext,
): Promise<ExitCode> {
  const { dumps, notes, unreadable } = await readDumps(paths, terminal);
  for (const problem of unreadable) terminal.err(`${paint(terminal, 'red', 'Cannot read:')} ${plain(problem)}`);
  if (dumps.length === 0)
    throw new CommandFailure(
      'no flight-recorder dump among these files',
      'torch writes them when a collective times out and TORCH_FR_BUFFER_SIZE is set; see `wardround logs flight --help`',
    );
  const analysis = analyseFlight(dumps);
  const findings = findingsOfFlight(analysis);
  const problems = [...unreadable, ...notes, ...analysis.notes];
  if (options.json) terminal.out(renderJson(flightJson(analysis, findings, problems)));
  else {
    terminal.out(await flightText(analysis, findings, options, terminal));
    for (const note of [...notes, ...analysis.notes])
      terminal.err(`${paint(terminal, 'yellow', 'Note:')} ${plain(note)}`);
  }
  return unreadable.length > 0 ? exitCodes.failed : exitCodes.done;
}

interface ReadDumps {
  readonly dumps: readonly FlightDump[];
  readonly notes: readonly string[];
  readonly unreadable: readonly string[];
}

/** One file's bytes in memory at a time. */
async function readDumps(paths: readonly string[], terminal: Terminal): Promise<ReadDumps> {
  const dumps: FlightDump[] = [];
  const notes: string[] = [];
  const unreadable: string[] = [];
  for (const path of paths) {
    const { logs, isFolder, leftOut } = await findLocalLogs(path);
    if (leftOut > 0) notes.push(`${path}: ${leftOut} entries left out: not readable, too deep or too many`);
    let others = 0;
    for (const [at, log] of logs.entries()) {
      if (logs.length > 1) terminal.transient?.(paint(terminal, 'dim', `  … dump ${at + 1} of ${logs.length}`));
      // In a folder there may be logs beside the dumps; a file that is named is meant, and a packed one tells only unpacked.
      if (isFolder && !log.isFlightDump && log.content !== 'gzip' && log.content !== 'zstd') {
        others += 1;
        continue;
      }
      const read = await readLocalDump(log);
      if (read.kind === 'unreadable') unreadable.push(`${log.path}: ${read.reason}`);
      else {
        dumps.push(read.dump);
        notes.push(...read.notes.map((note) => `${log.path}: ${note}`));
      }
    }
    terminal.transient?.('');
    if (others > 0) notes.push(`${path}: ${others} ${others === 1 ? 'file is' : 'files are'} no dumps`);
  }
  return { dumps, notes, unreadable };
}
