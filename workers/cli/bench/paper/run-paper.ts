import { readFile } from 'node:fs/promises';
import { readQuestions } from '../../../../activities/adapters/question-files.ts';
import type { ModelClient } from '../../../../activities/ports.ts';
import type { Question } from '../../../../kb/benchmark/question.ts';
import type { RecallMode } from '../../../../kb/benchmark/split.ts';
import { extractHosts } from '../../../../kb/reasoning/extract-hosts.ts';
import { repositoryFile } from '../../../repository-file.ts';
import type { Terminal } from '../../output.ts';
import { wilson, type Share } from '../excerpts/score.ts';
import { weightsOf } from '../../diagnose-recall.ts';
import { questionProgress, type Planned, type Progress } from '../model-progress.ts';
import { askModel } from './answer-by-model.ts';
import { categoryWords } from './category-words.ts';
import { chooseByRules, findingsIn } from './choose-by-rules.ts';
import { isRight } from './grade.ts';
import { openOptionMatch, withWords, type CategoryShares } from './match-options.ts';
import { openQuestionRecall, type QuestionRecall, type RecalledIncident } from './recall.ts';
import { tunedOn } from './tuned-on.ts';

export const parts = ['A', 'B', 'C'] as const;
export const modes = ['fair', 'deployed'] as const satisfies readonly RecallMode[];
export const paperAblations = ['no-recall', 'keywords'] as const;
export type PaperAblation = (typeof paperAblations)[number];

export interface PaperOptions {
  readonly folder: string;
  readonly parts: readonly Question['part'][];
  readonly modes: readonly RecallMode[];
  /** Each is measured beside the whole. */
  readonly ablations: readonly PaperAblation[];
  /** Questions of each part, in the order of their ids. */
  readonly limit: number;
  /** Null: the rules answer alone. */
  readonly model: { readonly client: ModelClient; readonly timeoutMs: number } | null;
}

export interface Answered {
  readonly id: string;
  readonly part: Question['part'];
  readonly right: boolean;
  /** The cause of the record that it was made from; null where the part asks for none. */
  readonly category: string | null;
  readonly seconds: number;
  readonly tokens: number;
  /** Why a model gave no answer. */
  readonly failed: string | null;
}

/** One way to answer the questions of a part. */
export interface PaperRow {
  readonly part: Question['part'];
  /** `rules`, or the model's name. */
  readonly by: string;
  /** Null where nothing is recalled. */
  readonly mode: RecallMode | null;
  readonly without: PaperAblation | null;
  /** Of the questions that nothing was tuned on. */
  readonly untouched: Share;
  readonly all: Share;
  readonly secondsMedian: number;
  readonly tokens: number;
  readonly answers: readonly Answered[];
}

export interface PaperReport {
  readonly rows: readonly PaperRow[];
  /** It was ended before all questions were put: the rows hold those that were. */
  readonly stopped: boolean;
  readonly notes: readonly string[];
}

/** Puts the questions to the rules, and to the model where there is one. Stopped, it reports what was answered. */
export async function runPaper(
  terminal: Terminal,
  options: PaperOptions,
  signal: AbortSignal,
  nowMs: () => number = () => performance.now(),
): Promise<PaperReport> {
  const { questions, problems } = await readQuestions(options.folder);
  const recall = await openQuestionRecall();
  const sharesOf = openOptionMatch(await categoryDescriptions());
  const planned = waysOf(options).map((way) => ({
    way,
    asked: questions.filter(({ part }) => part === way.part).slice(0, options.limit),
  }));
  const counts = planned.map(({ way, asked }) => ({ who: way.by, count: asked.length }));
  const progress = questionProgress(terminal, counts, nowMs);
  const rows: PaperRow[] = [];
  for (const { way, asked } of planned) {
    const answers = await answerAll(asked, way, { recall, sharesOf, model: options.model, signal }, progress);
    if (answers.length > 0) rows.push(rowOf(way, answers));
  }
  progress.end();
  const silent = options.parts.includes('B') && options.model === null;
  return {
    rows,
    stopped: signal.aborted,
    notes: [
      ...(signal.aborted ? [stoppedText(rows, counts)] : []),
      ...problems.map(({ file, message }) => `${file} is no question: ${message}`),
      ...(silent ? ['Part B asks for a program. The rules write none: it needs a model (see --base-url).'] : []),
    ],
  };
}

function stoppedText(rows: readonly PaperRow[], counts: readonly Planned[]): string {
  const answered = rows.reduce((sum, { answers }) => sum + answers.length, 0);
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  return `Stopped after ${answered} of ${all} questions: the figures are of those that were answered.`;
}

interface Way {
  readonly part: Question['part'];
  readonly by: string;
  readonly mode: RecallMode | null;
  readonly without: PaperAblation | null;
  readonly asksModel: boolean;
}

