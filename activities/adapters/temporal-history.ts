import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError, type Payload } from '@temporalio/common';
import type { ClusterState } from '../../workflows/domain/cluster-rules.ts';
import { clusterWorkflowId } from '../../workflows/domain/ids.ts';
import type { DecisionKind } from '../../workflows/domain/approval.ts';
import type { ClusterReader, HistoryFact, HistoryReader } from '../authorisation.ts';
import { PortError } from '../ports.ts';
import type { RepairRun, RepairRuns } from '../recover-inspect.ts';

/** Of a Temporal client: its service, its namespace and its codecs. */
export type HistoryClient = Pick<Client['workflow'], 'workflowService' | 'options' | 'getHandle'>;

// The server ends a run that has more (limit.historyCount.error), so no flood of signals can hide an approval.
const eventsMax = 51_200;
const pageEvents = 1_000;

/** Reads approvals and proposals from the server's own record of one run, never from a worker's memory. */
export function createTemporalHistory(client: HistoryClient): HistoryReader & ClusterReader & RepairRuns {
  return {
    async rules(cluster) {
      const workflowId = clusterWorkflowId(cluster);
      try {
        return await client.getHandle(workflowId).query<ClusterState>('clusterState');
      } catch (error) {
        throw serverError(`asking ${workflowId} whether remediation may go on`, error);
      }
    },
    async read(workflowId, runId, signal) {
      const facts = factCollector((payload) => decode(client, payload));
      for await (const event of eventsOf(client, workflowId, runId, signal)) await facts.add(event);
      return facts.found();
    },
    async latestRepairRun(workflowId, signal) {
      const described = await describe(client, workflowId);
      if (described === null) return null;
      const run = repairRunCollector((payload) => decode(client, payload));
      for await (const event of eventsOf(client, workflowId, described.runId, signal)) await run.add(event);
      return { status: described.status.name, ...run.found() };
    },
  };
}

async function* eventsOf(
  client: HistoryClient,
  workflowId: string,
  runId: string,
  signal?: AbortSignal,
): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array | null = null;
  let events = 0;
  do {
    signal?.throwIfAborted();
    const page: HistoryPage = await fetchPage(client, workflowId, runId, nextPageToken);
    for (const event of page.history?.events ?? []) {
      events += 1;
      if (events > eventsMax)
        throw new PortError('too-large', `the history of ${workflowId} has more than ${eventsMax} events`);
      yield event;
    }
    nextPageToken = page.nextPageToken ?? null;
  } while (nextPageToken !== null && nextPageToken.length > 0);
}

/** The latest run under this id; `null` when the server keeps none. */
async function describe(client: HistoryClient, workflowId: string) {
  try {
    return await client.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw serverError(`looking for ${workflowId}`, error);
  }
}

type HistoryPage = Awaited<ReturnType<HistoryClient['workflowService']['getWorkflowExecutionHistory']>>;
export type HistoryEvent = NonNullable<NonNullable<HistoryPage['history']>['events']>[number];

async function fetchPage(
  client: HistoryClient,
  workflowId: string,
  runId: string,
  nextPageToken: Uint8Array | null,
): Promise<HistoryPage> {
  try {
    return await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      // The run is pinned: a later run under the same id is another incident.
      execution: { workflowId, runId },
      maximumPageSize: pageEvents,
      ...(nextPageToken === null ? {} : { nextPageToken }),
    });
  } catch (error) {
    throw serverError(`reading the history of ${workflowId}`, error);
  }
}

// gRPC status codes: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
const notFound = 5;
const permissionDenied = 7;
const unauthenticated = 16;

function serverError(doing: string, error: unknown): PortError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const kind =
    code === notFound ? 'not-found' : code === permissionDenied || code === unauthenticated ? 'denied' : 'unreachable';
  const said = error instanceof Error ? error.message : 'the Temporal server did not answer';
  return new PortError(kind, `${doing}: ${said}`, { cause: error });
}

