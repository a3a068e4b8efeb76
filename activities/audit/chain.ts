import { createHash } from 'node:crypto';
import { canonicalJson } from '../json-evidence.ts';

/** A chain over parts in their order: each link hashes the one before it together with the next part. */
export interface Chain {
  /** Lower-case hex SHA-256 of the last link; it fixes every part and their order. */
  readonly head: string;
  /** The first `linkHexDigits` of every link: enough to say where two chains part, never enough to replace the head. */
  readonly links: readonly string[];
}

const linkHexDigits = 16;

/** `seed` keeps chains over different things from ever being the same. */
export function chainOver(seed: string, parts: readonly unknown[]): Chain {
  let head = sha256(`wardround ${seed}\n`);
  const links: string[] = [];
  for (const part of parts) {
    head = sha256(`${head}\n${canonicalJson(part)}`);
    links.push(head.slice(0, linkHexDigits));
  }
  return { head, links };
}

/** The index of the first part at which the two chains differ; `null` when they are the same. */
export function partingOf(recorded: Chain, found: Chain): number | null {
  const length = Math.max(recorded.links.length, found.links.length);
  for (let index = 0; index < length; index += 1) if (recorded.links[index] !== found.links[index]) return index;
  return recorded.head === found.head ? null : Math.max(0, length - 1);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
