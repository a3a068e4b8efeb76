import { describe, expect, it } from 'vitest';
import { blockReader } from '../../../kb/logs/blocks.ts';
import { lineText } from '../../../kb/logs/line-text.ts';
import { literalAutomaton } from '../../../kb/logs/literals.ts';
import { templateTable } from '../../../kb/logs/templates.ts';
import { wordGeneraliser } from '../../../kb/logs/word-generaliser.ts';

/** Which lines are new, and the table that they made. */
function learn(text: string) {
  const table = templateTable();
  const fresh: string[] = [];
  const reader = blockReader(literalAutomaton(['nothing']), {
    blockStart: () => {},
    line(view) {
      if (table.note(view, () => lineText(view)).isNew) fresh.push(lineText(view));
    },
    blockEnd: () => {},
  });
  reader.feed(new TextEncoder().encode(text));
  reader.end();
  return { fresh, templates: table.templates() };
}

const green = (word: string): string => `\u001b[32m${word}\u001b[0m`;

describe('templates', () => {
  it('tell coloured words apart', () => {
    expect(learn(`uplink is ${green('stable')}\nuplink is ${green('gone')}\n`).fresh).toEqual([
      'uplink is stable',
      'uplink is gone',
    ]);
  });

  it('take a line in other colours for the same', () => {
    const { fresh, templates } = learn(
      `uplink ${green('7')} is stable\nuplink 8 is ${green('stable')}\nuplink 9 is stable\n`,
    );
    expect(fresh).toHaveLength(1);
    expect(templates).toMatchObject([{ pattern: 'uplink * is stable', count: 3 }]);
  });

  it('tell lines apart that differ only after thousands of characters, and keep the start of each', () => {
    const long = 'word '.repeat(1_000);
    const { fresh, templates } = learn(`${long}stable\n${long}gone\n${long}gone\n`);
    expect(fresh.map((line) => line.slice(-6))).toEqual(['stable', 'd gone']);
    expect(templates.map(({ count, pattern }) => [count, pattern.length])).toEqual([
      [2, 2_000],
      [1, 2_000],
    ]);
  });
});

describe('a word', () => {
  const line = (state: string): readonly string[] => ['uplink', ' ', 'is', ' ', state];

  it('varies once eight or more different ones stood in its place', () => {
    const generalise = wordGeneraliser();
    for (let at = 0; at < 40; at += 1) generalise(line(String.fromCodePoint(97 + (at % 26), 97 + Math.floor(at / 26))));
    expect(generalise(line('another'))).toEqual(['uplink', ' ', 'is', ' ', '*']);
  });

  it('does not vary because it comes again and again', () => {
    const generalise = wordGeneraliser();
    for (let at = 0; at < 200; at += 1) generalise(line(at % 2 === 0 ? 'stable' : 'flaky'));
    expect(generalise(line('gone'))).toEqual(line('gone'));
  });
});
