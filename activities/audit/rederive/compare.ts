import { canonicalJson } from '../../json-evidence.ts';
import { asEvidenceRef } from '../evidence-closure.ts';

/** One field that came out otherwise. */
export interface Difference {
  readonly field: string;
  readonly recorded: string;
  readonly derived: string;
}

export interface Comparison {
  /** The bytes of evidence of this hash, recorded or derived; `null` when they are not here. */
  readonly bytesOf: (sha256: string) => Uint8Array | null;
  readonly measured?: Measured;
}

/** Names of fields that are measured and not derived. */
export interface Measured {
  readonly inResult?: readonly string[];
  /** In the documents that a result refers to. */
  readonly inDocuments?: readonly string[];
}

const differencesMax = 3;
const nestingMax = 60;
const shownCharsMax = 120;

/** Where a recorded result is not what was derived again. Evidence counts by its content, wherever it was put. */
export function differences(recorded: unknown, derived: unknown, comparison: Comparison): readonly Difference[] {
  const found: Difference[] = [];
  compare(recorded, derived, '', { ...comparison, skipped: comparison.measured?.inResult ?? [] }, found, 0);
  return found;
}

type Comparing = Comparison & { readonly skipped: readonly string[] };

function compare(
  recorded: unknown,
  derived: unknown,
  field: string,
  comparison: Comparing,
  found: Difference[],
  depth: number,
): void {
  if (found.length >= differencesMax) return;
  if (depth > nestingMax) {
    found.push({ field, recorded: 'nested too deep', derived: '' });
    return;
  }
  const [left, right] = [asEvidenceRef(recorded), asEvidenceRef(derived)];
  if (left !== null && right !== null) {
    if (left.kind === right.kind && left.sha256 === right.sha256 && left.bytes === right.bytes) return;
    compareContent(left.sha256, right.sha256, `${field} (${left.kind} ${left.id})`, comparison, found, depth);
    return;
  }
  if (isObject(recorded) && isObject(derived) && Array.isArray(recorded) === Array.isArray(derived)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(derived)])) {
      if (comparison.skipped.includes(name)) continue;
      const inner = Array.isArray(recorded) ? `${field}[${name}]` : field === '' ? name : `${field}.${name}`;
      compare(recorded[name], derived[name], inner, comparison, found, depth + 1);
    }
    return;
  }
  if (shown(recorded) !== shown(derived))
    found.push({ field, recorded: cut(shown(recorded)), derived: cut(shown(derived)) });
}

function compareContent(
  recordedSha: string,
  derivedSha: string,
  field: string,
  comparison: Comparing,
  found: Difference[],
  depth: number,
): void {
  const recorded = jsonOf(comparison.bytesOf(recordedSha));
  const derived = jsonOf(comparison.bytesOf(derivedSha));
  if (recorded === undefined || derived === undefined) {
    found.push({ field, recorded: recordedSha, derived: derivedSha });
    return;
  }
  const before = found.length;
  const skipped = comparison.measured?.inDocuments ?? [];
  compare(recorded, derived, field, { ...comparison, skipped }, found, depth + 1);
  // Equal values with other bytes: only measurements may differ.
  if (found.length === before && skipped.length === 0)
    found.push({ field, recorded: recordedSha, derived: derivedSha });
}

function jsonOf(bytes: Uint8Array | null): unknown {
  if (bytes === null) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'symbol' ? 'unreadable' : canonicalJson(value);
}

function cut(text: string): string {
  return text.length <= shownCharsMax ? text : `${text.slice(0, shownCharsMax)}…`;
}
