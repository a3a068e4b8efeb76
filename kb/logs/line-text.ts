import type { LineView } from './blocks.ts';

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8', { ignoreBOM: false });

type LineBytes = Pick<LineView, 'buffer' | 'from' | 'to' | 'odd'>;

/** The line as text: decoded, without escape sequences and NUL bytes; bytes that are no UTF-8 become U+FFFD. */
export function lineText({ buffer, from, to, odd }: LineBytes): string {
  // For plain ASCII too: Node decodes it three times as fast as Latin-1.
  const text = utf8.decode(buffer.subarray(from, to));
  return odd ? withoutControls(text) : text;
}

/** The start of a line, where times and origins stand, behind a hole or a byte order mark; not exact about characters at its end. */
export function headText(buffer: Uint8Array, from: number, to: number): string {
  let start = from;
  while (start < to && buffer[start] === 0) start += 1;
  if (buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf) start += 3;
  return latin1.decode(buffer.subarray(start, Math.min(to, start + headBytes)));
}

const headBytes = 160;

// CSI (colours, cursor), OSC (titles, links) and two-byte escapes: ECMA-48 section 5.4.
const ansiPattern =
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  /\u001b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,512}(?:\u0007|\u001b\\)|[ -/]{0,4}[0-~])/g;

function withoutControls(text: string): string {
  return text.replace(ansiPattern, '').replaceAll('\u0000', '');
}
