import { integer } from '../noise.ts';
import { factAt, factSince } from '../state/facts/fact-at.ts';
import type { FactName } from '../state/facts/index.ts';
import type { Settings } from '../state/settings.ts';
import type { World, WorldNode } from '../world.ts';

/** A process beside the job that takes cores or memory of the machine. */
export interface Outsider {
  /** Ends with it. */
  readonly fact: FactName;
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  readonly comm: string;
  readonly threads: number;
  readonly rssKib: number;
  readonly sinceMs: number;
}

/** All of them on a node at a moment. */
export function outsidersOf(world: World, settings: Settings, node: WorldNode, ms: number): readonly Outsider[] {
  return rules.flatMap(({ fact, ...rule }) => {
    if (!settings.facts.has(fact)) return [];
    const asked = { fact, place: node.name };
    const value = factAt(settings, asked, ms);
    const sinceMs = factSince(settings, asked, ms);
    if (value === 0 || sinceMs === null) return [];
    const pid = 600_000 + integer(world.seed, 300_000, 'outsider', fact, node.index, Math.floor(sinceMs / 1000));
    return [{ fact, pid, ppid: 1, sinceMs, ...rule.at(value) }];
  });
}

const rules = [
  {
    fact: 'host.cpu-hog-threads' as const,
    at: (threads: number) => ({ user: 'root', comm: 'falcon-scan', threads, rssKib: 4_812_200 }),
  },
  {
    fact: 'host.swap-mib-per-second' as const,
    // An index server that somebody started for a test, with a heap that takes all that the job leaves.
    at: (_rate: number) => ({ user: 'lwei', comm: 'java', threads: 212, rssKib: 706_400_000 }),
  },
];

/** Threads that are on a core all the time. */
export function hogThreads(settings: Settings, node: WorldNode, ms: number): number {
  return settings.facts.has('host.cpu-hog-threads')
    ? factAt(settings, { fact: 'host.cpu-hog-threads', place: node.name }, ms)
    : 0;
}
