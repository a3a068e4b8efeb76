import pLimit from 'p-limit';
import { excerpt } from '../kb/logs/excerpt.ts';
import { redact } from '../kb/logs/redact.ts';
import { findingId } from '../kb/logs/fold.ts';
import { probeById } from '../kb/probes/index.ts';
import { unifyDevices } from '../kb/reasoning/devices.ts';
import type { InventoryNode } from '../kb/schemas/inventory.ts';
import { ProbeParseError, type Probe, type ProbeFinding, type ProbeOutput } from '../kb/schemas/probe.ts';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../workflows/domain/phase-data.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { isClean } from './probe-entries.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type Clock, type EvidenceStore, type PortErrorKind, type ProbeRunner } from './ports.ts';

export interface RunProbeBatchPorts {
  readonly runner: ProbeRunner;
  readonly evidence: EvidenceStore;
  readonly inventories: Inventories;
  readonly probe?: (id: string) => Probe | undefined;
  readonly clock?: Clock;
}

/** What the results evidence holds: one entry a probe and node. */
export type ProbeEntry =
  | {
      readonly probeId: string;
      readonly node: string;
      readonly read: true;
      readonly commands: readonly ProbeCommand[];
      readonly findings: readonly Finding[];
      readonly elapsedMs: number;
    }
  | {
      readonly probeId: string;
      readonly node: string;
      readonly read: false;
      readonly reason: string;
      /** Output that is not in the tool's format. */
      readonly raw: EvidenceRef | null;
      /** Of a probe that reads device by device: those that were read. What they say counts, but never as clean. */
      readonly commands: readonly ProbeCommand[];
      readonly findings: readonly Finding[];
    };

/** One command and what it answered; a probe that reads device by device has one for each. */
export interface ProbeCommand {
  readonly argv: readonly string[];
  readonly exitCode: number | null;
  readonly raw: EvidenceRef;
  readonly reading: unknown;
}

/** Nodes talked to at once: each is one SSH handshake, and a bastion's default lets ten begin at a time. */
const nodesAtOnceMax = 8;
/** Probes times nodes of one batch; more than a thousand nodes with two probes each is not a question but a survey. */
const readingsMax = 2_000;
const failuresShownMax = 20;
/** Devices of one node that a probe reads one after the other; an inventory lists no more adapters. */
const devicesMax = 32;

/**
 * Runs declared probes on nodes. A node that can't be read is part of the answer; the batch fails only when its
 * answer can't be stored.
 */
export function createRunProbeBatch(ports: RunProbeBatchPorts): (input: ProbeBatchInput) => Promise<ProbeBatchResult> {
  const clock = ports.clock ?? { nowMs: () => Date.now() };
  return async ({ key, batch, probes }) => {
    const startedMs = clock.nowMs();
    const entries: ProbeEntry[] = [];
    return withHeartbeats(
      () => ({ batch, read: entries.length }),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const wishes = bounded(probes);
        const limit = pLimit(nodesAtOnceMax);
        const perNode = [...Map.groupBy(wishes, (wish) => wish.node)].map(([name, ofNode]) =>
          limit(async () => {
            const node = inventory.nodes.find((one) => one.name === name);
            const read = await readNode(ports, clock, { cluster: key.cluster, name, node }, ofNode, signal, (entry) =>
              entries.push(entry),
            );
            return unify(read, node);
          }),
        );
        const answered = inOrder(wishes, (await Promise.all(perNode)).flat());
        return summarise(ports.evidence, key.cluster, answered, clock.nowMs() - startedMs, signal);
      },
    ).catch(rethrow);
  };
}

interface Wish {
  readonly probeId: string;
  readonly node: string;
}

function bounded(probes: ProbeBatchInput['probes']): readonly Wish[] {
  const wishes = new Map<string, Wish>();
  for (const { probeId, nodes } of probes)
    for (const node of nodes) wishes.set(`${probeId}|${node}`, { probeId, node });
  if (wishes.size > readingsMax)
    throw new PortError('too-large', `a batch of ${wishes.size} readings; at most ${readingsMax}`);
  return [...wishes.values()];
}

interface Target {
  readonly cluster: string;
  readonly name: string;
  readonly node: InventoryNode | undefined;
}

/** One node's probes one after the other; one that can't be logged in to is not tried again for the next probe. */
async function readNode(
  ports: RunProbeBatchPorts,
  clock: Clock,
  target: Target,
  wishes: readonly Wish[],
  signal: AbortSignal,
  onEntry: (entry: ProbeEntry) => void,
): Promise<readonly ProbeEntry[]> {
  const entries: ProbeEntry[] = [];
  let hopeless: string | null = null;
  for (const wish of wishes) {
    const answer: Answer =
      hopeless === null
        ? await readOne(ports, clock, target, wish.probeId, signal)
        : { entry: { ...wish, read: false, reason: hopeless, raw: null, commands: [], findings: [] }, kind: null };
    if (answer.kind !== null && loginKinds.includes(answer.kind) && !answer.entry.read) hopeless = answer.entry.reason;
    entries.push(answer.entry);
    onEntry(answer.entry);
  }
  return entries;
}

/** After these the next probe of the same node would say the same, some seconds later. */
const loginKinds: readonly PortErrorKind[] = ['denied', 'tampered'];

interface Answer {
  readonly entry: ProbeEntry;
  /** Why the node could not be talked to. */
  readonly kind: PortErrorKind | null;
}

