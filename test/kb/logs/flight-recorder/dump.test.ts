import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { entriesMax, readFlightDump, type FlightDump } from '../../../../kb/logs/flight-recorder/dump.ts';
import { rankOfName, ranksText } from '../../../../kb/logs/flight-recorder/ranks.ts';
import { looksLikeFlightDump } from '../../../../kb/logs/flight-recorder/sniff.ts';
import { job, sourceOf } from './jobs.ts';

const pickled = readFileSync(new URL('fixtures/nccl_trace_rank_2.pkl', import.meta.url));

function dumpOf(content: unknown, name = 'rank_0'): FlightDump {
  const read = readFlightDump(sourceOf(name, content));
  if (read.kind !== 'read') throw new Error(read.reason);
  return read.dump;
}

const entry = { record_id: 0, collective_seq_id: 1, profiling_name: 'nccl:all_reduce' };

describe('a dump', () => {
  it('of format 2.10 is read out of a pickle', () => {
    const read = readFlightDump({ source: '/tmp/nccl_trace_rank_2', evidenceId: 'ev_1', bytes: pickled });
    expect(read).toMatchObject({
      kind: 'read',
      notes: [],
      dump: { rank: 2, format: 'pickle', version: '2.10', isWhole: true },
    });
    const dump = read.kind === 'read' ? read.dump : null;
    expect(dump?.groups).toContainEqual({ name: '1', desc: 'tp', ranks: [0, 1, 2, 3] });
    expect(dump?.status.get(1)).toEqual({ enqueued: 3, started: 3, completed: 2 });
    expect(dump?.entries.at(-1)).toMatchObject({
      group: '1',
      desc: 'tp',
      seq: 3,
      op: 'all_reduce',
      state: 'started',
      createdMs: 1_790_000_002_000,
      completedMs: null,
      timeoutMs: 600_000,
      isP2p: false,
      shape: { inputs: [[1024, 1024]], inputTypes: ['BFloat16'] },
      frame: 'train_step at /workspace/train.py:88',
    });
  });

  it('in JSON has numbers as text, zero for no time, and arrays for tuples', () => {
    const dump = dumpOf(job()[3]?.dump());
    expect(dump).toMatchObject({ format: 'json', version: '2.10', isWhole: true });
    expect(dump.status.get(0)).toEqual({ enqueued: 4, started: 4, completed: -1 });
    expect(dump.entries[0]).toMatchObject({ group: '1', desc: 'tp', seq: 1, state: 'completed', place: null });
  });

  it('of version 1 has one sequence number, and groups without names', () => {
    const dump = dumpOf({
      version: '1.4',
      pg_config: { 0: [0, 1] },
      entries: [
        {
          record_id: 5,
          pg_id: 0,
          seq_id: 9,
          op_id: 9,
          profiling_name: 'nccl:send 0->1',
          input_sizes: [[3]],
          state: 'started',
        },
        { record_id: 6, pg_id: 0, seq_id: 10, profiling_name: 'nccl:all_reduce', time_discovered_completed_ns: 5e18 },
      ],
    });
    expect(dump.isWhole).toBe(false);
    expect(dump.groups).toEqual([{ name: '0', desc: '', ranks: [0, 1] }]);
    expect(dump.entries).toMatchObject([
      { group: '0', seq: 9, p2pSeq: 9, op: 'send', from: 0, to: 1, isP2p: true, state: 'started' },
      { group: '0', seq: 10, op: 'all_reduce', isP2p: false, state: 'completed' },
    ]);
  });

  it('keeps its newest entries, and says so', () => {
    const entries = Array.from({ length: entriesMax + 5 }, (_one, at) => ({
      ...entry,
      record_id: at,
      collective_seq_id: at,
    }));
    const read = readFlightDump(sourceOf('rank_0', { entries }));
    expect(read).toMatchObject({
      kind: 'read',
      notes: [`only the newest ${entriesMax} of ${entriesMax + 5} entries are read`],
    });
    expect(read.kind === 'read' && read.dump.entries[0]?.recordId).toBe(5);
  });

  it('tells entries that are not as torch writes them, and reads the others', () => {
    const read = readFlightDump(
      sourceOf('rank_0', { entries: [entry, { ...entry, profiling_name: 7 }, { profiling_name: 'x' }, null] }),
    );
    expect(read).toMatchObject({
      kind: 'read',
      notes: [expect.stringContaining('3 of 4 entries are not as torch writes them (profiling_name')],
    });
    expect(read.kind === 'read' && read.dump.entries).toHaveLength(1);
  });

  it.each([
    ['[]', 'no dictionary at its top'],
    ['{"a":1}', 'neither entries nor pg_config'],
    ['{"entries":', 'broken JSON'],
    ['', 'the file is empty'],
    ['hello', 'neither a pickle nor JSON'],
    ['\u0080\u0002c', 'no readable pickle: GLOBAL is refused'],
  ])('is told apart from %j', (text, reason) => {
    const read = readFlightDump({ source: 'rank_0', evidenceId: 'e', bytes: Buffer.from(text, 'latin1') });
    expect(read).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining(text === '[]' ? 'neither a pickle nor JSON' : reason),
    });
  });

  it.each([
    [
      [
        { name: 'all_reduce', filename: '/x/site-packages/torch/distributed/c.py', line: 1 },
        { name: 'step', filename: '/app/train.py', line: 2 },
      ],
      'step at /app/train.py:2',
    ],
    [
      [{ name: 'hook', filename: '/x/site-packages/deepspeed/engine.py', line: 3 }],
      'hook at /x/site-packages/deepspeed/engine.py:3',
    ],
    [[{ name: 'c10d::all_reduce', filename: '??', line: 0 }], 'c10d::all_reduce at ??:0'],
    [[{ name: 'half' }], null],
    ['none', null],
  ])('has the innermost frame of the program, of %j', (frames, frame) => {
    expect(dumpOf({ entries: [{ ...entry, frames }] }).entries[0]?.frame).toBe(frame);
  });

  it('has its rank from what it holds before its name', () => {
    expect(dumpOf({ rank: 7, entries: [] }, 'rank_3').rank).toBe(7);
    expect(dumpOf({ entries: [] }, 'rank_3').rank).toBe(3);
    expect(dumpOf({ entries: [] }, 'dump').rank).toBeNull();
  });
});

