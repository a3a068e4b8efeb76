import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Client } from 'ssh2';
import { ConnectError, type Clock, type SshHost } from '../../ports.ts';
import { afterFailure, isOpen, type Breaker } from './breaker.ts';
import { connectTo, forwardTo, WayLostError } from './connect.ts';
import type { ProbeLimits } from './probe-limits.ts';

export interface Lease {
  readonly client: Client;
  /** Others have used the connection before, so it may have died unnoticed. */
  readonly used: boolean;
  /** Gives it back; `broken` ones are closed as soon as nobody uses them. */
  release(broken?: boolean): void;
}

export interface ConnectionPool {
  /** An open connection to a host, shared with others who use the same login. Fails with a `ConnectError`. */
  lease(host: SshHost): Promise<Lease>;
  /** Closes every connection at once, whoever uses it. */
  close(): void;
}

export interface PoolOptions {
  /** Private key text. The hosts on the way know the same key, under the users that the inventory names for them. */
  readonly privateKey: string;
  /** Instead of the user that the inventory names for the host at the end of the way. */
  readonly user?: string;
  readonly limits: Pick<
    ProbeLimits,
    'handshakesMax' | 'connectionsMax' | 'keepMs' | 'keepaliveMs' | 'jitterMsMax' | 'connectFailuresMax' | 'leftAloneMs'
  >;
  readonly clock: Clock;
  /** From 0 to 1; spreads starts. */
  readonly random: () => number;
}

interface Pooled {
  readonly key: string;
  readonly client: Client;
  /** The connection that it goes through. */
  readonly through: Lease | null;
  using: number;
  used: boolean;
  broken: boolean;
  idle: NodeJS.Timeout | undefined;
}

/** Hosts whose trouble is remembered; more than an inventory has. */
const breakersMax = 4_000;
/** sshd drops connections at random when many come at once (`MaxStartups`); the next one is taken. */
const triesMax = 2;
const tryAgainMs = 200;

