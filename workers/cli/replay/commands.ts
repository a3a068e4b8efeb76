import type { Remark } from '../../../activities/audit/check.ts';
import { decodePayloads, type RecordedEvent, type RecordedHistory } from '../../../activities/audit/history.ts';
import { canonicalJson } from '../../../activities/json-evidence.ts';

/** As much of a command of the engine as has a counterpart in a history. */
export interface RecordedCommand {
  readonly scheduleActivity?: {
    readonly activityId?: string;
    readonly activityType?: string;
    readonly arguments?: Payloads;
  } | null;
  readonly startTimer?: { readonly seq?: number; readonly startToFireTimeout?: ProtoDuration | null } | null;
  readonly startChildWorkflowExecution?: { readonly workflowId?: string; readonly input?: Payloads } | null;
  readonly signalExternalWorkflowExecution?: { readonly signalName?: string; readonly args?: Payloads } | null;
  readonly completeWorkflowExecution?: { readonly result?: Payload | null } | null;
}

interface Payload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}
type Payloads = readonly Payload[] | null;
interface ProtoDuration {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}

/** Events whose content is not what the workflow code commanded on replay: inputs, waits, signals and the result. */
export function otherCommands(
  workflowId: string,
  { events }: RecordedHistory,
  commands: readonly RecordedCommand[],
): readonly Remark[] {
  const signals = commands.flatMap(({ signalExternalWorkflowExecution: signal }) => (signal ? [signal] : []));
  let signalled = 0;
  return events.flatMap((event): readonly Remark[] => {
    const place = `${workflowId} event ${event.eventId}`;
    const activity = event.activityTaskScheduledEventAttributes;
    if (activity) {
      const command = commands.find((one) => one.scheduleActivity?.activityId === activity.activityId);
      const type = activity.activityType?.name ?? '';
      const decided = command?.scheduleActivity;
      if (decided && decided.activityType !== type)
        return [
          { place: `${place} ${type}`, text: `the workflow code decides on ${decided.activityType ?? 'nothing'}` },
        ];
      const given = decoded(decided?.arguments);
      return differs(`${place} ${type}`, 'input', decodePayloads(activity.input), given);
    }
    const timer = event.timerStartedEventAttributes;
    if (timer) {
      const command = commands.find((one) => String(one.startTimer?.seq) === timer.timerId)?.startTimer;
      return differs(place, 'wait', durationMs(timer.startToFireTimeout), protoMs(command?.startToFireTimeout));
    }
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (child) {
      const command = commands.find((one) => one.startChildWorkflowExecution?.workflowId === child.workflowId);
      return differs(place, 'input', decodePayloads(child.input), decoded(command?.startChildWorkflowExecution?.input));
    }
    const signal = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
    if (signal) {
      const command = signals[signalled];
      signalled += 1;
      return differs(
        place,
        'signal',
        [signal.signalName, ...decodePayloads(signal.input)],
        [command?.signalName, ...decoded(command?.args)],
      );
    }
    return ofTheEnd(place, event, commands);
  });
}

function ofTheEnd(place: string, event: RecordedEvent, commands: readonly RecordedCommand[]): readonly Remark[] {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (!completed) return [];
  const result = commands.findLast((one) => one.completeWorkflowExecution)?.completeWorkflowExecution?.result;
  return differs(place, 'result', decodePayloads(completed.result), decoded(result ? [result] : []));
}

function differs(place: string, what: string, recorded: unknown, decided: unknown): readonly Remark[] {
  const where = firstDifference(recorded, decided, what);
  return where === null ? [] : [{ place, text: `${where} is not what the workflow code decides` }];
}

const nestingMax = 60;

/** The path of the first field that differs. */
function firstDifference(a: unknown, b: unknown, path: string, depth = 0): string | null {
  if (!isObject(a) || !isObject(b) || depth > nestingMax) return text(a) === text(b) ? null : path;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner = firstDifference(
      a[name],
      b[name],
      Array.isArray(a) ? `${path}[${name}]` : `${path}.${name}`,
      depth + 1,
    );
    if (inner !== null) return inner;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return value === undefined || typeof value === 'symbol' ? String(value) : canonicalJson(value);
}

function decoded(payloads: Payloads | undefined): readonly unknown[] {
  const list = (payloads ?? []).map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)])),
    data: base64(data ?? new Uint8Array()),
  }));
  return decodePayloads({ payloads: list });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** "1.500s", as JSON writes a duration. */
function durationMs(duration: string | null | undefined): number {
  return Math.round(Number((duration ?? '0s').replace(/s$/, '')) * 1000);
}

/** Seconds come as a number or as the two halves of a 64-bit one. */
function protoMs(duration: ProtoDuration | null | undefined): number {
  const { seconds = 0, nanos = 0 } = duration ?? {};
  const whole =
    typeof seconds === 'object' && seconds !== null && 'low' in seconds ? Number(seconds.low) : Number(seconds);
  return whole * 1000 + Math.round((nanos ?? 0) / 1e6);
}