describe('ranks', () => {
  it.each([
    ['/tmp/nccl_trace_rank_3', 3],
    ['/cache/torch/comm_lib_trace_rank_128', 128],
    ['dumps/rank_3', 3],
    ['rank3.json', 3],
    ['job-17/rank-05.pkl.gz', 5],
    ['trace12', 12],
    ['2026-11-21/rank_4/dump.pkl', 4],
    ['attempt_0/6/flight.json', 6],
    ['frank7/dump.json', null],
    ['run/dump.json', null],
  ])('stand in the name %s', (name, rank) => {
    expect(rankOfName(name)).toBe(rank);
  });

  it('are written in runs', () => {
    expect(ranksText([3, 0, 1, 2, 7, 9, 8])).toBe('0-3,7-9');
    expect(ranksText([])).toBe('');
    expect(ranksText(Array.from({ length: 100 }, (_one, at) => at * 2))).toMatch(/^0,2,4,.*,… \(100\)$/);
  });
});

describe('the first bytes', () => {
  const head = (text: string) => new TextEncoder().encode(text);

  it.each([
    ['a pickle', pickled, 'x'],
    ['JSON', head(JSON.stringify(job()[0]?.dump())), 'x'],
    ['JSON without entries', head('{"comm_lib_version":"2.21","pg_config":{},"pg_status":{},"version":"2.10"}'), 'x'],
    [
      'an old pickle by its name',
      Buffer.from('\u0080\u0002}q\u0000X\u0009\u0000\u0000\u0000pg_config', 'latin1'),
      'nccl_trace_rank_3',
    ],
  ])('of %s are known', (_what, bytes, name) => {
    expect(looksLikeFlightDump(bytes.subarray(0, 8_192), name)).toBe(true);
  });

  it.each([
    ['a log', head('Nov 21 03:12:59 node-07 kernel: pg_config collective_seq_id record_id'), 'nccl_trace_rank_3'],
    ['a log of JSON lines', head('{"level":"info","msg":"process_group ready"}\n{"level":"info"}'), 'job.log'],
    ['another pickle', Buffer.from('\u0080\u0004]\u0094.', 'latin1'), 'nccl_trace_rank_3'],
    ['a gzip', Uint8Array.of(0x1f, 0x8b, 8), 'nccl_trace_rank_3'],
    ['nothing', new Uint8Array(), 'nccl_trace_rank_3'],
  ])('of %s are not', (_what, bytes, name) => {
    expect(looksLikeFlightDump(bytes, name)).toBe(false);
  });
});