/** Connections are shared and kept for a short time, so that several probes of a node cost one handshake. */
export function createConnectionPool({ privateKey, user, limits, clock, random }: PoolOptions): ConnectionPool {
  const open = new Map<string, Promise<Pooled>>();
  /** In the order in which they were given back. */
  const idle = new Set<Pooled>();
  const clients = new Set<Client>();
  const breakers = new Map<string, Breaker>();
  const handshake = pLimit(limits.handshakesMax);
  const closing = new AbortController();
  /** Connections that wait for their start or for their handshake. */
  let starting = 0;

  return {
    lease: (host) => lease(host, user ?? host.ssh.user),
    close() {
      closing.abort(new ConnectError('refused', 'the connections were closed'));
      for (const { idle: timer } of idle) clearTimeout(timer);
      for (const client of clients) client.destroy();
      open.clear();
    },
  };

  async function lease(host: SshHost, as: string): Promise<Lease> {
    const key = keyOf(host, as);
    const known = open.get(key);
    const opening = known ?? connect(host, as, key);
    if (known === undefined) {
      open.set(key, opening);
      opening.catch(() => forget(key, opening));
    }
    const pooled = await opening;
    if (pooled.broken) return lease(host, as);
    clearTimeout(pooled.idle);
    idle.delete(pooled);
    pooled.using += 1;
    const used = pooled.used;
    pooled.used = true;
    let given = false;
    return {
      client: pooled.client,
      used,
      release(broken = false) {
        if (given) return;
        given = true;
        giveBack(pooled, broken);
      },
    };
  }

  function giveBack(pooled: Pooled, broken: boolean): void {
    pooled.using -= 1;
    if (broken) retire(pooled);
    if (pooled.using > 0) return;
    if (pooled.broken) {
      end(pooled);
      return;
    }
    pooled.idle = setTimeout(() => end(pooled), limits.keepMs);
    idle.add(pooled);
    keepAtMost(limits.connectionsMax);
  }

  /** Of those that nobody uses, the one unused for longest goes first. */
  function keepAtMost(connections: number): void {
    for (const oldest of idle) {
      if (clients.size <= connections) break;
      end(oldest);
    }
  }

  /** Nobody new gets it; who uses it now may finish. */
  function retire(pooled: Pooled): void {
    pooled.broken = true;
    open.delete(pooled.key);
  }

  function end(pooled: Pooled): void {
    retire(pooled);
    clearTimeout(pooled.idle);
    idle.delete(pooled);
    clients.delete(pooled.client);
    pooled.client.end();
    // Not left to a server that hangs: sshd acts on the lost connection.
    pooled.client.destroy();
  }

  function forget(key: string, opening: Promise<Pooled>): void {
    if (open.get(key) === opening) open.delete(key);
  }

  async function connect(host: SshHost, as: string, key: string): Promise<Pooled> {
    if (host.ssh.jump !== undefined && (host.jumps ?? []).length === 0)
      throw new ConnectError(
        'malformed',
        `${host.name}: the way over its jump host ${host.ssh.jump} was not looked up`,
      );
    const breaker = breakers.get(key);
    if (isOpen(breaker, clock.nowMs())) throw leftAlone(host, breaker);
    for (let fresh = false; ; fresh = true) {
      const [nearer, through] = await wayTo(host);
      try {
        const client = await spread(() =>
          handshake(() => {
            keepAtMost(limits.connectionsMax - handshake.activeCount);
            return tryConnect(host, as, nearer, through);
          }),
        );
        breakers.delete(key);
        return watched({ key, client, through, using: 0, used: false, broken: false, idle: undefined });
      } catch (error) {
        // A kept connection to the host before it may have died while nobody looked; that says nothing about this one.
        const died = through !== null && through.used && error instanceof WayLostError;
        through?.release(died);
        if (closing.signal.aborted || !(error instanceof ConnectError)) throw error;
        if (died && !fresh) continue;
        for (const oldest of breakers.keys()) if (breakers.size >= breakersMax) breakers.delete(oldest);
        const bounds = { failuresMax: limits.connectFailuresMax, openMs: limits.leftAloneMs };
        breakers.set(key, afterFailure(breaker, error, clock.nowMs(), bounds));
        throw error;
      }
    }
  }

  /** Leases the connection to the last host on the way, where there is one. */
  async function wayTo({ jumps = [] }: SshHost): Promise<readonly [SshHost, Lease] | readonly [null, null]> {
    const last = jumps.at(-1);
    if (last === undefined) return [null, null];
    const nearer = { ...last, jumps: jumps.slice(0, -1) };
    return [nearer, await lease(nearer, nearer.ssh.user)];
  }

  async function tryConnect(host: SshHost, as: string, nearer: SshHost | null, through: Lease | null): Promise<Client> {
    for (let tries = 1; ; tries += 1)
      try {
        const sock = through === null || nearer === null ? undefined : await forwardTo(through.client, host, nearer);
        return await connectTo(host, { user: as, privateKey }, sock, {
          signal: closing.signal,
          keepaliveMs: limits.keepaliveMs,
        });
      } catch (error) {
        if (tries >= triesMax || !wasDropped(error)) throw error;
        await sleep(tryAgainMs * (1 + random()), undefined, { signal: closing.signal });
      }
  }

  function watched(pooled: Pooled): Pooled {
    clients.add(pooled.client);
    pooled.client.once('close', () => {
      clients.delete(pooled.client);
      clearTimeout(pooled.idle);
      idle.delete(pooled);
      retire(pooled);
      pooled.through?.release();
    });
    return pooled;
  }

  /** A millisecond for each that is about to start, or starting: one alone does not wait. */
  async function spread<T>(start: () => Promise<T>): Promise<T> {
    const waitMs = Math.round(random() * Math.min(limits.jitterMsMax, starting));
    starting += 1;
    try {
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: closing.signal });
      return await start();
    } finally {
      starting -= 1;
    }
  }

  function leftAlone({ name }: SshHost, { lastError, openUntilMs }: Breaker): ConnectError {
    const triedInMs = openUntilMs - clock.nowMs();
    const seconds = Math.ceil(triedInMs / 1_000);
    const text =
      lastError.kind === 'unreachable'
        ? `${name} is left alone for ${seconds} s: ${lastError.message}`
        : lastError.message;
    return new ConnectError(lastError.kind, text, { cause: lastError, triedInMs });
  }
}

/** Who talks to whom over which way; hosts that differ in one of these never share a connection. */
function keyOf(host: SshHost, user: string): string {
  const hops = [...(host.jumps ?? []), host].map(({ ssh }) => [ssh.user, ssh.host, ssh.port, ...ssh.hostKeys]);
  return JSON.stringify([user, hops]);
}

/** Before the login: what sshd does with connections beyond those that it takes at a time. */
function wasDropped(error: unknown): boolean {
  if (!(error instanceof ConnectError) || error.kind !== 'unreachable') return false;
  return /ECONNRESET|Connection lost before handshake|closed at once/.test(error.message);
}
