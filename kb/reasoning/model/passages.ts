import type { EvidenceRange } from '../../../workflows/domain/evidence.ts';
import type { Passage } from './case.ts';

// What stands around a line often names what the line itself does not.
const linesAround = 3;
const passageBytesMax = 1_500;

/** The line of a finding with the lines around it; never the half of a line unless it is longer than all that is taken. */
export function passageAround(
  bytes: Uint8Array,
  at: { readonly byteStart: number; readonly byteEnd: number },
  where: Pick<EvidenceRange, 'evidenceId' | 'source'>,
  node?: string,
): Passage {
  let start = at.byteStart;
  for (let lines = 0; lines <= linesAround && start > 0 && at.byteStart - start < passageBytesMax / 2; lines += 1)
    start = lineStart(bytes, start - 1);
  let end = Math.min(at.byteEnd, bytes.length);
  for (let lines = 0; lines <= linesAround && end < bytes.length && end - start < passageBytesMax; lines += 1)
    end = lineEnd(bytes, end + 1);
  return passage(
    bytes,
    Math.max(start, at.byteStart - passageBytesMax),
    Math.min(end, start + passageBytesMax),
    where,
    node,
  );
}

/** The last lines of a source in which no detector saw anything. */
export function lastPassage(
  bytes: Uint8Array,
  where: Pick<EvidenceRange, 'evidenceId' | 'source'>,
  node?: string,
): Passage {
  const rough = Math.max(0, bytes.length - passageBytesMax);
  const start = rough === 0 ? 0 : Math.min(bytes.length, lineEnd(bytes, rough) + 1);
  return passage(bytes, start >= bytes.length ? rough : start, bytes.length, where, node);
}

function passage(
  bytes: Uint8Array,
  byteStart: number,
  byteEnd: number,
  { evidenceId, source }: Pick<EvidenceRange, 'evidenceId' | 'source'>,
  node: string | undefined,
): Passage {
  return {
    range: { evidenceId, source, byteStart, byteEnd },
    ...(node === undefined ? {} : { node }),
    text: new TextDecoder().decode(bytes.subarray(byteStart, byteEnd)),
  };
}

const newline = 10;

/** Start of the line that ends at or before `at`. */
function lineStart(bytes: Uint8Array, at: number): number {
  const before = bytes.lastIndexOf(newline, Math.max(0, at - 1));
  return before === -1 ? 0 : before + 1;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  const next = bytes.indexOf(newline, from);
  return next === -1 ? bytes.length : next;
}
