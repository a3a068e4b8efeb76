import { Command, InvalidArgumentError, Option } from 'commander';
import { PortError } from '../../activities/ports.ts';
import { diagnoseFindings, knowledge } from '../../kb/reasoning/index.ts';
import type { RecallFilter } from '../../kb/retrieval/filter.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import { processContext, type CliContext } from './context.ts';
import {
  nothingRecalled,
  openRecallThread,
  recallQuery,
  weightsOf,
  type Recalled,
  type Recaller,
} from './diagnose-recall.ts';
import { readTold, type ReadContext, type Told } from './diagnose-read.ts';
import { diagnosisReport, type Concluded, type DiagnosisReport } from './diagnose-report.ts';
import type { OpenMetrics, OpenSite } from './diagnose-cluster.ts';
import { diagnosisText, graphForms, type GraphForm } from './diagnose-text.ts';
import { zoneOption } from './logs/zone-option.ts';
import { CommandFailure, exitCodes, jsonLine, paint, plain, type ExitCode } from './output.ts';
import { sshRunner, type OpenRunner } from './probe-run-command.ts';

export interface DiagnoseContext extends ReadContext {
  /** Searches the knowledge base; without it nothing is recalled. */
  readonly recaller?: Recaller;
}

/** `wardround diagnose PATH…`: logs in, ranked causes out; needs no server. */
export function diagnoseCommand(
  context: CliContext = processContext(),
  { openRunner = sshRunner, openMetrics, openRecaller = openRecallThread }: Opening = {},
): Command {
  return new Command('diagnose')
    .description('rank the causes that logs speak for, and say what to measure; needs no server')
    .argument(
      '<path...>',
      'log files (plain, gzip or zstd), a folder or pattern or s3://bucket/prefix with the logs of one incident, or - for stdin',
    )
    .option('--note <text>', 'what you saw beside the logs, in your words; may be given several times', collect, [])
    .addOption(zoneOption())
    .addOption(new Option('--graph <form>', 'show the rounds of thought').choices(graphForms))
    .option('--cluster <name>', 'run the wanted probes on this cluster over SSH, those that are passive or light')
    .option(
      '--at <time>',
      'with --cluster: when the trouble began, in ISO 8601 (default: the last time in the logs)',
      moment,
    )
    .option('--no-recall', 'without the similar incidents of the knowledge base')
    .option('--json', 'one JSON object a path, each on one line')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], options: DiagnoseOptions) => {
      const { json, note: notes, zone, graph, cluster, at, recall } = options;
      if (at !== undefined && cluster === undefined)
        throw usage('--at says when the trouble began on a cluster', 'add --cluster NAME');
      const asked = {
        json: json === true,
        notes,
        ...(zone === undefined ? {} : { zone }),
        ...(graph === undefined ? {} : { graph }),
      };
      const recaller = recall ? openRecaller() : undefined;
      const { terminal } = context;
      const reading = { terminal, nowMs: () => performance.now(), ...(recaller === undefined ? {} : { recaller }) };
      const onSite = async (work: (site: Pick<Asked, 'site'>) => Promise<ExitCode>): Promise<ExitCode> => {
        if (cluster === undefined) return work({});
        const { withSite } = await import('./diagnose-cluster.ts');
        const opening = { openRunner, ...(openMetrics === undefined ? {} : { openMetrics }) };
        return withSite(context, { cluster, atMs: at ?? null }, opening, (site) => work({ site }));
      };
      try {
        const code = await onSite((site) => diagnosePaths(paths, { ...asked, ...site }, reading));
        if (code !== exitCodes.done) process.exitCode = code;
      } finally {
        await recaller?.close();
      }
    });
}

interface Opening {
  readonly openRunner?: OpenRunner;
  readonly openMetrics?: OpenMetrics;
  readonly openRecaller?: () => Recaller;
}

