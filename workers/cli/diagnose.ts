import { Command } from 'commander';
import type { LogPlaces } from '../../activities/log-inputs.ts';
import { PortError } from '../../activities/ports.ts';
import { fingerprint } from '../../kb/logs/fingerprint.ts';
import { analyseFlight } from '../../kb/logs/flight-recorder/analyse.ts';
import { findingsOfFlight } from '../../kb/logs/flight-recorder/findings.ts';
import { noteFindings, type Note } from '../../kb/logs/notes.ts';
import { diagnosisReport, type DiagnosisReport } from './diagnose-report.ts';
import { diagnosisText } from './diagnose-text.ts';
import { processLogPlaces } from './logs/log-places.ts';
import { scanPaths } from './logs/scan-paths.ts';
import { zoneOption } from './logs/zone-option.ts';
import { exitCodes, paint, processTerminal, type ExitCode, type Terminal } from './output.ts';

export interface DiagnoseContext {
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  /** Where logs that are no files are read from; as the process has them if absent. */
  readonly places?: LogPlaces;
}

/** `wardround diagnose PATH…`: logs in, ranked causes out; needs no server. */
export function diagnoseCommand(context: DiagnoseContext = processDiagnoseContext()): Command {
  return new Command('diagnose')
    .description('rank the causes that logs speak for; needs no server')
    .argument(
      '<path...>',
      'log files (plain, gzip or zstd), a folder or pattern or s3://bucket/prefix with the logs of one incident, or - for stdin',
    )
    .option('--note <text>', 'what you saw beside the logs, in your words; may be given several times', collect, [])
    .addOption(zoneOption())
    .option('--json', 'one JSON object a path, each on one line')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], options: DiagnoseOptions) => {
      const { json, note: notes, zone } = options;
      const asked = { json: json === true, notes, ...(zone === undefined ? {} : { zone }) };
      const code = await diagnosePaths(paths, asked, context);
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

interface DiagnoseOptions {
  readonly json?: true;
  readonly note: readonly string[];
  readonly zone?: string;
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

const help = `
Lines of a file that begin with "# obs:" are notes of people as well: what they saw beside the log.

Examples:
  $ wardround diagnose train.log
  $ wardround diagnose logs/incident-42/          all files in the folder together
  $ wardround diagnose train.log --note "nvidia-smi: GPU 3 at 210 MHz, the others at 1410" --note "no Xid in dmesg"
  $ wardround diagnose --json rank-*.log.gz | jq .causes[0]

Exit codes: 0 every path has a verdict, 1 a path cannot be read, 2 wrong usage, 3 something is not proven.`;

/** What a person adds to the logs. */
interface Told {
  /** What they saw beside them. */
  readonly notes?: readonly string[];
  readonly zone?: string;
}

/** Every path is one incident; a path that cannot be read does not keep the others from being read. */
export async function diagnosePaths(
  paths: readonly string[],
  options: { readonly json: boolean } & Told,
  context: DiagnoseContext,
): Promise<ExitCode> {
  const { terminal } = context;
  let failed = false;
  let unproven = false;
  for (const path of paths) {
    try {
      const report = await diagnosePath(path, context, options);
      unproven ||= report.verdict === 'not-proven';
      if (options.json) terminal.out(JSON.stringify(report));
      else terminal.out(await diagnosisText(report, terminal));
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      failed = true;
      if (options.json) terminal.err(JSON.stringify({ file: path, error: error.message }));
      else terminal.err(`${paint(terminal, 'red', 'Error:')} ${error.message}`);
    }
  }
  return failed ? exitCodes.failed : unproven ? exitCodes.notProven : exitCodes.done;
}

/** The diagnosis of one file, or of all files of a folder. */
export async function diagnosePath(
  path: string,
  context: DiagnoseContext,
  { notes = [], zone }: Told = {},
): Promise<DiagnosisReport> {
  const startedMs = context.nowMs();
  const {
    findings: read,
    sources,
    dumps,
  } = await scanPaths(
    [path],
    { ...context, places: context.places ?? processLogPlaces() },
    { honoursNotes: true, ...(zone === undefined ? {} : { zone }) },
  );
  const seen = [...sources.flatMap((source) => source.notes).map(ofItsOwn), ...given(notes)];
  const logged = [...read, ...findingsOfFlight(analyseFlight(dumps))];
  const elapsedMs = Math.round(context.nowMs() - startedMs);
  return diagnosisReport(path, { logged, noted: noteFindings(seen) }, elapsedMs);
}

/** The order in which people tell things is not the order in which they happened: each note stands alone. */
function ofItsOwn(note: Note): Note {
  return { ...note, evidenceId: `note_${fingerprint(`${note.source}:${note.line ?? 0}`)}` };
}

/** What was said on the command line, as the lines of a source of its own. */
function given(notes: readonly string[]): readonly Note[] {
  return notes.map((text, at) => ({ source: '--note', evidenceId: `note_${at + 1}`, line: at + 1, text }));
}

function processDiagnoseContext(): DiagnoseContext {
  return { terminal: processTerminal(), nowMs: () => performance.now() };
}
