import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followedFiles, reasonOf } from '../../../activities/adapters/followed-files.ts';
import { openFollower, type Follower } from '../../../activities/follow/follower.ts';
import { lineScans } from '../../../activities/follow/line-scan.ts';
import { followedStateSchema, type FollowedState } from '../../../activities/follow/state.ts';
import { temporaryFolder } from '../../support/servers.ts';

let root: ReturnType<typeof temporaryFolder>;
let logs: string;
beforeEach(() => {
  root = temporaryFolder('follow');
  logs = root.of('logs');
});
afterEach(() => root.remove());

const openScan = lineScans({ nowMs: Date.now });
const forever = new AbortController().signal;

const xid = (node: string) =>
  `Nov 21 03:12:59 ${node} kernel: NVRM: Xid (PCI:0000:07:00): 79, pid=1234, GPU has fallen off the bus.\n`;
const routine = (count: number, tag = 'a') =>
  Array.from({ length: count }, (_, at) => `2026-11-21 03:12:59,${at} INFO step ${tag} ${at} done\n`).join('');

interface Watched {
  readonly follower: Follower;
  /** `node file:line` of every match so far. */
  readonly seen: string[];
  readonly told: string[];
  /** Polls until nothing is left, as if `laterMs` had passed. */
  poll(laterMs?: number): Promise<void>;
  state(): FollowedState;
}

function watch(
  options: { from?: string; fromStart?: boolean; restored?: FollowedState; bytesPerPollMax?: number } = {},
): Watched {
  const seen: string[] = [];
  const told: string[] = [];
  let aheadMs = 0;
  const follower = openFollower({
    places: [followedFiles(options.from ?? logs)],
    openScan,
    ears: {
      onMatch: ({ line }, number) =>
        seen.push(`${line.node ?? '-'} ${path.relative(logs, line.source)}:${number ?? '?'}`),
      onTurn: (name, turn) => told.push(`${path.relative(logs, name)} ${turn}`),
      onProblem: (name, problem) => told.push(`${path.relative(logs, name)}: ${problem}`),
    },
    nowMs: () => Date.now() + aheadMs,
    fromStart: options.fromStart === true,
    restored: options.restored ?? null,
    ...(options.bytesPerPollMax === undefined ? {} : { bytesPerPollMax: options.bytesPerPollMax }),
  });
  return {
    follower,
    seen,
    told,
    async poll(laterMs = 0) {
      aheadMs += laterMs;
      for (let polls = 0; polls < 1_000; polls += 1) if (!(await follower.poll(forever)).more) return;
      throw new Error('there is always more');
    },
    state: () => followedStateSchema.parse(JSON.parse(JSON.stringify(follower.state()))),
  };
}

const file = (name: string) => path.join(logs, name);
const put = (name: string, content: string | Uint8Array) => writeFileSync(file(name), content);
const add = (name: string, content: string) => appendFileSync(file(name), content);

