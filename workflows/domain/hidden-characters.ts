/**
 * Characters that move a cursor, turn the direction of text or are seen by programs and not by people: control, zero
 * width, bidirectional (Unicode TR 9), interlinear, tags and variation selectors of plane 14. Line feed and tab are none.
 */
const hidden =
  // oxlint-disable-next-line no-control-regex -- these are what we look for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;
const everyHidden = new RegExp(hidden.source, 'gu');
const everyHiddenOrBreak = new RegExp(`(?:${hidden.source}|[\\t\\n])+`, 'gu');

// CSI sequences, and OSC sequences up to their end or the end of the line, whichever comes first.
// oxlint-disable-next-line no-control-regex -- these are what we remove
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[@-_])?/g;

export function hasHidden(text: string): boolean {
  return hidden.test(text);
}

/** All kinds of line ends become line feeds; nothing that moves a cursor or hides text is left. */
export function withoutHidden(text: string): string {
  return text
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll(escapes, '')
    .replaceAll(everyHidden, '');
}

/** One line; what was hidden, and every line end, is a blank. Nothing else is changed. */
export function asOneLine(text: string): string {
  return text.replaceAll(everyHiddenOrBreak, ' ');
}

/** JSON of text of others for a terminal: the same value, and every hidden character is written as its number. */
export function withHiddenAsNumbers(json: string): string {
  return json.replaceAll(everyHidden, (found) =>
    Array.from({ length: found.length }, (_one, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}

/** Addresses that no reader of Markdown, mail or chat turns into a link; people still read them. */
export function withoutLinks(text: string): string {
  return text.replaceAll('://', '[:]//').replaceAll(/\b(www|mailto|tel)([.:])/gi, '$1[$2]');
}
