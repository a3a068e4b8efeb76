import pLimit from 'p-limit';
import { probedSite } from '../../kb/probes/probed-site.ts';
import { unifyDevices } from '../../kb/reasoning/devices.ts';
import type { Inventory, InventoryNode } from '../../kb/schemas/inventory.ts';
import type { Probe } from '../../kb/schemas/probe.ts';
import type { Clock, EvidenceStore, ProbeRunner } from '../ports.ts';
import { collect, type Collecting, type Collection } from './collect.ts';
import { judge, notAsked, type Judged } from './judge.ts';
import { createNodeLocks, type HoldNodes } from './node-locks.ts';
import { resume, type ResumedReading } from './progress.ts';
import { withSiblings } from './sibling-findings.ts';
import { loadsLast, type Wish } from './wishes.ts';

export interface BatchReading {
  readonly runner: ProbeRunner;
  readonly evidence: EvidenceStore;
  readonly clock: Clock;
  readonly inventory: Inventory;
  readonly probe: (id: string) => Probe | undefined;
  readonly pause: Collecting['pause'];
  /** May probes run that need an idle device? */
  readonly load: boolean;
  /** Ask the management host once for what does not depend on a node. */
  readonly shares: boolean;
  /** `false`: the other sides of measurements between two nodes are not started. */
  readonly bothSides?: boolean;
  /** Shared with other batches on the same nodes. */
  readonly hold?: HoldNodes;
  readonly signal: AbortSignal;
  /** By place in the batch. */
  readonly resumed?: ReadonlyMap<number, ResumedReading>;
  readonly onRead?: (wish: number, collection: Collection | null, elapsedMs: number) => void;
}

/** Nodes that are read at once; the runner has its own bounds, this one is for what waits here in memory. */
const nodesAtOnceMax = 256;

/** Answers of an earlier attempt that are fetched at once. */
const fetchesMax = 16;

/**
 * Reads every wish, each node's one after the other, and judges the answers by themselves and against each other. When
 * it fails or is cancelled, nothing of it goes on: a next attempt would meet it on the nodes.
 */
export async function readBatch(batch: BatchReading, wishes: readonly Wish[]): Promise<readonly Judged[]> {
  const { inventory, evidence, runner, clock, pause, shares } = batch;
  const failed = new AbortController();
  const signal = AbortSignal.any([batch.signal, failed.signal]);
  const shared: Collecting['shared'] = shares ? new Map() : null;
  const site = probedSite(inventory);
  const reading = { runner, evidence, clock, inventory, site, pause, shared, signal };
  const work: Collecting = { ...reading, hold: batch.hold ?? createNodeLocks(), bothSides: batch.bothSides ?? true };
  const nodes = new Map(inventory.nodes.map((node) => [node.name, node]));
  const places = new Map(wishes.map((wish, at) => [wish, at]));
  const answers = new Map<Wish, Judged>();

  const fetch = pLimit(fetchesMax);
  const fetched = [...(batch.resumed ?? [])].map(([at, resumed]) =>
    fetch(async () => {
      const wish = wishes[at];
      const [probe, node] = [batch.probe(wish?.probeId ?? ''), nodes.get(wish?.node ?? '')];
      if (wish === undefined || probe === undefined || node === undefined) return;
      const collection = await resume(work, probe, node, resumed);
      if (collection === null) return;
      batch.onRead?.(at, collection, resumed.elapsedMs);
      answers.set(wish, judge(probe, node, collection, resumed.elapsedMs, site));
    }),
  );
  await allOrNone(fetched, failed);

  const limit = pLimit(nodesAtOnceMax);
  const open = wishes.filter((wish) => !answers.has(wish));
  const perNode = [...Map.groupBy(open, ({ node }) => node)].map(([name, ofNode]) =>
    limit(async () => {
      let hopeless: string | null = null;
      signal.throwIfAborted();
      for (const wish of loadsLast(ofNode, batch.probe)) {
        const read = await readOne(batch, work, nodes.get(name), wish, hopeless);
        if (read.hopeless !== null) hopeless = read.hopeless;
        answers.set(wish, read.judged);
        batch.onRead?.(places.get(wish) ?? 0, read.collection, read.judged.elapsedMs);
      }
    }),
  );
  await allOrNone(perNode, failed);
  // In the order in which they were asked for: the same answers are the same evidence.
  const inOrder = wishes.flatMap((wish) => answers.get(wish) ?? []);
  return withSiblings(inOrder, batch.probe).map((one) => unify(one, nodes.get(one.entry.node)));
}

/** Waits for all; the first failure stops the others. */
async function allOrNone(works: readonly Promise<void>[], failed: AbortController): Promise<void> {
  try {
    await Promise.all(works);
  } catch (error) {
    failed.abort(new Error('another reading of the batch failed', { cause: error }));
    await Promise.allSettled(works);
    throw error;
  }
}

interface Read {
  readonly judged: Judged;
  readonly collection: Collection | null;
  /** Why the node's next probe need not be tried. */
  readonly hopeless: string | null;
}

async function readOne(
  batch: BatchReading,
  work: Collecting,
  node: InventoryNode | undefined,
  wish: Wish,
  hopeless: string | null,
): Promise<Read> {
  const skipped = (reason: string): Read => ({ judged: notAsked(wish, reason), collection: null, hopeless: null });
  const probe = batch.probe(wish.probeId);
  if (probe === undefined) return skipped(`no probe is called ${wish.probeId}`);
  if (node === undefined) return skipped(`${wish.node} is not in the inventory`);
  if (probe.impact === 'load' && !batch.load)
    return skipped(`${probe.id} needs an idle device, and this batch may not put load on a node`);
  // A management host answers for a node that nobody can log in to.
  if (hopeless !== null && probe.via !== 'management') return skipped(hopeless);
  const startedMs = work.clock.nowMs();
  const collection = await collect(work, probe, node, wish);
  const judged = judge(probe, node, collection, work.clock.nowMs() - startedMs, work.site);
  const { failure } = collection;
  return { judged, collection, hopeless: failure?.hopeless === true ? failure.reason : null };
}

/** Every GPU under both of its names: logs know the bus id, tools the index. */
function unify(judged: Judged, node: InventoryNode | undefined): Judged {
  if (node === undefined) return judged;
  const aliases = node.gpus.map(({ index, pciBusId }) => ({ node: node.name, index, pciBusId }));
  const { entry } = judged;
  return { ...judged, entry: { ...entry, findings: unifyDevices(entry.findings, aliases) } };
}
