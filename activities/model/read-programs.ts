import type { ToldProgram } from '../../kb/reasoning/model/case.ts';
import type { ProgramRun } from '../../kb/reasoning/model/program-nodes.ts';
import { programOutcomeSchema, refusalOf, toldProgram } from '../../kb/reasoning/model/program-outcome.ts';
import type { ProgramRef } from '../../workflows/domain/model-data.ts';
import { findingsSchema } from '../evidence-shapes.ts';
import { getJson } from '../json-evidence.ts';
import type { EvidenceStore } from '../ports.ts';
import { usable } from './usable.ts';

const unusable = 'what is recorded of it can not be used';
const unusableFindings = 'what is recorded of its findings can not be used';

/**
 * What recorded programs of the model came to. Their findings are never among those that the rules read. One whose record
 * is spoilt is struck with the reason, and the others count all the same.
 */
export function readPrograms(
  store: EvidenceStore,
  programs: readonly ProgramRef[],
  signal: AbortSignal,
): Promise<readonly ProgramRun[]> {
  return Promise.all(
    programs.map(async ({ analysis, findings }): Promise<ProgramRun> => {
      const outcome = await usable(getJson(store, analysis, programOutcomeSchema, signal));
      if (outcome === null) return { findings: [], refused: unusable };
      const found = findings === null ? [] : await usable(getJson(store, findings, findingsSchema, signal));
      return found === null
        ? { findings: [], refused: unusableFindings }
        : { findings: found, refused: refusalOf(outcome) };
    }),
  );
}

/** The same for the model that wrote them. */
export function readToldPrograms(
  store: EvidenceStore,
  programs: readonly ProgramRef[],
  signal: AbortSignal,
): Promise<readonly ToldProgram[]> {
  return Promise.all(
    programs.map(async ({ analysis }): Promise<ToldProgram> => {
      const outcome = await usable(getJson(store, analysis, programOutcomeSchema, signal));
      return outcome === null ? { probeIds: [], why: '', lines: [`no result: ${unusable}`] } : toldProgram(outcome);
    }),
  );
}