async function readOne(
  ports: RunProbeBatchPorts,
  clock: Clock,
  { cluster, name, node }: Target,
  probeId: string,
  signal: AbortSignal,
): Promise<Answer> {
  const commands: ProbeCommand[] = [];
  const findings: Finding[] = [];
  const unread = (reason: string, kind: PortErrorKind | null = null, raw: EvidenceRef | null = null): Answer => ({
    entry: {
      probeId,
      node: name,
      read: false,
      reason: excerpt(reason),
      raw,
      commands,
      findings: findings.filter(({ role }) => role !== 'clean'),
    },
    kind,
  });
  const probe = (ports.probe ?? probeById)(probeId);
  if (probe === undefined) return unread(`no probe is called ${probeId}`);
  if (node === undefined) return unread(`${name} is not in the inventory`);
  const startedMs = clock.nowMs();
  const malformed: { readonly reason: string; readonly raw: EvidenceRef }[] = [];
  for (const given of devicesOf(probe, node)) {
    const args = probe.args.safeParse({ node: node.name, ...given });
    if (!args.success) return unread(`${probeId} needs arguments that a batch does not give`);
    const argv = probe.argv(args.data);
    let output: ProbeOutput;
    try {
      output = await ports.runner.run(node, argv, {
        timeoutMs: probe.timeoutMs,
        outputBytesMax: probe.outputBytesMax,
        signal,
      });
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      // The next device would have to be asked over the same link.
      return unread(error.message, error.kind);
    }
    const raw = await ports.evidence.put('probe-output', cluster, rawBytes(output), {
      mediaType: 'text/plain',
      signal,
    });
    try {
      const reading = probe.parse(output);
      commands.push({ argv, exitCode: output.exitCode, raw, reading });
      findings.push(
        ...probe.meaning(reading, node, args.data).map((seen) => toFinding(probe, name, seen, output, raw)),
      );
    } catch (error) {
      if (!(error instanceof ProbeParseError)) throw error;
      const device = Object.values(given).join(' ');
      const source = device === '' ? probeId : `${probeId} (${device})`;
      malformed.push({ reason: `the output of ${source} is not in the tool's format: ${error.message}`, raw });
    }
  }
  const [first] = malformed;
  if (first !== undefined) return unread(first.reason, null, first.raw);
  const elapsedMs = clock.nowMs() - startedMs;
  return { entry: { probeId, node: name, read: true, commands, findings, elapsedMs }, kind: null };
}

/** The arguments of each command of a probe on a node. */
function devicesOf(probe: Probe, node: InventoryNode): readonly Readonly<Record<string, string | number>>[] {
  const devices = probe.devices?.(node) ?? [];
  return devices.length === 0 ? [{}] : devices.slice(0, devicesMax);
}

/** Standard output comes first and unchanged, so that places in it are places in the evidence. */
function rawBytes({ stdout, stderr, exitCode }: ProbeOutput): Uint8Array {
  const trailer =
    exitCode === 0 && stderr === '' ? '' : `\n--- exit ${exitCode ?? 'by a signal'}, standard error:\n${stderr}`;
  return new TextEncoder().encode(`${stdout}${trailer}`);
}

function toFinding(probe: Probe, node: string, seen: ProbeFinding, { stdout }: ProbeOutput, raw: EvidenceRef): Finding {
  const role = probe.outcomes.find((kind) => kind.id === seen.kind)?.role;
  if (role === undefined) throw new Error(`probe ${probe.id} reported ${seen.kind}, which it does not list`);
  const range = { evidenceId: raw.id, source: `probe ${probe.id} on ${node}`, ...lineRange(stdout, seen.line) };
  const { device } = seen;
  const place = `${node}|${device?.kind ?? ''}:${device?.index ?? ''}:${device?.name ?? ''}`;
  return {
    id: findingId(seen.kind, place, range),
    kind: seen.kind,
    role,
    node,
    ...(device === undefined ? {} : { device }),
    ...(seen.atMs === undefined ? {} : { atMs: seen.atMs }),
    ...(seen.lastMs === undefined ? {} : { lastMs: seen.lastMs }),
    count: seen.count ?? 1,
    range,
    text: excerpt(seen.text),
    ...(seen.values === undefined ? {} : { values: masked(seen.values) }),
  };
}

function lineRange(stdout: string, line: number | undefined): { line?: number; byteStart: number; byteEnd: number } {
  const lines = stdout.split('\n');
  const text = line === undefined ? undefined : lines[line - 1];
  if (line === undefined || text === undefined) return { byteStart: 0, byteEnd: Buffer.byteLength(stdout) };
  const byteStart = Buffer.byteLength(lines.slice(0, line - 1).join('\n')) + (line > 1 ? 1 : 0);
  return { line, byteStart, byteEnd: byteStart + Buffer.byteLength(text) };
}

function masked(values: NonNullable<ProbeFinding['values']>): NonNullable<Finding['values']> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
}

/** Every GPU under both of its names: logs know the bus id, tools the index. */
function unify(entries: readonly ProbeEntry[], node: InventoryNode | undefined): readonly ProbeEntry[] {
  if (node === undefined) return entries;
  const aliases = node.gpus.map(({ index, pciBusId }) => ({ node: node.name, index, pciBusId }));
  return entries.map((entry) => ({ ...entry, findings: unifyDevices(entry.findings, aliases) }));
}

/** In the order in which they were asked for: the same answers are the same evidence. */
function inOrder(wishes: readonly Wish[], entries: readonly ProbeEntry[]): readonly ProbeEntry[] {
  const byWish = new Map(entries.map((entry) => [`${entry.probeId}|${entry.node}`, entry]));
  return wishes.flatMap(({ probeId, node }) => byWish.get(`${probeId}|${node}`) ?? []);
}

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
    failures: unread.slice(0, failuresShownMax).map(({ probeId, node, reason }) => ({ probeId, node, reason })),
    unread: unread.length,
    elapsedMs,
  };
}
