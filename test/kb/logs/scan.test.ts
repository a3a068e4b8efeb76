import { expect, it } from 'vitest';
import { excerptCharsMax } from '../../../workflows/domain/finding.ts';
import { detectors } from '../../../kb/detectors/index.ts';
import { sequenceDetectors } from '../../../kb/detectors/sequences/index.ts';
import { sourceFindingsMax } from '../../../kb/logs/fold.ts';
import { compileMatchers } from '../../../kb/logs/matchers.ts';
import { pieceBytesMax, pieceOverlapBytes } from '../../../kb/logs/blocks.ts';
import { scanBytes } from '../../../kb/logs/scan.ts';
import type { LogDetector } from '../../../kb/schemas/detector.ts';
import { openSourceScan, scanLiterals } from '../../../kb/logs/source-scan.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const xid = (second: number, bus = 'c1'): string =>
  `[Sat Nov 21 03:12:${String(second).padStart(2, '0')} 2026] NVRM: Xid (PCI:0000:${bus}:00): 79, pid=4242, GPU has fallen off the bus.`;

function findingsOf(text: string, source = 'kernel.log') {
  return scanBytes([{ source, evidenceId: `ev_${source}`, bytes: encode(text) }], detectors, sequenceDetectors);
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
    '2026-11-21 03:12:59,000 WARNING slow\nTraceback (most recent call last):\ntorch.OutOfMemoryError: CUDA out of memory.\n[ 1843.3081450] x\n[ 1843.308145] Out of memory: Killed process 42 (python)\n',
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
  const scan = openSourceScan(source, compileMatchers(detectors, scanLiterals), []);
  for (const byte of encode(text)) scan.feed(Uint8Array.of(byte));
  const { findings } = scan.end();
  expect(findings).toEqual(scanBytes([{ ...source, bytes: encode(text) }], detectors));
  expect(findings.map(({ kind }) => kind)).toEqual(['job.progress.step', 'nvidia.xid.79', 'disk.full']);
});

it('counts what stands in the overlap of two pieces of a long line once', () => {
  const fault = 'NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.';
  const [first, ...others] = findingsOf(
    `${'x '.repeat(pieceBytesMax / 2 - 100)}${fault}${' y'.repeat(pieceBytesMax)}\n`,
  );
  expect([first?.kind, first?.count, others]).toEqual(['nvidia.xid.79', 1, []]);
  const twice = findingsOf(`${fault}${' y'.repeat(pieceBytesMax)} ${fault}\n`);
  expect(twice.map(({ kind, count }) => [kind, count])).toEqual([['nvidia.xid.79', 2]]);
});

it('does not take a time in the middle of a long line for when it was written', () => {
  const date = (day: number): string => `2026-11-${day} 03:12:59,000`;
  const piece = pieceBytesMax - pieceOverlapBytes;
  const head = `${date(21)} sent `;
  const text = `${head}${'x'.repeat(piece - head.length)}${date(11)} CUDA out of memory. ${'z'.repeat(600)}\n`;
  expect(findingsOf(text)).toMatchObject([{ kind: 'torch.cuda.oom', atMs: Date.UTC(2026, 10, 21, 3, 12, 59) }]);
});

it('finds what only stands in a line once its JSON is read', () => {
  const said = JSON.stringify({ log: 'RuntimeError: but store->get(' }).replace('>', '\\u003e');
  const detector: LogDetector = {
    id: 'a.b',
    kinds: [{ id: 'a.b.c', role: 'cause', summary: 's', weighs: {}, source: 's' }],
    literals: ['store->get('],
    match: ({ text }) => (text.includes('store->get(') ? { kind: 'a.b.c' } : null),
    samples: [],
  };
  expect(scanBytes([{ source: 'a.log', evidenceId: 'ev_a', bytes: encode(`${said}\n`) }], [detector])).toHaveLength(1);
});

it('tells the same of a source, its first moment too, however its bytes are cut into chunks', () => {
  const text = '\ufeff2026-11-21 03:12:59,000 one\n2026-11-21 03:13:01,000 two\nthree\n';
  const reports = [1, 5, 18, 19, 26, 1_000].map((size) => {
    const scan = openSourceScan({ source: 'a.log', evidenceId: 'ev_a' }, compileMatchers(detectors, scanLiterals), []);
    const bytes = encode(text);
    for (let at = 0; at < bytes.length; at += size) scan.feed(bytes.subarray(at, at + size));
    return scan.end();
  });
  expect(reports[0]?.facts).toMatchObject({
    firstMs: Date.UTC(2026, 10, 21, 3, 12, 59),
    lastMs: Date.UTC(2026, 10, 21, 3, 13, 1),
  });
  for (const report of reports) expect(report).toEqual(reports[0]);
});

it('holds its memory in a storm of places', () => {
  const lines = Array.from({ length: sourceFindingsMax + 100 }, (_, rank) => `[rank${rank}]: CUDA out of memory.`);
  const findings = findingsOf(`${lines.join('\n')}\n`);
  expect(findings).toHaveLength(sourceFindingsMax);
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
