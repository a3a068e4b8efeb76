import { recoverWorkflowId } from '../../workflows/domain/ids.ts';
import type { FencingToken } from '../../workflows/domain/lease.ts';
import { canonicalJson } from '../json-evidence.ts';
import { PortError } from '../ports.ts';
import { activitiesOf, decodePayloads, parseHistory, type RecordedHistory } from './history.ts';
import { historiesMax } from './manifest.ts';

/** The server's record of executions. Calls throw `PortError`. */
export interface ExecutionReader {
  /** The run, or the latest one; `null` when the server does not know it. */
  describe(workflowId: string, runId: string | null, signal?: AbortSignal): Promise<Execution | null>;
  /** The whole history in the JSON form that replayers read. */
  history(workflowId: string, runId: string, signal?: AbortSignal): Promise<unknown>;
}

export interface Execution {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly closed: boolean;
}

export interface ReadExecution extends Execution {
  readonly history: RecordedHistory;
  /** Canonical JSON of the history: what is stored and hashed. */
  readonly bytes: Uint8Array;
}

/**
 * An execution with its repairs and their recoveries, the execution itself first. `settled` is asked for each, so that
 * a caller can wait for its end.
 */
export async function readExecutions(
  reader: ExecutionReader,
  key: { readonly cluster: string; readonly workflowId: string; readonly runId: string },
  settled: (execution: Execution) => Promise<Execution>,
  signal?: AbortSignal,
): Promise<readonly ReadExecution[]> {
  const main = await reader.describe(key.workflowId, key.runId, signal);
  if (main === null)
    throw new PortError('not-found', `the server does not know run ${key.runId} of ${key.workflowId} any more`);
  const all = new Map<string, ReadExecution>();
  const waiting: Execution[] = [main];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (all.has(next.runId)) continue;
    if (all.size === historiesMax)
      throw new PortError('too-large', `${key.workflowId} has more than ${historiesMax} repairs and recoveries`);
    const found = await read(reader, await settled(next), signal);
    all.set(next.runId, found);
    for (const { workflowId, runId } of related(found.history, key.cluster)) {
      const execution = await reader.describe(workflowId, runId, signal);
      if (execution !== null) waiting.push(execution);
    }
  }
  return [...all.values()];
}

async function read(
  reader: ExecutionReader,
  execution: Execution,
  signal: AbortSignal | undefined,
): Promise<ReadExecution> {
  const { workflowId, runId } = execution;
  const raw = await reader.history(workflowId, runId, signal);
  const history = parseHistory(raw, `the history of ${workflowId}`);
  return { ...execution, history, bytes: new TextEncoder().encode(canonicalJson(history)) };
}

interface Named {
  readonly workflowId: string;
  readonly runId: string | null;
}

/** What the execution started or adopted, and what may have cleared up after its leases. */
function related(history: RecordedHistory, cluster: string): readonly Named[] {
  const started = history.events.flatMap((event): readonly Named[] => {
    const execution = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    return execution ? [{ workflowId: execution.workflowId, runId: execution.runId ?? null }] : [];
  });
  const adopted = activitiesOf(history)
    .filter(({ type }) => type === 'adoptRepair')
    .flatMap(({ input }) => adoptedId(input[0]));
  const repairs = [...started, ...adopted].filter(({ workflowId }) => workflowId.startsWith('repair/'));
  return [
    ...repairs,
    ...leasesOf(history).map((lease) => ({ workflowId: recoverWorkflowId(cluster, lease), runId: null })),
  ];
}

const leasesMax = 20;

/** The leases that the cluster entity granted: a recovery is named after the lease that it recovers. */
function leasesOf({ events }: RecordedHistory): readonly FencingToken[] {
  const granted = events.flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    return signal?.signalName === 'clusterReply'
      ? decodePayloads(signal.input).flatMap((reply) => tokensIn(reply))
      : [];
  });
  return granted.slice(0, leasesMax);
}

const nestingMax = 10;

function tokensIn(value: unknown, depth = 0): readonly FencingToken[] {
  if (typeof value !== 'object' || value === null || depth > nestingMax) return [];
  if ('epochMs' in value && 'counter' in value) {
    const { epochMs, counter } = value;
    return Number.isSafeInteger(epochMs) && Number.isSafeInteger(counter)
      ? [{ epochMs: Number(epochMs), counter: Number(counter) }]
      : [];
  }
  return Object.values(value).flatMap((part) => tokensIn(part, depth + 1));
}

function adoptedId(input: unknown): readonly { workflowId: string; runId: null }[] {
  if (typeof input !== 'object' || input === null || !('workflowId' in input)) return [];
  return typeof input.workflowId === 'string' ? [{ workflowId: input.workflowId, runId: null }] : [];
}
