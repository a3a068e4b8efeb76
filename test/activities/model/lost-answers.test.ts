import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, describe, expect, it } from 'vitest';
import { exchangeSchema } from '../../../activities/model/exchange.ts';
import { getJson } from '../../../activities/json-evidence.ts';
import type { AskModelInput, AskModelResult } from '../../../workflows/domain/model-data.ts';
import { closedAddress } from '../../support/http-server.ts';
import { startScriptedModel, type ModelMove } from '../../support/scripted-model.ts';
import { askModelAt, honest, memoryAnswers, modelCase } from './model-case.ts';

/* What is asked and never answered is paid for: by the next attempt, and where there is none, by the incident. */

const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function scripted(moves: readonly ModelMove[]) {
  const server = await startScriptedModel(moves);
  servers.push(server);
  return server;
}

interface Attempt {
  readonly result: AskModelResult | null;
  readonly error: unknown;
  /** What it said of its spending, in order. */
  readonly beats: readonly { readonly tokens: number }[];
}

/** One attempt, after one whose last heartbeat was this. */
async function attempt(
  ask: (input: AskModelInput) => Promise<AskModelResult>,
  input: AskModelInput,
  heartbeatDetails?: unknown,
): Promise<Attempt> {
  const info = { startToCloseTimeoutMs: 120_000, scheduleToCloseTimeoutMs: 120_000, heartbeatDetails };
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  const beats: { readonly tokens: number }[] = [];
  environment.on('heartbeat', (details: { readonly tokens: number }) => beats.push(details));
  try {
    return { result: await environment.run(ask, input), error: null, beats };
  } catch (error) {
    return { result: null, error, beats };
  }
}

const says = (text: string): ModelMove => ({ kind: 'says', text });
const hangs: ModelMove = { kind: 'hangs' };

describe('a question to which no answer came', () => {
  it.each<[string, ModelMove]>([
    ['was not answered in time', hangs],
    ['was answered with nonsense', { kind: 'raw', body: '{}' }],
    ['was answered with half a body', { kind: 'raw', body: '{"choices": [', cut: true }],
    ['ended in an error of the server', { kind: 'status', status: 500 }],
  ])('%s: its tokens stand in the failure and in the heartbeat', async (_name, move) => {
    const world = await modelCase();
    const server = await scripted([move]);
    const { error, beats } = await attempt(await askModelAt(server.url, world, { timeoutMs: 300 }), world.input);
    const [asked] = beats;
    expect(asked?.tokens).toBeGreaterThan(1_000);
    expect(beats.at(-1)).toEqual(asked);
    expect(error).toMatchObject({ details: [{ tokens: asked?.tokens, seconds: 0, cost: 0 }] });
  });

  it.each<[string, ModelMove]>([
    ['is busy', { kind: 'status', status: 429 }],
    ['refuses the key', { kind: 'status', status: 401 }],
    ['does not know the model', { kind: 'status', status: 404 }],
  ])('costs nothing where the server %s', async (_name, move) => {
    const world = await modelCase();
    const server = await scripted([move]);
    const { error, beats } = await attempt(await askModelAt(server.url, world), world.input);
    expect(error).toMatchObject({ details: undefined });
    expect(beats.at(-1)).toMatchObject({ tokens: 0 });
  });

  it('costs nothing where there is no server', async () => {
    const world = await modelCase();
    const { error } = await attempt(await askModelAt(`${await closedAddress()}/v1`, world), world.input);
    expect(error).toMatchObject({ message: expect.stringContaining('cannot be reached'), details: undefined });
  });

  it('is what the next attempts have less, until nothing is left', async () => {
    const world = await modelCase();
    const server = await scripted([hangs]);
    const ask = await askModelAt(server.url, world, { timeoutMs: 100 });
    const first = await attempt(ask, world.input);
    const prompt = first.beats[0]?.tokens ?? 0;
    // Two questions and one answer of the least length: a third question would go beyond it.
    const input = { ...world.input, budget: { ...world.input.budget, tokensMax: 2 * prompt + 500 } };
    let beat: unknown;
    const attempts: Attempt[] = [];
    for (let number = 1; number <= 5; number += 1) {
      const one = await attempt(ask, input, beat);
      attempts.push(one);
      beat = one.beats.at(-1) ?? beat;
    }
    expect(server.asked).toHaveLength(1 + 2);
    const isExhausted = attempts.map(({ result }) => result?.degraded?.includes('budget for the model is exhausted'));
    expect(isExhausted).toEqual([undefined, undefined, true, true, true]);
    expect(attempts[2]?.result?.spent.tokens).toBe(2 * prompt);
  });

  it('is counted in the exchange of the attempt that is answered', async () => {
    const world = await modelCase();
    const server = await scripted([hangs, says(honest)]);
    const ask = await askModelAt(server.url, world, { timeoutMs: 1_000 });
    const first = await attempt(ask, world.input);
    const { result } = await attempt(ask, world.input, first.beats.at(-1));
    const lost = first.beats[0]?.tokens ?? 0;
    expect(result?.spent.tokens).toBe(lost + 8_100);
    if (result === null || result.exchange === null) throw new Error('stored');
    expect(await getJson(world.evidence, result.exchange, exchangeSchema)).toMatchObject({
      spentBefore: { tokens: lost },
      spent: { tokens: lost + 8_100 },
    });
  });

  it('is counted beside the answer that it was to repair', async () => {
    const world = await modelCase();
    const server = await scripted([says('no JSON'), { kind: 'status', status: 500 }]);
    const { result } = await attempt(await askModelAt(server.url, world), world.input);
    if (result === null || result.exchange === null) throw new Error('stored');
    const { unanswered } = await getJson(world.evidence, result.exchange, exchangeSchema);
    expect(unanswered).toMatchObject([{ repairs: true }]);
    expect(result.spent.tokens).toBe(8_100 + (unanswered?.[0]?.promptTokens ?? 0));
  });

  it('leaves fewer answers to a vote that it was part of', async () => {
    const world = await modelCase();
    const server = await scripted([says('no JSON'), { kind: 'status', status: 500 }, says(honest)]);
    const prompt = (
      await attempt(await askModelAt((await scripted([hangs])).url, world, { timeoutMs: 100 }), world.input)
    ).beats[0]?.tokens;
    // What the server says it has used (8,100) and the lost repair leave no second answer.
    const budget = { tokensMax: 8_100 + 2 * (prompt ?? 0), secondsMax: 30, costMax: null, answers: 2 };
    const { result } = await attempt(await askModelAt(server.url, world), { ...world.input, budget });
    expect(server.asked).toHaveLength(2);
    expect(result?.degraded).toContain('could not be used');
    expect(result?.spent.tokens).toBeLessThanOrEqual(budget.tokensMax);
  });
});

it('an answer that a lost attempt had recorded is found, and paid for once', async () => {
  const world = await modelCase();
  const server = await scripted([says(honest)]);
  const answers = memoryAnswers();
  const ask = await askModelAt(server.url, world, { answers });
  const first = await attempt(ask, world.input);
  const second = await attempt(ask, world.input, first.beats.at(-1));
  expect(second.result).toEqual(first.result);
  expect(server.asked).toHaveLength(1);
});
