import { cancellationSignal } from '@temporalio/activity';
import { programOutcomeSchema, refusalOf } from '../kb/reasoning/model/program-outcome.ts';
import type { RunWishedProgramInput, RunWishedProgramResult } from '../workflows/domain/model-data.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import { findingsSchema } from './evidence-shapes.ts';
import { getJson } from './json-evidence.ts';
import { exchangeSchema } from './model/exchange.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';
import { createRunAnalysis } from './run-analysis.ts';

const notableMax = 5;

/**
 * Runs the program that a recorded answer wishes for. Program, answer and refusal stay in evidence: what goes back into the
 * history are numbers, ids and sentences of ours.
 */
export function createRunWishedProgram(ports: { readonly evidence: EvidenceStore }) {
  const runAnalysis = createRunAnalysis(ports);
  return async function runWishedProgram(input: RunWishedProgramInput): Promise<RunWishedProgramResult> {
    const { key, results } = input;
    try {
      const signal = cancellationSignal();
      const { opinion } = await getJson(ports.evidence, input.exchange, exchangeSchema, signal);
      const { analysis, findings, found } = await runAnalysis({ key, wish: opinion?.program ?? null, results });
      const outcome = await getJson(ports.evidence, analysis, programOutcomeSchema, signal);
      const seen = findings === null ? [] : await getJson(ports.evidence, findings, findingsSchema, signal);
      return {
        analysis,
        findings,
        found,
        notable: seen.slice(0, notableMax).map(placeOf),
        refused: refusalOf(outcome),
      };
    } catch (error) {
      return rethrow(error);
    }
  };
}

/** Without the device's name, which is the program's own word. */
function placeOf({ kind, node, device }: Finding): RunWishedProgramResult['notable'][number] {
  return {
    kind,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined
      ? {}
      : { device: { kind: device.kind, ...(device.index === undefined ? {} : { index: device.index }) } }),
  };
}
