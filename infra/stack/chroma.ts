import { realpathSync } from 'node:fs';
import path from 'node:path';
import { httpReady } from './readiness.ts';
import type { ProcessSpec } from './supervise.ts';

/** The vector server that comes with the `chromadb` package. */
export function chromaSpec(options: {
  readonly port: number;
  readonly dataDir: string;
  readonly env: ProcessSpec['env'];
}): ProcessSpec<{ readonly url: string }> {
  const url = `http://127.0.0.1:${options.port}`;
  return {
    name: 'chroma',
    command: process.execPath,
    args: [chromaProgram(), 'run', '--host', '127.0.0.1', '--port', String(options.port), '--path', options.dataDir],
    env: { ...options.env, ANONYMIZED_TELEMETRY: 'False' },
    cwd: options.dataDir,
    async ready({ signal }) {
      await httpReady(`${url}/api/v2/heartbeat`, signal);
      return { url };
    },
    readyMsMax: 30_000,
    stopSignal: 'SIGINT', // 10 ms; it takes two seconds to react to SIGTERM
    restart: 'always',
  };
}

function chromaProgram(): string {
  const bin = path.resolve(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'chroma');
  try {
    return realpathSync(bin);
  } catch (cause) {
    throw new Error(`The Chroma server is not installed (${bin}). Run \`npm ci\`.`, { cause });
  }
}
