import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';

/** How far a log was read: what a restart goes on from, and what tells a continuation from another log. */
export const positionSchema = z.object({
  /** Bytes read, decompressed; always behind a line break, or behind all there was. */
  offset: z.int().min(0),
  /** Line feeds before the offset; `null` where nobody has counted. */
  lines: z.int().min(0).nullable(),
  /** Hash of the `tailBytes` before the offset. */
  tail: z.string(),
  tailBytes: z.int().min(0),
});
export type Position = Readonly<z.infer<typeof positionSchema>>;

export const startPosition: Position = { offset: 0, lines: 0, tail: '', tailBytes: 0 };

/** Some lines, with their times: enough that another log does not end in the same ones at the same offset. */
export const tailBytesMax = 1_024;

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}

/** The position behind `bytes`, the last of which stand before `offset`; at least `tailBytesMax` of them where there are. */
export function positionBehind(bytes: Uint8Array, offset: number, lines: number | null): Position {
  const tail = bytes.subarray(Math.max(0, bytes.length - Math.min(tailBytesMax, offset)));
  return { offset, lines, tail: hashOf(tail), tailBytes: tail.length };
}

/**
 * What rotation leaves of a name: `train.log` of `train.log.1`, `train.log-20261121.gz`, `train.log.2026-11-21_03`.
 * Only hints at what to compare: whether one log continues another is decided by its bytes.
 */
export function stemOf(name: string): string {
  const { dir, base } = path.parse(name);
  const plain = base.replace(/\.(?:gz|zst)$/, '').replace(/(?:[.-]\d[\d:T_-]{0,30}){1,3}$/, '');
  return `${dir}/${plain === '' ? base : plain}`;
}
