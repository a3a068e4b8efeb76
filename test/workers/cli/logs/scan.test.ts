import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logFolder, many, xid } from './log-folder.ts';

let here: ReturnType<typeof logFolder>;
beforeEach(() => {
  here = logFolder();
});
afterEach(() => here.remove());

interface Scan {
  readonly sources: readonly { readonly source: string; readonly lines: number; readonly bytes: number }[];
  readonly unread: readonly string[];
  readonly findings: readonly { readonly kind: string; readonly id: string; readonly count: number }[];
  readonly firstFaultId: string | null;
}

const parsed = (out: string): Scan => JSON.parse(out) as Scan; // our own output; every test looks at what it reads

describe('wardround logs scan', () => {
  it('shows people each node with what was seen there, and marks the first cause', async () => {
    const file = here.put('kernel.log', `${many(20)}${xid}\n`);
    const { code, out, err } = await here.logs(['scan', file]);
    expect(code).toBe(0);
    expect(out).toContain('node-07\n');
    expect(out).toMatch(/2026-11-21 03:12:59 {2}.*first cause|03:12:59 .*← first cause/);
    expect(out).toContain(`${file}:21  nvidia.xid.79`);
    expect(err).toMatch(/findings in 1 sources, 21 lines/);
  });

  it('gives one JSON object with the findings, the sources and which fault was first', async () => {
    const file = here.put('kernel.log', `${xid}\n${xid}\n`);
    const { code, out } = await here.logs(['scan', '--json', file]);
    const { sources, findings, firstFaultId, unread } = parsed(out);
    expect(code).toBe(0);
    expect(sources).toMatchObject([{ source: file, lines: 2, bytes: 2 * xid.length + 2 }]);
    expect(findings).toMatchObject([
      { kind: 'nvidia.xid.79', node: 'node-07', count: 2, range: { line: 1, byteStart: 0, byteEnd: xid.length } },
    ]);
    expect([firstFaultId, unread]).toEqual([findings[0]?.id, []]);
  });

  it('reads standard input', async () => {
    expect(parsed((await here.logs(['scan', '--json', '-'], { stdin: `${xid}\n` })).out).findings).toHaveLength(1);
  });

  it('says that nothing was seen, and of an empty folder that it is empty', async () => {
    expect((await here.logs(['scan', here.put('a.log', 'all is well\n')])).out).toBe(
      'Nothing that a detector knows as trouble.',
    );
    here.put('sub/.hidden', xid);
    const { code, err } = await here.logs(['scan', path.join(here.folder, 'sub')]);
    expect([code, err]).toEqual([0, expect.stringContaining('no files in this folder')]);
  });

  it('counts a file once that is named twice or lies in a folder that is named too', async () => {
    const file = here.put('logs/a.log', `${xid}\n`);
    const { out } = await here.logs(['scan', '--json', path.dirname(file), file, `${here.folder}/./logs/a.log`]);
    expect(parsed(out)).toMatchObject({ sources: [{ source: file }], findings: [{ count: 1 }] });
  });

  it('ends with 1 and a word when a file is not there, and when one of many is damaged, of which the others are read', async () => {
    const missing = await here.logs(['scan', path.join(here.folder, 'no.log')]);
    expect([missing.code, missing.out, missing.err]).toEqual([
      1,
      '',
      expect.stringContaining('no such file or folder'),
    ]);
    here.put('logs/a.log', `${xid}\n`);
    const damaged = here.put('logs/b.log.gz', gzipSync(many(500)).subarray(0, 300));
    const { code, out, err } = await here.logs(['scan', '--json', path.join(here.folder, 'logs')]);
    expect(code).toBe(1);
    expect(parsed(out)).toMatchObject({ unread: [damaged], findings: [{ kind: 'nvidia.xid.79' }] });
    expect(err).toContain('damaged or cut off');
    const alone = await here.logs(['scan', path.join(here.folder, 'logs', '*.gz')]);
    expect([alone.code, alone.out]).toEqual([1, '']);
  });

  it('reads thousands of files as one', async () => {
    const count = 1_200;
    for (let at = 0; at < count; at += 1) here.put(`ranks/rank-${at}.log`, `[rank${at}]: CUDA out of memory.\n`);
    const { out } = await here.logs(['scan', '--json', path.join(here.folder, 'ranks')]);
    const { sources, findings } = parsed(out);
    expect(sources).toHaveLength(count);
    expect(findings.filter(({ kind }) => kind === 'torch.cuda.oom')).toHaveLength(count);
  });
});

/** As a process, because it is the process that has to end quietly. */
describe('a reader that has seen enough', () => {
  it('ends `wardround logs reduce` without an error', () => {
    const file = here.put(
      'long.log',
      Array.from(
        { length: 60_000 },
        (_, at) =>
          `${'abcdefgh'
            .split('')
            .map((letter, index) => letter.repeat(1 + ((at >> (2 * index)) & 3)))
            .join(' ')} x\n`,
      ).join(''),
    );
    const cli = path.resolve(import.meta.dirname, '../../../../workers/cli.ts');
    const script = '"$0" "$1" logs reduce "$2" --no-rules 2>"$3" | head -n 1; echo "${PIPESTATUS[0]}"';
    const errors = path.join(here.folder, 'errors');
    const said = execFileSync('bash', ['-c', script, process.execPath, cli, file, errors], { encoding: 'utf8' });
    expect(said).toMatch(/long\.log\n(?:0|141)\n$/);
    expect(execFileSync('cat', [errors], { encoding: 'utf8' })).not.toMatch(/EPIPE|at .*\.ts/);
  });
});
