import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReducedEntry } from '../../../../kb/logs/reduce.ts';
import { logFolder, many, routine, xid } from './log-folder.ts';

let here: ReturnType<typeof logFolder>;
beforeEach(() => {
  here = logFolder();
});
afterEach(() => here.remove());

type Told = ReducedEntry & { readonly source: string };
const entriesOf = (out: string): readonly Told[] => out.split('\n').map((line) => JSON.parse(line) as Told); // our own output

describe('wardround logs reduce', () => {
  it('shows what matters with line numbers, and counts the routine', async () => {
    const file = here.put('a.log', `${many(500)}${xid}\n${many(500)}`);
    const { code, out, err } = await here.logs(['reduce', file]);
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(12);
    expect(out).toContain(`     501  ${xid}`);
    expect(out).toMatch(/… {2}496 lines {2}#0 ×496/);
    expect(err).toMatch(/1,001 lines \(.* MB\) to 9 in/);
  });

  it('gives JSON line by line, of which each names its source', async () => {
    const file = here.put('a.log', `${many(50)}${xid}\n`);
    const entries = entriesOf((await here.logs(['reduce', '--json', file])).out);
    expect(entries.every(({ source }) => source === file)).toBe(true);
    expect(entries.at(-1)).toMatchObject({ kind: 'line', line: 51, text: xid, why: 'fault', kinds: ['nvidia.xid.79'] });
  });

  it('shows file after file, whichever was read first', async () => {
    // Threads are worth it from 32 MB; the small ones are long done when the large one is.
    here.put('logs/0-large.log', many(500_000));
    for (let at = 1; at < 6; at += 1) here.put(`logs/${at}.log`, `${many(10)}${xid}\n`);
    const { out } = await here.logs(['reduce', '--json', path.join(here.folder, 'logs')]);
    const order = [...new Set(entriesOf(out).map(({ source }) => path.basename(source)))];
    expect(order).toEqual(['0-large.log', '1.log', '2.log', '3.log', '4.log', '5.log']);
    expect(entriesOf(out).filter((entry) => entry.kind === 'line' && entry.why === 'fault')).toHaveLength(5);
  });

  it('goes on behind a file that is damaged or was removed, and ends with 1', async () => {
    const packed = path.join(here.folder, 'logs', '0.gz');
    here.put('logs/0.gz', Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3));
    here.put('logs/1.log', `${xid}\n`);
    const { code, out, err } = await here.logs(['reduce', '--json', path.join(here.folder, 'logs')]);
    expect([code, entriesOf(out).length]).toEqual([1, 1]);
    expect(err).toContain(packed);
  });

  it('ends at once when nobody takes what it writes', async () => {
    here.put('logs/a.log', `${xid}\n`);
    here.put('logs/b.log', `${xid}\n`);
    let written = 0;
    const { code, err } = await here.logs(['reduce', path.join(here.folder, 'logs')], {
      onOut() {
        written += 1;
        throw new Error('the pipe is closed');
      },
    });
    expect([code, written]).toEqual([1, 1]);
    expect(err).toContain('the pipe is closed');
  });

  it('lists the templates of the routine lines', async () => {
    const file = here.put('a.log', many(500));
    const { out } = await here.logs(['reduce', '--templates', file]);
    expect(out).toMatch(/#0\s+500\s+1–500/);
    expect(JSON.parse((await here.logs(['reduce', '--templates', '--json', file])).out)).toMatchObject({
      source: file,
      templates: [{ count: 500, firstLine: 1, lastLine: 500, example: routine(0) }],
    });
  });

  it('leaves out what a rule of the site takes for routine, and says which rules it does not use', async () => {
    const file = here.put('a.log', 'heartbeat 7 sent to collector\nsomething else\n');
    expect((await here.logs(['rules', 'add', '--pattern', 'heartbeat [0-9]+ sent to collector'])).code).toBe(0);
    expect((await here.logs(['reduce', file])).out).not.toContain('heartbeat');
    expect((await here.logs(['reduce', '--no-rules', file])).out).toContain('heartbeat');
    here.put(
      'site/rules.json',
      JSON.stringify({
        version: 1,
        keptFaults: [],
        rules: [
          {
            id: 'fr_000000000000',
            pattern: '.*',
            status: 'active',
            addedBy: 'x',
            addedAtMs: 1,
            example: 'x',
            lines: 1,
          },
        ],
      }),
    );
    const poisoned = await here.logs(['reduce', file]);
    expect(poisoned.out).toContain('heartbeat');
    expect(poisoned.err).toContain('filter rule fr_000000000000 is not used: too general');
  });
});
