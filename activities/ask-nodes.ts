import { factCommands, gpusIn, hcasIn, verbsIn, type NodeFacts } from '../kb/inventory/node-facts.ts';
import { ToolMissingError } from '../kb/probes/missing-tool.ts';
import { ProbeParseError } from '../kb/schemas/probe.ts';
import { PortError, type ProbeRunner, type SshHost } from './ports.ts';

/** What one node said of itself, or why it did not. */
export type NodeAnswer =
  | { readonly kind: 'facts'; readonly node: string; readonly facts: NodeFacts }
  | { readonly kind: 'silent'; readonly node: string; readonly reason: string };

/** Asks every node once for its GPUs and adapters, with the probe key. The runner bounds how many at a time. */
export function askNodes(
  hosts: readonly SshHost[],
  runner: ProbeRunner,
  signal?: AbortSignal,
): Promise<readonly NodeAnswer[]> {
  return Promise.all(hosts.map((host) => askNode(host, runner, signal)));
}

async function askNode(host: SshHost, runner: ProbeRunner, signal: AbortSignal | undefined): Promise<NodeAnswer> {
  const ask = (command: (typeof factCommands)[keyof typeof factCommands]) =>
    runner.run(host, command.argv, {
      timeoutMs: command.timeoutMs,
      outputBytesMax: command.outputBytesMax,
      ...(signal === undefined ? {} : { signal }),
    });
  const missing: string[] = [];
  /** What could not be read is missing; that a node could not be reached ends it. */
  const read = async <Value>(what: string, reading: () => Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await reading();
    } catch (error) {
      if (!(error instanceof ProbeParseError)) throw error;
      missing.push(`${what}: ${error.message}`);
      return otherwise;
    }
  };
  try {
    const gpus = await read('GPUs', async () => gpusIn(await ask(factCommands.gpus)), { gpus: [], missing: [] });
    const hcas = await read('adapters', () => adapters(ask), []);
    return { kind: 'facts', node: host.name, facts: { gpus: gpus.gpus, hcas, missing: [...gpus.missing, ...missing] } };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { kind: 'silent', node: host.name, reason: error.message };
  }
}

async function adapters(
  ask: (command: (typeof factCommands)['hcas' | 'verbs']) => ReturnType<ProbeRunner['run']>,
): Promise<NodeFacts['hcas']> {
  try {
    return hcasIn(await ask(factCommands.hcas));
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    return verbsIn(await ask(factCommands.verbs));
  }
}
