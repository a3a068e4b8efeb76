import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exitCodes } from '../../../../workers/cli/output.ts';
import { flightCommand } from '../../../../workers/cli/logs/flight.ts';
import { runLogsFlight } from '../../../../workers/cli/logs/run-flight.ts';
import { job, type Recorder } from '../../../kb/logs/flight-recorder/jobs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-flight-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function missing(): readonly Recorder[] {
  const recorders = job();
  for (const one of recorders)
    if (one.rank !== 3)
      one.collective('0', { op: 'all_reduce', at: 10, state: 'started', sizes: [[32]], frame: 'step' });
  return recorders;
}

function put(recorders: readonly Recorder[], pack: (text: string) => string | Uint8Array = (text) => text): void {
  for (const one of recorders)
    writeFileSync(path.join(folder, `nccl_trace_rank_${one.rank}`), pack(JSON.stringify(one.dump())));
}

async function run(paths: readonly string[], options: { json?: boolean; all?: boolean; colour?: boolean } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    ask: () => Promise.resolve(''),
    colour: options.colour ?? false,
    interactive: false,
  };
  const code = await runLogsFlight(paths, { json: options.json ?? false, all: options.all ?? false }, { terminal });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('wardround logs flight', () => {
  it('tells people who did not come, in a table for each group that is not well', async () => {
    put(missing());
    const { code, out, err } = await run([folder]);
    expect(code).toBe(exitCodes.done);
    expect(err).toBe('');
    expect(out).toContain('rank 3 did not enter it; ranks 0-2,4-7 wait there. (likely)');
    expect(out).toContain('Group 0 (default_pg)  ranks 0-7');
    expect(out).toMatch(/^0-2,4-7 +5 +all_reduce +started +\[32\] Float +step at train\.py:88$/m);
    expect(out).toMatch(/^3 +4 +all_reduce +did not enter 5 /m);
    expect(out).toContain('8 dumps of 8 ranks, 7 groups (6 not shown, all complete)');
  });

  it('shows healthy groups only when asked', async () => {
    put(job());
    expect((await run([folder])).out).toContain('All recorded collectives are complete');
    expect((await run([folder])).out).not.toContain('Group 1 (tp)');
    expect((await run([folder], { all: true })).out).toContain('Group 1 (tp)');
  });

  it('gives one stable JSON object', async () => {
    put(missing());
    const { out, code } = await run([folder], { json: true });
    expect(code).toBe(exitCodes.done);
    const report = z.record(z.string(), z.unknown()).parse(JSON.parse(out));
    expect(report).toMatchObject({
      withoutDump: [],
      first: {
        kind: 'rank-not-entered',
        group: { name: '0', desc: 'default_pg' },
        seq: 5,
        ranks: [3],
        sure: 'likely',
        since: '2026-09-21T14:13:30.000Z',
      },
      clocks: [],
      problems: [],
      waits: { 0: { what: 'all_reduce 5 of group 0 (default_pg)', for: [3] } },
    });
    expect(Object.keys(report).toSorted()).toEqual([
      'clocks',
      'crossings',
      'dumps',
      'findings',
      'first',
      'groups',
      'problems',
      'waits',
      'withoutDump',
    ]);
  });

  it('reads compressed dumps, and leaves other files of a folder alone', async () => {
    put(missing(), gzipSync);
    writeFileSync(path.join(folder, 'train.log'), 'step 1\n');
    const { code, out, err } = await run([folder]);
    expect(code).toBe(exitCodes.done);
    expect(out).toContain('rank 3 did not enter it');
    expect(err).toContain('1 file is no dumps');
  });

  it('refuses a pickle that would run something, reads the rest, and says so in its exit code', async () => {
    put(missing());
    const evil = readFileSync(new URL('../../../kb/logs/flight-recorder/fixtures/evil-2.pkl', import.meta.url));
    writeFileSync(path.join(folder, 'nccl_trace_rank_9'), evil);
    const { code, out, err } = await run([folder, path.join(folder, 'nccl_trace_rank_9')]);
    expect(code).toBe(exitCodes.failed);
    expect(err).toContain('GLOBAL is refused');
    expect(out).toContain('rank 3 did not enter it');
  });

  it('says what to do where there is no dump', async () => {
    mkdirSync(path.join(folder, 'empty'));
    await expect(run([path.join(folder, 'empty')])).rejects.toMatchObject({
      message: 'no flight-recorder dump among these files',
      advice: expect.stringContaining('TORCH_FR_BUFFER_SIZE'),
    });
  });

  it('lets no name out of a dump move the cursor', async () => {
    const recorders = job();
    for (const one of recorders)
      one.collective('0', {
        op: 'all_reduce',
        state: 'started',
        frame: '\u001b[2Jstep\u202e',
        sizes: [[one.rank === 0 ? 1 : 2]],
      });
    put(recorders);
    const { out } = await run([folder]);
    expect(out).toContain('step');
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
  });

  it('is a command with paths and its options', () => {
    const command = flightCommand();
    expect(command.name()).toBe('flight');
    expect(command.options.map(({ long }) => long)).toEqual(['--json', '--all']);
  });
});
