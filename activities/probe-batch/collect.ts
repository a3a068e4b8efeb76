import { excerpt } from '../../kb/logs/excerpt.ts';
import { probedDevices } from '../../kb/probes/probed-devices.ts';
import type { Inventory, InventoryNode } from '../../kb/schemas/inventory.ts';
import { toClusterMs, wallDuration } from '../../kb/schemas/inventory.ts';
import type { Probe, ProbedSite } from '../../kb/schemas/probe.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import {
  ConnectError,
  PortError,
  type Clock,
  type EvidenceStore,
  type ProbeAnswer,
  type ProbeRunner,
  type SshHost,
} from '../ports.ts';
import { routed } from '../ssh-host.ts';
import { rawBytes } from './raw-output.ts';
import type { HungTools } from './hung-tools.ts';
import type { HoldNodes } from './node-locks.ts';
import { OtherSideError, withOtherSide } from './other-side.ts';
import { OverdueError, overdueOf } from './overdue.ts';
import type { ProbeArguments, Wish } from './wishes.ts';

/** One answer and where its bytes are. */
export interface Collected {
  readonly answer: ProbeAnswer;
  readonly raw: EvidenceRef;
}

export interface CollectedCommand {
  readonly given: ProbeArguments;
  /** Checked arguments, as the probe's own schema made them. */
  readonly args: unknown;
  readonly argv: readonly string[];
  readonly first: Collected;
  readonly second?: Collected & { readonly betweenMs: number };
}

/** All that a node answered to a probe, and why it is not more. */
export interface Collection {
  readonly commands: readonly CollectedCommand[];
  readonly failure: Unread | null;
}

export interface Unread {
  readonly reason: string;
  /** The node could not be talked to at all: its other probes would say the same. */
  readonly hopeless: boolean;
  /** The node was not even tried; after so many milliseconds it will be. */
  readonly triedInMs?: number;
  /** The time of the whole batch was up before it was read. */
  readonly overdue?: true;
  /** Nobody could log in; this is what the attempt said. */
  readonly unreachable?: EvidenceRef;
}

export interface Collecting {
  readonly runner: ProbeRunner;
  readonly evidence: EvidenceStore;
  readonly clock: Clock;
  readonly inventory: Inventory;
  readonly site: ProbedSite;
  /** Waits between two reads; ends with the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Answers of the management host that do not depend on a node; `null`: each node is asked about by itself. */
  readonly shared: Map<string, Promise<Collected>> | null;
  /** One measurement at a time on a node, over all batches of this process. */
  readonly hold: HoldNodes;
  /** Whether the other sides of measurements are started; an audit has their results. */
  readonly bothSides: boolean;
  /** What hangs on the hosts of the batch. */
  readonly hung: HungTools;
  /** Ends the reading; one that ended with an `OverdueError` leaves what was read by then. */
  readonly signal: AbortSignal;
}

/** Devices of one node that a probe reads one after the other; an inventory lists no more adapters. */
const devicesMax = 32;
/** A second read waits no longer than this, however slow the cluster's clock is; an attempt has five minutes in all. */
const gapWallMsMax = 20_000;

/** Runs the commands of one probe for one node. What they answer is evidence at once. */
export async function collect(work: Collecting, probe: Probe, node: InventoryNode, wish: Wish): Promise<Collection> {
  const commands: CollectedCommand[] = [];
  const unread = (reason: string, hopeless = false): Collection => ({ commands, failure: { reason, hopeless } });
  const { inventory } = work;
  const asked = probe.via === 'management' ? inventory.management : node;
  if (asked === undefined) return unread(`${probe.id} is run on a management host, and the inventory has none`);
  try {
    const host = hostOf(inventory, asked);
    const devices = wish.args === undefined ? probedDevices(probe, node, work.site) : [wish.args];
    if (devices.length === 0)
      return unread(`${node.name}: nothing to measure: the inventory lists no device for ${probe.id}`);
    for (const given of devices.slice(0, devicesMax)) {
      const args = probe.args.safeParse({ node: node.name, ...given });
      if (!args.success) return unread(`${probe.id} needs arguments that a batch does not give`);
      const argv = probe.argv(args.data);
      // Not left to its turn alone: a command that waits has its place in the node's budget by then.
      const silent = work.hung.reason(host.name, argv);
      if (silent !== null) return unread(silent);
      work.signal.throwIfAborted();
      const first = await measured(work, probe, node, args.data, () => ask(work, probe, host, node, argv, 1));
      commands.push({ given, args: args.data, argv, first });
    }
    if (probe.again !== undefined) await readAgain(work, probe, probe.again.gapMs, host, node, commands);
    if (devices.length > devicesMax)
      return unread(`${node.name}: ${probe.id} read ${devicesMax} of ${devices.length} devices, the most of one probe`);
    return { commands, failure: null };
  } catch (error) {
    const overdue = overdueOf(work.signal);
    if (overdue !== null) return { commands, failure: { reason: overdue.message, hopeless: false, overdue: true } };
    if (!(error instanceof NoAnswer)) throw error;
    // The next device would have to be asked over the same link.
    const { reason, hopeless } = { reason: error.message, hopeless: isHopeless(error.cause) };
    if (error.cause instanceof OverdueError) return { commands, failure: { reason, hopeless, overdue: true } };
    if (probe.via === 'management' || !hopeless) return unread(reason);
    const said = error.cause.kind === 'unreachable' ? { unreachable: await put(work, `${excerpt(reason)}\n`) } : {};
    const triedInMs = error.cause instanceof ConnectError ? error.cause.triedInMs : undefined;
    return { commands, failure: { reason, hopeless, ...said, ...(triedInMs === undefined ? {} : { triedInMs }) } };
  }
}

