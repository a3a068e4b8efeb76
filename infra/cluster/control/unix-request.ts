import { request } from 'node:http';

export interface UnixAnswer {
  readonly status: number;
  readonly body: unknown;
}

const usualTimeoutMs = 10_000;
const answerBytesMax = 8 * 2 ** 20;

/** One JSON request over a unix socket. */
export function unixRequest(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  timeoutMs = usualTimeoutMs,
): Promise<UnixAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, method, path, headers: { 'content-type': 'application/json' }, timeout: timeoutMs },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax)
            call.destroy(new Error(`answer of ${path} is longer than ${answerBytesMax} bytes`));
          else chunks.push(chunk);
        });
        response.once('error', reject);
        response.once('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
          } catch (cause) {
            reject(new Error(`${path} did not answer with JSON`, { cause }));
          }
        });
      },
    );
    call.once('timeout', () => call.destroy(new Error(`no answer from ${socketPath} in ${timeoutMs} ms`)));
    call.once('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
