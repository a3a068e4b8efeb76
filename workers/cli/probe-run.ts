import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { EvidenceStore, ProbeCut, ProbeRunner } from '../../activities/ports.ts';
import { steadyClock } from '../../activities/steady-clock.ts';
import { readBatch } from '../../activities/probe-batch/read-batch.ts';
import type { Judged } from '../../activities/probe-batch/judge.ts';
import type { ProbeArguments } from '../../activities/probe-batch/wishes.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { Probe } from '../../kb/schemas/probe.ts';
import type { Device, FindingRole } from '../../workflows/domain/finding.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { placesOf } from '../api/problem.ts';
import {
  CommandFailure,
  exitCodes,
  renderJson,
  renderTable,
  type Cell,
  type ExitCode,
  type Style,
  type Terminal,
} from './output.ts';

/** What one node answered. */
export interface NodeReading {
  readonly node: string;
  readonly read: boolean;
  readonly ms: number;
  /** Of a node that was not read. */
  readonly reason?: string;
  readonly cut?: ProbeCut;
  /** Of a probe with one command on the node; with several, a list in the order of the commands. */
  readonly reading?: unknown;
  readonly findings: readonly SaidFinding[];
}

interface SaidFinding {
  readonly kind: string;
  readonly role: FindingRole;
  readonly text: string;
  readonly device?: Device;
  readonly values?: Readonly<Record<string, number | string>>;
}

export interface ReadNodes {
  readonly probe: Probe;
  /** Instead of the devices that the inventory lists. */
  readonly args: ProbeArguments | null;
  readonly inventory: Inventory;
  readonly nodes: readonly string[];
  readonly runner: ProbeRunner;
  readonly load: boolean;
  readonly signal: AbortSignal;
  readonly onRead?: () => void;
}

/** Runs one declared probe on nodes as an incident would; a node that can't be read is an answer too. */
export async function readNodes(wanted: ReadNodes): Promise<readonly NodeReading[]> {
  const { probe, args, inventory, nodes, runner, load, signal, onRead } = wanted;
  const judged = await readBatch(
    {
      runner,
      evidence: forgotten,
      clock: steadyClock,
      inventory,
      probe: (id) => (id === probe.id ? probe : undefined),
      pause: (ms, until) => sleep(ms, undefined, { signal: until }),
      load,
      shares: true,
      signal,
      ...(onRead === undefined ? {} : { onRead }),
    },
    nodes.map((node) => ({ probeId: probe.id, node, ...(args === null ? {} : { args }) })),
  );
  return judged.map(readingOf);
}

function readingOf({ entry, elapsedMs }: Judged): NodeReading {
  const readings = entry.commands.map(({ reading }) => reading);
  return {
    node: entry.node,
    read: entry.read,
    ms: Math.round(elapsedMs),
    ...(entry.read ? {} : { reason: entry.reason }),
    ...(entry.read || entry.cut === undefined ? {} : { cut: entry.cut }),
    ...(readings.length === 0 ? {} : { reading: readings.length === 1 ? readings[0] : readings }),
    findings: entry.findings.map(({ kind, role, text, device, values }) => ({
      kind,
      role,
      text,
      ...(device === undefined ? {} : { device }),
      ...(values === undefined ? {} : { values }),
    })),
  };
}

/** Nothing is kept of what a person looked at. */
export const forgotten: EvidenceStore = {
  async put(kind, _cluster, bytes) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { id: `ev_${sha256.slice(0, 24)}`, kind, bucket: '', key: sha256, sha256, bytes: bytes.length };
  },
  get: () => Promise.reject(new Error('what was not kept cannot be read')),
};

/** Arguments as typed (`gpu=3`), checked by the probe's own schema. `null`: none were typed. */
export function parseProbeArgs(probe: Probe, pairs: readonly string[]): ProbeArguments | null {
  if (pairs.length === 0 && (probe.devices !== undefined || probe.via === 'management')) return null;
  const given = Object.fromEntries(pairs.map(splitPair));
  const parsed = probe.args.safeParse(given);
  // The node's own name is put in for each node.
  const missing = parsed.success ? [] : parsed.error.issues.filter(({ path }) => path[0] !== 'node' || 'node' in given);
  if (!parsed.success && missing.length > 0) throw wrongArgs(probe, listPlaces(parsed.error));
  // A schema may drop what it does not know; a person who mistyped a name has to hear of it.
  const taken = parsed.success ? Object.keys(parsed.data ?? {}) : Object.keys(given);
  const dropped = Object.keys(given).filter((name) => !taken.includes(name));
  if (dropped.length > 0) throw wrongArgs(probe, `there is no ${dropped.join(', ')}`);
  return pairs.length === 0 ? null : given;
}

function wrongArgs(probe: Probe, why: string): CommandFailure {
  return new CommandFailure(
    `probe ${probe.id} does not take these arguments: ${why}`,
    `see them with \`wardround probe show ${probe.id}\``,
    {
      exitCode: exitCodes.usage,
    },
  );
}

export async function printReadings(
  terminal: Terminal,
  probe: Probe,
  readings: readonly NodeReading[],
  json: boolean,
): Promise<ExitCode> {
  terminal.out(json ? renderJson({ probe: probe.id, nodes: readings }) : await asTable(terminal, readings));
  const unread = readings.filter((reading) => !reading.read).length;
  if (unread === 0) return exitCodes.done;
  return unread === readings.length ? exitCodes.failed : exitCodes.notProven;
}

function asTable(terminal: Terminal, readings: readonly NodeReading[]): Promise<string> {
  const rows = readings.flatMap(({ node, read, cut, reason = '', findings }): (readonly Cell[])[] => [
    ...findings.map(({ kind, role, text }) => [node, { text: kind, style: roleStyles[role] }, text]),
    ...(read ? [] : [[node, { text: cut === undefined ? 'not read' : 'cut', style: 'magenta' as const }, reason]]),
  ]);
  return renderTable(terminal, ['NODE', 'FINDING', 'WHAT IT SAYS'], rows);
}

const roleStyles: Readonly<Record<FindingRole, Style>> = {
  cause: 'red',
  symptom: 'yellow',
  context: 'reset',
  clean: 'green',
};

function splitPair(pair: string): readonly [name: string, value: string | number] {
  const equals = pair.indexOf('=');
  if (equals < 1)
    throw new CommandFailure(`--arg takes name=value, not "${pair}"`, 'for example --arg gpu=3', {
      exitCode: exitCodes.usage,
    });
  return [pair.slice(0, equals), scalar(pair.slice(equals + 1))];
}

/** Numbers as such; everything else is text. */
function scalar(text: string): string | number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function listPlaces(error: z.ZodError): string {
  return placesOf(error)
    .map(({ pointer, detail }) => `${pointer.slice(2) || 'all'}: ${detail}`)
    .join('; ');
}
