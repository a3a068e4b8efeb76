import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { z } from 'zod';
import { redact } from '../../kb/logs/redact.ts';
import {
  BusyError,
  PortError,
  UnansweredError,
  type ModelClient,
  type ModelFinish,
  type ModelReply,
  type ModelRequest,
} from '../ports.ts';
import { boundedFetch, ReplyTooLargeError } from './bounded-fetch.ts';

export interface OpenAiChatSettings {
  /** Up to and with the version: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key: string | null;
}

/**
 * A language model behind any server of OpenAI's Chat Completions (vLLM, llama.cpp, Ollama, hosted ones). What is sent
 * is redacted here once more, whoever asks. Nothing is repeated: the activity's retry policy does the waiting.
 */
export function createOpenAiChat(settings: OpenAiChatSettings): ModelClient {
  const { host } = new URL(settings.url);
  const what = `model ${settings.model} at ${host}`;
  const client = new OpenAI({
    baseURL: settings.url,
    apiKey: settings.key ?? 'none', // required by the client, ignored by servers without keys
    maxRetries: 0,
    fetch: boundedFetch(replyBytesMax),
    // A prompt is for the server that was configured, not for one that it names.
    fetchOptions: { redirect: 'manual' },
  });
  // A server that refused the form once is not asked with it again.
  let takesForm = true;

  async function send(request: ModelRequest, formed: boolean, options: CallOptions): Promise<ModelReply> {
    const { form } = request;
    const answer: unknown = await client.chat.completions.create(
      {
        model: settings.model,
        messages: request.messages.map(({ role, content }) => ({ role, content: redact(content) })),
        seed: request.seed,
        temperature: request.temperature,
        // Servers that are run by oneself know this name, not all of them the newer one.
        max_tokens: request.answerTokensMax,
        ...(form === null || !formed
          ? {}
          : {
              response_format: {
                type: 'json_schema',
                json_schema: { name: form.name, schema: { ...form.schema }, strict: true },
              },
            }),
      },
      requestOptions(options),
    );
    return readReply(answer, formed && form !== null, what);
  }

  return {
    model: settings.model,
    host,
    async ask(request, options) {
      const startedMs = performance.now();
      const formed = takesForm && request.form !== null;
      try {
        return await send(request, formed, options);
      } catch (error) {
        if (!formed || !refusesForm(error)) throw portError(what, error, options);
      }
      try {
        // Both are one question to the caller, and have one time.
        const timeoutMs = Math.max(1, Math.floor(options.timeoutMs - (performance.now() - startedMs)));
        const reply = await send(request, false, { ...options, timeoutMs });
        takesForm = false;
        return reply;
      } catch (error) {
        throw portError(what, error, options);
      }
    },
    async models(options) {
      try {
        const page: unknown = await client.models.list(requestOptions(options));
        return modelsSchema.parse(page).data.map(({ id }) => id);
      } catch (error) {
        throw portError(`the model server at ${host}`, error, options);
      }
    },
  };
}

interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

// An answer of 8,000 tokens is about 40 kB, and some servers add as much of their own.
const replyBytesMax = 1024 * 1024;

function requestOptions({ timeoutMs, signal }: CallOptions): { timeout: number; signal: AbortSignal } {
  const timeout = Math.max(1, Math.floor(timeoutMs)); // the client takes whole numbers alone
  const late = AbortSignal.timeout(timeout);
  // The client's own time-out ends with the head of the answer; a body may come for ever.
  return { timeout, signal: signal === undefined ? late : AbortSignal.any([signal, late]) };
}

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).max(10_000) });

const partSchema = z.object({ type: z.string(), text: z.string().optional() });

// The types of the client promise more than the wire does.
const replySchema = z.object({
  model: z.string().nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          /** Some servers send a list of parts, of which thoughts are one kind. */
          content: z.union([z.string(), z.array(partSchema)]).nullish(),
          refusal: z.string().nullish(),
          /** Thoughts, as vLLM, llama.cpp and others name them. */
          reasoning_content: z.string().nullish().catch(null),
          reasoning: z.string().nullish().catch(null),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish().catch(null),
});
type Message = z.infer<typeof replySchema>['choices'][number]['message'];

/** How some servers say 429 or 503, with 200. */
const errorSchema = z.object({ error: z.object({ code: z.coerce.number().int().min(400).max(599) }) });

