import pLimit from 'p-limit';
import { probedSite } from '../../kb/probes/probed-site.ts';
import { unifyDevices } from '../../kb/reasoning/devices.ts';
import type { Inventory, InventoryNode } from '../../kb/schemas/inventory.ts';
import type { Probe } from '../../kb/schemas/probe.ts';
import type { Clock, EvidenceStore, ProbeRunner } from '../ports.ts';
import { collect, type Collecting, type Collection } from './collect.ts';
import { judge, notAsked, type Judged } from './judge.ts';
import { createNodeLocks, type HoldNodes } from './node-locks.ts';
import { overdueAfter } from './overdue.ts';
import { resume, type ResumedReading } from './progress.ts';
import { withSiblings } from './sibling-findings.ts';
import { HungTools } from './hung-tools.ts';
import { isLoad, type Wish } from './wishes.ts';

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
  /** For the whole batch, milliseconds, and what earlier attempts have left of it. No bound when absent. */
  readonly time?: { readonly msMax: number; readonly leftMs: number };
  readonly signal: AbortSignal;
  /** By place in the batch. */
  readonly resumed?: ReadonlyMap<number, ResumedReading>;
  readonly onRead?: (wish: number, collection: Collection | null, elapsedMs: number) => void;
}

/** Nodes that are read at once; the runner has its own bounds, this one is for what waits here in memory. */
const nodesAtOnceMax = 256;

/** The same of readings by the management host, which stand apart: where they hang, nodes are read all the same. */
const managementAtOnceMax = 256;

/**
 * Readings of one node at once: two reads of a counter are seconds apart, in which others can be read. The runner bounds
 * the commands that are under way.
 */
const readingsAtOnceMax = 16;

/** Answers of an earlier attempt that are fetched at once. */
const fetchesMax = 16;

/**
 * Reads every wish, and judges the answers by themselves and against each other. When it fails or is cancelled, nothing of
 * it goes on: a next attempt would meet it on the nodes. When its time is up, what was read by then is the answer.
 */
export async function readBatch(batch: BatchReading, wishes: readonly Wish[]): Promise<readonly Judged[]> {
  const { inventory, evidence, runner, clock, pause, shares, time } = batch;
  const [failed, over, ended] = [new AbortController(), new AbortController(), new AbortController()];
  const signal = AbortSignal.any([batch.signal, failed.signal, over.signal]);
  const shared: Collecting['shared'] = shares ? new Map() : null;
  const site = probedSite(inventory);
  const reading = { runner, evidence, clock, inventory, site, pause, shared, hung: new HungTools(), signal };
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

  const read = async (wish: Wish, hopeless: string | null): Promise<string | null> => {
    const one = await readOne(batch, work, nodes.get(wish.node), wish, hopeless);
    answers.set(wish, one.judged);
    batch.onRead?.(places.get(wish) ?? 0, one.collection, one.judged.elapsedMs);
    return one.hopeless;
  };
  const open = wishes.filter((wish) => !answers.has(wish));
  const [outside, inside] = [open.filter(isOutside), open.filter((wish) => !isOutside(wish))];
  const outsideLimit = pLimit(managementAtOnceMax);
  const byManagement = outside.map((wish) => outsideLimit(async () => void (await read(wish, null))));
  const limit = pLimit(nodesAtOnceMax);
  const perNode = [...Map.groupBy(inside, ({ node }) => node).values()].map((ofNode) =>
    limit(async () => {
      let hopeless: string | null = null;
      const readNext = async (wish: Wish): Promise<void> => {
        const found = await read(wish, hopeless);
        hopeless ??= found;
      };
      const [first, ...others] = ofNode.filter((wish) => !isLoad(wish, batch.probe));
      // One alone shows whether anybody can log in; a load has its node to itself and changes what is read after it.
      if (first !== undefined) await readNext(first);
      const atOnce = pLimit(readingsAtOnceMax);
      await allOrNone(
        others.map((wish) => atOnce(() => readNext(wish))),
        failed,
      );
      for (const wish of ofNode.filter((one) => isLoad(one, batch.probe))) await readNext(wish);
    }),
  );
  if (time !== undefined)
    void pause(Math.max(0, time.leftMs), ended.signal).then(
      () => over.abort(overdueAfter(time.msMax)),
      () => {},
    );
  await allOrNone([...byManagement, ...perNode], failed).finally(() => ended.abort());
  batch.signal.throwIfAborted();
  // In the order in which they were asked for: the same answers are the same evidence.
  const inOrder = wishes.flatMap((wish) => answers.get(wish) ?? []);
  return withSiblings(inOrder, batch.probe).map((one) => unify(one, nodes.get(one.entry.node)));

  function isOutside({ probeId }: Wish): boolean {
    return batch.probe(probeId)?.via === 'management';
  }
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
  if (hopeless !== null) return skipped(hopeless);
  const startedMs = work.clock.nowMs();
  const collection = await collectOnceTried(batch, work, probe, node, wish);
  const judged = judge(probe, node, collection, work.clock.nowMs() - startedMs, work.site);
  const { failure } = collection;
  return { judged, collection, hopeless: failure?.hopeless === true ? failure.reason : null };
}

/**
 * A node that others found down a moment ago is not tried for a while. It may be up again, and it may be the one that
 * matters: a batch that has a time of its own waits for the next try, once a node.
 */
async function collectOnceTried(
  { time }: BatchReading,
  work: Collecting,
  probe: Probe,
  node: InventoryNode,
  wish: Wish,
): Promise<Collection> {
  const collection = await collect(work, probe, node, wish);
  const triedInMs = collection.failure?.triedInMs;
  if (triedInMs === undefined || time === undefined) return collection;
  // When the batch's time is up first, the reading says so.
  await work.pause(triedInMs, work.signal).catch(() => {});
  return collect(work, probe, node, wish);
}

/** Every GPU under both of its names: logs know the bus id, tools the index. */
function unify(judged: Judged, node: InventoryNode | undefined): Judged {
  if (node === undefined) return judged;
  const aliases = node.gpus.map(({ index, pciBusId }) => ({ node: node.name, index, pciBusId }));
  const { entry } = judged;
  return { ...judged, entry: { ...entry, findings: unifyDevices(entry.findings, aliases) } };
}
