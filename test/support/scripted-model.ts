import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { sendJson, startHttpServer } from './http-server.ts';

/** What the scripted model does with one question. */
export type ModelMove =
  /** Answers this text. */
  | { readonly kind: 'says'; readonly text: string; readonly finish?: string; readonly usage?: unknown }
  | { readonly kind: 'refuses'; readonly text: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** Sends these bytes as they are, with a length that promises more when it is to be cut off. */
  | { readonly kind: 'raw'; readonly body: string; readonly cut?: true; readonly type?: string }
  /** Takes this long, milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number; readonly text: string }
  /** The head of the answer at once, and the body never. */
  | { readonly kind: 'hangs' }
  /** So many bytes of answer. */
  | { readonly kind: 'floods'; readonly bytes: number };

export interface AskedModel {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly formed: boolean;
  readonly seed: number;
  readonly key: string;
}

const askedSchema = z.looseObject({
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  seed: z.number(),
  response_format: z.unknown().optional(),
});

/** An OpenAI-compatible server that answers by a script; its last move is repeated. */
export async function startScriptedModel(
  moves: readonly ModelMove[] | ((asked: AskedModel, turn: number) => ModelMove),
  options: { readonly takesForm?: boolean; readonly refusesAfterMs?: number } = {},
): Promise<{ readonly url: string; readonly asked: AskedModel[]; stop(): Promise<void> }> {
  const asked: AskedModel[] = [];
  const server = await startHttpServer(({ url, body, raw }, response) => {
    if (url.pathname === '/v1/models') return sendJson(response, 200, { object: 'list', data: [{ id: 'scripted' }] });
    const question = askedSchema.parse(JSON.parse(body));
    const formed = question.response_format !== undefined;
    if (formed && options.takesForm === false) return refuseForm(response, options.refusesAfterMs ?? 0);
    const one = {
      messages: question.messages,
      formed,
      seed: question.seed,
      key: raw.headers.authorization ?? '',
    };
    asked.push(one);
    const turn = asked.length - 1;
    const move = typeof moves === 'function' ? moves(one, turn) : (moves[turn] ?? moves.at(-1));
    if (move !== undefined) void play(move, response);
  });
  return { url: `${server.url}/v1`, asked, stop: () => server.stop() };
}

function refuseForm(response: ServerResponse, afterMs: number): void {
  const refuse = (): void => sendJson(response, 400, { error: { message: 'response_format is not supported' } });
  if (afterMs === 0) refuse();
  else setTimeout(refuse, afterMs);
}

async function play(move: ModelMove, response: ServerResponse): Promise<void> {
  switch (move.kind) {
    case 'says':
      return sendJson(response, 200, {
        ...completion({ content: move.text }, move.finish ?? 'stop'),
        ...('usage' in move ? { usage: move.usage } : {}),
      });
    case 'refuses':
      return sendJson(response, 200, completion({ content: null, refusal: move.text }, 'stop'));
    case 'status':
      response.writeHead(move.status, { 'content-type': 'application/json', ...move.headers });
      response.end(JSON.stringify(move.body ?? { error: { message: 'no' } }));
      return;
    case 'raw':
      response.writeHead(200, {
        'content-type': move.type ?? 'application/json',
        'content-length': Buffer.byteLength(move.body) + (move.cut === true ? 100 : 0),
      });
      response.write(move.body, () => (move.cut === true ? response.destroy() : response.end()));
      return;
    case 'slow':
      await sleep(move.ms);
      return sendJson(response, 200, completion({ content: move.text }, 'stop'));
    case 'hangs':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices": [');
      return;
    case 'floods': {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.on('error', () => {});
      response.write('{"choices":[{"message":{"content":"');
      const piece = 'a'.repeat(64 * 1024);
      for (let sent = 0; sent < move.bytes && !response.destroyed; sent += piece.length)
        if (!response.write(piece)) await new Promise((drained) => setTimeout(drained, 1));
      response.end('"}}]}');
    }
  }
}

function completion(message: Readonly<Record<string, unknown>>, finish: string): Readonly<Record<string, unknown>> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'scripted-7b',
    choices: [{ index: 0, finish_reason: finish, message: { role: 'assistant', ...message } }],
    // About what a question has.
    usage: { prompt_tokens: 8_000, completion_tokens: 100, total_tokens: 8_100 },
  };
}
