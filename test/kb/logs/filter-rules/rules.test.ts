import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectors } from '../../../../kb/detectors/index.ts';
import { catalogueGuards } from '../../../../kb/logs/filter-rules/catalogue-guards.ts';
import { compileRule, flawOf } from '../../../../kb/logs/filter-rules/check.ts';
import { proposeRules, templateSum } from '../../../../kb/logs/filter-rules/propose.ts';
import { addRule, rememberFaults, revokeRule, usableRules } from '../../../../kb/logs/filter-rules/rule-set.ts';
import { compileMatchers } from '../../../../kb/logs/matchers.ts';
import { lineReducer, type ReducedEntry } from '../../../../kb/logs/reduce.ts';
import { openSourceScan, scanLiterals } from '../../../../kb/logs/source-scan.ts';
import { filterRulesSchema, noFilterRules, type FilterRules } from '../../../../kb/schemas/filter-rule.ts';

const matchers = compileMatchers(detectors, scanLiterals);
const guards = catalogueGuards(detectors);
const added = { addedBy: 'alice', addedAtMs: 1, example: 'x', lines: 500 };

function reduce(lines: readonly string[], isFiltered: (line: string) => boolean = () => false) {
  const entries: ReducedEntry[] = [];
  const reducer = lineReducer(matchers.roleOf, (entry) => entries.push(entry), isFiltered);
  const scan = openSourceScan({ source: 'a.log', evidenceId: 'ev_a' }, matchers, [], reducer);
  scan.feed(new TextEncoder().encode(lines.join('\n')));
  const { findings } = scan.end();
  return {
    findings,
    templates: reducer.summary().templates,
    kept: entries.filter((entry) => entry.kind === 'line').map(({ text }) => text),
  };
}

const noisy = (host: string): readonly string[] =>
  Array.from({ length: 300 }, (_, at) => `${host} agent: heartbeat ${at} sent to collector in 0.${at} s`);

function proposals(lines: readonly string[], hosts: readonly string[] = []) {
  return proposeRules(reduce(lines).templates, {
    isKnown: (line) => matchers.matchText({ text: line }).length > 0,
    hosts: new Set(hosts),
    guards,
    linesMin: 100,
  });
}

function withRule(pattern: string, rules: FilterRules = noFilterRules): FilterRules {
  const change = addRule(rules, { pattern, ...added }, guards);
  if ('flaw' in change) throw new Error(change.flaw);
  return change.rules;
}

describe('a rule that is learned', () => {
  it('comes from what repeats and no detector knows, and takes its lines at once the next time', () => {
    const [proposal, ...others] = proposals(noisy('alpha'));
    expect([proposal?.flaw, others]).toEqual([null, []]);
    const usable = usableRules(withRule(proposal?.pattern ?? ''), guards);
    const { kept } = reduce([...noisy('alpha'), 'something new'], usable.matches);
    expect(kept).toEqual(['something new']);
  });

  it('never carries the host that it was learned from', () => {
    const [proposal] = proposals(noisy('alpha'), ['alpha']);
    expect(proposal?.pattern).not.toContain('alpha');
    const { matches } = usableRules(withRule(proposal?.pattern ?? ''), guards);
    expect(matches('omega agent: heartbeat 7 sent to collector in 0.7 s')).toBe(true);
  });

  it('holds a template of where it was learned, not a line with the host in it', () => {
    const [proposal] = proposals(noisy('Alpha.example.com'), ['alpha']);
    expect(proposal).toMatchObject({ template: expect.stringContaining('* agent: heartbeat'), flaw: null });
    expect(`${proposal?.pattern} ${proposal?.template}`).not.toMatch(/alpha/i);
  });

  it('counts what repeats across sources as a whole', () => {
    const sum = templateSum();
    for (let rank = 0; rank < 50; rank += 1) sum.add(reduce(noisy('alpha').slice(0, 4)).templates);
    expect(sum.templates()).toMatchObject([{ count: 200 }]);
  });

  it('may have groups and branches of which each says enough', () => {
    expect(flawOf('(?:heartbeat|keepalive) [0-9]+ (?:sent|received)', guards)).toBeNull();
    expect(flawOf('(?i:heartbeat) [0-9]+ (?P<what>sent)', guards)).toBeNull();
  });

  it('is not made of lines that detectors know', () => {
    const steps = Array.from({ length: 300 }, (_, at) => `iteration ${at}/ 500 | lm loss: 2.${at}E+00`);
    expect(proposals(steps)).toEqual([]);
  });
});

