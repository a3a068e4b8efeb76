import { describe, expect, it } from 'vitest';
import { performed } from '../../../../infra/cluster/commands/perform.ts';
import { collected, complaint, hang, out, wait, type Play } from '../../../../infra/cluster/commands/play.ts';
import { limited, parseTimeout } from '../../../../infra/cluster/commands/timeout.ts';

const startMs = Date.UTC(2026, 10, 21, 3);
const minute = 60_000;
/** Cluster time runs so fast that a minute of it takes less than a tick of the event loop. */
const fast = 1e6;

/** A tool that prints when it began, takes its time, and tells when it is over, however it ends. */
function* tool(endings: string[], tookMs: number): Play {
  try {
    yield out('begun\n');
    const nowMs = yield wait(tookMs);
    yield out(`${(nowMs - startMs) / 1_000} s later\n`);
    yield complaint('a remark\n');
    return 3;
  } finally {
    endings.push('over');
  }
}

function* stuck(endings: string[], until: 'term' | 'kill'): Play {
  try {
    yield out('begun\n');
    yield hang(until);
    return 0;
  } finally {
    endings.push('over');
  }
}

const never = new AbortController().signal;
const stage = (gone: AbortSignal = never) => ({ nowMs: startMs, rate: fast, gone });
const limits = (limitMs: number, killAfterMs: number | null = null) => ({ limitMs, killAfterMs });

describe('a tool that takes cluster time', () => {
  it('prints in pieces, at its own time, and has an exit code', async () => {
    const answer = { stdout: 'begun\n60 s later\n', stderr: 'a remark\n', exitCode: 3 };
    expect(collected(tool([], minute), startMs)).toEqual(answer);
    expect(await performed(tool([], minute), stage())).toEqual(answer);
  });

  it('takes as long as the rate says', async () => {
    const began = performance.now();
    await performed(tool([], 4_000), { ...stage(), rate: 100 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(35);
  });

  it('ends when whoever asked is gone, and lets go of what it holds', async () => {
    const asker = new AbortController();
    const endings: string[] = [];
    const answer = performed(stuck(endings, 'kill'), stage(asker.signal));
    expect(endings).toEqual([]);
    asker.abort();
    expect(await answer).toEqual({ stdout: 'begun\n', stderr: '', exitCode: 143 });
    expect(endings).toEqual(['over']);
    expect(await performed(tool(endings, minute), stage(asker.signal))).toMatchObject({ stdout: '' });
  });

  it('that hangs has no whole answer', () => {
    const endings: string[] = [];
    expect(() => collected(stuck(endings, 'term'), startMs)).toThrow(/hangs/);
    expect(endings).toEqual(['over']);
  });
});

describe('timeout', () => {
  it('leaves alone what is done in time', () => {
    const endings: string[] = [];
    expect(collected(limited(tool(endings, 9_999), startMs, limits(10_000)), startMs)).toMatchObject({
      stdout: 'begun\n9.999 s later\n',
      exitCode: 3,
    });
    expect(endings).toEqual(['over']);
    expect(collected(limited(tool(endings, minute), startMs, limits(0)), startMs).exitCode).toBe(3);
  });

  it.each([
    ['what is late', (endings: string[]) => tool(endings, minute), null, 124],
    ['what hangs until SIGTERM', (endings: string[]) => stuck(endings, 'term'), 2_000, 124],
    ['what only SIGKILL ends', (endings: string[]) => stuck(endings, 'kill'), 2_000, 137],
  ])('ends %s, with what it had printed', async (_what, make, killAfterMs, exitCode) => {
    const endings: string[] = [];
    const answer = { stdout: 'begun\n', stderr: '', exitCode };
    expect(collected(limited(make(endings), startMs, limits(5_000, killAfterMs)), startMs)).toEqual(answer);
    expect(await performed(limited(make(endings), startMs, limits(5_000, killAfterMs)), stage())).toEqual(answer);
    expect(endings).toEqual(['over', 'over']);
  });

  it('without -k waits for ever for what does not heed SIGTERM', () => {
    expect(() => collected(limited(stuck([], 'kill'), startMs, limits(5_000)), startMs)).toThrow(/hangs/);
  });

  it.each([
    [['5', 'lsmod'], { limitMs: 5_000, killAfterMs: null, argv: ['lsmod'] }],
    [['-k', '1', '0.5', 'stat', '-f'], { limitMs: 500, killAfterMs: 1_000, argv: ['stat', '-f'] }],
    [['--kill-after=2s', '1m', 'df'], { limitMs: minute, killAfterMs: 2_000, argv: ['df'] }],
  ])('reads %j', (args, expected) => {
    expect(parseTimeout(args)).toEqual(expected);
  });

  it.each([
    [['-k', '1', 'soon', 'lsmod'], "invalid time interval 'soon'"],
    [['5'], 'missing operand'],
    [[], 'missing operand'],
  ])('complains about %j', (args, complaintText) => {
    const parsed = parseTimeout(args);
    if (!('error' in parsed)) throw new Error('no complaint');
    const answer = collected(parsed.error, startMs);
    expect(answer.exitCode).toBe(125);
    expect(answer.stderr).toContain(`timeout: ${complaintText}`);
  });
});
