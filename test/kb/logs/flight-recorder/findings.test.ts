import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flightFindings } from '../../../../kb/logs/flight-recorder/findings.ts';
import { flightKinds } from '../../../../kb/logs/flight-recorder/kinds.ts';
import { logFindingKinds } from '../../../../kb/detectors/index.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import { dataGroup, job, jobRanks, Recorder, sourceOf, tensorGroup } from './jobs.ts';

const world = { op: 'all_reduce', at: 10, state: 'started', sizes: [[32]] } as const;

function findingsOf(recorders: readonly Recorder[]): readonly Finding[] {
  const { findings, problems } = flightFindings(recorders.map((recorder) => recorder.source()));
  expect(problems).toEqual([]);
  return findings;
}

function kindsOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(
    ({ kind, rank }) => `${kind.replace('torch.flight.', '')}${rank === undefined ? '' : `@${rank}`}`,
  );
}

describe('collectives', () => {
  it('that are complete and agree are a healthy sign', () => {
    expect(kindsOf(findingsOf(job()))).toEqual(['nothing-pending']);
  });

  it('name the rank that did not come, where its program stood, and who waits', () => {
    const recorders = job();
    for (const one of recorders) if (one.rank !== 3) one.collective('0', { ...world, frame: 'step' });
    recorders[3]?.entries.splice(-1, 1, {
      ...recorders[3].entries.at(-1),
      frames: [{ name: 'load', filename: 'data.py', line: 7 }],
    });
    const [finding, ...others] = findingsOf(recorders);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'torch.flight.rank-not-entered',
      role: 'symptom',
      rank: 3,
      range: { source: '/dumps/nccl_trace_rank_0' },
      values: {
        pg: '0',
        desc: 'default_pg',
        seq: 5,
        op: 'all_reduce',
        ranks: '3',
        waiting: '0-2,4-7',
        frame: 'step at train.py:88',
        sure: 'likely',
      },
    });
    expect(finding?.text).toContain('Rank 3 last called all_reduce 4, in load at data.py:7');
  });

  it('prove it where the time of those who wait is over', () => {
    const recorders = job();
    for (const one of recorders) if (one.rank !== 3) one.collective('0', { ...world, retired: one.rank === 0 });
    expect(findingsOf(recorders)[0]?.values).toMatchObject({ sure: 'sure' });
  });

  it('tell a group that began it from those that follow', () => {
    const recorders = job();
    for (const one of recorders) {
      if (one.rank === 3) continue;
      one.collective(tensorGroup(one.rank), { ...world, state: one.rank < 4 ? 'started' : 'completed' });
      if (one.rank >= 4)
        one.collective(dataGroup(one.rank), {
          op: '_reduce_scatter_base',
          at: 10.3,
          state: 'started',
          sizes: [[128]],
          out: [[64]],
        });
    }
    const findings = findingsOf(recorders);
    expect(kindsOf(findings)).toEqual(['rank-not-entered@3', ...Array.from({ length: 4 }, () => 'group-follows')]);
    expect(findings[0]?.values).toMatchObject({ pg: '1', desc: 'tp', seq: 5 });
    expect(findings.slice(1).map(({ values }) => values?.['follows'])).toEqual(['tp', 'tp', 'tp', 'tp']);
  });

  it('blame the minority whose operation differs, and see that it left one out', () => {
    const recorders = job();
    for (const one of recorders) {
      if (one.rank !== 0) one.collective('0', { op: 'all_reduce', state: 'started', sizes: [[1]] });
      one.collective('0', { op: 'broadcast', state: 'scheduled', sizes: [[77]] });
      one.collective('0', { op: 'all_gather', state: 'scheduled', sizes: [[2]], out: [[16]] });
    }
    const [finding, ...others] = findingsOf(recorders);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'torch.flight.collective-differs',
      rank: 0,
      role: 'cause',
      values: { seq: 5, op: 'all_reduce', sure: 'sure' },
    });
    expect(finding?.text).toContain(
      'rank 0 calls broadcast where ranks 1-7 call all_reduce; rank 0 seems to have left out 1 collective',
    );
  });

  it.each([
    ['sizes', { sizes: [[24]], out: [[192]] }, 'sizes-differ@5'],
    ['data types', { dtype: 'Half' }, 'dtypes-differ@5'],
  ])('see %s that differ', (_what, other, kind) => {
    const recorders = job();
    for (const one of recorders)
      one.collective('0', {
        op: 'all_gather',
        state: 'started',
        sizes: [[32]],
        out: [[256]],
        ...(one.rank === 5 ? other : {}),
      });
    expect(kindsOf(findingsOf(recorders))).toEqual([kind]);
  });

  it.each([
    ['shapes with as many elements', 'all_reduce', [[4, 8]], [[8, 4]]],
    ['sizes of an all-to-all', 'all_to_all', [[3, 5]], [[5, 3]]],
  ])('leave %s alone', (_what, op, some, others) => {
    const recorders = job();
    for (const one of recorders) one.collective('0', { op, sizes: one.rank % 2 === 0 ? some : others });
    expect(kindsOf(findingsOf(recorders))).toEqual(['nothing-pending']);
  });

  it('leave alone what only roots and uneven variants give', () => {
    const recorders = job();
    for (const one of recorders) {
      one.collective('0', { op: 'scatter', sizes: one.rank === 0 ? [[64]] : [], out: [[8]] });
      one.collective('0', { op: 'gather', sizes: [[8]], out: one.rank === 0 ? [[64]] : [] });
      one.collective('0', { op: 'reduce_scatter_v', sizes: [[36]], out: [[one.rank + 1]] });
    }
    expect(kindsOf(findingsOf(recorders))).toEqual(['nothing-pending']);
  });

  it('see an all-to-all that sends more than is expected', () => {
    const recorders = job();
    for (const one of recorders)
      one.collective('0', { op: 'all_to_all', state: 'started', sizes: [[8]], out: [[one.rank === 2 ? 7 : 8]] });
    const [finding] = findingsOf(recorders);
    expect(finding?.kind).toBe('torch.flight.sizes-differ');
    expect(finding?.text).toContain('the ranks send 64 elements and expect 63');
    const old = job();
    for (const one of old) {
      one.version = '2.3';
      one.collective('0', { op: 'all_to_all', sizes: [[8]], out: [[one.rank === 2 ? 7 : 8]] });
    }
    expect(kindsOf(findingsOf(old))).toEqual(['nothing-pending']);
  });

  it('see an all-gather that nobody can fill', () => {
    const recorders = job();
    for (const one of recorders)
      one.collective('0', { op: '_all_gather_base', state: 'started', sizes: [[32]], out: [[255]] });
    const [finding] = findingsOf(recorders);
    expect(finding?.text).toContain('_all_gather_base of 32 elements from each of 8 ranks into 255');
  });

  it('that all entered and nobody completes are one symptom of all', () => {
    const recorders = job();
    for (const one of recorders) one.collective('0', world);
    expect(kindsOf(findingsOf(recorders))).toEqual(['collective-stuck']);
  });

  it('tell whose GPU has not come to it, and who is alone in not completing', () => {
    const queued = job();
    for (const one of queued) one.collective('0', { ...world, state: one.rank === 6 ? 'scheduled' : 'started' });
    expect(kindsOf(findingsOf(queued))).toEqual(['rank-not-started@6']);
    const late = job();
    for (const one of late)
      one.collective('0', { ...world, state: one.rank === 6 ? 'started' : 'completed', retired: true });
    expect(kindsOf(findingsOf(late))).toEqual(['rank-not-completed@6']);
  });

  it('take a moment between dumps for no fault', () => {
    const recorders = job();
    for (const one of recorders) if (one.rank < 5) one.collective('0', { ...world, state: 'completed' });
    expect(kindsOf(findingsOf(recorders))).toEqual(['nothing-pending']);
    for (const one of recorders) if (one.rank >= 5) one.collective('0', world);
    expect(kindsOf(findingsOf(recorders))).toEqual([]);
  });

  it('name the few who came where most did not', () => {
    const recorders = job();
    recorders[0]?.collective('0', { op: 'broadcast', state: 'started', sizes: [[9]] });
    expect(kindsOf(findingsOf(recorders))).toEqual(['minority-entered@0']);
  });

  it('are paired though the rings begin at unequal places', () => {
    const recorders = job(30);
    for (const one of recorders) {
      one.ring = 20;
      if (one.rank === 7) {
        one.group('8', 'own', [7]);
        for (let extra = 0; extra < 6; extra += 1) one.collective('8', { op: 'all_reduce' });
      }
      if (one.rank !== 2) one.collective('0', { ...world, at: 40 });
    }
    expect(kindsOf(findingsOf(recorders))).toEqual(['rank-not-entered@2']);
  });

  it('of a group that has left the ring on one rank are not held against it', () => {
    const recorders = job();
    const busy = recorders[7];
    busy?.group('8', 'own', [7]);
    for (let extra = 0; extra < 30; extra += 1) busy?.collective('8', { op: 'all_reduce' });
    for (const one of recorders) one.ring = 20;
    for (const one of recorders) if (one.rank !== 7) one.collective('0', world);
    const { findings } = flightFindings(
      recorders.map((one) => ({
        ...one.source(),
        ...sourceOf(`r/rank_${one.rank}`, { ...one.dump(), pg_status: {} }),
      })),
    );
    expect(kindsOf(findings)).toEqual([]);
  });

  it('are known from the status where the entries are gone', () => {
    const recorders = job();
    for (const one of recorders) one.collective('0', { ...world, retired: true });
    const dumps = recorders.map((one) => {
      const dump = one.dump();
      const active = one.entries.filter(({ state }) => one.rank !== 4 && state !== 'completed');
      return sourceOf(`/dumps/rank${one.rank}.json`, { ...dump, entries: active });
    });
    expect(flightFindings(dumps).findings.filter(({ rank }) => rank === 4)).toEqual([]);
  });

  it('of coalesced launches take the state of their end', () => {
    const recorders = job();
    for (const one of recorders)
      one.batch(
        '0',
        [
          { op: 'all_gather', sizes: [[4]], out: [[32]] },
          { op: 'all_gather', sizes: [[2]], out: [[16]] },
        ],
        { op: 'ALLGATHER_coalesced' },
        false,
      );
    expect(kindsOf(findingsOf(recorders))).toEqual(['nothing-pending']);
  });
});

