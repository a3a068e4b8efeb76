import type { KnowledgeRecord, IncidentRecord } from '../schemas/record.ts';
import { signatures } from '../schemas/signatures.ts';
import { recordText } from '../retrieval/record-text.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { privateText } from './private-text.ts';
import type { RecordProblem } from './parse-record.ts';

/** A record, and where it was read from. */
export interface PlacedRecord {
  readonly place: string;
  readonly record: KnowledgeRecord;
}

/** What a record may name. */
export interface Nameable {
  readonly probeIds: ReadonlySet<string>;
  readonly remediationIds: ReadonlySet<string>;
  /** Of all detectors, metric rules and probes. */
  readonly kindIds: ReadonlySet<string>;
  /** Kinds under which the detectors report one line. */
  readonly kindsOfLine: (line: string) => readonly string[];
}

// One signature with more records than this would drown the others in every recall.
const recordsPerSignatureMax = 15;
const causesPerAmbiguousMin = 3;
const sentencesMin = 2;
// Five as a rule; abbreviations and quoted lines make counting inexact.
const sentencesMax = 7;

/** All that is wrong with a base of records, or with a part of one, which need not be balanced; empty when it may ship. */
export function checkRecords(
  placed: readonly PlacedRecord[],
  nameable: Nameable,
  { whole = true }: { readonly whole?: boolean } = {},
): readonly RecordProblem[] {
  return [
    ...repeated(placed, 'id', ({ id }) => id),
    ...repeated(placed, 'source', ({ source }) => source),
    ...placed.flatMap((one) => [...recordProblems(one, nameable)]),
    ...(whole ? balanceProblems(placed) : []),
    ...likeProblems(placed),
  ];
}

function repeated(
  placed: readonly PlacedRecord[],
  field: 'id' | 'source',
  of: (record: KnowledgeRecord) => string,
): readonly RecordProblem[] {
  const incidents = field === 'source' ? placed.filter(({ record }) => record.kind === 'incident') : placed;
  return [...Map.groupBy(incidents, ({ record }) => of(record))].flatMap(([value, same]) =>
    same.slice(1).map((one) => problem(one, 'unique', `${field} ${value} is also that of ${same[0]?.place}`)),
  );
}

function* recordProblems(one: PlacedRecord, nameable: Nameable): Generator<RecordProblem> {
  const { record, place } = one;
  const name = place.split('/').at(-1) ?? '';
  if (name.endsWith('.yaml') && name !== `${record.id}.yaml`)
    yield problem(one, 'place', `the file of ${record.id} has to be called ${record.id}.yaml`);
  for (const found of privateText(wholeText(record))) yield problem(one, 'private', `holds ${found}`);
  if (!/^(?:https?|urn):/.test(record.source)) yield problem(one, 'source', `source is no address: ${record.source}`);
  if (record.kind === 'incident') yield* incidentProblems({ place, record }, nameable);
}

function* incidentProblems(
  one: { readonly place: string; readonly record: IncidentRecord },
  nameable: Nameable,
): Generator<RecordProblem> {
  const { record } = one;
  const folder = one.place.split('/').at(-2);
  if (one.place.endsWith('.yaml') && folder !== record.category)
    yield problem(one, 'place', `stands in ${folder}, but its category is ${record.category}`);
  for (const { id } of record.probes)
    if (!nameable.probeIds.has(id)) yield problem(one, 'probe', `there is no probe ${id}, nor is the id reserved`);
  for (const id of record.remedy.remediations)
    if (!nameable.remediationIds.has(id))
      yield problem(one, 'remediation', `there is no remediation ${id}, nor is the id reserved`);
  for (const [index, { line, kind }] of record.signals.entries()) {
    const at = `signals.${index}`;
    if (kind !== undefined && !nameable.kindIds.has(kind))
      yield problem(one, 'kind', `${at}: no kind ${kind} is known`);
    if (line === undefined) continue;
    const seen = nameable.kindsOfLine(line);
    if (kind === undefined) {
      if (seen.length > 0)
        yield problem(one, 'line', `${at}: the line is read as ${seen.join(', ')}; name it as its kind`);
    } else if (!seen.includes(kind))
      yield problem(one, 'line', `${at}: the line is read as ${seen.join(', ') || 'nothing'}, not as ${kind}`);
  }
  const sentences = sentenceCount(record.rawtext);
  if (sentences < sentencesMin || sentences > sentencesMax)
    yield problem(one, 'rawtext', `has ${sentences} sentences; two to five tell an incident`);
}

/** Code in backticks counts as a word: its full stops end no sentence. */
function sentenceCount(text: string): number {
  const prose = text.replaceAll(/`[^`]*`/g, 'x').trim();
  return prose.split(/[.!?](?:["')\]]*)\s+(?=[A-Z0-9(`"'])/).length;
}

function balanceProblems(placed: readonly PlacedRecord[]): readonly RecordProblem[] {
  const incidents = placed.flatMap(({ record }) => (record.kind === 'incident' ? [record] : []));
  const bySignature = Map.groupBy(incidents, ({ signature }) => signature);
  return signatures.flatMap(({ id, ambiguous }) => {
    const same = bySignature.get(id) ?? [];
    const causes = new Set(same.map(({ category }) => category)).size;
    const place = `signature ${id}`;
    return [
      ...(same.length > recordsPerSignatureMax
        ? [{ place, id: null, rule: 'balance', message: `${same.length} records, at most ${recordsPerSignatureMax}` }]
        : []),
      ...(ambiguous && causes < causesPerAmbiguousMin
        ? [
            {
              place,
              id: null,
              rule: 'balance',
              message: `${causes} different causes, at least ${causesPerAmbiguousMin}`,
            },
          ]
        : []),
    ];
  });
}

function likeProblems(placed: readonly PlacedRecord[]): readonly RecordProblem[] {
  const places = new Map(placed.map((one) => [one.record.id, one]));
  const texts = new Map(placed.map(({ record }) => [record.id, recordText(record)]));
  return nearDuplicates(texts).flatMap(({ a, b, likeness }) => {
    const one = places.get(b);
    return one === undefined ? [] : [problem(one, 'twin', `is ${Math.round(likeness * 100)} % like ${a}: merge them`)];
  });
}

function problem({ place, record: { id } }: PlacedRecord, rule: string, message: string): RecordProblem {
  return { place, id, rule, message };
}

/** Every string of the record but its source, which is an address by design. */
function wholeText({ source: _source, ...record }: KnowledgeRecord): string {
  const parts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') parts.push(value);
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(collect);
  };
  collect(record);
  return parts.join('\n');
}
