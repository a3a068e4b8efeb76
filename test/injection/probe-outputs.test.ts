import { describe, expect, it } from 'vitest';
import { quoteCommand } from '../../activities/adapters/ssh/quote.ts';
import { toFinding } from '../../activities/probe-batch/to-finding.ts';
import { probes } from '../../kb/probes/index.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { gateSteps } from '../../kb/remediations/gate-steps.ts';
import { planRepair } from '../../kb/remediations/plan-repair.ts';
import type { GateStep } from '../../kb/schemas/remediation.ts';
import { ProbeParseError, type Probe, type ProbeOutput } from '../../kb/schemas/probe.ts';
import { categories } from '../../workflows/domain/categories.ts';
import { excerptCharsMax, type Finding } from '../../workflows/domain/finding.ts';
import type { Step } from '../../workflows/domain/proposal.ts';
import { eightGpus, probeCases } from '../kb/probes/cases.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { probeTexts } from './corpus/probe-outputs.ts';
import { harmless, traceOf } from './inert.ts';
import { expectInertPages } from './pages.ts';
import { caseOf, expectInertPrompt } from './prompts.ts';
import { tally } from './tally.ts';
import { allWell, decided, lostGpu, walk, type World } from './ward.ts';

const counted = tally('probe output');
const gates: ReadonlyMap<string, GateStep> = new Map(Object.values<GateStep>(gateSteps).map((step) => [step.id, step]));

/** A real output of a probe: one that shows a fault where there is one. */
function printedBy(probeId: string): ProbeOutput {
  const { faulty = [], healthy = [] } = probeCases[probeId] ?? {};
  return (faulty[0] ?? healthy[0])?.output ?? { stdout: '', stderr: '', exitCode: 0 };
}

/** With the text as a line of its own before, amid and after the lines of the tool, and on standard error. */
function withLines({ stdout, exitCode }: ProbeOutput, text: string): ProbeOutput {
  const lines = stdout.split('\n');
  const amid = lines.toSpliced(Math.ceil(lines.length / 2), 0, text);
  return { stdout: `${[text, ...amid, text].join('\n')}\n`, stderr: `${text}\n`, exitCode };
}

/** Words where a tool prints a name or a value. */
const wordPattern = /[A-Za-z0-9_./=-]{2,}/g;
/** Words of one output that are replaced, one at a time, spread over it. */
const wordsMax = 24;

function withWords(output: ProbeOutput, text: string): readonly ProbeOutput[] {
  const words = [...output.stdout.matchAll(wordPattern)];
  const step = Math.max(1, Math.ceil(words.length / wordsMax));
  return words
    .filter((_word, at) => at % step === 0)
    .map(({ index, 0: word }) => ({
      ...output,
      stdout: output.stdout.slice(0, index) + text + output.stdout.slice(index + word.length),
    }));
}

function findingsOf(probe: Probe, output: ProbeOutput): readonly Finding[] {
  try {
    const range = { evidenceId: 'ev_1', source: `probe ${probe.id} on node-01`, line: 1 };
    return probe.meaning(probe.parse(output), eightGpus).map((seen) => toFinding(probe, 'node-01', seen, range));
  } catch (error) {
    if (!(error instanceof ProbeParseError)) throw error;
    return [];
  }
}

const inventory = smallInventory();

/** Every step that any repair would take on this finding, as its gate gets it. */
function stepsOn(findings: readonly Finding[]): readonly Step[] {
  return findings.flatMap((finding) => {
    const weighs = Object.keys(knowledge.kinds.get(finding.kind)?.weighs ?? {});
    return categories
      .filter((category) => weighs.includes(category))
      .flatMap((category) => {
        const { node = 'node-01', device } = finding;
        const cause = { category, node, probability: 1, because: [], ...(device === undefined ? {} : { device }) };
        const plan = planRepair(cause, findings, inventory);
        return plan.kind === 'plan' ? [...plan.draft.steps, ...plan.draft.undo] : [];
      });
  });
}

describe.each(probeTexts.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
  counted.add(id);

  it('becomes no argument, wherever in an output it stands', () => {
    let steps = 0;
    for (const probe of probes)
      for (const output of [withLines(printedBy(probe.id), text), ...withWords(printedBy(probe.id), text)]) {
        const findings = findingsOf(probe, output);
        for (const finding of findings) expect(finding.text.length).toBeLessThanOrEqual(excerptCharsMax);
        for (const { stepId, args, node } of stepsOn(findings)) {
          const gate = gates.get(stepId);
          steps += 1;
          args.forEach((arg, at) => expect(arg).toMatch(gate?.args[at]?.pattern ?? /never/));
          expect([node, args.length]).toEqual(['node-01', gate?.args.length]);
          expect(quoteCommand(['wardround-gate/1', stepId, ...args])).toBe(
            ['wardround-gate/1', stepId, ...args].join(' '),
          );
        }
      }
    // Else nothing was looked at.
    expect(steps).toBeGreaterThan(100);
  });

  it.each([
    ['as lines of their own', (output: ProbeOutput, words: string) => withLines(output, words)],
    ['as all that is said', (_output: ProbeOutput, words: string) => ({ stdout: words, stderr: words, exitCode: 1 })],
  ] as const)('decides nothing %s', async (_how, printed) => {
    for (const logs of [lostGpu('xxxxx'), allWell('xxxxx')]) {
      const world = (words: string): World => ({ logs, answer: (probeId) => printed(printedBy(probeId), words) });
      const [hostile, plain] = [await walk(world(text)), await walk(world(harmless(text)))];
      expect(decided(hostile)).toEqual(decided(plain));
      expect(traceOf(hostile.history)).toEqual([]);
      expectInertPages(hostile.view, hostile.graph);
      expectInertPrompt(caseOf(hostile));
    }
  });

  it('is inert where a name or a value of a tool is replaced by it', async () => {
    const at = probeTexts.findIndex((one) => one.id === id);
    const answer = (probeId: string): ProbeOutput => {
      const all = withWords(printedBy(probeId), text);
      return all[at % Math.max(1, all.length)] ?? printedBy(probeId);
    };
    const walked = await walk({ logs: allWell('xxxxx'), answer });
    expect(traceOf(walked.history)).toEqual([]);
    expectInertPages(walked.view, walked.graph);
    expectInertPrompt(caseOf(walked));
  });
});
