import { z } from 'zod';
import { wallDuration } from '../../../kb/schemas/inventory.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../../../workflows/domain/phase-data.ts';
import { getJson } from '../../json-evidence.ts';
import { ConnectError, PortError, type ProbeAnswer, type ProbeRunner } from '../../ports.ts';
import { OverdueError } from '../../probe-batch/overdue.ts';
import { outputOf } from '../../probe-batch/raw-output.ts';
import { createRunProbeBatch } from '../../run-probe-batch.ts';
import { evidenceRefSchema } from '../manifest.ts';
import type { RecordedWorld } from './world.ts';

const cut = z.enum(['too-large', 'deadline', 'lost']).optional();
const answer = z.looseObject({ exitCode: z.int().nullable(), raw: evidenceRefSchema, cut });
type Answer = z.infer<typeof answer>;
const command = answer.extend({
  argv: z.array(z.string()),
  again: answer.extend({ betweenMs: z.number() }).optional(),
});
const entriesSchema = z.array(
  z.looseObject({
    probeId: z.string(),
    node: z.string(),
    read: z.boolean(),
    reason: z.string().optional(),
    raw: evidenceRefSchema.nullable().optional(),
    unreachable: evidenceRefSchema.optional(),
    overdue: z.literal(true).optional(),
    commands: z.array(command).optional(),
  }),
);
type Entry = z.infer<typeof entriesSchema>[number];

/** Parses and judges the recorded outputs again; what could not be read then is not read now. */
export async function deriveProbeBatch(
  world: RecordedWorld,
  { msMax: _time, ...input }: ProbeBatchInput,
  recorded: ProbeBatchResult,
  probe?: (id: string) => Probe | undefined,
): Promise<ProbeBatchResult> {
  const entries = await getJson(world.evidence, recorded.results, entriesSchema);
  const clock = world.inventories.get(input.key.cluster)?.clock;
  const toWallMs = (clusterMs: number) => (clock === undefined ? clusterMs : wallDuration(clock, clusterMs));
  return createRunProbeBatch({
    runner: recordedRunner(world, entries, toWallMs),
    evidence: world.evidence,
    inventories: world.inventories,
    clock: { nowMs: () => 0 },
    pause: async () => {},
    shares: false,
    bothSides: false,
    ...(probe === undefined ? {} : { probe }),
  })(input);
}

/** Answers each command as the node did, the first time and the second. */
function recordedRunner(
  world: RecordedWorld,
  entries: readonly Entry[],
  toWallMs: (clusterMs: number) => number,
): ProbeRunner {
  const byPlace = new Map(entries.map((entry) => [`${entry.probeId} ${entry.node}`, entry]));
  const asked = new Map<string, number>();
  const answerOf = async (one: Answer, sentAtMs: number): Promise<ProbeAnswer> => ({
    ...outputOf(await world.evidence.get(one.raw), one.exitCode),
    ...(one.cut === undefined ? {} : { cut: one.cut }),
    sentAtMs,
  });
  return {
    async run({ name }, argv, { about = { node: name, probeId: '' } }) {
      const place = `${about.probeId} ${about.node}`;
      const entry = byPlace.get(place);
      const question = JSON.stringify([place, ...argv]);
      const times = asked.get(question) ?? 0;
      asked.set(question, times + 1);
      const found = entry?.commands?.find((one) => sameWords(one.argv, argv));
      if (found !== undefined && times === 0) return answerOf(found, 0);
      if (found?.again !== undefined && times === 1) return answerOf(found.again, toWallMs(found.again.betweenMs));
      if (entry === undefined || entry.read)
        throw new PortError('not-found', `no output of ${argv.join(' ')} for ${about.node} is recorded`);
      if (entry.raw) return { ...outputOf(await world.evidence.get(entry.raw), null), sentAtMs: 0 };
      const why = entry.reason ?? 'not read';
      if (entry.overdue === true) throw new OverdueError(why);
      throw entry.unreachable === undefined ? new PortError('unreachable', why) : new ConnectError('unreachable', why);
    },
  };
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