describe('sends and receives', () => {
  const ring = (turns: number, left: (rank: number, turn: number) => boolean): readonly Recorder[] => {
    const recorders = jobRanks.map((rank) => new Recorder(rank).group('9', 'cp', jobRanks));
    for (let turn = 0; turn < turns; turn += 1)
      for (const one of recorders) {
        if (left(one.rank, turn)) continue;
        const [next, previous] = [(one.rank + 1) % 8, (one.rank + 7) % 8];
        const state = left(next, turn) || left(previous, turn) ? 'started' : 'completed';
        one.batch(
          '9',
          [{ op: `send ${one.rank}->${next}` }, { op: `recv ${one.rank}<-${previous}` }],
          { op: 'coalesced', state, at: turn },
          true,
        );
      }
    return recorders;
  };

  it('that pair up are a healthy sign', () => {
    expect(kindsOf(findingsOf(ring(3, () => false)))).toEqual(['nothing-pending']);
  });

  it('name the rank that did not call its half', () => {
    const findings = findingsOf(ring(3, (rank, turn) => rank === 4 && turn === 2));
    expect(kindsOf(findings)).toEqual(['p2p-unmatched@4', 'group-follows']);
    expect(findings[0]?.text).toContain('rank 3 sends to rank 4, which has not called the receive');
  });

  it('name it where the ring has run over, too', () => {
    const recorders = ring(20, (rank, turn) => rank === 4 && turn === 19);
    for (const one of recorders) one.ring = 12;
    expect(kindsOf(findingsOf(recorders))[0]).toBe('p2p-unmatched@4');
  });

  it('differ in size', () => {
    const recorders = [0, 1].map((rank) => new Recorder(rank).group('9', 'pp', [0, 1]));
    recorders[0]?.transfer('9', { op: 'send 0->1', state: 'started', sizes: [[16, 4]] });
    recorders[1]?.transfer('9', { op: 'recv 1<-0', state: 'started', sizes: [[8, 4]] });
    const findings = findingsOf(recorders);
    expect(kindsOf(findings)).toEqual(['p2p-sizes-differ@0', 'p2p-sizes-differ@1']);
    expect(findings[0]?.text).toContain('rank 0 sends 64 elements Float and rank 1 expects 32 elements Float');
  });

  it('go by the group ranks of their group', () => {
    const recorders = [4, 6].map((rank) => new Recorder(rank).group('9', 'pp', [4, 6]));
    recorders[0]?.transfer('9', { op: 'send 0->1', state: 'started' });
    expect(kindsOf(findingsOf(recorders))).toEqual(['p2p-unmatched@6']);
  });

  it('that cross are a circle', () => {
    const recorders = [0, 1].map((rank) => new Recorder(rank).group('9', 'pp', [0, 1]));
    recorders[0]?.transfer('9', { op: 'send 0->1', state: 'started' });
    recorders[1]?.transfer('9', { op: 'send 1->0', state: 'started' });
    const findings = findingsOf(recorders);
    expect(kindsOf(findings)[0]).toBe('waits-crossed');
    expect(findings.filter(({ role }) => role === 'cause')).toHaveLength(1);
  });
});

