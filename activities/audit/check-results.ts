import { ApplicationFailure } from '@temporalio/common';
import type { Knowledge } from '../../kb/reasoning/knowledge.ts';
import { canonicalJson } from '../json-evidence.ts';
import { PortError } from '../ports.ts';
import { bundleNames, type BundleFiles } from './bundle.ts';
import { checkOf, type Check, type Remark } from './check.ts';
import {
  activitiesOf,
  decodePayloads,
  readHistory,
  resultOf,
  type ActivityRecord,
  type RecordedHistory,
} from './history.ts';
import type { CodeIdentity, Manifest } from './manifest.ts';
import { differences, type Difference } from './rederive/compare.ts';
import { derivations, takenAsRecorded } from './rederive/derivations.ts';
import { inActivity } from './rederive/in-activity.ts';
import { recordedWorld, type RecordedWorld } from './rederive/world.ts';

export interface PresentCode {
  readonly code: CodeIdentity;
  readonly knowledge: Knowledge;
}

/**
 * Whether the recorded evidence leads to the recorded results: every deterministic activity once more, each from what
 * it was given then. With other code or knowledge than then, a result that comes out the same still counts; one that
 * differs cannot be judged.
 */
export async function checkResults(files: BundleFiles, manifest: Manifest, present: PresentCode): Promise<Check> {
  const world = recordedWorld(files, manifest, present.knowledge);
  const histories = openHistories(files, manifest);
  const missingCode = codeNotHere(manifest, histories, present.code);
  const problems: Remark[] = [];
  const gaps: Remark[] = [];
  const counts = { derived: 0, taken: 0 };
  for (const { workflowId, history } of histories)
    for (const record of activitiesOf(history)) {
      const outcome = await rederive(world, record);
      const place = `${workflowId} event ${record.outcome.kind === 'completed' ? record.outcome.eventId : record.scheduledEventId} ${record.type}`;
      if (outcome.kind === 'same') counts.derived += 1;
      if (outcome.kind === 'taken') counts.taken += 1;
      if (outcome.kind === 'not-here') gaps.push({ place, text: outcome.why });
      if (outcome.kind === 'other')
        if (missingCode === null) problems.push({ place, text: outcome.why });
        else gaps.push({ place, text: `${missingCode} is not here, and with this one: ${outcome.why}` });
    }
  problems.push(...childProblems(histories));
  const summary = `${counts.derived} results derived again, ${counts.taken} measurements and actions taken as recorded`;
  return checkOf(summary, { problems, gaps, notes: missingCode === null ? [] : [`${missingCode} is not here`] });
}

interface OpenHistory {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: RecordedHistory;
}

/** What cannot be read is the seal's to report. */
function openHistories(files: BundleFiles, manifest: Manifest): readonly OpenHistory[] {
  return manifest.histories.flatMap(({ workflowId, runId }, index) => {
    const bytes = files.get(bundleNames.history(index));
    try {
      return bytes === undefined ? [] : [{ workflowId, runId, history: readHistory(bytes, workflowId) }];
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return [];
    }
  });
}

/** "knowledge 0123…" or "code 0123…" when this program is not what made the results; `null` when it is. */
function codeNotHere(manifest: Manifest, histories: readonly OpenHistory[], present: CodeIdentity): string | null {
  const digests = histories.flatMap(({ history }) => activitiesOf(history).flatMap(knowledgeOf));
  const other = digests.find((digest) => digest !== present.knowledge);
  // The same sources are the same knowledge: then it is the history that names another.
  const sameSources = manifest.code.sources === present.sources;
  if (other !== undefined && !(sameSources && manifest.signer !== null)) return `knowledge ${other}`;
  return sameSources ? null : `code ${manifest.code.sources}`;
}

function knowledgeOf({ outcome }: ActivityRecord): readonly string[] {
  const result = outcome.kind === 'completed' ? outcome.result : null;
  if (typeof result !== 'object' || result === null || !('knowledgeDigest' in result)) return [];
  return typeof result.knowledgeDigest === 'string' ? [result.knowledgeDigest] : [];
}

type Outcome =
  | { readonly kind: 'same' | 'taken' | 'no-result' }
  | { readonly kind: 'other' | 'not-here'; readonly why: string };

async function rederive(world: RecordedWorld, record: ActivityRecord): Promise<Outcome> {
  const { outcome, type } = record;
  if (outcome.kind !== 'completed') return { kind: 'no-result' };
  if (takenAsRecorded.has(type)) return { kind: 'taken' };
  const derivation = Object.hasOwn(derivations, type) ? derivations[type] : undefined;
  if (derivation === undefined) return { kind: 'not-here', why: 'nothing is known here about how it is derived' };
  try {
    // Through JSON, as the server got it: a field that is undefined is none.
    const derived: unknown = JSON.parse(
      JSON.stringify(await inActivity(record, () => derivation.derive(world, record, outcome.result))),
    );
    const { bytesOf } = world;
    const { measured } = derivation;
    const found = differences(outcome.result, derived, { bytesOf, ...(measured === undefined ? {} : { measured }) });
    return found.length === 0 ? { kind: 'same' } : { kind: 'other', why: found.map(inWords).join('; ') };
  } catch (error) {
    return notDerived(error);
  }
}

function inWords({ field, recorded, derived }: Difference): string {
  return `${field === '' ? 'the result' : field} is recorded as ${recorded}, but the evidence leads to ${derived}`;
}

/** Without its evidence or its inventory a result can't be judged; any other trouble is one that it did not have then. */
function notDerived(error: unknown): Outcome {
  const why = error instanceof Error ? error.message : String(error);
  const failure = error instanceof ApplicationFailure ? error.type : undefined;
  if (failure === 'NotFound' || (error instanceof PortError && error.kind === 'not-found'))
    return { kind: 'not-here', why };
  return { kind: 'other', why: `it cannot be derived: ${why}` };
}

/** What a parent was told of its child is what the child returned, where both histories are here. */
function childProblems(histories: readonly OpenHistory[]): readonly Remark[] {
  return histories.flatMap(({ workflowId, history }) =>
    [...toldOfChildren(history), ...toldByAdoption(history)].flatMap(({ eventId, result, isOf }) => {
      const child = histories.find(isOf);
      return child === undefined || canonicalOf(result) === canonicalOf(resultOf(child.history))
        ? []
        : [{ place: `${workflowId} event ${eventId}`, text: `is not the result of ${child.workflowId}` }];
    }),
  );
}

interface Told {
  readonly eventId: string;
  readonly result: unknown;
  readonly isOf: (other: OpenHistory) => boolean;
}

function toldOfChildren({ events }: RecordedHistory): readonly Told[] {
  return events.flatMap(({ eventId, childWorkflowExecutionCompletedEventAttributes: told }) =>
    told
      ? [
          {
            eventId,
            result: decodePayloads(told.result)[0],
            isOf: (other: OpenHistory) => other.runId === told.workflowExecution?.runId,
          },
        ]
      : [],
  );
}

function toldByAdoption(history: RecordedHistory): readonly Told[] {
  return activitiesOf(history).flatMap(({ type, input, outcome }) => {
    const [given] = input;
    if (type !== 'adoptRepair' || outcome.kind !== 'completed' || typeof given !== 'object' || given === null)
      return [];
    const adopted = 'workflowId' in given ? given.workflowId : null;
    const { eventId, result } = outcome;
    return [{ eventId: String(eventId), result, isOf: (other: OpenHistory) => other.workflowId === adopted }];
  });
}

function canonicalOf(value: unknown): string {
  return typeof value === 'symbol' || value === undefined ? String(value) : canonicalJson(value);
}
