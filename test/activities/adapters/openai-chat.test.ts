import { afterEach, describe, expect, it } from 'vitest';
import { createOpenAiChat } from '../../../activities/adapters/openai-chat.ts';
import { BusyError, PortError, type ModelRequest } from '../../../activities/ports.ts';
import { closedAddress } from '../../support/http-server.ts';
import { startScriptedModel, type ModelMove } from '../../support/scripted-model.ts';

const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const request: ModelRequest = {
  messages: [{ role: 'user', content: 'Why? Authorization: Bearer abcdefghijklmnop' }],
  form: { name: 'diagnosis', schema: { type: 'object' } },
  seed: 7,
  temperature: 0,
  answerTokensMax: 100,
};

async function at(moves: readonly ModelMove[], options: Parameters<typeof startScriptedModel>[1] = {}) {
  const server = await startScriptedModel(moves, options);
  servers.push(server);
  return { server, client: createOpenAiChat({ url: server.url, model: 'scripted', key: null }) };
}

const asked = { timeoutMs: 1_000 };
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('a model behind an OpenAI-compatible server', () => {
  it('answers in the form, with what it cost', async () => {
    const { client, server } = await at([{ kind: 'says', text: '{}' }]);
    expect(await client.ask(request, asked)).toEqual({
      text: '{}',
      finish: 'stop',
      usage: { promptTokens: 8_000, answerTokens: 100 },
      formed: true,
      model: 'scripted-7b',
    });
    expect(server.asked[0]).toMatchObject({ formed: true, seed: 7, key: 'Bearer none' });
  });

  it('is never sent a secret', async () => {
    const { client, server } = await at([{ kind: 'says', text: '{}' }]);
    await client.ask(request, asked);
    expect(server.asked[0]?.messages[0]?.content).toBe('Why? Authorization: Bearer ****************');
  });

  it('tells that the model refused, was filtered or was cut', async () => {
    const { client } = await at([
      { kind: 'refuses', text: 'no' },
      { kind: 'says', text: '', finish: 'content_filter' },
      { kind: 'says', text: '{', finish: 'length' },
    ]);
    const finishes = [];
    for (let turn = 0; turn < 3; turn += 1) finishes.push((await client.ask(request, asked)).finish);
    expect(finishes).toEqual(['refused', 'filtered', 'length']);
  });

  it('is asked without the form once it has refused it', async () => {
    const { client, server } = await at([{ kind: 'says', text: '{}' }], { takesForm: false });
    expect(await client.ask(request, asked)).toMatchObject({ formed: false });
    expect(server.asked).toHaveLength(1);
  });

  it('says when it wants to be asked again', async () => {
    const { client } = await at([{ kind: 'status', status: 429, headers: { 'retry-after': '2' } }]);
    const error = await failure(client.ask({ ...request, form: null }, asked));
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ kind: 'unreachable', retryAfterMs: 2_000 });
  });

  it.each([
    [401, 'denied', 'check WARDROUND_MODEL_KEY'],
    [404, 'not-found', "check the URL and the model's name"],
    [413, 'refused', 'HTTP 413'],
    [500, 'unreachable', 'HTTP 500'],
  ])('answers %i: %s', async (status, kind, said) => {
    const { client } = await at([{ kind: 'status', status }]);
    const error = await failure(client.ask(request, asked));
    expect(error).toMatchObject({ kind, message: expect.stringContaining(said) });
  });

  it('is given up at its time, also when only the head of an answer came', async () => {
    const { client } = await at([{ kind: 'hangs' }]);
    expect(await failure(client.ask(request, { timeoutMs: 100 }))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no whole answer within 100 ms'),
    });
  });

  it('is not read beyond the bound', async () => {
    const { client } = await at([{ kind: 'floods', bytes: 8 * 1024 * 1024 }]);
    expect(await failure(client.ask(request, { timeoutMs: 10_000 }))).toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining('longer than 1048576 bytes'),
    });
  });

  it('is unreachable where nothing listens', async () => {
    const client = createOpenAiChat({ url: `${await closedAddress()}/v1`, model: 'm', key: null });
    expect(await failure(client.ask(request, asked))).toBeInstanceOf(PortError);
    expect(await failure(client.models(asked))).toMatchObject({ kind: 'unreachable' });
  });

  it('lists its models', async () => {
    const { client } = await at([]);
    expect(await client.models(asked)).toEqual(['scripted']);
  });

  const completion = (message: unknown, finish = 'stop', more: object = {}) => ({
    kind: 'raw' as const,
    body: JSON.stringify({ choices: [{ finish_reason: finish, message }], ...more }),
  });

  it.each<[string, unknown, string | undefined, string]>([
    ['thoughts beside an answer', { content: '{}', reasoning_content: 'hm' }, 'stop', '{}'],
    ['an answer among the thoughts', { content: null, reasoning_content: '{"a":1}' }, 'stop', '{"a":1}'],
    ['the newer name of thoughts', { content: '', reasoning: '{"a":1}' }, 'stop', '{"a":1}'],
    ['thoughts that were cut off', { content: null, reasoning_content: '{"a":1}' }, 'length', ''],
    ['thoughts that are none', { content: '{}', reasoning_content: [1] }, 'stop', '{}'],
    [
      'parts',
      {
        content: [
          { type: 'thinking', thinking: [] },
          { type: 'text', text: '{}' },
        ],
      },
      'stop',
      '{}',
    ],
    ['a call of a tool', { content: null, tool_calls: [{ function: { name: 'run' } }] }, 'tool_calls', ''],
  ])('may send %s', async (_what, message, finish, text) => {
    const { client } = await at([completion(message, finish)]);
    expect(await client.ask(request, asked)).toMatchObject({ text });
  });

  it('counts both or nothing', async () => {
    const { client } = await at([completion({ content: '{}' }, 'stop', { usage: { prompt_tokens: 7 } })]);
    expect(await client.ask(request, asked)).toMatchObject({ usage: null });
  });

  it.each([
    ['that it is busy', { error: { code: 429, message: 'SECRET' } }, 'unreachable', 'HTTP 200 with the error 429'],
    ['that it may not', { error: { code: '401', message: 'SECRET' } }, 'denied', 'check WARDROUND_MODEL_KEY'],
    ['something else', { error: { code: 'SECRET' } }, 'malformed', 'no chat completion'],
  ])('says with 200 %s', async (_what, body, kind, said) => {
    const { client } = await at([{ kind: 'raw', body: JSON.stringify(body) }]);
    const error = await failure(client.ask(request, asked));
    expect(error).toMatchObject({ kind, message: expect.stringContaining(said) });
    expect(JSON.stringify(error) + String(error)).not.toContain('SECRET');
  });

  it.each(['text/html', 'text/event-stream', 'application/octet-stream'])('answers as %s', async (type) => {
    const { client } = await at([{ ...completion({ content: '{}' }), type }]);
    expect(await failure(client.ask(request, asked))).toMatchObject({ kind: 'malformed' });
  });

  it('sends nobody to another server', async () => {
    const { client: _other, server: other } = await at([{ kind: 'says', text: '{}' }]);
    const location = `${other.url}/chat/completions`;
    const { client } = await at([{ kind: 'status', status: 307, headers: { location } }]);
    expect(await failure(client.ask({ ...request, form: null }, asked))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('HTTP 307; it names another address'),
    });
    expect(other.asked).toEqual([]);
  });

  it('has one time for a question with the form and without it', async () => {
    // Each within its time, and not both.
    const { client } = await at([{ kind: 'slow', ms: 300, text: '{}' }], { takesForm: false, refusesAfterMs: 200 });
    expect(await failure(client.ask(request, { timeoutMs: 400 }))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no whole answer within 400 ms'),
    });
  });

  it('takes a time that is no whole number', async () => {
    const { client } = await at([{ kind: 'says', text: '{}' }]);
    expect(await client.ask(request, { timeoutMs: 1_000.5 })).toMatchObject({ text: '{}' });
  });
});