describe('several groups', () => {
  it('called in another order are a circle, and the cause', () => {
    const recorders = job();
    for (const one of recorders) {
      if (one.rank === 1) one.collective(dataGroup(1), { ...world });
      else one.collective('0', { op: 'all_reduce', state: 'started', sizes: [[1]] });
    }
    const findings = findingsOf(recorders);
    expect(kindsOf(findings)).toEqual(['waits-crossed', 'group-follows', 'group-follows']);
    expect(findings[0]?.text).toContain('Ranks wait for one another');
  });

  it('that share a name and not their ranks are told apart', () => {
    const recorders = jobRanks.map((rank) =>
      new Recorder(rank).group('split', 'tp', rank < 4 ? [0, 1, 2, 3] : [4, 5, 6, 7]),
    );
    for (const one of recorders) one.collective('split', { op: 'all_reduce', sizes: [[one.rank < 4 ? 8 : 16]] });
    expect(kindsOf(findingsOf(recorders))).toEqual(['nothing-pending']);
  });
});

describe('dumps', () => {
  it('that are missing are told of the ranks that left none', () => {
    const recorders = job();
    for (const one of recorders) one.collective('0', world);
    const findings = findingsOf(recorders.filter(({ rank }) => rank !== 6));
    expect(kindsOf(findings)).toEqual(['rank-without-dump@6']);
    expect(findings[0]?.text).toContain('Rank 6 left no dump; 7 others did.');
  });

  it('of which most are missing were not gathered: no finding of that', () => {
    expect(kindsOf(findingsOf(job().slice(0, 3)))).toEqual(['nothing-pending']);
  });

  it('of an earlier attempt give way to later ones of the same rank', () => {
    const recorders = job();
    const late = job();
    for (const one of late) if (one.rank !== 3) one.collective('0', world);
    const sources = [
      ...late.map((one) => one.source()),
      { ...recorders[0]!.source(), source: '/old/nccl_trace_rank_0' },
    ]; // eight were made
    const { findings, problems } = flightFindings(sources);
    expect(kindsOf(findings)).toEqual(['rank-not-entered@3']);
    expect(problems).toEqual([expect.stringContaining('/old/nccl_trace_rank_0: left out')]);
  });

  it('of hosts with other clocks are set right', () => {
    const recorders = jobRanks.map((rank) => new Recorder(rank).group('0', 'default_pg', jobRanks));
    for (const one of recorders) {
      one.aheadNs = one.rank === 0 ? 60e9 : 0;
      for (let at = 0; at < 5; at += 1) one.collective('0', { op: 'all_reduce', at });
      if (one.rank !== 1) one.collective('0', { ...world });
    }
    const [finding] = findingsOf(recorders);
    expect(finding).toMatchObject({ kind: 'torch.flight.rank-not-entered', rank: 1, atMs: 1_790_000_010_000 });
  });

  it('that torch pickled cite the bytes of the entry', () => {
    const sources = [2, 3].map((rank) => ({
      source: `nccl_trace_rank_${rank}`,
      evidenceId: 'ev_test',
      bytes: readFileSync(new URL(`fixtures/nccl_trace_rank_${rank}.pkl`, import.meta.url)),
    }));
    const [finding] = flightFindings(sources).findings;
    expect(finding).toMatchObject({
      kind: 'torch.flight.rank-not-entered',
      rank: 3,
      values: { frame: 'train_step at /workspace/train.py:88' },
    });
    const cited = Buffer.from(sources[0]?.bytes.subarray(finding?.range.byteStart, finding?.range.byteEnd) ?? []);
    expect(cited.includes('started')).toBe(true);
    expect(cited[0]).toBe(0x7d);
  });

  it('that are none are told, and the others are read', () => {
    const sources = [
      ...job().map((one) => one.source()),
      { source: 'rank_8', evidenceId: 'e', bytes: new TextEncoder().encode('{"entries"') },
      { source: 'rank_9', evidenceId: 'e', bytes: new TextEncoder().encode('plain text') },
      { source: 'nobody', evidenceId: 'e', bytes: new TextEncoder().encode('{"entries":[]}') },
    ];
    const { findings, problems } = flightFindings(sources);
    expect(kindsOf(findings)).toEqual(['nothing-pending']);
    expect(problems).toEqual([
      expect.stringContaining('rank_8: broken JSON'),
      'rank_9: neither a pickle nor JSON',
      expect.stringContaining('nobody: left out, since neither content nor name tell its rank'),
    ]);
  });
});

