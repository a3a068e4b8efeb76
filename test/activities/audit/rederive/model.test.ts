import { afterEach, describe, expect, it } from 'vitest';
import { differences } from '../../../../activities/audit/rederive/compare.ts';
import { derivations } from '../../../../activities/audit/rederive/derivations.ts';
import type { RecordedWorld } from '../../../../activities/audit/rederive/world.ts';
import { inActivity } from '../../../../activities/audit/rederive/in-activity.ts';
import { putJson } from '../../../../activities/json-evidence.ts';
import { createRunWishedProgram } from '../../../../activities/run-wished-program.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import type { AskModelInput } from '../../../../workflows/domain/model-data.ts';
import { startScriptedModel, type ModelMove } from '../../../support/scripted-model.ts';
import { askModelAt, honest, modelCase } from '../../model/model-case.ts';
import { runActivity } from '../../run-activity.ts';

let stop: () => Promise<void> = async () => {};
afterEach(() => stop());

/** `before`: the last heartbeat of an attempt that was lost. */
async function asked(moves: readonly ModelMove[], more: Partial<AskModelInput> = {}, before?: unknown) {
  const world = await modelCase(more);
  const server = await startScriptedModel(moves);
  stop = () => server.stop();
  const recorded = await runActivity(await askModelAt(server.url, world), world.input, 2, { heartbeatDetails: before });
  await server.stop();
  stop = async () => {};
  const bytesOf = (sha256: string) =>
    [...world.evidence.objects].find(([key]) => key.endsWith(`/${sha256}`))?.[1] ?? null;
  const archive: RecordedWorld = {
    evidence: world.evidence,
    logs: world.logs,
    knowledge,
    inventories: new Map(),
    bytesOf,
  };
  return { world, recorded, archive };
}

async function derive(archive: RecordedWorld, input: unknown, recorded: unknown, type = 'askModel') {
  const derivation = derivations[type];
  if (derivation === undefined) throw new Error(`${type} is derived`);
  const at = { type, attempt: 1, scheduledAtMs: 0 };
  const record = { ...at, input: [input] } as unknown as Parameters<typeof derivation.derive>[1]; // as much as it reads
  const derived = await inActivity(at, () => derivation.derive(archive, record, recorded));
  return differences(recorded, derived, {
    bytesOf: archive.bytesOf,
    ...(derivation.measured === undefined ? {} : { measured: derivation.measured }),
  });
}

describe('the audit of a question to the model', () => {
  const says = (text: string): ModelMove => ({ kind: 'says', text });

  it.each([
    ['an honest answer', [says(honest)], {}],
    ['a repaired answer', [says('no JSON'), says(honest)], {}],
    ['no usable answer', [says('no JSON')], {}],
    ['a refusal', [{ kind: 'refuses', text: 'no' }], {}],
    ['a repair that failed', [says('no JSON'), { kind: 'status', status: 500 }], {}],
    ['three answers', [says(honest)], { budget: { tokensMax: 90_000, secondsMax: 30, costMax: null, answers: 3 } }],
    [
      'three answers of which the last did not come',
      [says(honest), says(honest), { kind: 'status', status: 500 }],
      { budget: { tokensMax: 90_000, secondsMax: 30, costMax: null, answers: 3 } },
    ],
    ['an exhausted budget', [says(honest)], { budget: { tokensMax: 10, secondsMax: 30, costMax: null, answers: 1 } }],
  ] satisfies [string, ModelMove[], Partial<AskModelInput>][])(
    'finds the same again for %s, without a server',
    async (_name, moves, more) => {
      const { archive, world, recorded } = await asked(moves, more);
      expect(await derive(archive, world.input, recorded)).toEqual([]);
    },
  );

  it('finds the same again where an earlier attempt had asked in vain', async () => {
    const budget = { tokensMax: 40_000, secondsMax: 30, costMax: null, answers: 1 };
    const { archive, world, recorded } = await asked([says(honest)], { budget }, { tokens: 20_000, cost: 0 });
    expect(recorded.spent.tokens).toBe(28_100);
    expect(await derive(archive, world.input, recorded)).toEqual([]);
  });

  it('shows a recorded opinion that does not follow from the recorded answer', async () => {
    const { archive, world, recorded } = await asked([says(honest)]);
    if (recorded.exchange === null) throw new Error('stored');
    const exchange = JSON.parse(new TextDecoder().decode(await world.evidence.get(recorded.exchange)));
    exchange.opinion.hypotheses[0].category = 'disk-full';
    const forged = { ...recorded, exchange: await putJson(world.evidence, 'model-exchange', 'site-a', exchange) };
    const found = await derive(archive, world.input, forged);
    expect(found[0]?.field).toContain('opinion.hypotheses[0].category');
  });
});

describe('the audit of a program of the model', () => {
  const entry = { probeId: 'gpu.clocks', node: 'node-07', commands: [{ reading: [{ mhz: 210 }] }], findings: [] };
  const withProgram = (program: string) => {
    const analysis = { program, probeIds: ['gpu.clocks'], why: 'x' };
    return JSON.stringify({ ...JSON.parse(honest), analysis });
  };

  async function ran(program: string) {
    // A program may be about a probe that the same answer asks for.
    const said = withProgram(program).replace('"gpu.presence"', '"gpu.clocks"');
    const { world, recorded, archive } = await asked([{ kind: 'says', text: said }]);
    if (recorded.exchange === null) throw new Error('stored');
    const results = [await putJson(world.evidence, 'probe-results', 'site-a', [entry])];
    const input = { key: world.input.key, exchange: recorded.exchange, results };
    const result = await runActivity(createRunWishedProgram({ evidence: world.evidence }), input);
    return { archive, input, result, world };
  }

  it.each([
    ['that finds something', `function analyse() { return [{ kind: 'analysis.normal', sentence: 'x' }] }`],
    ['that fails', 'function analyse() { throw new Error("no") }'],
    ['that never ends', 'function analyse() { for (;;) {} }'],
  ])('runs one %s again and finds the same', async (_what, program) => {
    const { archive, input, result } = await ran(program);
    expect(await derive(archive, input, result, 'runWishedProgram')).toEqual([]);
  });

  it('shows a recorded finding that the program does not make', async () => {
    const { archive, input, result } = await ran('function analyse() { return [] }');
    const forged = { ...result, found: 1, notable: [{ kind: 'analysis.outlier', node: 'node-07' }] };
    const found = await derive(archive, input, forged, 'runWishedProgram');
    expect(found.map(({ field }) => field)).toContain('found');
  });

  it('takes what a deadline cut off as it was recorded', async () => {
    const { archive, input, result, world } = await ran('function analyse() { return [] }');
    const cutOff = { refusal: { kind: 'too-slow', message: 'x' } };
    const recorded = {
      ...result,
      analysis: await putJson(world.evidence, 'analysis', 'site-a', cutOff),
      refused: 'it ran too long and was stopped',
    };
    expect(await derive(archive, input, recorded, 'runWishedProgram')).toEqual([]);
  });
});
