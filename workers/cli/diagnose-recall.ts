import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { cacheDir } from '../../infra/setup/tools.cjs';
import { causeEvidence, exampleWords, type WordEvidence } from '../../kb/retrieval/cause-words.ts';
import type { RecallFilter } from '../../kb/retrieval/filter.ts';
import type { FindingKind } from '../../kb/schemas/finding-kind.ts';
import { queryOfFindings, queryOfText, type RecallQuery } from '../../kb/retrieval/query.ts';
import type { RecalledWeight } from '../../kb/reasoning/hypotheses.ts';
import { recalledWeights } from '../../kb/retrieval/recalled-weights.ts';
import type { Finding } from '../../workflows/domain/finding.ts';

/** An incident of the knowledge base that resembles what was read. */
export interface SimilarIncident {
  readonly id: string;
  readonly category: string;
  /** 0 to 1. */
  readonly score: number;
  readonly source: string;
}

/** A case in the words of those who wrote its lines and notes. */
export interface Words {
  /** Empty where the logs are too large to be quoted. */
  readonly lines: string;
  readonly notes: string;
}

/** What is asked of the knowledge base. */
export interface RecallAsked {
  readonly query: RecallQuery;
  readonly words: Words;
  readonly filter?: RecallFilter;
  /** Where the case itself was published: what is known from there does not count. */
  readonly without?: string;
}

/** What it answers. */
export interface Recalled {
  readonly similar: readonly SimilarIncident[];
  /** What the words say of each cause; none where there are none, or nobody knows them. */
  readonly words: readonly WordEvidence[];
}

export const nothingRecalled: Recalled = { similar: [], words: [] };

/** Asks the shipped records in this process or beside it; no server. */
export interface Recaller {
  recall(asked: RecallAsked): Promise<Recalled>;
  close(): Promise<void>;
}

/** As many as an incident is told of. */
const similarMax = 5;
// Facts and runbooks may stand between the incidents.
const hitsMax = 12;

/** Opens the shipped records: some two seconds of one core, or 0.06 s where `folder` keeps them prepared. */
export async function openRecaller(folder: string | null = null): Promise<Recaller> {
  // Who only asks a thread does not load what searches.
  const { openRecordIndex } = await import('./diagnose-record-index.ts');
  const { searchLibrary } = await import('../../activities/recall-search.ts');
  const opened = await openRecordIndex(folder);
  const { embedder } = opened;
  const readOnly = () => Promise.reject(new Error('this index is only read'));
  const index = { ...opened.nearest, sync: readOnly, drop: readOnly };
  return {
    async recall({ query, words, filter = {}, without }) {
      const { hits } = await searchLibrary(opened, query, {
        vectors: { kind: 'open', embedder, index },
        filter,
        count: hitsMax,
        nowMs: () => performance.now(),
      });
      const similar = hits
        .flatMap(({ id, score }) => {
          const entry = opened.library.entries.get(id);
          if (entry?.kind !== 'incident' || entry.category === null || entry.source === without) return [];
          return [{ id, category: entry.category, score: Number(score.toFixed(4)), source: entry.source }];
        })
        .slice(0, similarMax);
      const learned = opened.causeWords(without);
      return { similar, words: causeEvidence(learned, exampleWords(`${words.notes}\n${words.lines}`)) };
    },
    close: async () => {},
  };
}

/** What the thread of `openRecallThread` answers. */
export type RecallReply =
  | { readonly kind: 'recalled'; readonly recalled: Recalled }
  | { readonly kind: 'failed'; readonly message: string };

/** The same in a thread of its own, which opens the records while logs are read. Answers one question at a time. */
export function openRecallThread(folder: string | null = path.join(cacheDir(), 'recall')): Recaller {
  const worker = new Worker(new URL('./diagnose-recall-worker.ts', import.meta.url), { workerData: folder });
  // What it is not asked for must not keep the process.
  worker.unref();
  let asked: Promise<unknown> = Promise.resolve();
  let waiting: ((reply: RecallReply) => void) | undefined;
  let ended: string | undefined;
  const settle = (reply: RecallReply): void => {
    worker.unref();
    waiting?.(reply);
    waiting = undefined;
  };
  // It may end between two questions as well: neither that nor the next question may end the diagnosis.
  const end = (why: string): void => {
    ended ??= why;
    settle({ kind: 'failed', message: ended });
  };
  worker.on('message', settle);
  worker.on('error', (error: Error) => end(error.message));
  worker.on('exit', (code) => end(`its thread ended with ${code}`));
  const ask = (question: RecallAsked) =>
    new Promise<Recalled>((resolve, reject) => {
      waiting = (reply) => {
        if (reply.kind === 'recalled') resolve(reply.recalled);
        else reject(new Error(`the records cannot be searched: ${reply.message}`));
      };
      if (ended !== undefined) {
        end(ended);
        return;
      }
      worker.ref();
      worker.postMessage(question);
    });
  return {
    recall(question) {
      const answer = asked.then(() => ask(question));
      asked = answer.catch(() => {});
      return answer;
    },
    async close() {
      await worker.terminate();
    },
  };
}

/**
 * What is asked: notes and the lines themselves where there are few of them, since records cite such lines and nobody
 * has to know them beforehand; of large logs what detectors read.
 */
export function recallQuery(
  findings: readonly Finding[],
  { lines, notes }: Words,
  kinds: ReadonlyMap<string, FindingKind>,
): RecallQuery {
  const fromFindings = queryOfFindings(findings, kinds);
  const words = [notes, lines].filter((text) => text !== '').join('\n');
  return words === '' ? fromFindings : queryOfText(words, fromFindings.kinds);
}

// Detectors have read the same lines, so both are not independent: chosen on 91 cases that neither had seen
// (docs/benchmark.md, "Words of known incidents").
const wordsShare = 0.6;

// Odds of 3 to 1: what resembles less is not shown as alike, and is no candidate where nothing else speaks for it.
const resembledMin = Math.log(3);

/** The words themselves where there are any, since likeness of causes was learned from them; else the records alone. */
export function weightsOf({ similar, words }: Recalled): readonly RecalledWeight[] {
  if (words.length === 0) return recalledWeights(similar.map(({ id, ...record }) => ({ problemkey: id, ...record })));
  return words.map(({ category, weight, like }) => ({
    category,
    weight: wordsShare * weight,
    problemkeys: wordsShare * weight >= resembledMin ? like : [],
  }));
}
