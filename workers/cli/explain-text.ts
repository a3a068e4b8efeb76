import { appliesTo, type CatalogueEntry, type GpuGeneration } from '../../kb/catalog/entry.ts';
import { guidance } from '../../kb/catalog/guidance.ts';
import type { DecodeRow } from './explain-decode.ts';
import { paint, plain, renderTable, type Cell, type Terminal } from './output.ts';
import { wrapped } from './wrapped.ts';

// Wide enough for the sentences, narrow enough for half a screen.
const columnsMax = 96;
const labelColumns = 12;

/** One code for people: wrapped, coloured where the terminal can. */
export function entryText(
  terminal: Pick<Terminal, 'colour'>,
  entry: CatalogueEntry,
  generation: GpuGeneration,
  gpu: string,
  decode: readonly DecodeRow[] | undefined,
): string {
  const { kind, code, name, symbol, words, meaning, immediate, followUp, related, source } = entry;
  const title = code === name ? `${kind} ${name}` : `${kind} ${code}: ${name}`;
  const applies = appliesWords(entry, generation, gpu);
  return [
    paint(terminal, 'bold', title),
    paint(terminal, 'dim', name === symbol ? words : symbol),
    '',
    ...wrapped(meaning, columnsMax),
    '',
    ...field(terminal, 'applies', applies.text, applies.style),
    ...field(terminal, 'immediate', actionWords(immediate), 'yellow'),
    ...field(terminal, 'follow-up', actionWords(followUp), 'yellow'),
    ...field(terminal, 'related', related.length === 0 ? '-' : related.join(', ')),
    ...decodeLines(terminal, decode),
    ...field(terminal, 'source', source, 'dim'),
  ].join('\n');
}

/** All codes of a kind as a table. */
export async function listText(
  terminal: Pick<Terminal, 'colour'>,
  entries: readonly CatalogueEntry[],
  generation: GpuGeneration,
  gpu: string,
): Promise<string> {
  const rows = entries.map((entry): readonly Cell[] => {
    const applies = appliesTo(entry, generation);
    return [
      String(entry.code),
      clip(entry.name),
      applies === true ? { text: 'yes', style: 'green' } : applies === false ? { text: 'no', style: 'dim' } : '?',
      clip(entry.immediate ?? '-'),
      clip(entry.followUp ?? '-'),
    ];
  });
  return renderTable(terminal, ['CODE', 'NAME', gpu.toUpperCase(), 'IMMEDIATE', 'FOLLOW-UP'], rows);
}

const cellCharsMax = 48;

function clip(text: string): string {
  return text.length <= cellCharsMax ? text : `${text.slice(0, cellCharsMax - 1)}…`;
}

function appliesWords(
  entry: CatalogueEntry,
  generation: GpuGeneration,
  gpu: string,
): { readonly text: string; readonly style: 'green' | 'red' | 'dim' } {
  const of = `${gpu} (as ${generation})`;
  const applies = appliesTo(entry, generation);
  if (applies === null) return { text: `not said for ${of}`, style: 'dim' };
  return applies ? { text: `to ${of}`, style: 'green' } : { text: `not to ${of}`, style: 'red' };
}

function actionWords(action: string | null): string {
  if (action === null) return 'the source says nothing';
  const words = guidance.get(action);
  return words === undefined ? action : `${action}: ${words}`;
}

function decodeLines(terminal: Pick<Terminal, 'colour'>, decode: readonly DecodeRow[] | undefined): readonly string[] {
  if (decode === undefined) return [];
  if (decode.length === 0) return field(terminal, 'decode', 'the line carries nothing that can be read');
  return [
    '',
    paint(terminal, 'bold', 'decode'),
    ...decode.flatMap(({ at, meaning, immediate, followUp }) =>
      wrapped(
        `${at}: ${meaning} → ${[immediate, followUp].filter((one) => one !== null).join('; then ')}`,
        columnsMax - 2,
      ).map((line, index) => `${index === 0 ? '  ' : '      '}${line}`),
    ),
    '',
  ];
}

function field(
  terminal: Pick<Terminal, 'colour'>,
  label: string,
  text: string,
  style?: 'green' | 'red' | 'yellow' | 'dim',
): readonly string[] {
  return wrapped(plain(text), columnsMax - labelColumns).map((line, index) => {
    const head = index === 0 ? label.padEnd(labelColumns) : ' '.repeat(labelColumns);
    return `${head}${style === undefined ? line : paint(terminal, style, line)}`;
  });
}
