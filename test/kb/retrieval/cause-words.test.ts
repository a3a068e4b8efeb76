import { beforeAll, describe, expect, it } from 'vitest';
import { shippedExamples } from '../../../activities/adapters/shipped-examples.ts';
import { shippedRecallables } from '../../../activities/adapters/shipped-records.ts';
import {
  causeEvidence,
  exampleWords,
  learnCauseWords,
  withoutSource,
  type CauseWords,
  type WordExample,
} from '../../../kb/retrieval/cause-words.ts';
import type { Category } from '../../../kb/taxonomy.ts';

const example = (category: Category, text: string): WordExample => ({
  id: text.slice(0, 12),
  category,
  source: text,
  words: exampleWords(text),
  isIncident: true,
});
const best = (learned: CauseWords, words: WordExample['words']) =>
  causeEvidence(learned, words).toSorted((a, b) => b.weight - a.weight)[0];

describe('words', () => {
  it('are names and short numbers; what differs every time is none', () => {
    const words = exampleWords('NVRM: Xid (PCI:0000:3b:00): 79, pid=123456, addr 0xdeadbeef sha 9f86d081884c7d65');
    expect([...words.keys()]).toEqual(['00', '79', 'addr', 'nvrm', 'pci', 'pid', 'sha', 'xid']);
  });

  it('are counted by their stems, and a name of several parts is its parts, too', () => {
    expect([...exampleWords('hangs hanging ncclInternalError')]).toEqual([
      ['error', 1],
      ['hang', 2],
      ['intern', 1],
      ['nccl', 1],
      ['ncclinternalerror', 1],
    ]);
  });

  it('of a long text are those of its beginning', () => {
    expect(exampleWords(`${'step '.repeat(3000)} late`).has('late')).toBe(false);
  });
});

describe('causes learned from a few examples', () => {
  const learned = learnCauseWords([
    example('disk-full', 'OSError No space left on device while saving checkpoint'),
    example('disk-full', 'write failed, device full, no space left, checkpoint lost'),
    example('firewall-blocked', 'connection refused by the firewall, iptables drops the port'),
    example('firewall-blocked', 'port closed: ufw drops the connection'),
  ]);

  it('are told by the words that they share with a case', () => {
    const told = causeEvidence(learned, exampleWords('write of checkpoint failed: no space left on device'));
    expect(told.map(({ category, weight, like }) => [category, Math.sign(weight), like])).toEqual([
      ['firewall-blocked', -1, []],
      ['disk-full', 1, ['write failed', 'OSError No s']],
    ]);
  });

  it('are not told by words that no example has', () => {
    expect(causeEvidence(learned, exampleWords('zebra quagga okapi'))).toEqual([]);
    expect(causeEvidence(learned, new Map())).toEqual([]);
    expect(causeEvidence(learned, exampleWords('no space left'))).toEqual([]);
  });

  it('are the same whatever the order of the words', () => {
    const words = [...exampleWords('port space drops left device firewall lost')];
    const there = new Map(causeEvidence(learned, new Map(words.toReversed())).map((one) => [one.category, one.weight]));
    for (const { category, weight } of causeEvidence(learned, new Map(words)))
      expect(there.get(category)).toBeCloseTo(weight, 9);
  });
});

describe('what was learned from one place', () => {
  const examples = [
    example('disk-full', 'OSError No space left on device while saving checkpoint'),
    example('disk-full', 'write failed, device full, no space left, checkpoint lost'),
    example('firewall-blocked', 'connection refused by the firewall, iptables drops the port'),
    example('firewall-blocked', 'port closed: ufw drops the connection of the device'),
    example('host-oom', 'Out of memory: Killed process of the port scanner, no swap space left'),
  ];
  const asked = exampleWords('write of checkpoint failed: no space left on device, connection lost');
  const [first, second] = examples;
  if (first === undefined || second === undefined) throw new Error('no examples');

  it('is taken out as if it had never been there', () => {
    const learned = learnCauseWords(examples);
    // Shares of causes and rarity of words stay those of all, so a smaller system is compared within that.
    const less = withoutSource(learned, first.source);
    expect(best(less, asked)?.like).toEqual([second.id]);
    expect(less.holders.has('oserror')).toBe(false);
    for (const ofCause of less.weights) expect(ofCause[0]).toBeCloseTo(0, 9);
    const twice = learnCauseWords([...examples, { ...first, id: 'twin', source: 'elsewhere' }]);
    for (const [at, ofCause] of withoutSource(twice, 'elsewhere').weights.entries())
      for (const [i, weight] of ofCause.slice(0, 5).entries())
        expect(Math.sign(weight)).toBe(Math.sign(learned.weights[at]?.[i] ?? 0));
  });

  it('is nothing where nothing came from there', () => {
    const learned = learnCauseWords(examples);
    expect(withoutSource(learned, 'nowhere')).toBe(learned);
  });

  it('is no incident that is alike where lines alone were known', () => {
    const learned = learnCauseWords(examples.map((one) => ({ ...one, isIncident: one.id === second.id })));
    expect(best(learned, asked)?.like).toEqual([second.id]);
  });
});

describe('what ships', () => {
  let told: readonly { readonly right: boolean; readonly weight: number }[];
  beforeAll(async () => {
    const examples = await shippedExamples((await shippedRecallables()).recallables);
    const learned = learnCauseWords(examples);
    // One of six incidents: each is solved for.
    told = examples
      .filter(({ isIncident }, at) => isIncident && at % 6 === 0)
      .flatMap(({ source, words, category }) => {
        const first = best(withoutSource(learned, source), words);
        return first === undefined ? [] : [{ right: first.category === category, weight: first.weight }];
      });
  });

  it('tells the cause of an incident that was left out far more often than chance', () => {
    expect(told.length).toBeGreaterThan(100);
    // 43 causes: chance is 2 %.
    expect(told.filter(({ right }) => right).length / told.length).toBeGreaterThan(0.65);
  });

  it('is sure only where it is right: nine of ten causes that it makes thirty times likelier', () => {
    const sure = told.filter(({ weight }) => weight >= Math.log(30));
    expect(sure.length).toBeGreaterThan(30);
    expect(sure.filter(({ right }) => right).length / sure.length).toBeGreaterThan(0.85);
  });
});
