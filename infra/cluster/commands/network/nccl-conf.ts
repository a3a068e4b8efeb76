import { factsOf } from '../../state/facts/fact-at.ts';
import type { CommandContext } from '../command.ts';

/** What configuration management writes on every node. */
const recorded: readonly (readonly [string, string])[] = [['NCCL_SOCKET_IFNAME', 'bond0']];

/** `/etc/nccl.conf`: a setting a line, read by the library itself (`setEnvFile` in src/misc/param.cc); the last one of a name counts. */
export function ncclConf({ timeline, node, nowMs }: CommandContext): string {
  const left = factsOf(timeline, 'nccl.conf', nowMs).filter(({ place }) => place === node.name);
  const values = new Map([...recorded, ...left.map(({ key, value }) => [key ?? '', value] as const)]);
  return [...values].map(([name, value]) => `${name}=${value}\n`).join('');
}
