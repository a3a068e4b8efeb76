import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { probeById } from '../kb/probes/index.ts';
import type { Probe } from '../kb/schemas/probe.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../workflows/domain/phase-data.ts';
import { lastHeartbeat, withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { Clock, EvidenceStore, ProbeRunner } from './ports.ts';
import type { ProbeEntry } from './probe-batch/entry.ts';
import { createNodeLocks } from './probe-batch/node-locks.ts';
import { keepProgress, progressOf } from './probe-batch/progress.ts';
import { readBatch } from './probe-batch/read-batch.ts';
import { withRecentEvidence } from './probe-batch/recent-evidence.ts';
import { wishesOf } from './probe-batch/wishes.ts';
import { isClean } from './probe-entries.ts';
import { steadyClock } from './steady-clock.ts';

export interface RunProbeBatchPorts {
  readonly runner: ProbeRunner;
  readonly evidence: EvidenceStore;
  readonly inventories: Inventories;
  readonly probe?: (id: string) => Probe | undefined;
  readonly clock?: Clock;
  /** Waits between two reads of a probe, and for the end of a batch's time; ends with the signal. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** `false`: the management host is asked for each node by itself, even where the question is the same. */
  readonly shares?: boolean;
  /** `false`: only the measuring side of a measurement between two nodes is run. */
  readonly bothSides?: boolean;
}

/**
 * Runs declared probes on nodes. A node that can't be read is part of the answer; the batch fails only when its
 * answer can't be stored. What an attempt has read, the next one takes from its heartbeats. A batch of which `msMax` is up
 * ends with what it has by then.
 */
export function createRunProbeBatch(ports: RunProbeBatchPorts): (input: ProbeBatchInput) => Promise<ProbeBatchResult> {
  const clock = ports.clock ?? steadyClock;
  const hold = createNodeLocks();
  const evidence = withRecentEvidence(ports.evidence);
  const pause = ports.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  return async ({ key, batch, probes, load, msMax }) => {
    const startedMs = clock.nowMs();
    const resumed = progressOf(lastHeartbeat(), batch);
    const progress = keepProgress(batch, resumed);
    return withHeartbeats(
      () => progress.details(),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const judged = await readBatch(
          {
            runner: ports.runner,
            evidence,
            clock,
            inventory,
            probe: ports.probe ?? probeById,
            pause,
            hold,
            load: load === true,
            ...(msMax === undefined ? {} : { time: { msMax, leftMs: msMax - spentMs() } }),
            shares: ports.shares ?? true,
            ...(ports.bothSides === undefined ? {} : { bothSides: ports.bothSides }),
            signal,
            resumed,
            onRead: (...read) => progress.add(...read),
          },
          wishesOf(probes),
        );
        const entries = judged.map(({ entry }) => entry);
        return summarise(evidence, key.cluster, entries, clock.nowMs() - startedMs, signal);
      },
    ).catch((error: unknown) => {
      // What was read since the last beat need not be read again by the next attempt.
      Context.current().heartbeat(progress.details());
      return rethrow(error);
    });
  };
}

const failuresShownMax = 20;
const notableShownMax = 10;

async function summarise(
  store: EvidenceStore,
  cluster: string,
  entries: readonly ProbeEntry[],
  elapsedMs: number,
  signal: AbortSignal,
): Promise<ProbeBatchResult> {
  const read = entries.filter((entry) => entry.read);
  const unread = entries.filter((entry) => !entry.read);
  const overdue = unread.filter((entry) => entry.overdue === true);
  const clean = read.filter(({ findings }) => isClean(findings));
  return {
    results: await putJson(store, 'probe-results', cluster, entries, signal),
    findings: await putJson(
      store,
      'findings',
      cluster,
      entries.flatMap(({ findings }) => findings),
      signal,
    ),
    ran: read.length,
    clean: clean.length,
    notClean: read.length - clean.length,
    notable: entries
      .flatMap(({ probeId, node, findings }) =>
        findings
          .filter(({ role }) => role === 'cause' || role === 'symptom')
          .map(({ kind, device }) => ({ probeId, kind, node, ...(device === undefined ? {} : { device }) })),
      )
      .slice(0, notableShownMax),
    failures: unread
      .slice(0, failuresShownMax)
      .map(({ probeId, node, reason }) => ({ probeId, node, reason: inOwnWords(reason) })),
    unread: unread.length,
    ...(overdue.length === 0 ? {} : { overdue: overdue.length }),
    elapsedMs,
  };
}

/** What the attempts before this one took, by the server's clock alone, milliseconds. */
function spentMs(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = Context.current().info;
  return Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs);
}

/** Parsers put what a node said into quotes. It stands in the evidence; a history holds our own words alone. */
function inOwnWords(reason: string): string {
  return reason.replace(/"[^]*"|"[^]*$/, 'text of the node');
}
