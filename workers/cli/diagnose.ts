import { Command } from 'commander';
import { findLocalLogs, readLocalLog, type LocalLog, type LogChange } from '../../activities/adapters/local-logs.ts';
import { PortError } from '../../activities/ports.ts';
import { detectors } from '../../kb/detectors/index.ts';
import { fingerprint } from '../../kb/logs/fingerprint.ts';
import { logScanner } from '../../kb/logs/scan.ts';
import { diagnosisReport, type DiagnosisReport } from './diagnose-report.ts';
import { diagnosisText } from './diagnose-text.ts';
import { exitCodes, paint, processTerminal, type ExitCode, type Terminal } from './output.ts';

export interface DiagnoseContext {
  readonly terminal: Terminal;
  readonly nowMs: () => number;
}

/** `wardround diagnose PATH…`: logs in, ranked causes out; needs no server. */
export function diagnoseCommand(context: DiagnoseContext = processDiagnoseContext()): Command {
  return new Command('diagnose')
    .description('rank the causes that logs speak for; needs no server')
    .argument('<path...>', 'log files (plain, gzip or zstd), or a folder that holds the logs of one incident')
    .option('--json', 'one JSON object a path, each on one line')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], { json }: { readonly json?: true }) => {
      const code = await diagnosePaths(paths, { json: json === true }, context);
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

const help = `
Examples:
  $ wardround diagnose train.log
  $ wardround diagnose logs/incident-42/          all files in the folder together
  $ wardround diagnose --json rank-*.log.gz | jq .causes[0]

Exit codes: 0 every path has a verdict, 1 a path cannot be read, 2 wrong usage, 3 something is not proven.`;

/** Every path is one incident; a path that cannot be read does not keep the others from being read. */
export async function diagnosePaths(
  paths: readonly string[],
  options: { readonly json: boolean },
  context: DiagnoseContext,
): Promise<ExitCode> {
  const { terminal } = context;
  let failed = false;
  let unproven = false;
  for (const path of paths) {
    try {
      const report = await diagnosePath(path, context);
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
export async function diagnosePath(path: string, context: DiagnoseContext): Promise<DiagnosisReport> {
  const startedMs = context.nowMs();
  const found = await findLocalLogs(path);
  const readable = found.logs.filter(({ content }) => content !== 'binary' && content !== 'empty');
  if (!found.isFolder && found.logs[0]?.content === 'binary')
    throw new PortError('malformed', `${path}: binary data, not a log`);
  tellWhatIsMissing(path, found.logs, found.leftOut, context.terminal);
  const scanner = logScanner(detectors);
  const progress = progressTeller(readable, context);
  for (const log of readable) {
    const feed = scanner.open({
      source: log.path,
      evidenceId: `file_${fingerprint(log.path)}`,
      referenceMs: log.modifiedMs,
    });
    try {
      for await (const chunk of readLocalLog(log, (change) => tellChange(log.path, change, context.terminal))) {
        feed.feed(chunk);
        progress(chunk.length);
      }
    } catch (error) {
      if (!found.isFolder || !isGone(error)) throw error;
      note(context.terminal, log.path, 'it was removed after it had been found; the others are read');
    }
    feed.end();
  }
  const elapsedMs = Math.round(context.nowMs() - startedMs);
  return diagnosisReport(path, scanner.findings(), elapsedMs);
}

function tellWhatIsMissing(path: string, logs: readonly LocalLog[], leftOut: number, terminal: Terminal): void {
  const empty = logs.filter(({ content }) => content === 'empty').length;
  const binary = logs.filter(({ content }) => content === 'binary').length;
  const say = (text: string): void => note(terminal, path, text);
  if (logs.length === 0) say('no files in this folder');
  else if (empty === logs.length) say(logs.length === 1 ? 'the file is empty' : 'all files are empty');
  else if (empty > 0) say(`${empty} empty files`);
  if (binary > 0) say(`${binary} binary files left out`);
  if (leftOut > 0) say(`${leftOut} entries left out: not readable, too deep or too many`);
}

function tellChange(path: string, change: LogChange, terminal: Terminal): void {
  note(terminal, path, changeTexts[change]);
}

const changeTexts: Readonly<Record<LogChange, string>> = {
  grew: 'it grew while it was read; what came after its opening is left out',
  shrank: 'it became shorter while it was read; what was cut off is missing',
  replaced: 'it was replaced after it had been found; the new file is read',
};

function isGone(error: unknown): boolean {
  return error instanceof PortError && error.kind === 'not-found';
}

function note(terminal: Terminal, path: string, text: string): void {
  terminal.err(`${paint(terminal, 'yellow', 'Note:')} ${path}: ${text}`);
}

const quietMs = 2_000;
const tellEveryMs = 5_000;

/** Says how far it is, when a person waits and it takes long. */
function progressTeller(logs: readonly LocalLog[], { terminal, nowMs }: DiagnoseContext): (bytes: number) => void {
  const startedMs = nowMs();
  const packed = logs.some(({ content }) => content !== 'text');
  const total = logs.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  let toldMs = startedMs + quietMs - tellEveryMs;
  return (bytes) => {
    done += bytes;
    const now = nowMs();
    if (!terminal.interactive || now - startedMs < quietMs || now - toldMs < tellEveryMs) return;
    toldMs = now;
    const seconds = (now - startedMs) / 1000;
    const rate = done / seconds;
    const left = packed || rate === 0 ? '' : `, about ${Math.ceil((total - done) / rate)} s left`;
    terminal.err(`read ${megabytes(done)} MB at ${megabytes(rate)} MB/s${left}`);
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function processDiagnoseContext(): DiagnoseContext {
  return { terminal: processTerminal(), nowMs: () => performance.now() };
}
