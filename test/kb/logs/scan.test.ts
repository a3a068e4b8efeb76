import { expect, it } from 'vitest';
import { excerptCharsMax } from '../../../workflows/domain/finding.ts';
import { detectors } from '../../../kb/detectors/index.ts';
import { readLines } from '../../../kb/logs/read.ts';
import { foldedFindingsMax, logScanner, scan, scanBytes } from '../../../kb/logs/scan.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const xid = (second: number, bus = 'c1'): string =>
  `[Sat Nov 21 03:12:${String(second).padStart(2, '0')} 2026] NVRM: Xid (PCI:0000:${bus}:00): 79, pid=4242, GPU has fallen off the bus.`;

function findingsOf(text: string, source = 'kernel.log') {
  return scan(readLines(encode(text), { source, evidenceId: `ev_${source}` }), detectors);
}

it('folds a storm of one Xid into one finding with first, last and count', () => {
  const findings = findingsOf(`healthy\n${[5, 6, 7].map((second) => xid(second)).join('\n')}\n`);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    kind: 'nvidia.xid.79',
    role: 'cause',
    count: 3,
    device: { kind: 'gpu', name: '00000000:c1:00.0' },
    atMs: Date.UTC(2026, 10, 21, 3, 12, 5),
    lastMs: Date.UTC(2026, 10, 21, 3, 12, 7),
    range: { line: 2, byteStart: 8, byteEnd: 8 + xid(5).length },
  });
});

it('keeps two devices apart', () => {
  expect(findingsOf(`${xid(1)}\n${xid(2, '41')}\n`).map(({ device }) => device?.name)).toEqual([
    '00000000:c1:00.0',
    '00000000:41:00.0',
  ]);
});

it('gives the same ids on every attempt, and others for other places', () => {
  const ids = (text: string): readonly string[] => findingsOf(text).map(({ id }) => id);
  expect(ids(xid(1))).toEqual(ids(xid(1)));
  expect(ids(`\n${xid(1)}`)).not.toEqual(ids(xid(1)));
});

it('gives a traceback the time of the line above, and a kernel line without a wall clock none', () => {
  const [traced, oom] = findingsOf(
    '2026-11-21 03:12:59,000 ERROR failed\nTraceback (most recent call last):\ntorch.OutOfMemoryError: CUDA out of memory.\n[ 1843.3081450] x\n[ 1843.308145] Out of memory: Killed process 42 (python)\n',
  );
  expect(traced).toMatchObject({ kind: 'torch.cuda.oom', atMs: Date.UTC(2026, 10, 21, 3, 12, 59) });
  expect(oom).toMatchObject({ kind: 'kernel.oom.killed' });
  expect(oom?.atMs).toBeUndefined();
});

it('reads one cause from one line, by the detector that is listed first', () => {
  const kinds = findingsOf(
    'node-07:1:2 [1] include/shm.h:28 NCCL WARN Call to posix_fallocate failed : No space left on device\n',
  ).map(({ kind }) => kind);
  expect(kinds).toEqual(['nccl.shm.failed']);
});

it('redacts and bounds what it quotes', () => {
  const [finding] = findingsOf(`CUDA out of memory. password=hunter2hunter2 ${'x'.repeat(1000)}\n`);
  expect(finding?.text).not.toContain('hunter2');
  expect(finding?.text.length).toBeLessThanOrEqual(excerptCharsMax);
});

it('finds the same whether it is fed whole or in small pieces', () => {
  const text = `loss 1.5\n\u001b[31m${xid(5)}\u001b[0m\r\nOSError: [Errno 28] No space left on device\n`;
  const source = { source: 'a.log', evidenceId: 'ev_a' };
  const scanner = logScanner(detectors);
  const feed = scanner.open(source);
  for (const byte of encode(text)) feed.feed(Uint8Array.of(byte));
  feed.end();
  expect(scanner.findings()).toEqual(scanBytes([{ ...source, bytes: encode(text) }], detectors));
  expect(scanner.findings().map(({ kind }) => kind)).toEqual(['job.progress.step', 'nvidia.xid.79', 'disk.full']);
});

it('holds its memory in a storm of places', () => {
  const lines = Array.from({ length: foldedFindingsMax + 100 }, (_, rank) => `[rank${rank}]: CUDA out of memory.`);
  const findings = findingsOf(`${lines.join('\n')}\n`);
  expect(findings).toHaveLength(foldedFindingsMax);
  expect(findings.reduce((sum, { count }) => sum + count, 0)).toBe(lines.length);
});

it('sees ranks of one group wait in different collectives', () => {
  const wait = (rank: number, op: string, numel: number): string =>
    `[rank${rank}]:[E1121 02:07:08.408271257 ProcessGroupNCCL.cpp:607] [PG ID 0 PG GUID 0(default_pg) Rank ${rank}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=808, OpType=${op}, NumelIn=${numel}, NumelOut=${numel}, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.`;
  const kinds = (lines: readonly string[]): readonly string[] => findingsOf(lines.join('\n')).map(({ kind }) => kind);
  expect(kinds([wait(0, 'ALLREDUCE', 98), wait(1, 'BROADCAST', 1)])).toContain('torch.collective.ranks-differ');
  expect(kinds([wait(0, 'ALLREDUCE', 98), wait(1, 'ALLREDUCE', 98)])).not.toContain('torch.collective.ranks-differ');
});

it('sees nodes run different NCCL versions', () => {
  const banner = (node: string, version: string): string => `${node}:1:2 [0] NCCL INFO NCCL version ${version}`;
  const kinds = findingsOf([banner('node-01', '2.18.5+cuda12.2'), banner('node-02', '2.14.3+cuda11.7')].join('\n'));
  expect(kinds.map(({ kind }) => kind)).toContain('nccl.version.ranks-differ');
});
