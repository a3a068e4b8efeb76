import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPorts } from '../../../../infra/stack/ports.ts';
import { temporalDatabase } from '../../../../infra/stack/temporal.ts';
import { databaseGoneText, isDatabaseGone } from '../../../../workers/cli/up/database-gone.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-gone-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('a new folder misses nothing; one on which the servers ran misses their database, also after a clean stop', () => {
  expect(isDatabaseGone(folder)).toBe(false);
  openPorts(folder).remember();
  expect(isDatabaseGone(folder)).toBe(true);
  writeFileSync(path.join(folder, temporalDatabase), '');
  expect(isDatabaseGone(folder)).toBe(false);
});

it('says what is lost, what is not, and how to get it back', () => {
  const text = databaseGoneText(folder);
  expect(text).toContain(path.join(folder, temporalDatabase));
  for (const said of [/no approval/, /`wardround stop` again/, /wardround replay ID/, /put the file back/])
    expect(text).toMatch(said);
});
