import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openOpenAiEmbedder } from '../../../activities/adapters/openai-embedder.ts';
import { closedAddress, sendJson, startHttpServer, type TestHttpServer } from '../../support/http-server.ts';

/** Answers like an embeddings server; a text such as `status 503` makes it answer so, `short` one number too few. */
let server: TestHttpServer;
interface EmbeddingsRequest {
  readonly input: readonly string[];
  readonly model: string;
  readonly encoding_format: string;
}
let requests: EmbeddingsRequest[] = [];
beforeAll(async () => {
  server = await startHttpServer(({ url, body }, response) => {
    if (url.pathname !== '/v1/embeddings') return sendJson(response, 404, { error: { message: 'no such route' } });
    const request = JSON.parse(body) as EmbeddingsRequest; // what the client under test sends
    requests.push(request);
    const status = /status (\d+)/.exec(request.input.join(' '))?.[1];
    if (status !== undefined) return sendJson(response, Number(status), { error: { message: 'as asked' } });
    if (request.model === 'nonsense') return sendJson(response, 200, { object: 'list' });
    if (request.input.includes('hang')) return; // the client has to give up
    const data = request.input.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: text === 'short' ? [1] : [text.length, index],
    }));
    sendJson(response, 200, { object: 'list', model: request.model, data: data.toReversed() });
  });
});
afterAll(() => server.stop());

const open = (model = 'test-model') => openOpenAiEmbedder({ url: `${server.url}/v1`, model, key: null });

describe('embedder behind an OpenAI-compatible server', () => {
  test('learns the dimensions from the server and returns embeddings in the order of the texts', async () => {
    const embedder = await open();
    expect(embedder).toMatchObject({ modelId: 'test-model', dimensions: 2 });
    expect(await embedder.embed(['a', 'bb', 'ccc'])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(requests.at(-1)).toMatchObject({ encoding_format: 'float', model: 'test-model' });
  });

  test('many texts go in several bounded requests', async () => {
    const embedder = await open();
    requests = [];
    const embeddings = await embedder.embed(Array.from({ length: 150 }, (_, index) => 'x'.repeat(index + 1)));
    expect(embeddings.map(([length]) => length)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    expect(requests.map(({ input }) => input.length)).toEqual([64, 64, 22]);
  });

  test.each([
    ['status 401', 'denied'],
    ['status 404', 'not-found'],
    ['status 422', 'refused'],
    ['status 429', 'unreachable'],
    ['status 503', 'unreachable'],
  ])('an answer with %s is %s, asked for once', async (text, kind) => {
    const embedder = await open();
    requests = [];
    await expect(embedder.embed([text])).rejects.toMatchObject({ name: 'PortError', kind });
    expect(requests).toHaveLength(1);
  });

  test('nonsense and embeddings of another length are malformed', async () => {
    await expect(open('nonsense')).rejects.toMatchObject({ kind: 'malformed' });
    await expect((await open()).embed(['short'])).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining('1 dimensions instead of 2'),
    });
  });

  test('a server that is away is unreachable, with its host in the message', async () => {
    const address = await closedAddress();
    const away = openOpenAiEmbedder({ url: `${address}/v1`, model: 'm', key: 'secret-key' });
    await expect(away).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(new URL(address).host),
    });
    await expect(away).rejects.toMatchObject({ message: expect.not.stringContaining('secret-key') });
  });

  test('a cancelled call ends at once and not as trouble with the server', async () => {
    const embedder = await open();
    const cancel = new AbortController();
    const call = embedder.embed(['hang'], cancel.signal);
    cancel.abort();
    await expect(call).rejects.not.toMatchObject({ name: 'PortError' });
  });
});
