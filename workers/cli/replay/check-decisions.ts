import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type InjectedSinks,
  type ReplayWorkerOptions,
} from '@temporalio/worker';
import { bundleNames, type BundleFiles } from '../../../activities/audit/bundle.ts';
import { checkOf, type Check, type Remark } from '../../../activities/audit/check.ts';
import { endOf, readHistory, type RecordedHistory } from '../../../activities/audit/history.ts';
import type { Manifest } from '../../../activities/audit/manifest.ts';
import { sha256Of } from '../../../activities/audit/sha256.ts';
import { PortError } from '../../../activities/ports.ts';
import { repositoryFile } from '../../repository-file.ts';
import { payloadConverterPath } from '../../temporal-client.ts';
import type { CommandSinks } from './command-recorder.ts';
import { otherCommands, type RecordedCommand } from './commands.ts';

/**
 * Whether the present workflow code makes the recorded decisions from the recorded inputs: the same commands in the
 * same order, and each with the same content, which the engine's own replay does not look at.
 */
export async function checkDecisions(
  histories: readonly HistoryToReplay[],
  recorded: RecordedCode,
  beforeReplay: () => void = () => {},
): Promise<Check> {
  const workflowBundle = await workflowCode([repositoryFile('workers/cli/replay/command-recorder.ts')]);
  const problems: Remark[] = [];
  const gaps: Remark[] = [];
  for (const { workflowId, bytes } of histories) {
    // What is missing is the seal's to report; here it is only not checked.
    if (bytes === null) {
      gaps.push({ place: workflowId, text: 'its history is not here' });
      continue;
    }
    beforeReplay();
    const outcome = await replayOne({ workflowBundle }, workflowId, bytes);
    problems.push(...outcome.problems);
    gaps.push(...outcome.gaps);
    // Later code may say more in an input than then, and still make the same decisions.
    if (recorded.isPresent) problems.push(...outcome.otherCommands);
    else gaps.push(...outcome.otherCommands);
  }
  const summary = `${histories.length} ${histories.length === 1 ? 'history' : 'histories'} replayed`;
  return checkOf(summary, { problems, gaps, notes: await bundleNotes(recorded.workflowBundle) });
}

export interface RecordedCode {
  /** SHA-256 of the file that ran; `null` when nobody knows. */
  readonly workflowBundle: string | null;
  /** Whether the sources here are those that ran then. */
  readonly isPresent: boolean;
}

export interface HistoryToReplay {
  readonly workflowId: string;
  readonly bytes: Uint8Array | null;
}

export function historiesOf(files: BundleFiles, { histories }: Manifest): readonly HistoryToReplay[] {
  return histories.map(({ workflowId }, index) => ({
    workflowId,
    bytes: files.get(bundleNames.history(index)) ?? null,
  }));
}

async function replayOne(
  options: Pick<ReplayWorkerOptions, 'workflowBundle'>,
  workflowId: string,
  bytes: Uint8Array,
): Promise<Replayed> {
  const commands: RecordedCommand[] = [];
  const fn = (_info: unknown, given: readonly unknown[]) => {
    // The engine's own command messages; `commands.ts` reads the fields that it compares.
    commands.push(...(given as readonly RecordedCommand[]));
  };
  const sinks: InjectedSinks<CommandSinks> = { audit: { commands: { fn, callDuringReplay: true } } };
  let history: RecordedHistory;
  try {
    history = readHistory(bytes, workflowId);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return diverged({ place: workflowId, text: error.message });
  }
  const began = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? workflowId;
  if (began !== workflowId) return diverged({ place: `${workflowId} event 1`, text: `began ${began}` });
  try {
    await Worker.runReplayHistory(
      {
        ...options,
        dataConverter: { payloadConverterPath },
        sinks,
      },
      history,
      workflowId,
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { event, text } = divergence(error);
    // Not every message of the engine names the event; the first command that is another one then does.
    const first = otherCommands(workflowId, history, commands)[0]?.place ?? workflowId;
    return diverged({ place: event === undefined ? first : `${workflowId} event ${event}`, text });
  }
  // A replay whose last task fails is a success to the engine; an end in the history says that none failed for good.
  const gaps = endOf(history) === null ? [{ place: workflowId, text: 'is still open' }] : [];
  return { problems: [], gaps, otherCommands: otherCommands(workflowId, history, commands) };
}

interface Replayed {
  readonly problems: readonly Remark[];
  readonly gaps: readonly Remark[];
  readonly otherCommands: readonly Remark[];
}

function diverged(problem: Remark): Replayed {
  return { problems: [problem], gaps: [], otherCommands: [] };
}

const reasonCharsMax = 300;

/** "[TMPRL1100] Nondeterminism error: …: HistoryEvent(id: 27, ActivityTaskScheduled)": the place is in the text. */
function divergence({ message }: Error): { readonly event: string | undefined; readonly text: string } {
  const event = /HistoryEvent\(id: (\d+)/.exec(message)?.[1];
  const thrown = /\bmessage: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1];
  const text = (thrown ?? message)
    .replace(/^(\[TMPRL\d+\] )?(Nondeterminism error: )?/, '')
    .replace(/\s+/g, ' ')
    .slice(0, reasonCharsMax);
  return { event, text: `the workflow code does not decide this: ${text}` };
}

async function bundleNotes(recorded: string | null): Promise<readonly string[]> {
  if (recorded === null) return ['which file of workflow code ran is not recorded'];
  const present = sha256Of((await workflowCode([])).code);
  return [
    present === recorded
      ? `the workflow code is the same file as then (${present.slice(0, 12)})`
      : `the workflow code is another file than then (${present.slice(0, 12)} instead of ${recorded.slice(0, 12)})`,
  ];
}

async function workflowCode(workflowInterceptorModules: string[]): Promise<{ code: string }> {
  try {
    return await bundleWorkflowCode({
      workflowsPath: repositoryFile('workflows/index.ts'),
      payloadConverterPath,
      workflowInterceptorModules,
      logger: new DefaultLogger('ERROR'),
    });
  } catch (cause) {
    throw new PortError('malformed', 'the workflow code of this version cannot be put together', { cause });
  }
}
