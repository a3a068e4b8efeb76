import { expect, it } from 'vitest';
import type { KillReport } from '../../workers/cli/bench/run-kills.ts';
import { runCli } from '../support/running-stack.ts';

/** A small part of what `wardround bench kills` does in full. */
const processes = ['remediation-worker', 'temporal'];
const activities = ['gatherLogs', 'applyStep'];

it('a process killed while the effect of an activity is under way loses nothing and repeats nothing', async () => {
  const chosen = ['--processes', processes.join(','), '--activities', activities.join(','), '--boundaries', 'begun'];
  const ended = await runCli(['bench', 'kills', ...chosen, '--seed', '3', '--json']);
  expect(ended).toMatchObject({ code: 0 });
  const { cells, incidents, totals } = JSON.parse(ended.stdout) as KillReport; // our own output
  expect(totals).toEqual({ ok: 4, failed: 0, notReached: 0 });
  expect(cells.map(({ process, activity }) => `${process} ${activity}`).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'remediation-worker applyStep',
    'remediation-worker gatherLogs',
    'temporal applyStep',
    'temporal gatherLogs',
  ]);
  expect(incidents.flatMap(({ problems }) => problems)).toEqual([]);
  expect(ended.stderr).toMatch(/kill -9 remediation-worker +applyStep begun/);
}, 480_000);

it('a process or a boundary that does not exist is named before anything starts', async () => {
  const ended = await runCli(['bench', 'kills', '--processes', 'temporal,cron']);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('there is no process "cron"');
});
