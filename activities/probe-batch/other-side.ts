import type { InventoryNode } from '../../kb/schemas/inventory.ts';
import type { OtherSide, Probe } from '../../kb/schemas/probe.ts';
import { PortError, type ProbeRunner, type SshHost } from '../ports.ts';

export interface Serving {
  readonly runner: ProbeRunner;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** The other side did not get ready, so nothing was measured. */
export class OtherSideError extends PortError {}

/** More than a server prints before it is ended; nobody reads it. */
const outputBytesMax = 65_536;

/**
 * Does a measurement while its other side runs on another node. That side is started first, and ended when the
 * measurement is over, has failed or was cancelled: its input closes, and its script ends what it started.
 */
export async function withOtherSide<T>(
  { runner, pause, signal }: Serving,
  probe: Pick<Probe, 'id' | 'timeoutMs'>,
  other: OtherSide,
  peer: { readonly node: InventoryNode; readonly host: SshHost },
  measure: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const served = runner
    .run(peer.host, other.argv, {
      timeoutMs: probe.timeoutMs + other.readyMs,
      outputBytesMax,
      about: { node: peer.node.name, probeId: probe.id },
      load: true,
      serves: true,
      signal: until,
    })
    .then(
      ({ exitCode, stderr }) => `it ended with ${exitCode ?? 'no exit code'}: ${stderr.trim().slice(0, saidCharsMax)}`,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  try {
    const early = await Promise.race([served, pause(other.readyMs, until).then(() => null)]);
    signal.throwIfAborted();
    if (early !== null)
      throw new OtherSideError('refused', `${peer.node.name}: the other side of ${probe.id} did not start: ${early}`);
    return await measure();
  } finally {
    over.abort();
    await served;
  }
}

const saidCharsMax = 120;
