import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followedObjects } from '../../../activities/adapters/followed-objects.ts';
import { openFollower } from '../../../activities/follow/follower.ts';
import { lineScans } from '../../../activities/follow/line-scan.ts';
import { followedStateSchema, type FollowedState } from '../../../activities/follow/state.ts';
import { logsBucket } from '../../../infra/stack/s3.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
let shipper: S3Client;
beforeAll(async () => {
  s3 = await startTestS3();
  shipper = s3.client('cluster');
});
afterAll(() => s3.stop());

const ship = (key: string, content: string | Uint8Array) =>
  shipper.send(new PutObjectCommand({ Bucket: logsBucket, Key: key, Body: content }));
const xid = (node: string) =>
  `Nov 21 03:12:59 ${node} kernel: NVRM: Xid (PCI:0000:07:00): 79, pid=1234, GPU has fallen off the bus.\n`;
const openScan = lineScans({ nowMs: Date.now });
const forever = new AbortController().signal;

function watch(prefix: string, options: { fromStart?: boolean; restored?: FollowedState; laterMs?: number } = {}) {
  const seen: string[] = [];
  const problems: string[] = [];
  const follower = openFollower({
    places: [followedObjects(s3.client('logs'), logsBucket, prefix)],
    openScan,
    ears: {
      onMatch: ({ line }, number) => seen.push(`${line.node ?? '-'} ${line.source}:${number ?? '?'}`),
      onTurn: () => {},
      onProblem: (_name, problem) => problems.push(problem),
    },
    nowMs: () => Date.now() + (options.laterMs ?? 0),
    fromStart: options.fromStart === true,
    restored: options.restored ?? null,
  });
  return {
    seen,
    problems,
    async poll() {
      while ((await follower.poll(forever)).more);
    },
    state: () => followedStateSchema.parse(JSON.parse(JSON.stringify(follower.state()))),
  };
}

const address = (key: string) => `s3://${logsBucket}/${key}`;

describe('following objects', () => {
  it('reads objects that appear, and of ones that grow what is new', async () => {
    await ship('logs/follow/old.log', xid('node-01'));
    const one = watch('logs/follow/');
    await one.poll();
    await ship('logs/follow/new.log', xid('node-02'));
    await ship('logs/follow/old.log', xid('node-01') + xid('node-03'));
    await one.poll();
    await one.poll();
    expect(one.seen.toSorted()).toEqual([
      `node-02 ${address('logs/follow/new.log')}:1`,
      `node-03 ${address('logs/follow/old.log')}:2`,
    ]);
    expect(one.problems).toEqual([]);
  });

  it('reads one that is written anew with other content from its first line', async () => {
    await ship('logs/anew/a.log', `a line\n`.repeat(10));
    const one = watch('logs/anew/');
    await one.poll();
    await ship('logs/anew/a.log', `${'b line\n'.repeat(20)}${xid('node-04')}`);
    await one.poll();
    expect(one.seen).toEqual([`node-04 ${address('logs/anew/a.log')}:21`]);
  });

  it('reads compressed objects as they appear, and of one that grew what is new', async () => {
    await ship('logs/packed/a.log.gz', gzipSync(xid('node-05')));
    const one = watch('logs/packed/', { fromStart: true });
    await one.poll();
    await ship('logs/packed/a.log.gz', Buffer.concat([gzipSync(xid('node-05')), gzipSync(xid('node-06'))]));
    await one.poll();
    expect(one.seen).toEqual([
      `node-05 ${address('logs/packed/a.log.gz')}:1`,
      `node-06 ${address('logs/packed/a.log.gz')}:2`,
    ]);
  });

  it('goes on after a restart, and forgets what can not change any more without reading it again', async () => {
    await ship('logs/window/0.log', xid('node-01'));
    const one = watch('logs/window/', { fromStart: true });
    await one.poll();
    const state = one.state();
    const [placed] = Object.values(state.places);
    expect(placed).toBeDefined();
    const settled: FollowedState = {
      places: { [address('logs/window/')]: { floorMs: Date.now() + 1_000 } },
      logs: [],
    };
    const forgetful = watch('logs/window/', { restored: settled });
    await forgetful.poll();
    expect(forgetful.seen).toEqual([]);
    await ship('logs/window/1.log', xid('node-02'));
    const two = watch('logs/window/', { restored: state });
    await two.poll();
    expect([one.seen.length, two.seen]).toEqual([1, [`node-02 ${address('logs/window/1.log')}:1`]]);
  });

  it('says what is wrong and asks again', async () => {
    const denied = openFollower({
      places: [followedObjects(s3.client('probes'), logsBucket, 'logs/')],
      openScan,
      ears: { onMatch: () => {}, onTurn: () => {}, onProblem: (_name, problem) => problems.push(problem) },
      nowMs: Date.now,
      fromStart: true,
      restored: null,
    });
    const problems: string[] = [];
    await denied.poll(forever);
    await denied.poll(forever);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("check the account's keys and rights");
  });
});
