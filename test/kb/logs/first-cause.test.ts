import { describe, expect, it } from 'vitest';
import { logFindingKinds } from '../../../kb/detectors/index.ts';
import { relate } from '../../../kb/logs/first-cause.ts';
import { firstFault } from '../../../kb/logs/first-fault.ts';
import { followerRule, followerRules } from '../../../kb/logs/followers.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { at, megatronSteps, scanSources, type TestSource } from '../detectors/sequences/scan-sources.ts';

const kinds = new Map(logFindingKinds.map((kind) => [kind.id, kind]));
const watchdog = (rank: number): string =>
  `[rank${rank}]:[E1121 03:30:00.0 ProcessGroupNCCL.cpp:607] [Rank ${rank}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=808, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.`;
const xid79 = 'Nov 21 03:12:59 node-07 kernel: NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.';
const xid45 = (node: string, bus: string): string =>
  `Nov 21 03:13:01 ${node} kernel: NVRM: Xid (PCI:0000:${bus}:00): 45, pid=4242, Ch 00000010`;
const summary = (rank: number): readonly string[] => [
  'torch.distributed.elastic.multiprocessing.errors.ChildFailedError:',
  'Root Cause (first observed failure):',
  '[0]:',
  '  time      : 2026-11-21_03:12:57',
  '  host      : node-02',
  `  rank      : ${rank} (local_rank: 1)`,
  '  exitcode  : 1 (pid: 4242)',
];

/** Kind of each follower with the kind that it follows. */
function followers(sources: readonly TestSource[]): Readonly<Record<string, string>> {
  const findings = scanSources(sources);
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const kindOf = (id: string): string => byId.get(id)?.kind ?? 'unknown';
  return Object.fromEntries([...relate(findings, kinds)].map(([id, first]) => [kindOf(id), kindOf(first)]));
}

const firstOf = (sources: readonly TestSource[]): Finding | null => firstFault(scanSources(sources), kinds);

describe('the table of followers', () => {
  it('names kinds that exist, with a source each', () => {
    const ids = [...kinds.keys()];
    for (const { kind, source } of followerRules) {
      expect(source).toMatch(/^https:\/\//);
      expect(ids.filter((id) => id === kind || (/[.-]$/.test(kind) && id.startsWith(kind)))).not.toEqual([]);
    }
  });

  it('calls no cause that stands by itself a follower', () => {
    const causes = logFindingKinds.filter(
      ({ role, weighs }) => role === 'cause' && Math.max(0, ...Object.values(weighs)) >= 3,
    );
    expect(
      causes.filter(({ id }) => followerRule(id) !== undefined && !id.startsWith('torch.nccl.')).map(({ id }) => id),
    ).toEqual([]);
  });
});

describe('relate', () => {
  it('links watchdog, SIGTERM and closed connection on other nodes to the GPU that was lost first', () => {
    const links = followers([
      { name: 'kernel.log', lines: [xid79] },
      {
        name: 'rank-1.log',
        rank: 1,
        lines: [at(1_800, watchdog(1)), at(1_801, 'Sending process 4243 closing signal SIGTERM')],
      },
      {
        name: 'rank-2.log',
        rank: 2,
        lines: [at(1_800, 'node-09:1:2 [0] NCCL WARN NET/Socket : Connection closed by remote peer node-07<4242>')],
      },
    ]);
    expect(links).toMatchObject({
      'torch.nccl.watchdog-timeout': 'nvidia.xid.79',
      'torch.elastic.sigterm': 'nvidia.xid.79',
    });
  });

  it('does not take for the cause what began later', () => {
    const links = followers([
      { name: 'rank-1.log', rank: 1, lines: [at(60, watchdog(1))] },
      { name: 'rank-2.log', rank: 2, lines: [at(600, 'OSError: [Errno 28] No space left on device')] },
    ]);
    expect(links['torch.nccl.watchdog-timeout']).toBeUndefined();
  });

  it('keeps the clean-up of one GPU apart from the fault of another', () => {
    const same = followers([{ name: 'a.log', lines: [xid79, xid45('node-07', 'c1')] }]);
    const other = followers([{ name: 'a.log', lines: [xid79, xid45('node-08', '41')] }]);
    expect(same).toEqual({ 'nvidia.xid.45': 'nvidia.xid.79' });
    expect(other).toEqual({});
  });

  it('falls back to the order of lines where there are no times', () => {
    const oom = '[rank0]: torch.OutOfMemoryError: CUDA out of memory.';
    expect(followers([{ lines: [oom, watchdog(1)] }])['torch.nccl.watchdog-timeout']).toBe('torch.cuda.oom');
    expect(followers([{ lines: [watchdog(1), oom] }])['torch.nccl.watchdog-timeout']).toBeUndefined();
  });

  it('links what the others saw to the rank that stopped, where nothing tells a cause', () => {
    const rank = (number: number): TestSource => ({
      name: `rank-${number}.log`,
      node: 'node-01',
      rank: number,
      lines: number === 3 ? megatronSteps(80) : [...megatronSteps(100), at(1_700, watchdog(number))],
    });
    expect(followers(Array.from({ length: 8 }, (_, number) => rank(number)))['torch.nccl.watchdog-timeout']).toBe(
      'log.source.silent',
    );
  });

  it('leaves what is healthy, and what begins by itself, alone', () => {
    expect(followers([{ lines: megatronSteps(20) }])).toEqual({});
    expect(followers([{ lines: [xid79] }])).toEqual({});
  });
});

describe('firstFault', () => {
  const failing = (second: number, rank: number, text: string): string => at(second, `[rank${rank}]: ${text}`);

  it('hears the rank first that the launcher saw fail first', () => {
    const lines = [
      failing(10, 3, 'RuntimeError: The size of tensor a (4) must match the size of tensor b (8)'),
      failing(10, 5, 'torch.OutOfMemoryError: CUDA out of memory.'),
    ];
    expect(firstOf([{ lines }])?.rank).toBe(3);
    expect(firstOf([{ lines: [...lines, ...summary(5)] }])?.rank).toBe(5);
  });

  it('leaves what a kernel said before in front of it', () => {
    const lines = [failing(1_000, 5, 'torch.OutOfMemoryError: CUDA out of memory.'), ...summary(5)];
    expect(
      firstOf([
        { name: 'kernel.log', lines: [xid79] },
        { name: 'train.log', lines },
      ])?.kind,
    ).toBe('nvidia.xid.79');
  });

  it('quotes a line that tells of trouble before a comparison that cites the last good one', () => {
    const rank = (number: number): TestSource => ({
      name: `rank-${number}.log`,
      rank: number,
      lines: number === 3 ? megatronSteps(80) : [...megatronSteps(100), at(1_700, watchdog(number))],
    });
    expect(firstOf(Array.from({ length: 8 }, (_, number) => rank(number)))?.kind).toBe('torch.nccl.watchdog-timeout');
  });
});
