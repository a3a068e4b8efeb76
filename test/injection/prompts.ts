import { expect } from 'vitest';
import { readPrompts } from '../../activities/adapters/prompt-files.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { buildCase, type CaseInput } from '../../kb/reasoning/model/case.ts';
import { promptMessages } from '../../kb/reasoning/model/prompt.ts';
import { expectInertText } from './inert.ts';
import { alertOf, type Walked } from './ward.ts';

const texts = await readPrompts();

/** Characters of a whole prompt of one small incident; what is hostile may make it longer up to here and no further. */
const promptCharsMax = 120_000;

/** The case of a walked incident as a model is told of it. */
export function caseOf({ findings, passages, view }: Walked, more: Partial<CaseInput> = {}): CaseInput {
  return {
    round: 2,
    handlerId: view.handlerId ?? '',
    job: view.job,
    nodes: ['node-01', 'node-02'],
    alertAtMs: alertOf().receivedAtMs,
    findings,
    kinds: knowledge.kinds,
    passages,
    hypotheses: view.rounds.at(-1)?.hypotheses ?? [],
    probesRun: [],
    recalled: [],
    measured: [],
    programs: [],
    ...more,
  };
}

/**
 * Hostile text stands in the data part: the message of the system is the same whatever a log holds, and in the case no
 * tag, no role and no token of a chat template stands that is not our own.
 */
export function expectInertPrompt(input: CaseInput): void {
  const [system, user, ...others] = promptMessages(texts, knowledge.probes, buildCase(input));
  expect(others).toEqual([]);
  expect([system?.role, user?.role]).toEqual(['system', 'user']);
  expect(system).toEqual(untouched);
  const content = user?.content ?? '';
  expect(content.length).toBeLessThan(promptCharsMax);
  expectInertText(content);
  const tags = [...content.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
  expect(tags.filter((tag) => !ownTag.test(tag))).toEqual([]);
  expect(content.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
  expect(content).not.toMatch(/\[\/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]/i);
  // Each part begins and ends once, in its order: nothing has left it.
  expect(tags.filter((tag) => partTag.test(tag))).toEqual(parts);
}

const [untouched] = promptMessages(
  texts,
  knowledge.probes,
  buildCase({
    round: 1,
    handlerId: '',
    job: null,
    nodes: [],
    alertAtMs: 0,
    findings: [],
    kinds: knowledge.kinds,
    passages: [],
    hypotheses: [],
    probesRun: [],
    recalled: [],
    measured: [],
    programs: [],
  }),
);
const partTag = new RegExp(`^</?(?:${[...texts.case.matchAll(/<([a-z-]+)>/g)].map(([, name]) => name).join('|')})>$`);
const parts = [...texts.case.matchAll(/<\/?[a-z-]+>/g)].map(([tag]) => tag);
const attribute = /(?: [a-z]+="[^"<>]*")*/.source;
const ownTag = new RegExp(`^</?[a-z-]+>$|^<(?:incident|finding|evidence|probe|program)${attribute}>$`);