/** The rules read part A without recall, so modes are one there; programs are written by models alone. */
function waysOf({ parts: wanted, modes: wantedModes, ablations, model }: PaperOptions): readonly Way[] {
  return wanted.flatMap((part): Way[] => {
    const rules = { part, by: 'rules', asksModel: false };
    const byModel = model === null ? [] : [{ part, by: model.client.model, asksModel: true }];
    const withRecall = (who: typeof rules): Way[] => [
      ...wantedModes.map((mode) => ({ ...who, mode, without: null })),
      ...(ablations.includes('no-recall') ? [{ ...who, mode: null, without: 'no-recall' as const }] : []),
    ];
    const keywords: Way[] =
      part === 'C' && ablations.includes('keywords') ? [{ ...rules, mode: null, without: 'keywords' }] : [];
    return [
      ...(part === 'A' ? [{ ...rules, mode: null, without: null }] : []),
      ...(part === 'C' ? [...withRecall(rules), ...keywords] : []),
      ...byModel.flatMap(withRecall),
    ];
  });
}

interface Answering {
  readonly recall: QuestionRecall;
  readonly sharesOf: (sentence: string) => CategoryShares;
  readonly model: PaperOptions['model'];
  readonly signal: AbortSignal;
}

/** All of them, or those until it was stopped. */
async function answerAll(
  asked: readonly Question[],
  way: Way,
  answering: Answering,
  progress: Progress,
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (const question of asked) {
    if (answering.signal.aborted) break;
    progress.begin(way.by, [way.mode ?? '', question.id].join(' ').trim());
    try {
      answers.push(await answer(question, way, answering));
    } catch (error) {
      if (!answering.signal.aborted) throw error;
      break;
    }
    progress.done(way.by);
  }
  return answers;
}

async function answer(question: Question, way: Way, answering: Answering): Promise<Answered> {
  const said = way.asksModel ? await byModel(question, way, answering) : await byRules(question, way, answering);
  return {
    id: question.id,
    part: question.part,
    right: said.failed === null && (await isRight(question, said.text)),
    category: question.part === 'C' ? categoryOf(question) : null,
    seconds: said.seconds,
    tokens: said.tokens,
    failed: said.failed,
  };
}

async function byModel(question: Question, { mode }: Way, { recall, model, signal }: Answering) {
  if (model === null) throw new Error('there is no model to ask');
  const recalled = await recalledFor(recall, question, mode, []);
  return askModel(model.client, question, recalled, {
    timeoutMs: model.timeoutMs,
    nowMs: () => performance.now(),
    signal,
  });
}

async function byRules(question: Question, { mode, without }: Way, { recall, sharesOf }: Answering) {
  const startedMs = performance.now();
  const text = await textByRules();
  return { text, tokens: 0, seconds: (performance.now() - startedMs) / 1_000, failed: null };

  async function textByRules(): Promise<string> {
    if (question.part === 'A') return JSON.stringify(extractHosts(question.conversation));
    if (question.part === 'B') return '';
    const { shown, question: asked, choices } = question;
    const findings = findingsIn(shown);
    const kinds = [...new Set(findings.map(({ kind }) => kind))];
    const similar = await recalledFor(recall, question, mode, kinds);
    const speak = mode === null ? () => [] : recall.words(mode, question.record);
    const recalled = weightsOf({ similar, words: speak(shown) });
    const meant = (sentence: string): CategoryShares => withWords(sharesOf(sentence), speak(sentence));
    // Labels and words of the choices alone: what cause stands behind them is part of the answer.
    const seen = { shown, question: asked, choices: choices.map(({ label, text: words }) => ({ label, text: words })) };
    const label = chooseByRules(seen, { findings, recalled, keywords: without === 'keywords', sharesOf: meant });
    return `{"answer":"${label}"}`;
  }
}

async function recalledFor(
  recall: QuestionRecall,
  question: Question,
  mode: RecallMode | null,
  kinds: readonly string[],
): Promise<readonly RecalledIncident[]> {
  return mode === null ? [] : recall.similar(mode, question.record, askedWith(question), kinds);
}

function askedWith(question: Question): string {
  switch (question.part) {
    case 'A':
      return question.conversation.map(({ text }) => text).join('\n');
    case 'B':
      return question.task;
    case 'C':
      return question.shown;
  }
}

function categoryOf(question: Extract<Question, { part: 'C' }>): string | null {
  return question.choices.find(({ label }) => label === question.answer)?.category ?? null;
}

function rowOf(way: Way, answers: readonly Answered[]): PaperRow {
  const untouched = way.asksModel ? answers : answers.filter(({ id }) => !tunedOn.has(id));
  const seconds = answers.map((one) => one.seconds).toSorted((a, b) => a - b);
  return {
    part: way.part,
    by: way.by,
    mode: way.mode,
    without: way.without,
    untouched: shareOf(untouched),
    all: shareOf(answers),
    secondsMedian: seconds[Math.floor(seconds.length / 2)] ?? 0,
    tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    answers,
  };
}

function shareOf(answers: readonly Answered[]): Share {
  const right = answers.filter((one) => one.right).length;
  return { right, of: answers.length, ...wilson(right, answers.length) };
}

/** What the categories are, in the words of the prompts and in others. */
async function categoryDescriptions(): Promise<readonly { readonly category: string; readonly text: string }[]> {
  const categories = await readFile(repositoryFile('kb/prompts/categories.v1.md'), 'utf8');
  const lines = categories.split('\n').flatMap((line) => {
    const [, category = '', text = ''] = /^([a-z0-9-]+):\s*(.*)$/.exec(line) ?? [];
    return category === '' ? [] : [{ category, text }];
  });
  return [...lines, ...Object.entries(categoryWords).map(([category, text]) => ({ category, text }))];
}