describe('following files', () => {
  it('starts at the end, reads what is added, and knows the line although it has not read what is before', async () => {
    put('a.log', routine(100) + xid('node-01'));
    const one = watch();
    await one.poll();
    add('a.log', `${routine(3)}${xid('node-02')}`);
    await one.poll();
    expect(one.seen).toEqual(['node-02 a.log:105']);
    await one.poll();
    expect(one.seen).toHaveLength(1);
    expect(one.state().logs[0]?.position.lines).toBe(105);
  });

  it('reads what is there from the start if asked to', async () => {
    put('a.log', routine(10) + xid('node-01'));
    put('b.log', xid('node-02'));
    const one = watch({ fromStart: true });
    await one.poll();
    expect(one.seen.toSorted()).toEqual(['node-01 a.log:11', 'node-02 b.log:1']);
  });

  it('reads a file that appears later from its first line, in new folders too', async () => {
    const one = watch();
    await one.poll();
    mkdirSync(file('node-03'));
    put('node-03/kern.log', xid('node-03'));
    await one.poll();
    expect(one.seen).toEqual(['node-03 node-03/kern.log:1']);
  });

  it('waits for the rest of a line, and takes it as it is when nothing more comes', async () => {
    put('a.log', routine(2));
    const one = watch();
    await one.poll();
    const line = xid('node-01');
    add('a.log', line.slice(0, 60));
    await one.poll();
    add('a.log', line.slice(60).trimEnd());
    await one.poll();
    expect(one.seen).toEqual([]);
    await one.poll(6_000);
    expect(one.seen).toEqual(['node-01 a.log:3']);
    add('a.log', `\n${xid('node-02')}`);
    await one.poll();
    expect(one.seen).toEqual(['node-01 a.log:3', 'node-02 a.log:4']);
  });

  it('starts with the line that is just being written', async () => {
    const line = xid('node-01');
    put('a.log', routine(2) + line.slice(0, 70));
    const one = watch();
    await one.poll();
    add('a.log', line.slice(70));
    await one.poll();
    expect(one.seen).toEqual(['node-01 a.log:3']);
  });

  it('reads progress bars without line feeds as they come, and lines longer than its buffer', async () => {
    put('a.log', 'x');
    const one = watch();
    await one.poll();
    add('a.log', `\r 10%|█         | 1/10 [00:01]\r${xid('node-01').trimEnd()}\r 20%|██`);
    await one.poll();
    expect(one.seen).toEqual(['node-01 a.log:1']);
    add('a.log', `${'y'.repeat(3_000_000)}\n${xid('node-02')}`);
    await one.poll();
    expect(one.seen).toEqual(['node-01 a.log:1', 'node-02 a.log:2']);
  });

  it('shares its time: a poll reads a bounded amount, of every log something', async () => {
    for (const name of ['a', 'b', 'c']) put(`${name}.log`, routine(60_000, name) + xid(`node-0${name}`));
    const one = watch({ fromStart: true, bytesPerPollMax: 3 * 1024 * 1024 });
    const first = await one.follower.poll(forever);
    expect([first.more, first.bytes <= 4 * 1024 * 1024]).toEqual([true, true]);
    expect(one.state().logs.map(({ position }) => position.offset > 0)).toEqual([true, true, true]);
    await one.poll();
    expect(one.seen).toHaveLength(3);
  });

  it('follows one file under two names once', async () => {
    put('a.log', '');
    symlinkSync(file('a.log'), file('link.log'));
    const one = watch();
    await one.poll();
    add('a.log', xid('node-01'));
    await one.poll();
    expect(one.seen).toHaveLength(1);
  });

  it('leaves binary data out', async () => {
    const one = watch();
    await one.poll();
    put(
      'core',
      Uint8Array.from({ length: 5_000 }, (_, at) => (at * 7) % 32),
    );
    await one.poll();
    await one.poll();
    expect(one.told).toEqual(['core binary']);
  });

  it('waits for what is not there, and says so once', async () => {
    const one = watch({ from: file('later.log') });
    await one.poll();
    await one.poll();
    expect(one.told).toEqual(['later.log: there is no such file or folder yet; it is waited for']);
    put('later.log', xid('node-01'));
    await one.poll();
    expect(one.seen).toEqual(['node-01 later.log:1']);
  });

  it('says once what can not be read, and reads it when it can', async () => {
    put('b.log', '');
    symlinkSync(file('a.log'), file('a.log'));
    const one = watch();
    await one.poll();
    await one.poll();
    expect(one.told).toEqual(['a.log: it can not be read (ELOOP); it is tried again']);
    unlinkSync(file('a.log'));
    put('a.log', xid('node-01'));
    await one.poll();
    expect(one.seen).toEqual(['node-01 a.log:1']);
  });

  it('says whose rights are missing', () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(reasonOf(denied)).toBe('you may not read it; it is tried again');
  });
});

describe('rotation', () => {
  it('by rename: the last lines of the old file and the first of the new one are both read', async () => {
    put('a.log', routine(5));
    const one = watch();
    await one.poll();
    add('a.log', xid('node-01'));
    renameSync(file('a.log'), file('a.log.1'));
    put('a.log', xid('node-02'));
    await one.poll();
    expect(one.seen.toSorted()).toEqual(['node-01 a.log.1:6', 'node-02 a.log:1']);
  });

  it('by rename out of what is followed: the last lines are read all the same', async () => {
    put('a.log', routine(5));
    const one = watch({ from: file('a.log') });
    await one.poll();
    add('a.log', xid('node-01'));
    renameSync(file('a.log'), file('a.log.1'));
    put('a.log', xid('node-02'));
    await one.poll();
    await one.poll();
    expect(one.seen.toSorted()).toEqual(['node-01 a.log.1:6', 'node-02 a.log:1']);
  });

  it('by copy and truncation: nothing is read twice, and the last lines are read from the copy', async () => {
    put('a.log', routine(5) + xid('node-01'));
    const one = watch({ fromStart: true });
    await one.poll();
    add('a.log', xid('node-02'));
    copyFileSync(file('a.log'), file('a.log.1'));
    truncateSync(file('a.log'));
    await one.poll();
    add('a.log', xid('node-03'));
    await one.poll(6_000);
    expect(one.seen.toSorted()).toEqual(['node-01 a.log:6', 'node-02 a.log.1:7', 'node-03 a.log:1']);
  });

  it('by truncation that nobody saw: the file is longer again, with other content', async () => {
    put('a.log', routine(5));
    const one = watch();
    await one.poll();
    put('a.log', routine(50, 'b') + xid('node-02'));
    await one.poll();
    expect(one.seen).toEqual(['node-02 a.log:51']);
    expect(one.told).toEqual(['a.log rewritten']);
  });

  it('by truncation under a program that goes on where it was: the hole is passed over', async () => {
    put('a.log', routine(50));
    const one = watch();
    await one.poll();
    const size = readFileSync(file('a.log')).length;
    put('a.log', Buffer.concat([Buffer.alloc(size + 3_000_000), Buffer.from(xid('node-02'))]));
    await one.poll();
    expect(one.seen).toHaveLength(1);
    expect(one.seen[0]).toMatch(/^node-02 a\.log:/);
  });

  it('with compression: the compressed file goes on where the plain one was read to', async () => {
    for (const [ending, compress] of [
      ['gz', gzipSync],
      ['zst', zstdCompressSync],
    ] as const) {
      const name = `${ending}.log`;
      put(name, routine(5) + xid('node-01'));
      const one = watch({ fromStart: true, from: `${logs}/${ending}.log*` });
      await one.poll();
      const content = readFileSync(file(name), 'utf8') + xid('node-02');
      unlinkSync(file(name));
      put(`${name}.1.${ending}`, compress(content));
      put(name, xid('node-03'));
      await one.poll();
      await one.poll(6_000);
      expect(one.seen.toSorted()).toEqual([`node-01 ${name}:6`, `node-02 ${name}.1.${ending}:7`, `node-03 ${name}:1`]);
    }
  });

  it('a file that goes away and comes back is read from its first line', async () => {
    put('a.log', routine(5));
    const one = watch();
    await one.poll();
    rmSync(file('a.log'));
    await one.poll();
    put('a.log', xid('node-02'));
    await one.poll();
    expect(one.seen).toEqual(['node-02 a.log:1']);
  });
});

