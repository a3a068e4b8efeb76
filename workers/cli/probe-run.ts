import pLimit from 'p-limit';
import type { z } from 'zod';
import { PortError, type ProbeRunner } from '../../activities/ports.ts';
import { redact } from '../../kb/logs/redact.ts';
import type { InventoryNode } from '../../kb/schemas/inventory.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../../kb/schemas/probe.ts';
import type { FindingRole } from '../../workflows/domain/finding.ts';
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
export type NodeReading =
  | {
      readonly node: string;
      readonly read: true;
      readonly ms: number;
      readonly reading: unknown;
      readonly findings: readonly (ProbeFinding & { readonly role: FindingRole })[];
    }
  | { readonly node: string; readonly read: false; readonly ms: number; readonly reason: string };

/** Nodes talked to at once. */
const nodesAtOnceMax = 32;

/** Runs one declared probe on nodes; a node that can't be read is an answer too. */
export async function readNodes(
  probe: Probe,
  args: unknown,
  nodes: readonly InventoryNode[],
  runner: ProbeRunner,
): Promise<readonly NodeReading[]> {
  const limit = pLimit(nodesAtOnceMax);
  const roles = new Map(probe.outcomes.map((kind) => [kind.id, kind.role]));
  const { timeoutMs, outputBytesMax } = probe;
  return Promise.all(nodes.map((node) => limit(() => readNode(node))));

  async function readNode(node: InventoryNode): Promise<NodeReading> {
    const startedAt = performance.now();
    const ms = () => Math.round(performance.now() - startedAt);
    try {
      const output = await runner.run(node, probe.argv(args), { timeoutMs, outputBytesMax });
      const reading = probe.parse(output);
      const findings = probe
        .meaning(reading, node)
        .map((finding) => ({ ...finding, text: redact(finding.text), role: roles.get(finding.kind) ?? 'context' }));
      return { node: node.name, read: true, ms: ms(), reading, findings };
    } catch (error) {
      if (!(error instanceof PortError || error instanceof ProbeParseError)) throw error;
      return { node: node.name, read: false, ms: ms(), reason: redact(error.message) };
    }
  }
}

/** Arguments as typed (`gpu=3`), checked by the probe's own schema. */
export function parseProbeArgs(probe: Probe, pairs: readonly string[]): unknown {
  const given = Object.fromEntries(pairs.map(splitPair));
  const parsed = probe.args.safeParse(given);
  if (!parsed.success) throw wrongArgs(probe, listPlaces(parsed.error));
  // A schema may drop what it does not know; a person who mistyped a name has to hear of it.
  const taken = Object.keys(parsed.data ?? {});
  const dropped = Object.keys(given).filter((name) => !taken.includes(name));
  if (dropped.length > 0) throw wrongArgs(probe, `there is no ${dropped.join(', ')}`);
  return parsed.data;
}

function wrongArgs(probe: Probe, why: string): CommandFailure {
  return new CommandFailure(
    `probe ${probe.id} does not take these arguments: ${why}`,
    'see them with `wardround probe list --json`',
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
  const rows = readings.flatMap((reading): (readonly Cell[])[] =>
    reading.read
      ? reading.findings.map((finding) => [
          reading.node,
          { text: finding.kind, style: roleStyles[finding.role] },
          finding.text,
        ])
      : [[reading.node, { text: 'not read', style: 'magenta' }, reading.reason]],
  );
  return renderTable(terminal, ['NODE', 'FINDING', 'WHAT IT SAYS'], rows);
}

const roleStyles: Readonly<Record<FindingRole, Style>> = {
  cause: 'red',
  symptom: 'yellow',
  context: 'reset',
  clean: 'green',
};

function splitPair(pair: string): readonly [name: string, value: unknown] {
  const equals = pair.indexOf('=');
  if (equals < 1)
    throw new CommandFailure(`--arg takes name=value, not "${pair}"`, 'for example --arg gpu=3', {
      exitCode: exitCodes.usage,
    });
  return [pair.slice(0, equals), scalar(pair.slice(equals + 1))];
}

/** Numbers and booleans as such; everything else is text. */
function scalar(text: string): unknown {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

function listPlaces(error: z.ZodError): string {
  return placesOf(error)
    .map(({ pointer, detail }) => `${pointer.slice(2) || 'all'}: ${detail}`)
    .join('; ');
}
