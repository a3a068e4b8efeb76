import { lexer, type Token } from 'marked';
import { expect } from 'vitest';

/** What a reader gets to see may hold none of these: C0 but tab and line feed, DEL, C1, zero width, bidirectional, tags. */
const hidden =
  // oxlint-disable-next-line no-control-regex -- these are what we look for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

/** Text as a terminal gets it. */
export function expectInertText(text: string): void {
  expect(hidden.exec(text)?.[0].codePointAt(0)?.toString(16) ?? 'nothing hidden').toBe('nothing hidden');
}

/** One JSON document a line, or one in all: the value may hold anything, its letters on a terminal may not. */
export function expectInertJson(text: string): void {
  expectInertText(text);
  expect(() => JSON.parse(text) as unknown).not.toThrow();
}

/**
 * Markdown of ours, read as a browser's library reads it (CommonMark with GFM, so bare addresses count as links): no
 * link, no picture, no tag, and no block that ours does not have.
 */
export function expectInertMarkdown(markdown: string): void {
  expectInertText(markdown);
  const tokens = everyToken(lexer(markdown, { gfm: true }));
  expect(tokens.filter(({ type }) => strange.has(type)).map(({ type, raw }) => `${type}: ${raw}`)).toEqual([]);
}

const strange = new Set(['link', 'image', 'html', 'def', 'table', 'blockquote', 'checkbox', 'del']);

/** Headings, fences and rules: what text of others may add nothing to. */
export function outlineOf(markdown: string): readonly string[] {
  return everyToken(lexer(markdown, { gfm: true }))
    .filter(({ type }) => type === 'heading' || type === 'code' || type === 'hr')
    .map(({ type, raw }) => (type === 'heading' ? raw.split(' ')[0] + ' ' + words(raw) : type));
}

/** A heading that quotes nothing is the same whatever is quoted elsewhere. */
function words(heading: string): string {
  return heading.startsWith('## ') ? '' : heading.trim();
}

function everyToken(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => {
    const inner = 'tokens' in token && Array.isArray(token.tokens) ? token.tokens : [];
    const items = 'items' in token && Array.isArray(token.items) ? token.items : [];
    // Lists keep their items apart; `task` marks one with a box.
    const boxes = 'task' in token && token.task === true ? [{ type: 'checkbox', raw: token.raw } as Token] : [];
    return [token, ...boxes, ...everyToken(inner), ...everyToken(items)];
  });
}

/** A page of ours: only elements that it has itself, without attributes that others could have written. */
export function expectInertHtml(html: string): void {
  expectInertText(html);
  const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
  expect(tags.filter((tag) => !ownTag.test(tag))).toEqual([]);
  // What is left between the tags opens none.
  expect(html.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
}

const ownTag =
  /^<(?:!doctype html|html lang="en"|\/html|meta charset="utf-8"|meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"|\/?(?:title|style|h2|h3|p|ul|li|pre|code|strong))>$/;

/** A flowchart: each line is one of ours. */
export function expectInertMermaid(text: string): void {
  expectInertText(text);
  const label = /"(?:[a-zA-Z0-9 .,()/+=-]|#\d+;|<br\/>)*"/.source;
  const line = new RegExp(
    `^(?:flowchart TD|  (?:earlier|n\\d+)(?:\\[${label}\\]|\\(${label}\\)|\\[\\[${label}\\]\\])|  n\\d+ -(?:\\.-|-)> n\\d+|  classDef [a-z]+ [a-z0-9#:,. -]+|  class [n\\d,]+ [a-z]+|)$`,
  );
  expect(text.split('\n').filter((one) => !line.test(one))).toEqual([]);
}

/** The text with nothing of it left but its shape: as long, as many lines and marks, and no word in it. */
export function harmless(text: string): string {
  return text.replaceAll('\r\n', ' ').replaceAll(new RegExp(hidden.source, 'gu'), ' ').replaceAll(/\p{L}/gu, 'x');
}

/** Words of a case that stand in no sentence of ours: where one is found, raw text is. */
export function traceOf(text: string): readonly string[] {
  return traces.filter((trace) => text.includes(trace));
}

const traces = ['evil.example', 'Ignore all previous', 'ignore previous', 'im_start', 'tool_call', '[/INST]', 'rm -rf'];