function readReply(answer: unknown, formed: boolean, what: string): ModelReply {
  const read = replySchema.safeParse(answer);
  const choice = read.data?.choices[0];
  if (!read.success || choice === undefined) {
    const error = errorSchema.safeParse(answer);
    if (error.success) throw statusError(`${what}: HTTP 200 with the error`, error.data.error.code, null);
    throw new UnansweredError('malformed', `${what}: the answer is no chat completion`);
  }
  const { usage, model } = read.data;
  const { refusal } = choice.message;
  const refused = typeof refusal === 'string' && refusal !== '';
  return {
    text: textOf(choice.message, choice.finish_reason),
    finish: refused ? 'refused' : finishOf(choice.finish_reason),
    usage: usage ? { promptTokens: usage.prompt_tokens, answerTokens: usage.completion_tokens } : null,
    formed,
    model: model ?? null,
  };
}

/**
 * What the model said. Where a server takes a whole answer for a thought, that is it: vLLM does so where the form holds
 * the model from its first token on (https://github.com/vllm-project/vllm/issues/19222).
 */
function textOf({ content, reasoning_content, reasoning }: Message, finish: string | null | undefined): string {
  const said =
    typeof content === 'string'
      ? content
      : (content ?? []).map(({ type, text = '' }) => (type === 'text' ? text : '')).join('');
  if (said.trim() !== '' || finish !== 'stop') return said;
  return reasoning_content ?? reasoning ?? '';
}

function finishOf(reason: string | null | undefined): ModelFinish {
  switch (reason) {
    case 'stop':
    case 'length':
      return reason;
    case 'content_filter':
      return 'filtered';
    default:
      return 'other';
  }
}

/** 400 and 422 are how servers refuse a field or a form; some answer 500 or 501 and name it. */
function refusesForm(error: unknown): boolean {
  if (!(error instanceof APIError)) return false;
  const status = Number(error.status ?? 0);
  if (status === 400 || status === 422 || status === 501) return true;
  return status >= 500 && /response_format|json_schema|grammar|schema/i.test(error.message);
}

/** Without a cause: what a server says of a refused request may quote it, and failures stand in histories. */
function portError(what: string, error: unknown, { signal, timeoutMs }: CallOptions): unknown {
  if (signal?.aborted === true) return error;
  if (error instanceof PortError) return error;
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError || isTimeout(error))
    return new UnansweredError('unreachable', `${what}: no whole answer within ${timeoutMs} ms`);
  if (within(error, (one) => one instanceof ReplyTooLargeError))
    return new UnansweredError('malformed', `${what}: the answer is longer than ${replyBytesMax} bytes`);
  if (error instanceof APIConnectionError)
    return within(error, isUnsent)
      ? new PortError('unreachable', `${what}: the server cannot be reached`)
      : new UnansweredError('unreachable', `${what}: the connection was lost before an answer came`);
  // A body that is cut off, or is no JSON though it says so.
  if (!(error instanceof APIError)) return new UnansweredError('malformed', `${what}: the answer cannot be read`);
  const status = Number(error.status ?? 0);
  return statusError(`${what}: HTTP`, status, retryAfterMs(error));
}

function statusError(before: string, status: number, waitMs: number | null): PortError {
  const said = `${before} ${status}`;
  if (status >= 300 && status < 400)
    return new PortError('refused', `${said}; it names another address, which is not asked`);
  if (status === 401 || status === 403) return new PortError('denied', `${said}; check WARDROUND_MODEL_KEY`);
  if (status === 404) return new PortError('not-found', `${said}; check the URL and the model's name`);
  if (status === 400 || status === 413)
    return new PortError('refused', `${said}; the question may be longer than the model takes`);
  if (status === 429 || status === 503) return new BusyError(said, waitMs);
  if (status === 408 || status >= 500) return new UnansweredError('unreachable', said);
  return new PortError('refused', said);
}

function isTimeout(error: unknown): boolean {
  return within(error, (one) => one instanceof Error && (one.name === 'TimeoutError' || one.name === 'AbortError'));
}

// No connection came about, so nothing was sent (Node's and undici's codes).
const unsentCodes = [
  ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'],
  ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_INVALID_ARG'],
].flat();

function isUnsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && unsentCodes.includes(String(error.code));
}

const causesMax = 5;

function within(error: unknown, found: (error: unknown) => boolean): boolean {
  let one = error;
  for (let depth = 0; depth < causesMax && one !== undefined; depth += 1) {
    if (found(one)) return true;
    one = one instanceof Error ? one.cause : undefined;
  }
  return false;
}

// Nobody waits longer than this for a server that is busy; what it says is bounded before it is believed.
const retryAfterMsMax = 60_000;

function retryAfterMs(error: { readonly headers: unknown }): number | null {
  const { headers } = error;
  if (!(headers instanceof Headers)) return null;
  const inMs = Number(headers.get('retry-after-ms') ?? Number.NaN);
  const inSeconds = Number(headers.get('retry-after') ?? Number.NaN);
  const wait = Number.isFinite(inMs) ? inMs : inSeconds * 1_000;
  return Number.isFinite(wait) && wait >= 0 ? Math.min(wait, retryAfterMsMax) : null;
}
