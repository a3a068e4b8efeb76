import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { queryCharsMax } from '../../../kb/retrieval/query.ts';
import type { KeptLine } from '../../../kb/logs/reduce.ts';
import { openRecaller, openRecallThread, recallQuery, weightsOf } from '../../../workers/cli/diagnose-recall.ts';
import { toldLines } from '../../../workers/cli/diagnose-told-lines.ts';

const kept = (text: string, why: KeptLine['why'] = 'new'): KeptLine => ({
  kind: 'line',
  line: 1,
  byteStart: 0,
  byteEnd: text.length,
  text,
  why,
});

describe('the lines that the knowledge base is asked about', () => {
  it('are all of a short log, each once, in their order', () => {
    const lines = toldLines();
    lines.add([kept('begin'), kept('RuntimeError: boom', 'fault'), kept('begin'), kept('end', 'last')]);
    expect(lines.text()).toBe('begin\nRuntimeError: boom\nend');
  });

  it('are the telling ones of a longer log, as many as a query takes', () => {
    const lines = toldLines();
    lines.add(Array.from({ length: 500 }, (_, at) => kept(`step ${at} done`)));
    lines.add([kept('connection refused by peer'), kept('the last words', 'last')]);
    const text = lines.text();
    expect(text.length).toBeLessThanOrEqual(queryCharsMax);
    expect(text).toContain('step 0 done');
    expect(text).not.toContain('step 499 done');
    expect(text.split('\n').slice(-2)).toEqual(['connection refused by peer', 'the last words']);
  });
});

describe('what is recalled', () => {
  const similar = [{ id: 'a', category: 'disk-full', score: 0.5, source: '' }];

  it('weighs as the words say, or where there are none, as much as the records are alike', () => {
    const words = [
      { category: 'disk-full' as const, weight: 2.5, like: ['a'] },
      { category: 'gpu-oom' as const, weight: -2, like: ['b'] },
    ];
    expect(weightsOf({ similar, words })).toEqual([
      { category: 'disk-full', weight: 1.5, problemkeys: ['a'] },
      { category: 'gpu-oom', weight: -1.2, problemkeys: [] },
    ]);
    expect(weightsOf({ similar, words: [] })).toEqual([
      { category: 'disk-full', weight: 0.5 * Math.log(2), problemkeys: ['a'] },
    ]);
  });
});

describe('the shipped records', () => {
  const told = {
    lines: 'OSError: [Errno 28] No space left on device: /scratch/checkpoints/step_900',
    notes: 'df shows the disk of /scratch at 100 %',
  };

  it('are searched by words that no detector has to know, the same in a thread of its own', async () => {
    const asked = { query: recallQuery([], told, knowledge.kinds), words: told };
    const here = await openRecaller();
    const there = openRecallThread(null);
    try {
      const recalled = await here.recall(asked);
      const { similar } = recalled;
      expect(similar.map(({ category }) => category)).toContain('disk-full');
      expect(similar.length).toBeLessThanOrEqual(5);
      const [best] = recalled.words.toSorted((a, b) => b.weight - a.weight);
      expect(best?.category).toBe('disk-full');
      const [from = ''] = similar.map(({ source }) => source);
      const without = await here.recall({ ...asked, without: from });
      expect(without.similar.map(({ source }) => source)).not.toContain(from);
      expect(without.words).not.toEqual(recalled.words);
      const [first, second] = await Promise.all([there.recall(asked), there.recall(asked)]);
      expect(first).toEqual(recalled);
      expect(second).toEqual(recalled);
    } finally {
      await there.close();
    }
  });
});
