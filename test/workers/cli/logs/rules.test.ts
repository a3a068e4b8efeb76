import { readFileSync } from 'node:fs';
import os from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { filterRulesSchema, type FilterRules } from '../../../../kb/schemas/filter-rule.ts';
import { ownName } from '../../../../workers/cli/own-name.ts';
import { logFolder, xid } from './log-folder.ts';

let here: ReturnType<typeof logFolder>;
beforeEach(() => {
  here = logFolder();
});
afterEach(() => {
  vi.restoreAllMocks();
  here.remove();
});

const heartbeats = (host: string): string =>
  Array.from({ length: 300 }, (_, at) => `${host} agent: heartbeat ${at} sent to collector in 0.${at} s\n`).join('');
const stored = (): FilterRules => filterRulesSchema.parse(JSON.parse(readFileSync(here.rulesFile, 'utf8')));

describe('wardround logs rules', () => {
  it('proposes, adds, lists and revokes', async () => {
    const file = here.put('node-07/agent.log', `${heartbeats('node-07')}${xid}\n`);
    const proposed = await here.logs(['rules', 'propose', '--json', file]);
    const { proposals } = JSON.parse(proposed.out) as {
      proposals: { id: string; flaw: string | null; lines: number }[];
    }; // our own output
    expect([proposed.code, proposals]).toMatchObject([0, [{ flaw: null, lines: 300 }]]);
    const id = proposals[0]?.id ?? '';

    expect((await here.logs(['rules', 'propose', '--add', file])).out).toContain(id);
    expect(stored()).toMatchObject({
      rules: [{ id, status: 'active', lines: 300 }],
      keptFaults: [expect.stringContaining('Xid')],
    });
    expect((await here.logs(['rules', 'list'])).out).toMatch(new RegExp(`${id}\\s+active`));
    expect((await here.logs(['reduce', file])).out).not.toContain('heartbeat 0 ');

    const revoked = await here.logs(['rules', 'revoke', id, '--reason', 'the collector was the fault', '--by', 'bob']);
    expect([revoked.code, revoked.out]).toEqual([0, `Revoked ${id}.`]);
    expect((await here.logs(['rules', 'list'])).out).toMatch(/revoked\s.*revoked by bob/);
    expect((await here.logs(['reduce', file])).out).toContain('heartbeat 0 ');
    expect((await here.logs(['rules', 'revoke', id, '--reason', 'again'])).code).toBe(2);
  });

  it('does not bring back by itself what a person revoked', async () => {
    const file = here.put('agent.log', heartbeats('alpha'));
    await here.logs(['rules', 'propose', '--add', file]);
    const id = stored().rules[0]?.id ?? '';
    await here.logs(['rules', 'revoke', id, '--reason', 'it hid the fault', '--by', 'bob']);
    const { out } = await here.logs(['rules', 'propose', '--add', '--json', file]);
    expect(JSON.parse(out)).toMatchObject({ proposals: [{ id, flaw: 'bob revoked it: it hid the fault' }] });
    expect(stored().rules).toMatchObject([{ id, status: 'revoked', revokedBy: 'bob' }]);
  });

  it('stores no line, and so no host, of where a rule was learned', async () => {
    const file = here.put('agent.log', `${heartbeats('node-07')}`);
    await here.logs(['rules', 'propose', '--add', file]);
    expect(JSON.stringify(stored().rules)).not.toContain('node-07');
  });

  it('refuses what would do harm, and says why', async () => {
    const { code, err } = await here.logs(['rules', 'add', '--pattern', '.*']);
    expect([code, err]).toEqual([2, expect.stringContaining('too general')]);
    const hiding = await here.logs(['rules', 'add', '--pattern', '.*NVRM: Xid .*: [0-9]+, pid=.*']);
    expect([hiding.code, hiding.err]).toEqual([2, expect.stringContaining('hide a line')]);
  });

  it('never writes a file that it could not read again', async () => {
    const nameless = await here.logs(['rules', 'add', '--pattern', 'heartbeat [0-9]+ sent to collector', '--by', '']);
    expect([nameless.code, nameless.err]).toEqual([1, expect.stringContaining('could not be read again')]);
    expect((await here.logs(['rules', 'list'])).out).toBe('There are no rules.');
  });

  it('tells of a file that is no list of rules, or that cannot be written', async () => {
    here.put('site/rules.json', '{');
    const malformed = await here.logs(['rules', 'list']);
    expect([malformed.code, malformed.err]).toEqual([1, expect.stringContaining('not a list of filter rules')]);
    here.remove();
    here = logFolder();
    here.put('site', 'a file where the folder should be');
    const blocked = await here.logs(['rules', 'add', '--pattern', 'heartbeat [0-9]+ sent to collector']);
    expect([blocked.code, blocked.err]).toEqual([1, expect.stringMatching(/cannot be (?:written|read)/)]);
  });
});

it('an account without a name does not keep a command from running', () => {
  vi.spyOn(os, 'userInfo').mockImplementation(() => {
    throw new Error('ENOENT: no such user');
  });
  expect(ownName()).not.toBe('');
});
