import type { Device } from './finding.ts';

/** A cause as an incident claims it after its verdict; `null` where the incident did not say. */
export interface ClaimedCause {
  readonly node: string;
  readonly category: string | null;
  /** Kind and index or name, such as `gpu 3`; `null` when it is the node as a whole. */
  readonly device: string | null;
}

/** What an incident claims of its verdict. A cause without a node is nobody's to claim. */
export function claimedCauses(
  causes: readonly { readonly category: string; readonly node?: string; readonly device?: Device }[],
): readonly ClaimedCause[] {
  return causes.flatMap(({ node, category, device }) =>
    node === undefined ? [] : [{ node, category, device: device === undefined ? null : deviceName(device) }],
  );
}

/** The index of an adapter is a port number, which all adapters of a node share. */
function deviceName({ kind, index, name }: Device): string {
  const told = kind === 'gpu' ? (index ?? name) : (name ?? index);
  return `${kind} ${told ?? ''}`.trim();
}

/**
 * Is all that one incident found among what another found? Then it may go. A part that only it has found would be lost
 * with it, so then both go on, and their leases keep their repairs apart.
 */
export function isCovered(mine: readonly ClaimedCause[], other: readonly ClaimedCause[]): boolean {
  return mine.length > 0 && mine.every((cause) => other.some((theirs) => isSamePlace(cause, theirs)));
}

export function isSamePlace(a: ClaimedCause, b: ClaimedCause): boolean {
  return a.node === b.node && agree(a.category, b.category) && agree(a.device, b.device);
}

function agree(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b;
}
