import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { InventoryNode } from '../../../kb/schemas/inventory.ts';
import { PortError } from '../../ports.ts';
import { changedHostKey, isKnownHostKey, preferredAlgorithms } from './host-keys.ts';

export interface SshLogin {
  readonly user: string;
  /** Private key in OpenSSH or PEM form. */
  readonly privateKey: string;
}

export interface ExecLimits {
  readonly timeoutMs: number;
  /** Of both streams together; more is an error, not a cut. */
  readonly outputBytesMax: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` when a signal ended the command. */
  readonly exitCode: number | null;
}

/** Handshake and login of a node in the same data centre take far below a second; a busy sshd takes a few. */
export const readyTimeoutMs = 10_000;
const keepaliveMs = 5_000;
const keepaliveMissesMax = 3;

/**
 * Connects, runs one command line, and ends the connection whatever happens. One connection a command: nothing is
 * left open on a node, and a hanging one can be destroyed without harm to others.
 */
export async function execOverSsh(
  node: InventoryNode,
  login: SshLogin,
  commandLine: string,
  limits: ExecLimits,
): Promise<ExecResult> {
  limits.signal?.throwIfAborted();
  const client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  let channel: ClientChannel | undefined;
  let seenKey: Buffer | undefined;

  const onAbort = () => reject(abortReason(limits.signal));
  limits.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => reject(new PortError('unreachable', `${node.name}: the command did not end within ${limits.timeoutMs} ms`)),
    limits.timeoutMs,
  );

  // Attached before connect: an error event that nobody hears ends the process.
  client.on('error', (error: Error & { level?: string }) => reject(connectionError(node, login, error, seenKey)));
  client.on('close', () =>
    reject(new PortError('unreachable', `${node.name}: the connection closed before the command ended`)),
  );
  client.on('ready', () => {
    client.exec(commandLine, (error, stream) => {
      if (error !== undefined) {
        reject(
          new PortError('unreachable', `${node.name}: no channel for the command: ${error.message}`, { cause: error }),
        );
        return;
      }
      channel = stream;
      collect(stream, node, limits).then(resolve, reject);
    });
  });

  try {
    client.connect(
      connectConfig(node, login, (key) => {
        seenKey = key;
        return isKnownHostKey(node, key);
      }),
    );
    // Without this each small packet of the handshake waits for the one before it to be acknowledged.
    client.setNoDelay(true);
    return await promise;
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener('abort', onAbort);
    // Closing a channel does not end a remote command for certain; the lost connection is what sshd acts on.
    channel?.close();
    client.end();
    client.destroy();
  }
}

function connectConfig(node: InventoryNode, login: SshLogin, isKnown: (key: Buffer) => boolean): ConnectConfig {
  return {
    host: node.ssh.host,
    port: node.ssh.port,
    username: login.user,
    privateKey: login.privateKey,
    readyTimeout: readyTimeoutMs,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: keepaliveMissesMax,
    hostVerifier: isKnown,
    algorithms: {
      // The types name every algorithm as a literal; ours come from the inventory and are three of these.
      serverHostKey: { prepend: [...preferredAlgorithms(node)], append: [], remove: [] } as NonNullable<
        NonNullable<ConnectConfig['algorithms']>['serverHostKey']
      >,
    },
  };
}

async function collect(stream: ClientChannel, node: InventoryNode, limits: ExecLimits): Promise<ExecResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let bytes = 0;
  let exited: number | null | undefined;
  // Both streams are always drained: a full window of the one that nobody reads stops the command.
  const keep = (into: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limits.outputBytesMax) into.push(chunk);
    else
      reject(new PortError('too-large', `${node.name}: the command printed more than ${limits.outputBytesMax} bytes`));
  };
  stream.on('data', keep(stdout));
  stream.stderr.on('data', keep(stderr));
  stream.on('exit', (code: number | null) => {
    exited = code;
  });
  stream.on('error', (error: Error) =>
    reject(
      new PortError('unreachable', `${node.name}: the command's channel failed: ${error.message}`, { cause: error }),
    ),
  );
  stream.on('close', () => {
    if (exited === undefined)
      reject(new PortError('unreachable', `${node.name}: the connection was lost before the command ended`));
    else
      resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), exitCode: exited });
  });
  stream.end();
  return promise;
}

function connectionError(
  node: InventoryNode,
  login: SshLogin,
  error: Error & { level?: string },
  seenKey: Buffer | undefined,
): PortError {
  if (seenKey !== undefined && !isKnownHostKey(node, seenKey)) return changedHostKey(node, seenKey);
  if (error.level === 'client-authentication')
    return new PortError(
      'denied',
      `${node.name}: ${login.user} was not let in; check that its key is in authorized_keys`,
      {
        cause: error,
      },
    );
  const where = `${node.name} (${node.ssh.host} port ${node.ssh.port})`;
  return new PortError('unreachable', `${where}: ${error.message}`, { cause: error });
}

/** Who cancelled says why; the reason of a signal may be anything. */
function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('cancelled', { cause: reason });
}
