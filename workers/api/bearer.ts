import { createHash, timingSafeEqual } from 'node:crypto';

/** A bearer token that a source of alerts was given; the token itself is kept nowhere. */
export interface SourceToken {
  /** Whose it is; shown to whoever presents the token, and in the log. */
  readonly name: string;
  /** SHA-256 of the token, 64 lower-case hex digits. A fast hash does: tokens are random, not chosen. */
  readonly sha256: string;
  /** From then on it is refused. `null`: never. */
  readonly expiresAtMs: number | null;
}

export type BearerVerdict =
  | { readonly kind: 'accepted'; readonly source: string }
  | { readonly kind: 'expired'; readonly source: string; readonly expiredAtMs: number }
  | { readonly kind: 'unknown' }
  /** No header at all. */
  | { readonly kind: 'missing' };

/**
 * Whose token an `Authorization` header carries. Hashes are compared, with every token of the list, so that neither
 * content nor length nor place of one shows in the time that it takes.
 */
export function checkBearer(
  tokens: readonly SourceToken[],
  authorization: string | undefined,
  nowMs: number,
): BearerVerdict {
  if (authorization === undefined) return { kind: 'missing' };
  const presented = /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1];
  const hash = createHash('sha256')
    .update(presented ?? '')
    .digest();
  const theirs = tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash));
  if (presented === undefined) return { kind: 'unknown' };
  const valid = theirs.find(({ expiresAtMs }) => expiresAtMs === null || nowMs < expiresAtMs);
  if (valid !== undefined) return { kind: 'accepted', source: valid.name };
  const [expired] = theirs;
  return expired === undefined || expired.expiresAtMs === null
    ? { kind: 'unknown' }
    : { kind: 'expired', source: expired.name, expiredAtMs: expired.expiresAtMs };
}

export function sha256Hex(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The source of the one token of the environment; no token in a file has this name. */
export const environmentSource = 'environment';