describe('a rule that would do harm is refused', () => {
  it.each([
    ['everything', '.*', /too general/],
    ['everything, in other words', '(?s).*', /too general/],
    ['everything with a letter', '[^\\n]*[a-z][^\\n]*', /too general/],
    ['any word or nothing', '(heartbeat sent to collector)?.*', /too general/],
    ['one of two, of which one is anything', 'heartbeat sent|.+', /too general/],
    ['nothing that can be read', '(unclosed', /missing closing \)/],
    ['a look-ahead', '(?=heartbeat sent to collector).*', /Perl syntax/],
    ['kernel messages of the driver', '.*kernel: .*NVRM.*GPU.*', /hide a line/],
    ['whatever torch prints', '.*torch.*|.*Watchdog caught.*', /hide a line|too general/],
    ['any long line, whatever may stand before it', '((?:heartbeat) sent)?.{120,}', /too general/],
    ['the same, with a group that is taken no times', '(?:(?:heartbeat sent)){0}.{120,}', /too general/],
    ['what a quotation hides', '(\\Qheartbeat)\\E)?.{500,}', /stands for itself/],
    ['repetitions that take seconds for a line', `heartbeat sent${'(a?){1000}'.repeat(20)}`, /too large/],
    ['a pattern as long as a page', 'a'.repeat(700), /longer than/],
  ])('%s', (_what, pattern, why) => {
    expect(flawOf(pattern, guards)).toMatch(why);
    expect(addRule(noFilterRules, { pattern, ...added }, guards)).toHaveProperty('flaw');
  });

  it('because it matches a fault line that was kept earlier, and that the catalogue does not know', () => {
    const rules = rememberFaults(noFilterRules, ['flux capacitor 7 is loose on rack b']);
    const change = addRule(rules, { pattern: 'flux capacitor [0-9]+ is loose.*', ...added }, guards);
    expect(change).toMatchObject({ flaw: expect.stringContaining('a kept fault line') });
  });
});

describe('a set of rules', () => {
  it('leaves out, and names, what the catalogue has come to know as a fault', () => {
    const rules = withRule('uplink [0-9]+ of leaf [a-z]+ is gone');
    const known = [...guards, { line: 'uplink 7 of leaf a is gone', from: 'switch.uplink.lost' }];
    const usable = usableRules(rules, known);
    expect(usable.used).toEqual([]);
    expect(usable.refused[0]?.flaw).toContain('switch.uplink.lost');
    expect(usable.matches('uplink 7 of leaf a is gone')).toBe(false);
  });

  it('goes on when somebody writes a malformed or a catch-all rule into the file', () => {
    const good = withRule('heartbeat [0-9]+ sent to collector');
    const rule = { ...good.rules[0], id: 'fr_000000000000', pattern: '(' };
    const poisoned = { ...good, rules: [rule, { ...rule, pattern: '.*' }, ...good.rules] };
    const usable = usableRules(filterRulesSchema.parse(poisoned), guards);
    expect([usable.used.length, usable.refused.length]).toEqual([1, 2]);
    expect(usable.matches('NVRM: anything else')).toBe(false);
  });

  it('keeps what was revoked, with who and why, and can take it up again', () => {
    const rules = withRule('heartbeat [0-9]+ sent to collector');
    const id = rules.rules[0]?.id ?? '';
    const gone = revokeRule(rules, id, { by: 'bob', atMs: 2, reason: 'the collector was the fault' });
    if ('flaw' in gone) throw new Error(gone.flaw);
    expect(gone.rules).toMatchObject({ version: 2, rules: [{ id, status: 'revoked', revokedBy: 'bob' }] });
    expect(usableRules(gone.rules, guards).used).toEqual([]);
    expect(revokeRule(gone.rules, id, { by: 'bob', atMs: 3, reason: '' })).toHaveProperty('flaw');
    expect(withRule('heartbeat [0-9]+ sent to collector', gone.rules)).toMatchObject({
      version: 3,
      rules: [{ status: 'active' }],
    });
  });
});

describe('whatever rules there are', () => {
  it('no line that a detector knows is lost', () => {
    const faults = [
      'NVRM: Xid (PCI:0000:c1:00): 79, GPU has fallen off the bus.',
      'OSError: [Errno 28] No space left on device',
    ];
    const { kept, findings } = reduce([...noisy('a1'), ...faults, ...noisy('a1')], () => true);
    expect(kept).toEqual(expect.arrayContaining(faults));
    expect(findings.map(({ kind }) => kind)).toContain('nvidia.xid.79');
  });

  it('no pattern stops or slows anything, whoever wrote it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 200 }), (pattern, line) => {
        const compiled = compileRule(pattern);
        expect(typeof compiled === 'string' || typeof compiled.matches(line) === 'boolean').toBe(true);
        const flaw = flawOf(pattern, []);
        expect(flaw === null || flaw.length > 0).toBe(true);
      }),
    );
    const nested = compileRule('(a+)+(b|c)*heartbeat');
    expect(typeof nested === 'string' ? nested : nested.matches('a'.repeat(20_000))).toBe(false);
  });
});
