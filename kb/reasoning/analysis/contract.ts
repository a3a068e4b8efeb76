import { z } from 'zod';
import { analysisFindingsMax } from './findings.ts';
import { analysisKinds } from './kinds.ts';

/** A program gets no more results: one of each probe that it may name, on 250 nodes. */
export const analysisResultsMax = 2_000;

/** What a program gets: results of probes, as the probes' own parsers read them. */
export const analysisInputSchema = z.strictObject({
  results: z.array(
    z.strictObject({
      probe: z.string(),
      node: z.string(),
      /** One a command; their form is the probe's own. */
      readings: z.array(z.json()),
      findings: z.array(z.strictObject({ kind: z.string(), role: z.string(), device: z.json(), values: z.json() })),
    }),
  ),
});
export type AnalysisInput = z.infer<typeof analysisInputSchema>;

/** Stands in the prompt of a model that may write programs. */
export const analysisContract = `A program is plain JavaScript (ES2023) that defines a function analyse(input). It runs alone: no modules, no files, no network, no clock, no chance, no promises, a few million steps.
input is {"results":[{"probe":"gpu.clocks","node":"node-01","readings":[...],"findings":[{"kind","role","device","values"}]}]}.
It returns an array of at most ${analysisFindingsMax} objects {"kind","node"?,"device"?,"numbers"?,"sentence"}:
- kind: one of ${analysisKinds.map(({ id }) => id).join(', ')}.
- node: a node of the input; device: {"kind":"gpu","index":3}.
- numbers: names to finite numbers; sentence: what was found, with its units, in at most 240 characters.`;
