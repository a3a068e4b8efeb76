import type { Delivery } from '../../notify.ts';

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the receiver's answer says in words that may be shown; `null` when nothing. */
  readonly explain?: (answer: string) => string | null;
}

/** A third of what one attempt of the activity may take (workflows/domain/timeouts.ts); all targets run at once. */
export const postMsMax = 10_000;
const answerBytesMax = 4_096;
/** Longer waits are not believed; no incident waits that long for a message. */
const waitMsMax = 24 * 60 * 60_000;

/** Posts JSON once. Every trouble is a value; redirects are never followed, because the request carries secrets. */
export async function post(request: PostRequest, signal?: AbortSignal, timeoutMs = postMsMax): Promise<Delivery> {
  const { host } = new URL(request.url);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'wardround', ...request.headers },
      body: request.body,
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return judge(host, response, await readAnswer(response), request.explain);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { kind: 'not-taken', temporary: true, reason: `${host}: ${networkReason(error, timeoutMs)}` };
  }
}

function judge(host: string, response: Response, answer: string, explain: PostRequest['explain']): Delivery {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status >= 300 && status < 400)
    return {
      kind: 'not-taken',
      temporary: false,
      reason: `${host}: HTTP ${status}, a redirect, which is not followed; put the final address into the targets file`,
    };
  const said = explain?.(answer) ?? null;
  const waitMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
  return {
    kind: 'not-taken',
    // 408: the server gave up waiting for us. Everything else below 500 says no to exactly this message.
    temporary: status === 408 || status === 429 || status >= 500,
    reason: `${host}: HTTP ${status}${said === null ? '' : ` (${said})`}`,
    ...(waitMs === null ? {} : { waitMs }),
  };
}

/** RFC 9110, section 10.2.3: seconds, or an HTTP date. `null` when it says neither. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), waitMsMax) : null;
}

/** The beginning of the answer; the rest is left unread. */
async function readAnswer(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= answerBytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, answerBytesMax).toString('utf8');
}

/** Codes only: messages of the network library may repeat the address. */
function networkReason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'can not be reached';
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
  return `can not be reached (${code})`;
}
