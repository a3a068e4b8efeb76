import { marked, type Token } from 'marked';
import { withoutHidden } from '../../workflows/domain/hidden-characters.ts';
import { isTable, maskColumns, maskSecrets } from './markdown-secrets.ts';
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
 * before anything is kept. A front matter is a piece of its own; its title stands in for a missing heading. `hash` gives
 * at least 16 lower-case hex digits. Throws `RangeError` for too many pieces.
 */
export function chunkMarkdown(path: string, markdown: string, hash: (text: string) => string): Chunked {
  const { front, body } = frontMatter(maskSecrets(withoutHidden(markdown)));
  const named = titleOf(front);
  const sections = sectionsOf(named, front, marked.lexer(body));
  const title = named ?? sections.find(({ headings }) => headings.length > 0)?.headings[0] ?? path;
  const chunks = new Map<string, Chunk>();
  for (const { headings, blocks } of sections)
    for (const text of piecesOf(blocks)) {
      const id = `runbook-${hash(JSON.stringify([path, headings, text])).slice(0, 16)}`;
      chunks.set(id, { id, headings, text, code: codeIn(text) });
    }
  if (chunks.size > chunksMax) throw new RangeError(`${chunks.size} pieces, at most ${chunksMax}: split the document`);
  return { title, chunks: [...chunks.values()] };
}

/** The YAML block with which many runbooks begin; to Markdown it would be a rule and a heading. */
function frontMatter(markdown: string): { readonly front: string; readonly body: string } {
  const [whole = '', front = ''] = /^\s*---[ \t]*\n([^]*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(markdown) ?? [];
  // Two rules with prose between them are no front matter.
  const isFront = /^[\w-]+[ \t]*:/.test(front);
  return isFront ? { front: front.trim(), body: markdown.slice(whole.length) } : { front: '', body: markdown };
}

function titleOf(front: string): string | null {
  const [, quoted = ''] = /^title[ \t]*:[ \t]*(.+)$/m.exec(front) ?? [];
  return oneLine(quoted.trim().replace(/^(["'])(.*)\1$/, '$2')) || null;
}

interface Section {
  readonly headings: string[];
  /** As they are written. */
  readonly blocks: string[];
}

/** `title` is the heading above all where there is no first-level heading. */
function sectionsOf(title: string | null, front: string, tokens: readonly Token[]): readonly Section[] {
  const open = title === null ? [] : [{ depth: 1, text: title }];
  const sections: Section[] = [{ headings: open.map(({ text }) => text), blocks: front === '' ? [] : [front] }];
  for (const token of tokens) {
    if (token.type === 'heading') {
      const depth = Number(token['depth']);
      while ((open.at(-1)?.depth ?? 0) >= depth) open.pop();
      open.push({ depth, text: oneLine(String(token['text'])) });
      sections.push({ headings: open.slice(0, headingsMax).map(({ text }) => text), blocks: [] });
    } else if (token.type !== 'space' && token.type !== 'def' && token.type !== 'hr')
      sections.at(-1)?.blocks.push((isTable(token) ? maskColumns(token) : token.raw).trim());
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
