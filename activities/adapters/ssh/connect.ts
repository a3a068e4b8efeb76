import type { Duplex } from 'node:stream';
import { Client, type ConnectConfig } from 'ssh2';
import { ConnectError, type PortError, type SshHost } from '../../ports.ts';
import { changedHostKey, isKnownHostKey, preferredAlgorithms } from './host-keys.ts';

export interface SshLogin {
  readonly user: string;
  /** Private key in OpenSSH or PEM form. */
  readonly privateKey: string;
}

/** Handshake and login of a node in the same data centre take far below a second; a busy sshd takes a few. */
export const readyTimeoutMs = 10_000;
/** Questions in vain; when the next one is due, the connection is given up. */
const keepaliveMissesMax = 3;

/**
 * Connects and logs in: over `sock` where the way leads through another host, else over a connection of its own. Only
 * a host whose key the inventory lists is told anything. Fails with a `ConnectError`; an abort ends it with its reason.
 */
export async function connectTo(
  host: SshHost,
  login: SshLogin,
  sock: Duplex | undefined,
  { signal, keepaliveMs }: { readonly signal: AbortSignal; readonly keepaliveMs: number },
): Promise<Client> {
  signal.throwIfAborted();
  const client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seenKey: Buffer | undefined;
  const onAbort = () => reject(reasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  // Attached before connect, and for good: an error event that nobody hears ends the process.
  client.on('error', (error: Error & { level?: string }) => reject(connectFailure(host, login, error, seenKey)));
  client.on('close', () => reject(new ConnectError('unreachable', `${whereIs(host)}: the connection closed at once`)));
  client.on('ready', resolve);
  try {
    client.connect({
      ...connectConfig(host, login, keepaliveMs, (key) => {
        seenKey = key;
        return isKnownHostKey(host, key);
      }),
      ...(sock === undefined ? {} : { sock }),
    });
    // Without this each small packet of the handshake waits for the one before it to be acknowledged.
    if (sock === undefined) client.setNoDelay(true);
    await promise;
    return client;
  } catch (error) {
    client.destroy();
    sock?.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The connection that leads to a host ended; the host itself was not heard of. */
export class WayLostError extends ConnectError {}

/** A byte stream through `client` to the next host of a way. */
export function forwardTo(client: Client, host: SshHost, through: SshHost): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const fail = (why: string, cause?: unknown, Kind = ConnectError) =>
    reject(new Kind('unreachable', `${whereIs(host)} cannot be reached through ${through.name}: ${why}`, { cause }));
  const timer = setTimeout(() => fail(`no answer within ${readyTimeoutMs} ms`), readyTimeoutMs);
  const onClose = () => fail('the connection to it closed', undefined, WayLostError);
  client.once('close', onClose);
  try {
    client.forwardOut('127.0.0.1', 0, host.ssh.host, host.ssh.port, (error, stream) => {
      if (error === undefined) resolve(stream);
      else fail(error.message, error);
    });
  } catch (error) {
    fail('the connection to it is closed', error, WayLostError);
  }
  return promise.finally(() => {
    clearTimeout(timer);
    client.removeListener('close', onClose);
  });
}

/** Who cancelled says why; the reason of a signal may be anything. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('cancelled', { cause: reason });
}

function connectConfig(
  host: SshHost,
  login: SshLogin,
  keepaliveMs: number,
  isKnown: (key: Buffer) => boolean,
): ConnectConfig {
  return {
    host: host.ssh.host,
    port: host.ssh.port,
    username: login.user,
    privateKey: login.privateKey,
    readyTimeout: readyTimeoutMs,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: keepaliveMissesMax,
    hostVerifier: isKnown,
    algorithms: {
      // The types name every algorithm as a literal; ours come from the inventory and are three of these.
      serverHostKey: { prepend: [...preferredAlgorithms(host)], append: [], remove: [] } as NonNullable<
        NonNullable<ConnectConfig['algorithms']>['serverHostKey']
      >,
    },
  };
}

function connectFailure(
  host: SshHost,
  login: SshLogin,
  error: Error & { level?: string },
  seenKey: Buffer | undefined,
): PortError {
  if (seenKey !== undefined && !isKnownHostKey(host, seenKey)) return changedHostKey(host, seenKey);
  if (error.level === 'client-authentication') {
    const denied = `${host.name}: ${login.user} was not let in; check that its key is in authorized_keys`;
    return new ConnectError('denied', denied, { cause: error });
  }
  return new ConnectError('unreachable', `${whereIs(host)}: ${error.message}`, { cause: error });
}

function whereIs({ name, ssh }: SshHost): string {
  return `${name} (${ssh.host} port ${ssh.port})`;
}
