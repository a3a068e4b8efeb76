import { describe, expect, it } from 'vitest';
import {
  asOneLine,
  hasHidden,
  withHiddenAsNumbers,
  withoutHidden,
  withoutLinks,
} from '../../../workflows/domain/hidden-characters.ts';
import { escapeMarkdown } from '../../../workflows/domain/current-details.ts';

const nasty = 'a\u001b[2Jb\u001b]0;t\u0007c\u009b1md\u202ee\u200bf\u{e0041}g\ufeffh';

describe('hidden characters', () => {
  it('are gone, with the sequences that they begin', () => {
    expect(hasHidden(nasty)).toBe(true);
    expect(withoutHidden(nasty)).toBe('abc1mdefgh');
    expect(hasHidden(withoutHidden(nasty))).toBe(false);
    expect(withoutHidden('a\r\nb\rc\u0085d\u2028e\tf')).toBe('a\nb\nc\nd\ne\tf');
  });

  it('are blanks on one line', () => {
    expect(asOneLine('a\tb\r\nc\u0007\u009b31m')).toBe('a b c 31m');
  });

  it('are numbers in JSON, which means the same', () => {
    const json = withHiddenAsNumbers(JSON.stringify({ nasty }));
    expect(hasHidden(json)).toBe(false);
    expect(JSON.parse(json)).toEqual({ nasty });
  });
});

describe('text of others in Markdown', () => {
  it('has no address that becomes a link', () => {
    expect(withoutLinks('https://x.example www.x.example mailto:a')).toBe(
      'https[:]//x.example www[.]x.example mailto[:]a',
    );
    expect(withoutLinks('://'.repeat(2))).not.toContain('://');
  });

  it.each([
    ['~~~', '\\~\\~\\~'],
    ['- [x] done', '\\- \\[x\\] done'],
    ['+ done', '\\+ done'],
    ['1. done', '1\\. done'],
    ['---', '\\---'],
    ['===', '\\==='],
    ['&#x202e;', '\\&\\#x202e;'],
    ['a\n\n### b', 'a \\#\\#\\# b'],
    ['h\u200bttps://x', 'https\\[:\\]//x'],
    ['-40 C, 1.5 GB', '-40 C, 1.5 GB'],
  ])('%s begins no block and is no code of a character', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});
