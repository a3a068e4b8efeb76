import { excerptCharsMax } from '../../workflows/domain/finding.ts';
import { redact } from './redact.ts';

/** The redacted text of a line, cut to `excerptCharsMax` around the place that matters. */
export function excerpt(text: string, around = 0): string {
  const clean = redact(text);
  if (clean.length <= excerptCharsMax) return ownCopy(clean);
  const from = Math.max(0, Math.min(around - 80, clean.length - excerptCharsMax + 1));
  const room = excerptCharsMax - (from > 0 ? 2 : 1);
  const piece = clean.slice(from, from + room);
  return ownCopy(`${from > 0 ? '…' : ''}${piece}${from + room < clean.length ? '…' : ''}`);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A slice of a string keeps the whole of it in memory; what is kept for long gets bytes of its own. */
export function ownCopy(text: string): string {
  return decoder.decode(encoder.encode(text));
}
