import { existsSync, readFileSync } from 'node:fs';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { codeIdentity } from '../../../activities/audit/assemble.ts';
import { bundleNames, type BundleFiles } from '../../../activities/audit/bundle.ts';
import { checkOf, type Check, type Remark } from '../../../activities/audit/check.ts';
import { checkResults } from '../../../activities/audit/check-results.ts';
import { checkSeal, type TrustedKeys } from '../../../activities/audit/check-seal.ts';
import { readHistory } from '../../../activities/audit/history.ts';
import { readManifest, type Manifest } from '../../../activities/audit/manifest.ts';
import { keyIdOf, SealKeyError } from '../../../activities/audit/seal.ts';
import { PortError } from '../../../activities/ports.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes, renderJson, type ExitCode } from '../output.ts';
import { ticking } from '../ticking.ts';
import { gatherIncident, trustedKeyOf } from './audit-sources.ts';
import { auditText } from './audit-text.ts';
import { readAuditFile } from './bundle-file.ts';
import { checkDecisions, historiesOf } from './check-decisions.ts';

export interface AuditOptions {
  readonly runId?: string;
  readonly publicKeyFile?: string;
  readonly historyOnly: boolean;
  readonly json: boolean;
}

export interface Audit {
  readonly seal: Check;
  readonly decisions: Check;
  readonly results: Check;
}

/** Checks one subject, prints what came out, and answers the exit code. */
export async function runAudit(context: CliContext, subject: string, options: AuditOptions): Promise<ExitCode> {
  const { terminal } = context;
  const trusted = await trustedKeys(context, options.publicKeyFile);
  let doing = 'reading';
  const audit = await ticking(
    terminal,
    () => doing,
    () => auditOf(context, subject, trusted, options, (what) => (doing = what)),
  );
  terminal.out(options.json ? renderJson({ subject, ...audit }) : auditText(terminal, subject, audit));
  return exitCodeOf(options.historyOnly ? [audit.decisions] : [audit.seal, audit.decisions, audit.results]);
}

function exitCodeOf(checks: readonly Check[]): ExitCode {
  if (checks.some(({ status }) => status === 'failed')) return exitCodes.failed;
  return checks.every(({ status }) => status === 'passed') ? exitCodes.done : exitCodes.notProven;
}

async function trustedKeys(context: CliContext, named: string | undefined): Promise<TrustedKeys> {
  const file = named ?? null;
  try {
    const pem = file === null ? trustedKeyOf(await context.config()) : readFileSync(file, 'utf8');
    if (pem !== null) keyIdOf(pem);
    return { keys: pem === null ? [] : [pem], named: file !== null };
  } catch (error) {
    if (!(error instanceof SealKeyError || isFileError(error))) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const place = file ?? 'WARDROUND_ARCHIVE_PUBLIC_KEY_FILE';
    throw new CommandFailure(`${place}: ${why}`, 'give the file of an Ed25519 public key (PEM)', {
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}

let isQuiet = false;

/**
 * A history that differs is our result, not the engine's to complain about. Once, and not before there is something to
 * replay: an engine without any work keeps its process from ending.
 */
function quietEngine(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

async function auditOf(
  context: CliContext,
  subject: string,
  trusted: TrustedKeys,
  options: AuditOptions,
  now: (doing: string) => void,
): Promise<Audit> {
  if (!isFile(subject)) {
    const { files, trouble } = await gatherIncident(context, subject, { ...options, withoutLogs: false });
    return auditBundle(files, trouble, trusted, options, now);
  }
  try {
    const opened = await readAuditFile(subject);
    return opened.kind === 'bundle'
      ? await auditBundle(opened.files, [], trusted, options, now)
      : await auditHistory(opened.bytes, subject);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    if (error.kind === 'not-found')
      throw new CommandFailure(error.message, 'name a bundle or an incident', { cause: error });
    const seal = checkOf('the bundle cannot be read', { problems: [{ place: subject, text: error.message }] });
    const left = leftOut(subject, 'the bundle cannot be read');
    return { seal, decisions: left, results: left };
  }
}

/** Ids are never files: they hold no dot in their last part, and a beginning of one is rarely a file here. */
function isFile(subject: string): boolean {
  return existsSync(subject) || /\.(tar|tar\.gz|tgz|json)$/.test(subject);
}

async function auditBundle(
  files: BundleFiles,
  trouble: readonly Remark[],
  trusted: TrustedKeys,
  { historyOnly }: AuditOptions,
  now: (doing: string) => void,
): Promise<Audit> {
  const sealed = checkSeal(files, trusted);
  const seal = checkOf(sealed.summary, { ...sealed, problems: [...trouble, ...sealed.problems] });
  const manifest = manifestOf(files);
  if (manifest === null) {
    const left = leftOut(bundleNames.manifest, 'without a manifest nothing says what is what');
    return { seal, decisions: left, results: left };
  }
  now('replaying the decisions');
  const code = codeIdentity(knowledge, null);
  const isPresent = manifest.signer !== null && manifest.code.sources === code.sources;
  const { workflowBundle } = manifest.code;
  const decisions = await checkDecisions(historiesOf(files, manifest), { workflowBundle, isPresent }, quietEngine);
  if (historyOnly) {
    const left = leftOut('--history-only', 'was left out');
    return { seal: left, decisions, results: left };
  }
  now('deriving the results again');
  return {
    seal,
    decisions,
    results: await checkResults(files, manifest, { code, knowledge }),
  };
}

async function auditHistory(bytes: Uint8Array, subject: string): Promise<Audit> {
  const started = readHistory(bytes, subject).events[0]?.workflowExecutionStartedEventAttributes;
  const histories = [{ workflowId: started?.workflowId ?? subject, bytes }];
  const decisions = await checkDecisions(histories, { workflowBundle: null, isPresent: false }, quietEngine);
  const left = leftOut(subject, 'a history alone has neither a seal nor evidence');
  return { seal: left, decisions, results: left };
}

function leftOut(place: string, text: string): Check {
  return checkOf('not looked at', { gaps: [{ place, text }] });
}

/** What is wrong with it is in the seal's check. */
function manifestOf(files: BundleFiles): Manifest | null {
  const bytes = files.get(bundleNames.manifest);
  try {
    return bytes === undefined ? null : readManifest(bytes);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return null;
  }
}
