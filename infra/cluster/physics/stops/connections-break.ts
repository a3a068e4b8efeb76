import { integer, uniform } from '../../noise.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import type { World } from '../../world.ts';
import { rankIn, type Attempt, type OtherRank, type RankDeath, type RankHang } from '../job.ts';
import { ncclVersion } from '../nccl-settings.ts';
import { retriesOn, retrySpreadMs, type ConnectionEnd } from '../network/rc-transport.ts';
import { gradientReduction, gradientWork } from '../watchdog.ts';
import { connectionLost, ncclLostWords, tellsOfErrors, type LostConnection } from './connection-words.ts';

/** Connections that got nothing through since a moment, and whose retries run out. */
interface Outage {
  readonly ends: readonly ConnectionEnd[];
  /** When the attempt was there and the way was gone. */
  readonly sinceMs: number;
}

/**
 * How an attempt ends whose connections break: the rank whose retries run out first dies, the other ends say the same within
 * seconds, and the launcher stops the rest. With a library that keeps the error to itself nobody dies of it: all wait in the
 * collective that was on its way until their watchdogs end the job.
 */
export function connectionsBreak(
  world: World,
  settings: Settings,
  attempt: Attempt,
  { ends, sinceMs }: Outage,
): RankDeath | RankHang | null {
  const each = [...new Map(ends.map((end) => [`${end.node} ${end.gpu}`, end])).values()]
    .map((end) => ({ end, atMs: sinceMs + retriesOf(world, attempt, end) + lateMs(world, attempt, end) }))
    .toSorted((a, b) => a.atMs - b.atMs);
  const [first, ...others] = each;
  if (first === undefined) return null;
  const { atMs } = first;
  const { node, gpu } = first.end;
  const version = ncclVersion(world, attempt, world.nodes[node] ?? world.nodes[0] ?? never());
  const timeoutSeconds = factAt(settings, { fact: 'job.watchdog-seconds', place: world.job.name }, sinceMs);
  const lost = (end: ConnectionEnd) => lostOf(world, attempt, end, timeoutSeconds);
  const waiting: RankHang = {
    kind: 'hangs',
    atMs: sinceMs,
    waitsFromMs: sinceMs,
    node,
    gpu,
    stack: 'all-reduce',
    inCollective: {
      ofAll: true,
      ofRail: [...new Set(ends.map((end) => end.gpu))],
      ...gradientReduction(attempt),
    },
  };
  // Whose retries last longer than the collective may take never sees them run out, and goes on when the way is there again.
  if (atMs - sinceMs > timeoutSeconds * 1_000) return { ...waiting, resumes: true };
  if (tellsOfErrors(version))
    return {
      atMs,
      node,
      gpu,
      exitCode: -6,
      lastWords: (who) => connectionLost(who, lost(first.end)),
      slurmState: 'FAILED',
      others: others.map(({ end, atMs: endMs }) => ({
        ...placeOf(end),
        afterMs: endMs - atMs,
        dies: true,
        words: (who) => connectionLost(who, lost(end)),
      })),
    };
  return {
    ...waiting,
    atMs,
    others: each.map(({ end, atMs: endMs }) => ({
      ...placeOf(end),
      afterMs: endMs - atMs,
      dies: false,
      words: (who) => ncclLostWords(who, lost(end)),
    })),
  };
}

function lateMs(world: World, attempt: Attempt, { node, gpu }: ConnectionEnd): number {
  return retrySpreadMs * uniform(world.seed, 'retries-out', attempt.number, node, gpu);
}

function retriesOf(world: World, attempt: Attempt, { node }: ConnectionEnd): number {
  return retriesOn(world, attempt, world.nodes[node] ?? never());
}

function placeOf({ node, gpu }: ConnectionEnd): Pick<OtherRank, 'node' | 'gpu'> {
  return { node, gpu };
}

function lostOf(
  world: World,
  attempt: Attempt,
  { node, peer, gpu, request }: ConnectionEnd,
  timeoutSeconds: number,
): LostConnection {
  const own = world.nodes[node] ?? never();
  const address = world.nodes[peer]?.managementIp ?? '0.0.0.0';
  const port =
    33_000 + integer(world.seed, 20_000, 'nccl-port', attempt.number, rankIn(attempt, world, peer, gpu) ?? 0);
  return {
    version: ncclVersion(world, attempt, own),
    peer: `${address}<${port}>`,
    request,
    hca: own.hcas[Math.floor(gpu / 2)]?.name ?? '',
    workOf: (iteration) => gradientWork(attempt, iteration, timeoutSeconds),
  };
}

function never(): never {
  throw new Error('an end of a connection is on a node');
}
