import { describe, expect, test } from 'vitest';
import { categoryWords } from '../../../../../workers/cli/bench/paper/category-words.ts';
import { chooseByRules, findingsIn } from '../../../../../workers/cli/bench/paper/choose-by-rules.ts';
import { openOptionMatch } from '../../../../../workers/cli/bench/paper/match-options.ts';

const sharesOf = openOptionMatch(Object.entries(categoryWords).map(([category, text]) => ({ category, text })));

const shown = `node-07 kernel: NVRM: Xid (PCI:0000:65:00): 79, pid=4711, GPU has fallen off the bus.
nvidia-smi on node-07: Unable to determine the device handle for GPU 0000:65:00.0: Unknown Error`;
const choices = [
  { label: 'A' as const, text: 'No room is left on the disk to which the checkpoints are written.' },
  { label: 'B' as const, text: 'A card lost contact with its slot and does not answer on the bus.' },
  { label: 'C' as const, text: 'One rank has run out of batches and left the loop early.' },
  { label: 'D' as const, text: 'Packet filters of the nodes drop what the ranks send to each other.' },
];

test('sentences are told apart by words that describe causes', () => {
  const best = choices.map(({ text }) => [...sharesOf(text)].toSorted(([, a], [, b]) => b - a)[0]?.[0]);
  expect(best).toEqual(['disk-full', 'gpu-fell-off-bus', 'uneven-data', 'firewall-blocked']);
});

describe('the choice by rules', () => {
  const question = { shown, question: 'What happened?', choices };
  const findings = findingsIn(shown);

  test('is the one whose words speak of what the diagnosis finds', () => {
    expect(findings.map(({ kind }) => kind)).toContain('nvidia.xid.79');
    expect(chooseByRules(question, { findings, recalled: [], keywords: false, sharesOf })).toBe('B');
    expect(chooseByRules(question, { findings, recalled: [], keywords: true, sharesOf })).toBe('B');
  });

  test('is one of the labels even where nothing is found', () => {
    const label = chooseByRules({ ...question, shown: '' }, { findings: [], recalled: [], keywords: true, sharesOf });
    expect(choices.map((choice): string => choice.label)).toContain(label);
  });
});
