import { cpus, release, totalmem, type } from 'node:os';
import packageJson from '../../../package.json' with { type: 'json' };
import type { BenchStack } from './bench-stack.ts';
import { patiently } from './patiently.ts';

/** On what something was measured. */
export interface Machine {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly versions: Readonly<Record<string, string>>;
}

const answerMsMax = 30_000;

export async function describeMachine({ client, stack }: BenchStack): Promise<Machine> {
  const server = await patiently('the version of Temporal', answerMsMax, () =>
    client.workflowService.getSystemInfo({}),
  );
  const chroma = await patiently('the version of Chroma', answerMsMax, async () => {
    const response = await fetch(new URL('/api/v2/version', stack.chromaUrl), { signal: AbortSignal.timeout(5_000) });
    return String(await response.json());
  });
  const host = describeHost();
  return {
    ...host,
    versions: {
      ...host.versions,
      temporal: server.serverVersion ?? 'unknown',
      'temporal-sdk': packageJson.dependencies['@temporalio/worker'],
      chroma,
    },
  };
}

/** The machine alone, for what needs no stack. */
export function describeHost(): Machine {
  const processors = cpus();
  return {
    system: `${type()} ${release()}`,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    versions: { wardround: packageJson.version, node: process.versions.node },
  };
}

export function machineLine({ system, cpu, cores, memoryGiB, versions }: Machine): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cores} × ${cpu}, ${memoryGiB} GiB, ${system}; ${named.join(', ')}`;
}
