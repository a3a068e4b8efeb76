import type { Inventory } from '../schemas/inventory.ts';
import type { KnowledgeRecord } from '../schemas/record.ts';
import { redact } from '../logs/redact.ts';
import { hasHidden } from '../../workflows/domain/hidden-characters.ts';
import { privateText } from './private-text.ts';

/** Something private in a record, and in which field. */
export interface PrivatePlace {
  readonly field: string;
  readonly found: string;
}

const nameCharsMin = 3;

/**
 * Names that an inventory gives to machines, devices and jobs. A name that is a plain word (`training`) is left out: in
 * prose it cannot be told from the word.
 */
export function ownNames(inventory: Inventory): ReadonlySet<string> {
  const names = [
    inventory.cluster,
    ...inventory.jobs.map(({ name }) => name),
    ...inventory.nodes.flatMap(({ name, ssh, gpus, rail, leaf, rack, powerUnit, bmc }) => [
      name,
      ssh.host,
      ...gpus.flatMap(({ uuid, pciBusId }) => [uuid, pciBusId]),
      ...[rail, leaf, rack, powerUnit, bmc].flatMap((place) => place ?? []),
    ]),
  ];
  return new Set(
    names
      .map((name) => name.toLowerCase())
      .filter((name) => name.length >= nameCharsMin && /[a-z]/.test(name) && !/^[a-z]+$/.test(name)),
  );
}

/**
 * Every field of a record that names a machine, a job, an account or a secret; `source` is an address by design, and
 * may hold no secret all the same.
 */
export function privatePlaces(record: KnowledgeRecord, names: ReadonlySet<string>): readonly PrivatePlace[] {
  const { source, ...shown } = record;
  return [
    ...(redact(source) === source ? [] : [{ field: 'source', found: 'a secret' }]),
    ...fieldsOf(shown, '').flatMap(({ field, text }) => [
      ...privateText(text).map((found) => ({ field, found })),
      ...tokensOf(text)
        .filter((token) => names.has(token))
        .map((token) => ({ field, found: `a name of the inventory: ${token}` })),
    ]),
  ];
}

/** Fields with characters that move a cursor or hide text; line ends and tabs are none. */
export function controlPlaces(record: KnowledgeRecord): readonly PrivatePlace[] {
  return fieldsOf(record, '')
    .filter(({ text }) => hasHidden(text))
    .map(({ field }) => ({ field, found: 'a control character' }));
}

function fieldsOf(value: unknown, field: string): readonly { readonly field: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, field === '' ? key : `${field}.${key}`));
}

/** Words as names are written, with and without what stands behind a dot, a slash or a colon. */
function tokensOf(text: string): readonly string[] {
  const whole = text.toLowerCase().match(/[a-z0-9][a-z0-9._:/-]*/g) ?? [];
  const parts = whole.flatMap((token) => [token, token.replace(/[._:/-]+$/, ''), ...token.split(/[._:/]+/)]);
  return [...new Set(parts)];
}
