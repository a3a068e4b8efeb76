import { findNode } from '../../world.ts';
import type { RankDeath } from '../job.ts';
import { nameserver } from '../network/ethernet.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { storeFailure, storeSeconds } from './network-words.ts';

// torchrun's agents look for the store some seconds after Slurm started them.
const lookMs = 2_400;
// glibc asks twice, five seconds each time, and torch tries again until its patience is over.
const unresolvedMs = 21_000;

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
  for (const { place, sinceMs } of facts('net.nameserver-silent')) {
    const node = findNode(world, place);
    // Who has its answer before needs none any more.
    if (sinceMs > attempt.launchMs + lookMs || fact({ fact: 'net.nameserver', place }) === nameserver) continue;
    if (node === undefined || !others.includes(node.index)) continue;
    if (fact({ fact: 'net.hosts-entry', place, key: leader.name }) !== '') continue;
    const error = `The client socket has failed to connect to any network address of (${leader.name}, ${port}). The IPv6 network addresses of (${leader.name}, ${port}) cannot be retrieved (gai error: -3 - Temporary failure in name resolution). The IPv4 network addresses of (${leader.name}, ${port}) cannot be retrieved (gai error: -3 - Temporary failure in name resolution).`;
    deaths.push(dies(node.index, unresolvedMs, storeFailure(error), 'node'));
  }
  for (const { place, key, value } of facts('net.hosts-entry')) {
    const node = findNode(world, place);
    if (key !== leader.name || value === leader.managementIp || node === undefined || !others.includes(node.index))
      continue;
    deaths.push(dies(node.index, storeSeconds * 1000, timedOut(leader.name), 'node'));
  }
  for (const { place } of facts('net.firewall'))
    if (place === leader.name) deaths.push(dies(next, storeSeconds * 1000, timedOut(leader.name), 'node'));
  for (const { place } of facts('net.second-default-route'))
    if (place === leader.name) deaths.push(dies(next, storeSeconds * 1000, timedOut(leader.name), 'node'));
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
