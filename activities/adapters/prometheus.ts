import { z } from 'zod';
import type { MetricSeries } from '../../kb/schemas/metric.ts';
import { PortError, type MetricsSource } from '../ports.ts';

/** The range queries of a Prometheus-compatible server. */
export function createPrometheus(url: string): MetricsSource {
  return {
    async range({ selector, fromMs, toMs, stepMs, signal }) {
      const what = `metrics query ${selector.slice(0, selectorShownMax)} at ${new URL(url).host}`;
      if (!(stepMs > 0) || toMs < fromMs || (toMs - fromMs) / stepMs > pointsMax)
        throw new PortError('too-large', `${what}: a range may hold at most ${pointsMax} steps`);
      const query = new URLSearchParams({
        query: selector,
        start: String(fromMs / 1000),
        end: String(toMs / 1000),
        step: String(stepMs / 1000),
      });
      const text = await ask(what, `${url.replace(/\/+$/, '')}/api/v1/query_range?${query.toString()}`, signal);
      return parseMatrix(what, selector, text);
    },
  };
}

// Prometheus itself answers no more: "exceeded maximum resolution of 11,000 points per timeseries".
const pointsMax = 11_000;
const seriesMax = 20_000;
const bodyBytesMax = 64 * 1024 * 1024;
const requestMsMax = 30_000;
const selectorShownMax = 120;
const reasonShownMax = 200;

const answerSchema = z.union([
  z.object({
    status: z.literal('success'),
    data: z.object({
      resultType: z.literal('matrix'),
      result: z
        .array(
          z.object({
            metric: z.record(z.string(), z.string()),
            values: z.array(z.tuple([z.number(), z.string()])).max(pointsMax + 1),
          }),
        )
        .max(seriesMax),
    }),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

async function ask(what: string, address: string, signal: AbortSignal | undefined): Promise<string> {
  const timeout = AbortSignal.timeout(requestMsMax);
  try {
    const response = await fetch(address, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: { accept: 'application/json' },
    });
    const text = await readText(what, response);
    if (!response.ok) throw statusError(what, response.status, text);
    return text;
  } catch (error) {
    if (error instanceof PortError || signal?.aborted === true) throw error;
    throw new PortError('unreachable', `${what}: the metrics server cannot be reached (${networkReason(error)})`, {
      cause: error,
    });
  }
}

async function readText(what: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax)
      throw new PortError('too-large', `${what}: the answer has more than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function statusError(what: string, status: number, text: string): PortError {
  const said = `${what}: HTTP ${status}${reasonIn(text)}`;
  if (status === 401 || status === 403) return new PortError('denied', said);
  if (status === 404) return new PortError('not-found', `${said}; is this the address of a Prometheus API?`);
  if (status === 429 || status >= 500) return new PortError('unreachable', said);
  return new PortError('refused', said);
}

function reasonIn(text: string): string {
  const answer = answerSchema.safeParse(parseJson(text));
  return answer.success && answer.data.status === 'error' ? ` (${answer.data.error.slice(0, reasonShownMax)})` : '';
}

function parseMatrix(what: string, selector: string, text: string): readonly MetricSeries[] {
  const answer = answerSchema.safeParse(parseJson(text));
  if (!answer.success) {
    const [issue] = answer.error.issues;
    throw new PortError('malformed', `${what}: the answer is not a Prometheus matrix (${issue?.path.join('.') ?? ''})`);
  }
  if (answer.data.status === 'error')
    throw new PortError('refused', `${what}: ${answer.data.error.slice(0, reasonShownMax)}`);
  return answer.data.data.result.map(({ metric: { __name__: name, ...labels }, values }) => ({
    name: name ?? selector,
    labels,
    // NaN and infinities say that there is nothing to compute with; JSON could not hold them either.
    points: values.flatMap(([atSeconds, value]) => {
      const number = Number(value);
      return Number.isFinite(number) ? [[Math.round(atSeconds * 1000), number] as const] : [];
    }),
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.name;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