interface DiagnoseOptions {
  readonly json?: true;
  readonly note: readonly string[];
  readonly zone?: string;
  readonly graph?: GraphForm;
  readonly cluster?: string;
  readonly at?: number;
  readonly recall: boolean;
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Without a zone it is UTC, as in logs. */
function moment(text: string): number {
  const isZoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text);
  const isDated = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?/.test(text);
  const ms = isDated ? Date.parse(isZoned || text.length <= 10 ? text : `${text.replace(' ', 'T')}Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`"${text}" is no time; write it like 2026-11-20T03:12:59Z`);
  return ms;
}

const help = `
Lines of a file that begin with "# obs:" are notes of people as well: what they saw beside the log.

With --cluster the nodes that the logs name and those of their job are read as an incident would read them: first what
is cheap to read, beside it the metrics where the inventory names a server of them, then what each round of thought asks
for. Nothing is changed, and nothing that puts load on a node is run. Ctrl-C ends the commands on the nodes.

Examples:
  $ wardround diagnose train.log
  $ wardround diagnose logs/incident-42/          all files in the folder together
  $ wardround diagnose train.log --note "nvidia-smi: GPU 3 at 210 MHz, the others at 1410" --note "no Xid in dmesg"
  $ wardround diagnose train.log --graph text     how the verdict came about
  $ wardround diagnose logs/ --cluster site-a --at 2026-11-20T03:12:59Z
  $ wardround diagnose --json rank-*.log.gz | jq .causes[0]

Exit codes: 0 every path has a verdict, 1 a path cannot be read, 2 wrong usage, 3 something is not proven.`;

/** What a person adds to the logs. */
interface Asked {
  /** What they saw beside them. */
  readonly notes?: readonly string[];
  readonly zone?: string;
  readonly graph?: GraphForm;
  /** The cluster to ask; none if absent. */
  readonly site?: OpenSite;
}

/** Every path is one incident; a path that cannot be read does not keep the others from being read. */
export async function diagnosePaths(
  paths: readonly string[],
  options: { readonly json: boolean } & Asked,
  context: DiagnoseContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const { graph } = options;
  let failed = false;
  let unproven = false;
  for (const path of paths) {
    try {
      const report = await diagnosePath(path, context, options);
      unproven ||= report.verdict === 'not-proven';
      if (options.json) terminal.out(jsonLine(report));
      else terminal.out(await diagnosisText(report, terminal, graph === undefined ? {} : { graph }));
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      failed = true;
      if (options.json) terminal.err(jsonLine({ file: path, error: error.message }));
      else terminal.err(`${paint(terminal, 'red', 'Error:')} ${plain(error.message)}`);
    }
  }
  return failed ? exitCodes.failed : unproven ? exitCodes.notProven : exitCodes.done;
}

/** The diagnosis of one file, or of all files of a folder. */
export async function diagnosePath(
  path: string,
  context: DiagnoseContext,
  asked: Asked = {},
): Promise<DiagnosisReport> {
  const startedMs = context.nowMs();
  const told = await readTold(path, context, asked);
  const recall = recallOf(told, context);
  const { site } = asked;
  const concluded = site === undefined ? await concludeFromLogs(told, recall) : await site.conclude(told, recall);
  const elapsedMs = Math.round(context.nowMs() - startedMs);
  return diagnosisReport(path, concluded, elapsedMs, asked.graph !== undefined);
}

type Recall = (findings: readonly Finding[], filter?: RecallFilter) => Promise<Recalled>;

function recallOf(told: Told, { recaller, terminal }: DiagnoseContext): Recall {
  return async (findings, filter) => {
    if (recaller === undefined) return nothingRecalled;
    try {
      const query = recallQuery(findings, told, knowledge.kinds);
      const words = { lines: told.lines, notes: told.notes };
      return await recaller.recall({ query, words, ...(filter === undefined ? {} : { filter }) });
    } catch (error) {
      // Likeness is a hint; the logs speak without it.
      const why = error instanceof Error ? error.message : String(error);
      terminal.err(`${paint(terminal, 'yellow', 'Note:')} nothing was recalled: ${plain(why)}`);
      return nothingRecalled;
    }
  };
}

async function concludeFromLogs(told: Told, recall: Recall): Promise<Concluded> {
  const { logged, noted } = told;
  const findings = [...logged, ...noted];
  const recalled = await recall(findings);
  const { verdict, hypotheses, nextProbes, graph } = diagnoseFindings({
    findings,
    recalled: weightsOf(recalled),
  });
  return { logged, noted, measured: [], similar: recalled.similar, verdict, hypotheses, nextProbes, graph };
}

function usage(message: string, advice: string): CommandFailure {
  return new CommandFailure(message, advice, { exitCode: exitCodes.usage });
}
