import { marked, type Token } from 'marked';
import { redact } from '../logs/redact.ts';
import { chunkCharsMax, chunksMax, type Chunk } from './site-events.ts';

export interface Chunked {
  readonly title: string;
  readonly chunks: readonly Chunk[];
}

// Small enough to be read at a glance and to fit what embedding models take in (256 to 512 word pieces).
const textCharsMax = 1_500;
const headingCharsMax = 200;
const headingsMax = 7;

/**
 * Pieces of a Markdown document, one a heading, long ones cut between paragraphs. A piece's id follows from path,
 * headings and text alone, so that it stays when others change. Secrets are masked and control characters are gone
 * before anything is kept. `hash` gives at least 16 lower-case hex digits. Throws `RangeError` for too many pieces.
 */
export function chunkMarkdown(path: string, markdown: string, hash: (text: string) => string): Chunked {
  const sections = sectionsOf(marked.lexer(redact(withoutControls(markdown))));
  const title = sections.find(({ headings }) => headings.length > 0)?.headings[0] ?? path;
  const chunks = new Map<string, Chunk>();
  for (const { headings, blocks } of sections)
    for (const text of piecesOf(blocks)) {
      const id = `runbook-${hash(JSON.stringify([path, headings, text])).slice(0, 16)}`;
      chunks.set(id, { id, headings, text, code: codeIn(text) });
    }
  if (chunks.size > chunksMax) throw new RangeError(`${chunks.size} pieces, at most ${chunksMax}: split the document`);
  return { title, chunks: [...chunks.values()] };
}

interface Section {
  readonly headings: string[];
  /** As they are written. */
  readonly blocks: string[];
}

function sectionsOf(tokens: readonly Token[]): readonly Section[] {
  const open: { readonly depth: number; readonly text: string }[] = [];
  const sections: Section[] = [{ headings: [], blocks: [] }];
  for (const token of tokens) {
    if (token.type === 'heading') {
      const depth = Number(token['depth']);
      while ((open.at(-1)?.depth ?? 0) >= depth) open.pop();
      open.push({ depth, text: oneLine(String(token['text'])) });
      sections.push({ headings: open.slice(0, headingsMax).map(({ text }) => text), blocks: [] });
    } else if (token.type !== 'space' && token.type !== 'def') sections.at(-1)?.blocks.push(token.raw.trim());
  }
  return sections.filter(({ blocks }) => blocks.some((block) => block !== ''));
}

/** Whole blocks together up to the bound; a block that is longer by itself is cut at lines. */
function piecesOf(blocks: readonly string[]): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const part of blocks.flatMap(partsOf)) {
    const joined = piece === '' ? part : `${piece}\n\n${part}`;
    if (joined.length <= textCharsMax) piece = joined;
    else {
      if (piece !== '') pieces.push(piece);
      piece = part;
    }
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

function partsOf(block: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (const line of block.split('\n').flatMap((each) => each.match(/[^]{1,1500}/gu) ?? [''])) {
    const joined = part === '' ? line : `${part}\n${line}`;
    if (joined.length <= textCharsMax) part = joined;
    else {
      parts.push(part);
      part = line;
    }
  }
  if (part.trim() !== '') parts.push(part);
  return parts;
}

/** What stands in code blocks and between backticks. */
function codeIn(text: string): string {
  const found = [...text.matchAll(/```[^\n]*\n([^]*?)(?:```|$)|`([^`\n]+)`/g)].map(([, block, span]) =>
    (block ?? span ?? '').trim(),
  );
  return found.filter(Boolean).join('\n').slice(0, chunkCharsMax);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, headingCharsMax);
}

/** Escape sequences, control and direction characters: nothing that moves a cursor or hides text is kept. */
function withoutControls(text: string): string {
  return (
    text
      .replaceAll(/\r\n?/g, '\n')
      // oxlint-disable-next-line no-control-regex -- these are what we remove
      .replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])?/g, '')
      // oxlint-disable-next-line no-control-regex -- these are what we remove
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
  );
}