/** A measurement has its node to itself, and the node of its other side where it has one. */
async function measured(
  work: Collecting,
  probe: Probe,
  node: InventoryNode,
  args: unknown,
  measure: () => Promise<Collected>,
): Promise<Collected> {
  const { inventory, site, hold, bothSides, signal } = work;
  if (probe.impact !== 'load') return measure();
  const other = bothSides ? probe.otherSide?.(args, node, site) : undefined;
  if (other === undefined) return hold([node.name], signal, measure);
  const peer = inventory.nodes.find(({ name }) => name === other.node);
  if (peer === undefined) return noAnswer(new PortError('not-found', `${other.node} is not in the inventory`));
  if (peer.name === node.name)
    return noAnswer(new PortError('refused', `${node.name}: ${probe.id} needs another node on its other side`));
  const host = hostOf(inventory, peer);
  return hold([node.name, peer.name], signal, async () => {
    try {
      return await withOtherSide(work, probe, other, { node: peer, host }, measure);
    } catch (error) {
      if (error instanceof OtherSideError) return noAnswer(error);
      throw error;
    }
  });
}

/** All first reads come before the wait, so that many devices cost one gap. */
async function readAgain(
  work: Collecting,
  probe: Probe,
  gapMs: number,
  host: SshHost,
  node: InventoryNode,
  commands: CollectedCommand[],
): Promise<void> {
  const { clock } = work.inventory;
  if (commands.some(({ first }) => first.answer.cut !== undefined)) return;
  await work.pause(Math.min(gapWallMsMax, wallDuration(clock, gapMs)), work.signal);
  for (const [at, command] of commands.entries()) {
    const second = await ask(work, probe, host, node, command.argv, 2);
    const [from = 0, to = 0] = [command.first.answer.sentAtMs, second.answer.sentAtMs];
    const betweenMs = Math.round(toClusterMs(clock, to) - toClusterMs(clock, from));
    commands[at] = { ...command, second: { ...second, betweenMs } };
  }
}

/** The same question to the management host for another node has the same answer: it is asked once. */
function ask(
  work: Collecting,
  probe: Probe,
  host: SshHost,
  node: InventoryNode,
  argv: readonly string[],
  time: 1 | 2,
): Promise<Collected> {
  const { shared } = work;
  if (probe.via !== 'management' || shared === null) return send(work, probe, host, node, argv);
  const key = sharedKey(argv, time);
  const known = shared.get(key);
  if (known !== undefined) return known;
  const asked = send(work, probe, host, node, argv);
  shared.set(key, asked);
  return asked;
}

export function sharedKey(argv: readonly string[], time: 1 | 2): string {
  return JSON.stringify([time, ...argv]);
}

async function send(
  { runner, evidence, clock, inventory, hung, signal }: Collecting,
  probe: Probe,
  host: SshHost,
  node: InventoryNode,
  argv: readonly string[],
): Promise<Collected> {
  const startedMs = clock.nowMs();
  const options = {
    timeoutMs: probe.timeoutMs,
    outputBytesMax: probe.outputBytesMax,
    ...(probe.keeps === undefined ? {} : { keeps: probe.keeps }),
    about: { node: node.name, probeId: probe.id },
    ...(probe.impact === 'load' ? { load: true } : {}),
    inTurn: (now: () => Promise<ProbeAnswer>) => hung.send(host.name, argv, now),
    signal,
  };
  const answer = await runner.run(host, argv, options).catch(noAnswer);
  const raw = await evidence.put('probe-output', inventory.cluster, rawBytes(answer), {
    mediaType: 'text/plain',
    signal,
  });
  return { answer: { sentAtMs: startedMs, ...answer }, raw };
}

function put({ evidence, inventory, signal }: Collecting, text: string): Promise<EvidenceRef> {
  const bytes = new TextEncoder().encode(text);
  return evidence.put('probe-output', inventory.cluster, bytes, { mediaType: 'text/plain', signal });
}

/** A host that did not answer, apart from evidence that could not be stored. */
class NoAnswer extends Error {
  override readonly cause: PortError;
  constructor(cause: PortError) {
    super(cause.message);
    this.cause = cause;
  }
}

function noAnswer(error: unknown): never {
  throw error instanceof PortError ? new NoAnswer(error) : error;
}

function hostOf(inventory: Inventory, asked: Pick<SshHost, 'name' | 'ssh'>): SshHost {
  try {
    return routed(inventory, asked);
  } catch (error) {
    return noAnswer(error);
  }
}

/** After these the next probe of the same node would say the same, some seconds later. */
function isHopeless(error: PortError): boolean {
  return error instanceof ConnectError || error.kind === 'denied' || error.kind === 'tampered';
}
