import { findTool, toolSpecs, type ToolName } from '../setup/tools.cjs';
import { baseEnvironment } from './base-environment.ts';
import { chromaSpec } from './chroma.ts';
import type { Ports } from './ports.ts';
import { evidenceBucket, logsBucket, s3Region, s3Spec } from './s3.ts';
import type { StackSecrets } from './secrets.ts';
import type { StateDir } from './state-dir.ts';
import type { ProcessSpec, Supervisor } from './supervise.ts';
import { temporalSpec, type TemporalServer } from './temporal.ts';

/** Where the three servers of the embedded stack are. */
export interface Servers {
  readonly temporal: TemporalServer;
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly evidenceBucket: string;
    readonly logsBucket: string;
  };
  readonly chromaUrl: string;
}

export interface ServerOptions {
  readonly supervisor: Supervisor;
  readonly secrets: StackSecrets;
  readonly ports: Ports;
  readonly namespace: string;
  /** The user's environment: PATH, HOME, and the variables that name the programs. */
  readonly env: ProcessSpec['env'];
  /** Ports that were asked for by number; an occupied one is an error then. */
  readonly requested?: {
    readonly temporal?: number;
    readonly ui?: number;
    readonly s3?: number;
    readonly chroma?: number;
  };
}

/** Starts Temporal, Chroma and the S3 gateway at the same time; resolves when all three work. */
export async function startServers(state: StateDir, options: ServerOptions): Promise<Servers> {
  const { supervisor, secrets, ports, namespace, requested = {} } = options;
  const env = baseEnvironment(options.env);
  const port = await ports.choose('temporal', 7233, requested.temporal);
  const uiPort = await ports.choose('temporal-ui', 8233, requested.ui);
  const s3Port = await ports.choose('s3', 9233, requested.s3);
  const chromaPort = await ports.choose('chroma', 8333, requested.chroma);
  const [temporal, chroma, s3] = await supervisor.start(
    temporalSpec({ program: tool('temporal', options.env), port, uiPort, namespace, dataDir: state.dir, env }),
    chromaSpec({ port: chromaPort, dataDir: state.dataDir('chroma'), env }),
    s3Spec({ program: tool('versitygw', options.env), port: s3Port, dataDir: state.dataDir, secrets, env }),
  );
  ports.remember();
  return {
    temporal,
    s3: { endpoint: s3.endpoint, region: s3Region, evidenceBucket, logsBucket },
    chromaUrl: chroma.url,
  };
}

/** A server's program is not on this machine. */
export class ToolMissingError extends Error {
  override readonly name = 'ToolMissingError';
}

function tool(name: ToolName, env: ProcessSpec['env']): string {
  const { tool: found, lookedAt } = findTool(name, env);
  if (found !== undefined) return found.path;
  const { title, accepted, variable } = toolSpecs[name];
  throw new ToolMissingError(
    [
      `${title} (${accepted}) was not found:`,
      ...lookedAt.map((look) => `  - ${look.place}: ${look.found}`),
      `Run \`npm start\`, whose set-up obtains it, or set ${variable} to its path.`,
    ].join('\n'),
  );
}
