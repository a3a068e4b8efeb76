import { cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import type { IncidentKey } from '../workflows/domain/phase-data.ts';
import { analysisInputSchema, analysisResultsMax, type AnalysisInput } from '../kb/reasoning/analysis/contract.ts';
import { analysisFindings, readAnswer } from '../kb/reasoning/analysis/findings.ts';
import { refusalText, type AnalysisRefusal } from '../kb/reasoning/analysis/refusal.ts';
import { analysisWishSchema } from '../kb/reasoning/analysis/wish.ts';
import { runAnalysisProgram, type AnalysisRun } from './adapters/analysis-sandbox.ts';
import { findingSchema } from './evidence-shapes.ts';
import { canonicalJson, getJson, jsonDigest, putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';

export interface RunAnalysisInput {
  readonly key: IncidentKey;
  /** Checked here again: it comes from a model. */
  readonly wish: unknown;
  /** Results of probe batches. */
  readonly results: readonly EvidenceRef[];
}

export interface RunAnalysisResult {
  /** The program, what it was given (by hash), and what it answered or why it was refused. */
  readonly analysis: EvidenceRef;
  /** JSON array of `Finding`: context that weighs nothing; null where there is none. */
  readonly findings: EvidenceRef | null;
  readonly found: number;
  /** Why the program has no result, for people. */
  readonly refused: string | null;
}

/**
 * Runs a program that the model wrote over results of probes, in a sandbox. A program that fails is an answer, not a
 * failure of the activity. Safe to run twice: the same program over the same results is the same evidence.
 */
export function createRunAnalysis(ports: { readonly evidence: EvidenceStore }) {
  return async function runAnalysis({ key, wish, results }: RunAnalysisInput): Promise<RunAnalysisResult> {
    try {
      const signal = cancellationSignal();
      const put = (kind: 'analysis' | 'findings', value: unknown) =>
        putJson(ports.evidence, kind, key.cluster, value, signal);
      const wished = analysisWishSchema.safeParse(wish);
      if (!wished.success) {
        const [issue] = wished.error.issues;
        const refused = `the wish for an analysis is not as asked (at ${issue?.path.join('.') ?? ''}): ${issue?.message ?? ''}`;
        return { analysis: await put('analysis', { refused }), findings: null, found: 0, refused };
      }
      const { program, probeIds, why } = wished.data;
      const input = await readInput(ports.evidence, results, new Set(probeIds), signal);
      const run = await runOver(program, input, signal);
      const answer = run.kind === 'returned' ? readAnswer(run.output, nodesOf(input)) : run;
      const document = {
        program,
        why,
        probeIds,
        input: jsonDigest(input),
        results: results.map(({ id }) => id),
        fuel: run.fuel,
        ...(answer.kind === 'answer' ? { answer: answer.answer } : { refusal: refusalIn(answer) }),
      };
      const analysis = await put('analysis', document);
      if (answer.kind !== 'answer')
        return { analysis, findings: null, found: 0, refused: refusalText(refusalIn(answer)) };
      const found = analysisFindings(answer.answer, analysis.id, (value) => jsonDigest(value).slice(0, 24));
      const findings: readonly Finding[] = z.array(findingSchema).parse(found);
      return { analysis, findings: await put('findings', findings), found: findings.length, refused: null };
    } catch (error) {
      return rethrow(error);
    }
  };
}

/** A program over half of what was measured would compute something else than it says: it gets all, or is refused. */
async function runOver(program: string, input: AnalysisInput, signal: AbortSignal): Promise<AnalysisRun> {
  const { length } = input.results;
  if (length <= analysisResultsMax) return runAnalysisProgram(program, canonicalJson(input), { signal });
  const message = `the input has ${length} results of probes; at most ${analysisResultsMax} are taken`;
  return { kind: 'refused', refusal: { kind: 'too-large', what: 'input', message }, fuel: 0 };
}

function refusalIn(
  answer: { readonly kind: 'refused'; readonly refusal: AnalysisRefusal } | (AnalysisRefusal & { kind: 'wrong-shape' }),
): AnalysisRefusal {
  return answer.kind === 'refused' ? answer.refusal : answer;
}

/** As much of a probe batch's result document as a program sees: readings and findings, no commands, no addresses. */
const entriesSchema = z.array(
  z.looseObject({
    probeId: z.string(),
    node: z.string(),
    commands: z.array(z.looseObject({ reading: z.json().optional() })).default([]),
    findings: z.array(findingSchema).default([]),
  }),
);

async function readInput(
  store: EvidenceStore,
  results: readonly EvidenceRef[],
  probeIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<AnalysisInput> {
  const batches = await Promise.all(results.map((ref) => getJson(store, ref, entriesSchema, signal)));
  const entries = batches.flat().filter(({ probeId }) => probeIds.has(probeId));
  return analysisInputSchema.parse({
    results: entries.map(({ probeId, node, commands, findings }) => ({
      probe: probeId,
      node,
      readings: commands.map(({ reading }) => reading ?? null),
      findings: findings.map(({ kind, role, device, values }) => ({
        kind,
        role,
        device: device ?? null,
        values: values ?? {},
      })),
    })),
  });
}

function nodesOf({ results }: AnalysisInput): ReadonlySet<string> {
  return new Set(results.map(({ node }) => node));
}
