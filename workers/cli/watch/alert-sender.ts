import { z } from 'zod';
import { acceptedSchema } from '../../api/schemas.ts';
import { plain } from '../output.ts';

/** What the API said to one body. */
export type Sent =
  | { readonly kind: 'accepted'; readonly incidents: z.infer<typeof acceptedSchema>['incidents'] }
  /** Not now: the same body again, not before `afterMs` if the API says so. */
  | { readonly kind: 'later'; readonly why: string; readonly afterMs: number | null }
  /** This body never; others may pass. */
  | { readonly kind: 'refused'; readonly why: string }
  /** None will pass before somebody changes something. */
  | { readonly kind: 'stop'; readonly why: string; readonly advice: string };

export type SendAlerts = (body: unknown, signal: AbortSignal) => Promise<Sent>;

/** The API waits 4 s for Temporal before it answers. */
const answerMsMax = 10_000;
const answerCharsMax = 64 * 1024;

export function alertSender({ url, token }: { readonly url: string; readonly token: string }): SendAlerts {
  return async (body, signal) => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}/v1/alerts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
      });
      text = (await response.text()).slice(0, answerCharsMax);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'later', why: `${url} does not answer (${reasonOf(error)})`, afterMs: null };
    }
    if (response.status === 202) return { kind: 'accepted', incidents: incidentsOf(text) };
    return refusalOf(url, response, text);
  };
}

/** Statuses as `workers/api/problem-kinds.ts` lists them, and what stands between here and there may add. */
function refusalOf(url: string, response: Response, text: string): Sent {
  const { status } = response;
  const { type, detail } = problemOf(text);
  const why = `${url} answers ${status}${detail === '' ? '' : `: ${detail}`}`;
  if (status === 401 || status === 403)
    return {
      kind: 'stop',
      why,
      advice: 'set WARDROUND_API_TOKEN to a token of this API (`wardround api token create`)',
    };
  if (type.endsWith(':unknown-cluster'))
    return { kind: 'stop', why, advice: 'name a cluster of its inventories with --cluster' };
  if (status === 404 || status === 405)
    return { kind: 'stop', why, advice: 'is this the Wardround API? Set WARDROUND_API_LISTEN to its host and port' };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'later', why, afterMs: retryAfterMs(response) };
  return { kind: 'refused', why };
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 600) * 1000 : null;
}

const problemSchema = z.object({ type: z.string().default(''), detail: z.string().default('') });
const detailCharsMax = 300;

function problemOf(text: string): { readonly type: string; readonly detail: string } {
  const parsed = problemSchema.safeParse(parsedJson(text));
  if (!parsed.success) return { type: '', detail: '' };
  return { type: parsed.data.type, detail: plain(parsed.data.detail).slice(0, detailCharsMax) };
}

/** A receipt that can not be read is a receipt all the same. */
function incidentsOf(text: string): z.infer<typeof acceptedSchema>['incidents'] {
  const parsed = acceptedSchema.safeParse(parsedJson(text));
  return parsed.success ? parsed.data.incidents : [];
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${answerMsMax / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : error.message;
}