it('declares every kind, and registers all', () => {
  const registered = new Set(logFindingKinds.map(({ id }) => id));
  expect(flightKinds.filter(({ id }) => !registered.has(id))).toEqual([]);
});

it('never throws, whatever the dumps hold', () => {
  const json = fc.jsonValue({ maxDepth: 6 });
  const entry = fc.record(
    {
      record_id: fc.oneof(fc.integer(), json),
      pg_id: fc.oneof(fc.nat(3), json),
      process_group: fc.oneof(fc.tuple(fc.constantFrom('0', '1'), fc.constantFrom('a', 'undefined')), json),
      collective_seq_id: fc.oneof(fc.integer({ min: -3, max: 6 }), json),
      p2p_seq_id: fc.oneof(fc.integer({ min: 0, max: 3 }), json),
      profiling_name: fc.oneof(
        fc.constantFrom(
          'nccl:all_reduce',
          'nccl:send 0->1',
          'nccl:recv 1<-0',
          'nccl:coalesced',
          'nccl:send 7->9',
          'x',
          'nccl:all_to_all',
        ),
        fc.string(),
      ),
      time_created_ns: fc.oneof(fc.double(), fc.integer(), json),
      input_sizes: fc.oneof(fc.array(fc.array(fc.integer())), json),
      output_sizes: fc.oneof(fc.array(fc.array(fc.integer())), json),
      state: fc.oneof(fc.constantFrom('scheduled', 'started', 'completed'), fc.string()),
      retired: fc.oneof(fc.boolean(), json),
      is_p2p: fc.oneof(fc.boolean(), json),
      frames: json,
    },
    { requiredKeys: [] },
  );
  const dump = fc.record(
    {
      version: json,
      entries: fc.oneof(fc.array(entry, { maxLength: 12 }), json),
      pg_config: fc.oneof(fc.constant({ 0: { desc: 'a', ranks: '[0, 1]' }, 1: { desc: 'b', ranks: [1, 0] } }), json),
      pg_status: json,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(dump, { maxLength: 4 }), (dumps) => {
      const { findings } = flightFindings(dumps.map((one, rank) => sourceOf(`rank_${rank}`, one)));
      for (const { count, text } of findings) {
        expect(count).toBeGreaterThan(0);
        expect(text).not.toContain('undefined');
      }
    }),
    { numRuns: 500 },
  );
});
