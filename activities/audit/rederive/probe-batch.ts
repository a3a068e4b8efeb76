import { z } from 'zod';
import type { ProbeOutput } from '../../../kb/schemas/probe.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../../../workflows/domain/phase-data.ts';
import { getJson } from '../../json-evidence.ts';
import { PortError, type ProbeRunner } from '../../ports.ts';
import { createRunProbeBatch } from '../../run-probe-batch.ts';
import { evidenceRefSchema } from '../manifest.ts';
import type { RecordedWorld } from './world.ts';

const command = z.looseObject({ argv: z.array(z.string()), exitCode: z.int().nullable(), raw: evidenceRefSchema });
const entriesSchema = z.array(
  z.looseObject({
    node: z.string(),
    read: z.boolean(),
    reason: z.string().optional(),
    raw: evidenceRefSchema.nullable().optional(),
    commands: z.array(command).optional(),
  }),
);
type Entry = z.infer<typeof entriesSchema>[number];

/** Parses and judges the recorded outputs again; what could not be read then is not read now. */
export async function deriveProbeBatch(
  world: RecordedWorld,
  input: ProbeBatchInput,
  recorded: ProbeBatchResult,
): Promise<ProbeBatchResult> {
  const entries = await getJson(world.evidence, recorded.results, entriesSchema);
  const runner = recordedRunner(world, entries);
  const clock = { nowMs: () => 0 };
  return createRunProbeBatch({ runner, evidence: world.evidence, inventories: world.inventories, clock })(input);
}

/** Answers each command as the node did. */
function recordedRunner(world: RecordedWorld, entries: readonly Entry[]): ProbeRunner {
  const unread = Map.groupBy(
    entries.filter(({ read }) => !read),
    ({ node }) => node,
  );
  return {
    async run({ name }, argv) {
      for (const entry of entries) {
        const found = entry.node === name ? entry.commands?.find((one) => sameWords(one.argv, argv)) : undefined;
        if (found !== undefined) return outputOf(await world.evidence.get(found.raw), found.exitCode);
      }
      const [entry, ...later] = unread.get(name) ?? [];
      if (entry === undefined)
        throw new PortError('not-found', `no output of ${argv.join(' ')} on ${name} is recorded`);
      unread.set(name, later);
      if (entry.raw) return outputOf(await world.evidence.get(entry.raw), null);
      throw new PortError('unreachable', entry.reason ?? 'not read');
    },
  };
}

// As `rawBytes` in run-probe-batch.ts writes it after the output.
const trailer = /\n--- exit (\d+|by a signal), standard error:\n([\s\S]*)$/;

function outputOf(raw: Uint8Array, exitCode: number | null): ProbeOutput {
  const text = new TextDecoder().decode(raw);
  const found = trailer.exec(text);
  if (found === null) return { stdout: text, stderr: '', exitCode: exitCode ?? 0 };
  const said = found[1] === 'by a signal' ? null : Number(found[1]);
  return { stdout: text.slice(0, found.index), stderr: found[2] ?? '', exitCode: said };
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
