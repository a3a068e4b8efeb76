import { z } from 'zod';
import { PortError } from '../ports.ts';

/** One execution as the server told it, in the JSON form that workflow replayers read. */
export interface RecordedHistory {
  readonly events: readonly RecordedEvent[];
}

/** The parts of an event that an audit looks at; all others are kept as they are. */
export type RecordedEvent = z.infer<typeof eventSchema>;

// The server ends a run that has more (limit.historyCount.error).
const eventsMax = 51_200;

const payload = z.looseObject({
  metadata: z.record(z.string(), z.string()).nullish(),
  data: z.string().nullish(),
});
const payloads = z.looseObject({ payloads: z.array(payload).nullish() }).nullish();
const execution = z.looseObject({ workflowId: z.string(), runId: z.string().nullish() }).nullish();
const typeName = z.looseObject({ name: z.string() }).nullish();
const endOfActivity = z.looseObject({ scheduledEventId: z.string(), result: payloads }).nullish();

const eventSchema = z.looseObject({
  eventId: z.string(),
  eventTime: z.string().nullish(),
  eventType: z.string(),
  workflowExecutionStartedEventAttributes: z
    .looseObject({
      workflowId: z.string().nullish(),
      workflowType: typeName,
      input: payloads,
      originalExecutionRunId: z.string().nullish(),
      firstExecutionRunId: z.string().nullish(),
    })
    .nullish(),
  workflowExecutionSignaledEventAttributes: z.looseObject({ signalName: z.string(), input: payloads }).nullish(),
  workflowExecutionCompletedEventAttributes: z.looseObject({ result: payloads }).nullish(),
  activityTaskScheduledEventAttributes: z
    .looseObject({ activityId: z.string(), activityType: typeName, input: payloads })
    .nullish(),
  activityTaskStartedEventAttributes: z
    .looseObject({ scheduledEventId: z.string(), attempt: z.int().nullish() })
    .nullish(),
  activityTaskCompletedEventAttributes: endOfActivity,
  timerStartedEventAttributes: z
    .looseObject({ timerId: z.string(), startToFireTimeout: z.string().nullish() })
    .nullish(),
  startChildWorkflowExecutionInitiatedEventAttributes: z
    .looseObject({ workflowId: z.string(), workflowType: typeName, input: payloads })
    .nullish(),
  childWorkflowExecutionStartedEventAttributes: z
    .looseObject({ workflowExecution: execution, workflowType: typeName })
    .nullish(),
  childWorkflowExecutionCompletedEventAttributes: z
    .looseObject({ workflowExecution: execution, result: payloads })
    .nullish(),
  signalExternalWorkflowExecutionInitiatedEventAttributes: z
    .looseObject({ workflowExecution: execution, signalName: z.string(), input: payloads })
    .nullish(),
});

const historySchema = z.looseObject({ events: z.array(eventSchema).min(1).max(eventsMax) });

/** `what` names the history in the error, which is a `PortError` of kind `malformed`. */
export function readHistory(bytes: Uint8Array, what: string): RecordedHistory {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PortError('malformed', `${what} is not JSON`, { cause });
  }
  return parseHistory(parsed, what);
}

export function parseHistory(value: unknown, what: string): RecordedHistory {
  const read = historySchema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const at = issue?.path.map(String).join('.') ?? '';
  throw new PortError('malformed', `${what} is not a workflow history: ${at} ${issue?.message ?? ''}`);
}

/** The plain values of a list of payloads; one that is no JSON is `undecodable`. */
export function decodePayloads(list: z.infer<typeof payloads>): readonly unknown[] {
  return (list?.payloads ?? []).map(decodePayload);
}

export const undecodable = Symbol('a payload that is not JSON');

function decodePayload({ metadata, data }: z.infer<typeof payload>): unknown {
  const encoding = Buffer.from(metadata?.['encoding'] ?? '', 'base64').toString();
  if (encoding === 'binary/null') return undefined;
  if (!encoding.startsWith('json/')) return undecodable;
  try {
    return JSON.parse(Buffer.from(data ?? '', 'base64').toString());
  } catch {
    return undecodable;
  }
}

const closings: Readonly<Record<string, string>> = {
  EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: 'completed',
  EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: 'failed',
  EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: 'timed out',
  EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: 'cancelled',
  EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: 'terminated',
  EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: 'continued as new',
};

/** How the execution ended, in a word; `null` while it is open. */
export function endOf({ events }: RecordedHistory): string | null {
  const last = events.at(-1);
  return last === undefined ? null : (closings[last.eventType] ?? null);
}

/** The value that a completed workflow returned; `undefined` for any other end. */
export function resultOf({ events }: RecordedHistory): unknown {
  return decodePayloads(events.at(-1)?.workflowExecutionCompletedEventAttributes?.result)[0];
}

/** One activity of a history: what it was given and what came out. */
export interface ActivityRecord {
  readonly scheduledEventId: number;
  readonly activityId: string;
  readonly type: string;
  readonly input: readonly unknown[];
  readonly scheduledAtMs: number;
  readonly attempt: number;
  readonly outcome:
    | { readonly kind: 'completed'; readonly eventId: number; readonly result: unknown; readonly atMs: number }
    | { readonly kind: 'not-completed' };
}

export function activitiesOf({ events }: RecordedHistory): readonly ActivityRecord[] {
  const started = new Map<string, number>();
  const ended = new Map<string, RecordedEvent>();
  for (const event of events) {
    const start = event.activityTaskStartedEventAttributes;
    if (start) started.set(start.scheduledEventId, start.attempt ?? 1);
    const end = event.activityTaskCompletedEventAttributes;
    if (end) ended.set(end.scheduledEventId, event);
  }
  return events.flatMap((event): readonly ActivityRecord[] => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (!scheduled) return [];
    const end = ended.get(event.eventId);
    return [
      {
        scheduledEventId: Number(event.eventId),
        activityId: scheduled.activityId,
        type: scheduled.activityType?.name ?? '',
        input: decodePayloads(scheduled.input),
        scheduledAtMs: eventMs(event),
        attempt: started.get(event.eventId) ?? 1,
        outcome:
          end === undefined
            ? { kind: 'not-completed' }
            : {
                kind: 'completed',
                eventId: Number(end.eventId),
                result: decodePayloads(end.activityTaskCompletedEventAttributes?.result)[0],
                atMs: eventMs(end),
              },
      },
    ];
  });
}

/** Server time of an event, wall milliseconds. */
function eventMs({ eventTime }: RecordedEvent): number {
  return Date.parse(eventTime ?? '');
}
