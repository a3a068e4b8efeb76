import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diagnosePaths } from '../../../workers/cli/diagnose.ts';
import { exitCodes, type ExitCode } from '../../../workers/cli/output.ts';

const xid = 'Nov 21 03:12:59 node-07 kernel: NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.\n';
const watchdog =
  '[rank1]:[E1121 03:30:00.0 ProcessGroupNCCL.cpp:607] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=8, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-diagnose-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function run(
  paths: readonly string[],
  json = true,
  onNote: () => void = () => {},
): Promise<{ code: ExitCode; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => {
      err.push(text);
      onNote();
    },
    ask: () => Promise.resolve(''),
    colour: false,
    interactive: false,
  };
  let now = 0;
  const code = await diagnosePaths(paths, { json }, { terminal, nowMs: () => (now += 1) });
  return { code, out, err };
}

it('prints one JSON object a path, on one line, in the agreed shape', async () => {
  const { code, out } = await run([put('a.log', xid), put('b.log', xid)]);
  expect(code).toBe(exitCodes.done);
  expect(out).toHaveLength(2);
  const report: unknown = JSON.parse(out[0] ?? '');
  expect(report).toMatchObject({
    file: path.join(folder, 'a.log'),
    verdict: 'attributed',
    causes: [
      {
        category: 'gpu-fell-off-bus',
        probability: expect.any(Number),
        node: 'node-07',
        device: { kind: 'gpu', name: '00000000:c1:00.0' },
        because: [{ source: path.join(folder, 'a.log'), line: 1, text: xid.trimEnd() }],
      },
    ],
    firstFault: { source: path.join(folder, 'a.log'), line: 1, text: xid.trimEnd() },
    nextProbes: expect.any(Array),
    elapsedMs: expect.any(Number),
  });
});

it('reads a folder as one incident: the cause of one file explains the symptom of another', async () => {
  put('ranks/rank-00001/0.log', watchdog);
  put('node-07/kernel/0.log.gz', gzipSync(xid));
  const { code, out } = await run([folder]);
  expect(code).toBe(exitCodes.done);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({
    file: folder,
    verdict: 'attributed',
    firstFault: { text: xid.trimEnd() },
  });
});

it('reads the other files of a folder when one is removed after it was found, and names it', async () => {
  put('empty.log', ''); // noted before the first file is read
  const gone = put('a.log', watchdog);
  put('b.log', xid);
  const { code, out, err } = await run([folder], true, () => rmSync(gone, { force: true }));
  expect(code).toBe(exitCodes.done);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ verdict: 'attributed', firstFault: { text: xid.trimEnd() } });
  expect(err).toContainEqual(`Note: ${gone}: it was removed after it had been found; the others are read`);
});

it.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
])('reads %s by its content, whatever its name', async (_name, pack) => {
  const { out } = await run([put('packed.log', pack(xid))]);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ verdict: 'attributed' });
});

it('ends with 3 when only a symptom is there', async () => {
  const { code, out } = await run([put('a.log', watchdog)]);
  expect(code).toBe(exitCodes.notProven);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ verdict: 'not-proven', firstFault: { line: 1 } });
});

it('says "no fault" only of a log that shows the job at work', async () => {
  const healthy = put('healthy.log', 'iteration 1 | loss: 2.31\niteration 2 | loss: 2.29\n0 errors, 0 warnings\n');
  expect(JSON.parse((await run([healthy])).out[0] ?? '')).toMatchObject({ verdict: 'no-fault', firstFault: null });
  const mute = put('mute.log', 'starting\n');
  expect(JSON.parse((await run([mute])).out[0] ?? '')).toMatchObject({ verdict: 'not-proven', firstFault: null });
});

it('tells what is wrong with a missing, an empty, a binary and a damaged file, and reads the others', async () => {
  const missing = path.join(folder, 'nowhere.log');
  const binary = put(
    'core',
    Uint8Array.from({ length: 4096 }, (_, index) => (index * 37) % 256),
  );
  const cut = put('cut.log.gz', gzipSync(xid.repeat(1000)).subarray(0, 60));
  const good = put('good.log', xid);
  const { code, out, err } = await run([missing, binary, cut, good]);
  expect(code).toBe(exitCodes.failed);
  expect(out).toHaveLength(1);
  expect(err.map((line) => (JSON.parse(line) as { error: string }).error)).toEqual([
    `${missing}: no such file or folder`,
    `${binary}: binary data, not a log`,
    expect.stringContaining('damaged or cut off'),
  ]);
  const empty = await run([put('empty.log', '')]);
  expect(empty.code).toBe(exitCodes.notProven);
  expect(empty.err.join('\n')).toContain('the file is empty');
});

it('shows people the verdict, the ranked causes, the line and what to measure next', async () => {
  const { out } = await run(
    [
      put(
        'a.log',
        `${watchdog}worker-1:9:9 [0] transport/net_ib.cc:839 NCCL WARN NET/IB : Got completion with error 12, opcode 1, len 0, vendor err 129\n`,
      ),
    ],
    false,
  );
  const text = out.join('\n');
  expect(text).toContain('not proven');
  expect(text).toContain('rdma-link-fault');
  expect(text).toMatch(/First fault: .*a\.log:2/);
  expect(text).toContain('Probe next:');
});

it('lets no control character of a log reach the terminal', async () => {
  const { out } = await run([put('a.log', 'CUDA out of memory.\u009b31m \u0007 tried\n')], false);
  // oxlint-disable-next-line no-control-regex -- these are what must not come through
  expect(out.join('\n')).not.toMatch(/[\u0007\u009b]/);
});
