import { z } from 'zod';
import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { dcgmAnswer } from './dcgm-output.ts';
import { measureReport } from './measure-report.ts';

const warningSchema = z.union([
  z.string(),
  z.object({
    // DCGM 3 calls the text of its first tests "warnings", of the others "warning".
    warning: z.string().optional(),
    warnings: z.string().optional(),
    error_id: z.number().optional(),
    error_severity: z.number().optional(),
  }),
]);
const resultSchema = z.object({
  status: z.string().max(40),
  gpu_id: z.union([z.string(), z.number()]).optional(),
  gpu_ids: z.string().optional(),
  entity_group: z.string().optional(),
  entity_id: z.number().optional(),
  warnings: z.array(warningSchema).optional(),
});
const testSchema = z.object({
  name: z.string().max(80),
  results: z.array(resultSchema).max(256).default([]),
  test_summary: resultSchema.optional(),
});
const reportSchema = z.object({
  version: z.string().optional(),
  runtime_error: z.string().optional(),
  test_categories: z
    .array(z.object({ category: z.string().max(80), tests: z.array(testSchema.nullable()).max(64).default([]) }))
    .max(16)
    .optional(),
});

export interface DiagResult {
  readonly test: string;
  readonly gpu: number | null;
  readonly status: 'pass' | 'fail' | 'warn' | 'skip';
  readonly warnings: readonly { readonly text: string; readonly severity: number | null }[];
}
export interface DiagReport {
  readonly results: readonly DiagResult[];
  /** What DCGM says when it has no results. */
  readonly said: string | null;
  /** Who uses the GPUs, where the diagnostic was not begun for that. */
  readonly busy?: string;
}

/** `dcgmi diag -j` of DCGM 3 and 4. */
export function parseDiagReport(output: ProbeOutput): DiagReport {
  const answer = dcgmAnswer(output);
  if (answer.kind !== 'json') return { results: [], said: answer.said };
  // The name of the report changed with DCGM 4.
  const root = z
    .object({ 'DCGM Diagnostic': reportSchema.optional(), 'DCGM GPU Diagnostic': reportSchema.optional() })
    .safeParse(answer.value);
  const report = root.data?.['DCGM Diagnostic'] ?? root.data?.['DCGM GPU Diagnostic'];
  if (report === undefined) throw new ProbeParseError('not a report of dcgmi diag');
  const results = (report.test_categories ?? []).flatMap(({ tests }) =>
    // DCGM 3.1 leaves empty places between its tests.
    tests.flatMap((test) => (test === null ? [] : resultsOf(test))),
  );
  if (report.runtime_error !== undefined) return { results: [], said: report.runtime_error.slice(0, 200) };
  if (results.length === 0) throw new ProbeParseError('a report of dcgmi diag without a result');
  return { results, said: null };
}

/** The same of a diagnostic that `wardround-measure dcgm` ran, or did not. */
export function parseMeasuredDiag(output: ProbeOutput): DiagReport {
  const report = measureReport(output, 'dcgm');
  if (report.state === 'busy') return { results: [], said: null, busy: report.why };
  const stdout = report.lines.map(({ text }) => `${text}\n`).join('');
  return parseDiagReport({ stdout, stderr: output.stderr, exitCode: report.exit });
}

function resultsOf({ name, results, test_summary: summary }: z.infer<typeof testSchema>): readonly DiagResult[] {
  const own = results.flatMap((result) => gpusOf(result).map((gpu) => resultOf(name, gpu, result)));
  const failed = own.some(({ status }) => status === 'fail');
  // A failure that belongs to no single GPU stands in the summary alone.
  if (summary === undefined || (own.length > 0 && (failed || statusOf(summary.status) !== 'fail'))) return own;
  return [...own, resultOf(name, null, summary)];
}

function gpusOf({ gpu_id: one, gpu_ids: all, entity_group: group, entity_id: entity }: z.infer<typeof resultSchema>) {
  const given = one ?? (group === undefined || group === 'GPU' ? entity : undefined);
  if (given !== undefined && /^\d{1,2}$/.test(String(given))) return [Number(given)];
  const several = all?.split(',').map((text) => text.trim()) ?? [];
  // One result for all GPUs at once is none of a GPU's.
  const [only] = several;
  return [several.length === 1 && only !== undefined && /^\d{1,2}$/.test(only) ? Number(only) : null];
}

function resultOf(
  test: string,
  gpu: number | null,
  { status, warnings = [] }: z.infer<typeof resultSchema>,
): DiagResult {
  return {
    test,
    gpu,
    status: statusOf(status),
    warnings: warnings.map((one) =>
      typeof one === 'string'
        ? { text: one, severity: null }
        : { text: one.warning ?? one.warnings ?? '', severity: one.error_severity ?? null },
    ),
  };
}

function statusOf(text: string): DiagResult['status'] {
  if (/^pass$/i.test(text)) return 'pass';
  if (/^fail$/i.test(text)) return 'fail';
  if (/^warn(ing)?$/i.test(text)) return 'warn';
  if (/^(skip(ped)?|not run|)$/i.test(text)) return 'skip';
  throw new ProbeParseError(`"${text}" is not a result of dcgmi diag`);
}
