import { beforeEach, describe, expect, it } from 'vitest';
import { createEnsured, ensuredMsMax } from '../../../workers/api/ensured.ts';

let calls: string[];
let nowMs: number;
let answers: (() => Promise<void>)[];
let ensure: ReturnType<typeof createEnsured>;

beforeEach(() => {
  calls = [];
  nowMs = 1_000;
  answers = [];
  ensure = createEnsured(
    (name) => {
      calls.push(name);
      return (answers.shift() ?? (() => Promise.resolve()))();
    },
    () => nowMs,
  );
});

describe('what is ensured', () => {
  it('is asked for once by all that come at once and within a while, each name by itself', async () => {
    await Promise.all([ensure('site-a'), ensure('site-a'), ensure('site-b')]);
    nowMs += ensuredMsMax - 1;
    await ensure('site-a');
    expect(calls).toEqual(['site-a', 'site-b']);
    nowMs += 1;
    await ensure('site-a');
    expect(calls).toEqual(['site-a', 'site-b', 'site-a']);
  });

  it('is not taken for done before it is', async () => {
    const gate = Promise.withResolvers<void>();
    answers.push(() => gate.promise);
    const order: string[] = [];
    const both = [ensure('site-a'), ensure('site-a')].map((done) => done.then(() => order.push('ensured')));
    order.push('opened');
    gate.resolve();
    await Promise.all(both);
    expect(order).toEqual(['opened', 'ensured', 'ensured']);
  });

  it('fails for all that waited, and is tried again by the next', async () => {
    answers.push(() => Promise.reject(new Error('down')));
    const outcomes = await Promise.allSettled([ensure('site-a'), ensure('site-a')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(ensure('site-a')).resolves.toBeUndefined();
    expect(calls).toEqual(['site-a', 'site-a']);
  });
});