describe('compressed files', () => {
  it('are read whole when they are at rest; one that is cut off waits for its rest', async () => {
    const one = watch();
    await one.poll();
    const whole = gzipSync(routine(2_000) + xid('node-01'));
    put('a.log.gz', whole.subarray(0, whole.length - 20));
    await one.poll();
    expect([one.seen, one.told]).toEqual([[], []]);
    await one.poll(6_000);
    expect(one.told).toEqual(['a.log.gz damaged']);
    put('a.log.gz', whole);
    await one.poll(6_000);
    expect(one.seen).toEqual(['node-01 a.log.gz:2001']);
    await one.poll(6_000);
    expect(one.seen).toHaveLength(1);
  });

  it('that are there already are not read', async () => {
    put('old.log.gz', gzipSync(xid('node-01')));
    const one = watch();
    await one.poll(6_000);
    await one.poll(6_000);
    expect(one.seen).toEqual([]);
  });
});

describe('a restart', () => {
  it('goes on where it was, through growth, new files, rename and truncation while nobody watched', async () => {
    for (const name of ['grows', 'moves', 'shrinks']) put(`${name}.log`, routine(20, name));
    const one = watch();
    await one.poll();
    const state = one.state();
    add('grows.log', xid('node-01'));
    put('new.log', xid('node-02'));
    add('moves.log', xid('node-03'));
    renameSync(file('moves.log'), file('moved.log'));
    put('shrinks.log', xid('node-04'));
    const two = watch({ restored: state });
    await two.poll();
    expect(two.seen.toSorted()).toEqual([
      'node-01 grows.log:21',
      'node-02 new.log:1',
      'node-03 moved.log:21',
      'node-04 shrinks.log:1',
    ]);
    const three = watch({ restored: two.state() });
    await three.poll();
    expect(three.seen).toEqual([]);
  });

  it('goes on in the middle of a compressed file, without reading a line twice', async () => {
    put('a.log.gz', gzipSync(Array.from({ length: 60 }, (_, at) => routine(500) + xid(`node-${at}`)).join('')));
    const one = watch({ fromStart: true, bytesPerPollMax: 1 });
    await one.follower.poll(forever);
    expect(one.seen).toEqual([]);
    const late = watch({ fromStart: true, bytesPerPollMax: 1 });
    await late.poll(6_000);
    expect(late.seen).toHaveLength(60);

    const seen: string[] = [];
    let state: FollowedState | undefined;
    for (let run = 0; run < 20 && seen.length < 60; run += 1) {
      const next = watch({ fromStart: true, bytesPerPollMax: 1, ...(state === undefined ? {} : { restored: state }) });
      // One bounded poll a run, at a time when the file is at rest.
      await next.poll(0);
      const polled = watch({ fromStart: true, ...(state === undefined ? {} : { restored: state }) });
      await polled.poll(6_000);
      seen.push(...polled.seen);
      state = polled.state();
    }
    expect(new Set(seen).size).toBe(60);
    expect(seen).toHaveLength(60);
  });
});
