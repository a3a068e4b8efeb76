import { findNode, type WorldNode } from '../../world.ts';
import type { RankDeath } from '../job.ts';
import { nameserver } from '../network/ethernet.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { storeFailure, storeSeconds } from './network-words.ts';

// torchrun's agents look for the store some seconds after Slurm started them.
const lookMs = 2_400;
// glibc asks twice, five seconds each time, and torch tries again until its patience is over.
const unresolved = [
  { fact: 'net.nameserver-silent', afterMs: 21_000, reason: '-3 - Temporary failure in name resolution' },
  // EAI_NONAME is not tried again.
  { fact: 'net.nameserver-foreign', afterMs: 600, reason: '-2 - Name or service not known' },
] as const;
// An answer that there is no way ends it at once (`tryConnectCore` of torch's socket.cpp).
const prohibitedMs = 900;

/**
 * The agents of all nodes look for the store on the first one: by a name that a node cannot resolve or resolves wrongly,
 * behind a firewall, or at a new address of the first node, of which DHCP told the name server and which nobody else can
 * reach.
 */
export const rendezvousFailure: LaunchFailure = ({ world, attempt, facts, fact }) => {
  const leader = world.nodes[attempt.nodes[0] ?? -1];
  const others = attempt.nodes.slice(1);
  const next = others[0];
  if (leader === undefined || next === undefined) return null;
  const port = world.job.rendezvousPort;
  const dies = (node: number, afterMs: number, words: readonly string[], alike: 'node' | 'job'): RankDeath => ({
    atMs: attempt.launchMs + lookMs + afterMs,
    node,
    gpu: 0,
    exitCode: 1,
    alike,
    slurmState: 'FAILED',
    stuckFromMs: attempt.launchMs + lookMs,
    lastWords: () => words,
  });
  const timedOut = (host: string) => {
    const error = `The client socket has timed out after ${storeSeconds * 1000}ms while trying to connect to (${host}, ${port}).`;
    return storeFailure(error);
  };
  const deaths: RankDeath[] = [];
  for (const way of unresolved)
    for (const { place, sinceMs } of facts(way.fact)) {
      const node = findNode(world, place);
      // Who has its answer before needs none any more.
      if (sinceMs > attempt.launchMs + lookMs || fact({ fact: 'net.nameserver', place }) === nameserver) continue;
      if (node === undefined || !others.includes(node.index)) continue;
      if (fact({ fact: 'net.hosts-entry', place, key: leader.name }) !== '') continue;
      const store = `(${leader.name}, ${port})`;
      const reason = `(gai error: ${way.reason})`;
      const error = `The client socket has failed to connect to any network address of ${store}. The IPv6 network addresses of ${store} cannot be retrieved ${reason}. The IPv4 network addresses of ${store} cannot be retrieved ${reason}.`;
      deaths.push(dies(node.index, way.afterMs, storeFailure(error), 'node'));
    }
  for (const { place, key, value } of facts('net.hosts-entry')) {
    const node = findNode(world, place);
    if (key !== leader.name || value === leader.managementIp || node === undefined || !others.includes(node.index))
      continue;
    deaths.push(dies(node.index, storeSeconds * 1000, timedOut(leader.name), 'node'));
  }
  for (const { place, value } of facts('net.firewall'))
    if (place === leader.name)
      deaths.push(
        value === 'rejecting'
          ? dies(next, prohibitedMs, prohibited(leader, port), 'node')
          : dies(next, storeSeconds * 1000, timedOut(leader.name), 'node'),
      );
  for (const { place } of facts('net.second-default-route'))
    if (place === leader.name) deaths.push(dies(next, storeSeconds * 1000, timedOut(leader.name), 'node'));
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

function prohibited({ name }: WorldNode, port: number): readonly string[] {
  return storeFailure(
    `The client socket has failed to connect to any network address of (${name}, ${port}). The client socket has failed to connect to ${name}:${port} (errno: 113 - No route to host).`,
  );
}