/** Goes through the events of one run in order. */
export function factCollector(decodePayload: (payload: Payload) => Promise<unknown>) {
  const facts: HistoryFact[] = [];
  const proposers = new Set<string>();
  // After a reset the server writes the old run's signals again, between the failed task and the next scheduled one.
  let applyingAgain = false;
  return {
    found: (): readonly HistoryFact[] => facts,
    async add(event: HistoryEvent): Promise<void> {
      const atMs = eventMs(event);
      if (event.workflowTaskFailedEventAttributes?.newRunId) applyingAgain = true;
      if (event.workflowTaskScheduledEventAttributes) applyingAgain = false;

      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled?.activityType?.name === 'proposePlan') proposers.add(String(event.eventId));
      const completed = event.activityTaskCompletedEventAttributes;
      if (completed && proposers.has(String(completed.scheduledEventId))) {
        const proposal = proposalIn(await first(completed.result?.payloads, decodePayload));
        if (proposal !== undefined) facts.push({ kind: 'proposed', proposal, atMs });
      }

      const signalled = event.workflowExecutionSignaledEventAttributes;
      const bySignal = decisionOf(signalled?.signalName);
      if (signalled && bySignal !== null)
        facts.push({
          kind: 'decided',
          decision: bySignal,
          payload: await first(signalled.input?.payloads, decodePayload),
          principal: applyingAgain ? null : principalOf(event),
          atMs,
        });

      const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
      const byUpdate = decisionOf(update?.name);
      if (update && byUpdate !== null)
        // The principal of an accepted update is the worker that accepted it, not the person who sent it.
        facts.push({
          kind: 'decided',
          decision: byUpdate,
          payload: await first(update.args?.payloads, decodePayload),
          principal: null,
          atMs,
        });
    },
  };
}

/** What a repair was asked to do and how far it came, from the events of one run. */
function repairRunCollector(decodePayload: (payload: Payload) => Promise<unknown>) {
  let run: Omit<RepairRun, 'status'> = { input: undefined, result: undefined, acted: false, gaveBack: false };
  return {
    found: () => run,
    async add(event: HistoryEvent): Promise<void> {
      const started = event.workflowExecutionStartedEventAttributes;
      if (started) run = { ...run, input: await first(started.input?.payloads, decodePayload) };
      const completed = event.workflowExecutionCompletedEventAttributes;
      if (completed) run = { ...run, result: await first(completed.result?.payloads, decodePayload) };
      if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'applyStep') run = { ...run, acted: true };
      const asked = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
      if (asked?.signalName === 'ask' && isRelease(await first(asked.input?.payloads, decodePayload)))
        run = { ...run, gaveBack: true };
    },
  };
}

function isRelease(asked: unknown): boolean {
  if (typeof asked !== 'object' || asked === null || !('question' in asked)) return false;
  const { question } = asked;
  return typeof question === 'object' && question !== null && 'kind' in question && question.kind === 'release';
}

const decisions: Readonly<Record<string, DecisionKind>> = { approveProposal: 'approve', rejectProposal: 'reject' };

function decisionOf(name: string | null | undefined): DecisionKind | null {
  return name && Object.hasOwn(decisions, name) ? (decisions[name] ?? null) : null;
}

function principalOf({ principal }: HistoryEvent): string | null {
  if (!principal?.name) return null;
  return principal.type ? `${principal.type}:${principal.name}` : principal.name;
}

/** A `ProposeResult` of kind `proposal`; of any other there is nothing to approve. */
function proposalIn(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('kind' in result) || result.kind !== 'proposal')
    return undefined;
  return 'proposal' in result ? result.proposal : undefined;
}

async function first(
  payloads: readonly Payload[] | null | undefined,
  decodePayload: (payload: Payload) => Promise<unknown>,
): Promise<unknown> {
  const payload = payloads?.[0];
  return payload === undefined ? undefined : decodePayload(payload);
}

/** As the workflow's own converter does: JSON under either name, and nothing that people send makes it throw. */
async function decode(client: HistoryClient, encoded: Payload): Promise<unknown> {
  let payloads = [encoded];
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    payloads = await codec.decode(payloads);
  const { data, metadata } = payloads[0] ?? {};
  if (!data || data.length === 0) return undefined;
  // The workflow reads JSON under these names only; what it does not count must not count here.
  const encoding = new TextDecoder().decode(metadata?.['encoding'] ?? new Uint8Array());
  if (!jsonEncodings.includes(encoding)) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(data)) as unknown;
  } catch {
    return undefined;
  }
}

const jsonEncodings: readonly string[] = ['json/plain', 'json/protobuf'];

function eventMs({ eventTime }: HistoryEvent): number {
  // Seconds are 64-bit; `Number` takes the Long as well as the string that JSON histories hold.
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}
