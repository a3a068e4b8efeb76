import type { Category } from '../taxonomy.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { recordSchema, type KnowledgeRecord } from '../schemas/record.ts';

export interface VerifiedRepair {
  /** The run that was repaired: where the record comes from, and by what it can be revoked. */
  readonly runId: string;
  readonly category: Category;
  readonly remediationId: string;
  readonly verifyProbes: readonly string[];
  /** Findings that the cause's claims cite. */
  readonly evidence: readonly Finding[];
  readonly slowdownBefore: number | null;
  readonly slowdownAfter: number | null;
  readonly kinds: ReadonlyMap<string, FindingKind>;
}

const signalsMax = 20;
const probesMax = 10;

/** A record from a repair that was verified: kinds and summaries only, so no name of a node or a device can enter. */
export function candidateRecord(repair: VerifiedRepair): KnowledgeRecord {
  const kinds = [...new Set(repair.evidence.map(({ kind }) => kind))].toSorted();
  const signals = kinds.length > 0 ? kinds : [repair.remediationId];
  const leading = strongestKind(kinds, repair);
  const summaries = kinds.map((id) => repair.kinds.get(id)?.summary ?? id);
  const verified = repair.verifyProbes.join(', ') || 'the probes that had seen it';
  return recordSchema.parse({
    problemkey: kebab(`${repair.category} ${leading ?? repair.remediationId}`),
    rawtext: [
      `An incident was attributed to ${repair.category}.`,
      summaries.length === 0 ? '' : `Seen: ${summaries.join('; ')}.`,
      `The repair ${repair.remediationId} was approved, applied and verified.`,
      slowdownText(repair),
    ]
      .filter((sentence) => sentence !== '')
      .join(' ')
      .slice(0, 4000),
    function: `Run ${verified} on the node: not clean while the cause is there, clean after it is gone.`,
    result: `${repair.category}: its removal by ${repair.remediationId} ended the incident.`,
    category: repair.category,
    remedy: repair.remediationId,
    signals: signals.slice(0, signalsMax),
    not_this_if: [`${verified} is clean while the trouble lasts`.slice(0, 400)],
    source: `urn:wardround:run:${repair.runId}`,
    probes: repair.verifyProbes.slice(0, probesMax),
  });
}

function strongestKind(kinds: readonly string[], { category, kinds: known }: VerifiedRepair): string | undefined {
  const weight = (id: string): number => (known.get(id)?.weighs[category] ?? 0);
  return kinds.toSorted((a, b) => weight(b) - weight(a))[0];
}

function slowdownText({ slowdownBefore, slowdownAfter }: VerifiedRepair): string {
  if (slowdownBefore === null || slowdownAfter === null) return '';
  return `Steps took ${slowdownBefore.toFixed(2)} times the healthy median before and ${slowdownAfter.toFixed(2)} times after.`;
}

function kebab(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
