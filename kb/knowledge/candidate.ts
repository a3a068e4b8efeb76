import type { Category } from '../taxonomy.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import {
  recordSchema,
  recordSchemaVersion,
  type IncidentRecord,
  type RecordSignal,
  type Strength,
} from '../schemas/record.ts';
import { signatureOf } from './signature-of.ts';

export interface VerifiedRepair {
  /** The run that was repaired: where the record comes from. */
  readonly runId: string;
  readonly category: Category;
  readonly remediationId: string;
  /** The plan only took the part out of service; people replaced or mended it, and the plan was taken back. */
  readonly byPeople: boolean;
  readonly verifyProbes: readonly string[];
  /** Findings that the cause's claims cite. */
  readonly evidence: readonly Finding[];
  readonly slowdownBefore: number | null;
  readonly slowdownAfter: number | null;
  readonly kinds: ReadonlyMap<string, FindingKind>;
}

const signalsMax = 12;
const probesMax = 6;
const summariesMax = 5;
const rawtextCharsMax = 2_000;
const idCharsMax = 100;

// Natural-log odds: e^3 makes a cause twenty times as likely, e^1 about three times (our judgement).
const strongMin = 3;
const moderateMin = 1;

/**
 * A record from a repair that was verified: kinds and summaries only, so no name of a node or a device can enter. Its id
 * follows from cause and leading sign, so that a second incident of the same sort proposes the same record.
 */
export function candidateRecord(repair: VerifiedRepair): IncidentRecord {
  const { category, remediationId, byPeople } = repair;
  const kinds = [...new Set(repair.evidence.map(({ kind }) => kind))]
    .toSorted()
    .toSorted((a, b) => weightOf(b, repair) - weightOf(a, repair));
  const [leading] = kinds;
  const summaries = kinds.slice(0, summariesMax).map((id) => repair.kinds.get(id)?.summary ?? id);
  const probes = [...new Set(repair.verifyProbes)].slice(0, probesMax);
  const verified = probes.join(', ') || 'the probes that had seen it';
  const record = recordSchema.parse({
    schema: recordSchemaVersion,
    id: kebab(`learned ${category} ${leading ?? remediationId}`),
    revision: 1,
    status: 'candidate',
    kind: 'incident',
    category,
    signature: signatureOf(category, kinds),
    problemkey: [category, ...(leading === undefined ? [] : [leading]), remediationId],
    platform: {},
    rawtext: [
      `An incident was attributed to ${category}.`,
      summaries.length === 0 ? '' : `Seen: ${summaries.join('; ')}.`,
      byPeople
        ? `The part was taken out of service by ${remediationId}, replaced or mended by people, put back and verified.`
        : `The repair ${remediationId} was approved, applied and verified.`,
      slowdownText(repair),
    ]
      .filter((sentence) => sentence !== '')
      .join(' ')
      .slice(0, rawtextCharsMax),
    function: `Run ${verified} on the node: not clean while the cause is there, clean after it is gone.`,
    result: byPeople
      ? `${category}: the incident ended when people had replaced or mended the part.`
      : `${category}: its removal by ${remediationId} ended the incident.`,
    signals:
      kinds.length > 0
        ? kinds.slice(0, signalsMax).map((kind) => signalOf(kind, repair))
        : [
            {
              seenIn: 'people',
              text: `trouble that ${byPeople ? 'a new part' : remediationId} ended`,
              strength: 'weak',
            },
          ],
    notThisIf: [`${verified} is clean while the trouble lasts.`],
    probes: probes.map((id) => ({ id, present: 'not clean', absent: 'clean' })),
    remedy: {
      remediations: [remediationId],
      ...(byPeople ? { action: 'Replace or mend the part that is out of service, then put it back.' } : {}),
    },
    confirmedBy: {
      who: 'repair',
      how: `The severity was measured before and after ${byPeople ? 'people had been there' : remediationId}: it was better, and no probe was left that is not clean.`,
    },
    source: `urn:wardround:run:${repair.runId}`,
  });
  if (record.kind !== 'incident') throw new TypeError('a repair teaches an incident');
  return record;
}

function signalOf(kind: string, repair: VerifiedRepair): RecordSignal {
  const weight = weightOf(kind, repair);
  const strength: Strength = weight >= strongMin ? 'strong' : weight >= moderateMin ? 'moderate' : 'weak';
  const finding = repair.evidence.find((each) => each.kind === kind);
  return { seenIn: seenIn(kind, finding?.range.source ?? ''), kind, strength };
}

function seenIn(kind: string, source: string): RecordSignal['seenIn'] {
  if (source.startsWith('probe ')) return 'probe';
  if (kind.startsWith('metric.') || kind.startsWith('performance.')) return 'metric';
  return kind.startsWith('seen.') ? 'people' : 'log';
}

function weightOf(kind: string, { kinds, category }: VerifiedRepair): number {
  return kinds.get(kind)?.weighs[category] ?? 0;
}

function slowdownText({ slowdownBefore, slowdownAfter }: VerifiedRepair): string {
  if (slowdownBefore === null || slowdownAfter === null) return '';
  return `Steps took ${slowdownBefore.toFixed(2)} times the healthy median before and ${slowdownAfter.toFixed(2)} times after.`;
}

function kebab(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, idCharsMax)
    .replaceAll(/^-|-$/g, '');
}
