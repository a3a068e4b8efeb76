import OpenAI, { APIConnectionError, APIError } from 'openai';
import { PortError, type Embedder } from '../ports.ts';

export interface OpenAiEmbedderSettings {
  /** Up to and with the version: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key: string | null;
}

/**
 * An embedder behind any OpenAI-compatible server. Asks it once for a sample, because only its answer tells how
 * many dimensions the model has.
 */
export async function openOpenAiEmbedder(settings: OpenAiEmbedderSettings, signal?: AbortSignal): Promise<Embedder> {
  const client = new OpenAI({
    baseURL: settings.url,
    apiKey: settings.key ?? 'none', // required by the client, ignored by servers without keys
    maxRetries: 0, // the activity's own retry policy does the waiting
    timeout: requestMsMax,
  });
  const [sample] = await embedBatch(client, settings, ['sample'], null, signal);
  const dimensions = sample?.length ?? 0;
  return {
    modelId: settings.model,
    dimensions,
    async embed(texts, callSignal) {
      const embeddings: (readonly number[])[] = [];
      for (let from = 0; from < texts.length; from += batchTextsMax) {
        const batch = texts.slice(from, from + batchTextsMax).map((text) => text.slice(0, textCharsMax));
        embeddings.push(...(await embedBatch(client, settings, batch, dimensions, callSignal)));
      }
      return embeddings;
    },
  };
}

export const requestMsMax = 8_000; // below the time that an attempt of an optional activity has (12 s)
const batchTextsMax = 64;
// About 2,000 tokens of English; common embedding models cut at 512 to 8,192.
const textCharsMax = 8_000;

async function embedBatch(
  client: OpenAI,
  { url, model }: OpenAiEmbedderSettings,
  input: string[],
  dimensions: number | null,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly number[])[]> {
  const what = `embeddings of model ${model} at ${new URL(url).host}`;
  const answer = await client.embeddings
    .create({ model, input, encoding_format: 'float' }, signal === undefined ? {} : { signal })
    .catch((error: unknown) => {
      throw signal?.aborted === true ? error : toPortError(what, error);
    });
  // Some servers answer 200 with an error object or out of order; the types promise more than the wire does.
  const rows: unknown = answer.data;
  const embeddings = Array.isArray(rows)
    ? rows.toSorted(byIndex).map((row: { embedding?: unknown }) => row.embedding)
    : [];
  if (embeddings.length !== input.length)
    throw new PortError('malformed', `${what}: ${embeddings.length} embeddings for ${input.length} texts`);
  return embeddings.map((embedding) => {
    if (!isVector(embedding)) throw new PortError('malformed', `${what}: an embedding is not a list of numbers`);
    if (dimensions !== null && embedding.length !== dimensions)
      throw new PortError('malformed', `${what}: ${embedding.length} dimensions instead of ${dimensions}`);
    return embedding;
  });
}

function byIndex(a: { index?: unknown }, b: { index?: unknown }): number {
  return Number(a.index ?? 0) - Number(b.index ?? 0);
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((number) => Number.isFinite(number));
}

function toPortError(what: string, error: unknown): PortError {
  if (error instanceof APIConnectionError)
    return new PortError('unreachable', `${what}: the server cannot be reached (${error.message})`, { cause: error });
  if (!(error instanceof APIError))
    return new PortError('malformed', `${what}: the answer cannot be read`, { cause: error });
  const status = Number(error.status ?? 0);
  const said = `${what}: HTTP ${status}`;
  if (status === 401 || status === 403)
    return new PortError('denied', `${said}; check WARDROUND_EMBEDDINGS_KEY`, { cause: error });
  if (status === 404)
    return new PortError('not-found', `${said}; check the URL and the model's name`, { cause: error });
  if (status === 408 || status === 429 || status >= 500) return new PortError('unreachable', said, { cause: error });
  return new PortError('refused', said, { cause: error });
}
