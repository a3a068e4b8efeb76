import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { evidenceBucket } from '../../../infra/stack/s3.ts';
import { requireTool } from '../../support/requires.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

/** A real S3 gateway on a file system of 16 MiB, which only a machine that lets us mount one can have. */
const disk = mkdtempSync(path.join(tmpdir(), 'wardround-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status === 0;
const filler = path.join(disk, 'filler');
let s3: TestS3 | undefined;

beforeAll(async () => {
  if (!mounted) return;
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = disk;
  s3 = await startTestS3();
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
});
afterAll(async () => {
  await s3?.stop();
  if (mounted) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

function fill(): void {
  for (let megabytes = 16; megabytes >= 1; megabytes -= 1)
    try {
      writeFileSync(filler, new Uint8Array(megabytes * 1024 * 1024), { flag: 'a' });
    } catch {
      // A part of it was written; what is left is filled by the smaller ones.
    }
}

test('a full disk is waited for, not taken for a refusal, and nothing half-written is ever read', async (context) => {
  requireTool(context, { name: 'tmpfs', available: mounted, why: 'this machine lets nobody mount a file system' });
  if (s3 === undefined) throw new Error('the gateway did not start');
  const store = createS3Evidence(s3.client('orchestrator'), evidenceBucket, 'orchestrator');
  const small = await store.put('chart', 'site-a', new TextEncoder().encode('before'));
  const large = new Uint8Array(512 * 1024).fill(7);
  fill();
  await expect(store.put('graph', 'site-a', large)).rejects.toMatchObject({
    name: 'PortError',
    kind: 'unreachable',
    message: expect.stringMatching(/^writing wardround-evidence\/evidence.*the store is full/),
  });
  expect(new TextDecoder().decode(await store.get(small))).toBe('before');
  rmSync(filler);
  const ref = await store.put('graph', 'site-a', large);
  expect(Buffer.compare(await store.get(ref), large)).toBe(0);
});
