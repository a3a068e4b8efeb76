import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireTool } from '../support/requires.ts';
import { startStack, type RunningStack } from '../support/running-stack.ts';
import { openWebUi, type WebUi } from '../support/temporal-web-ui.ts';
import { optionalProgram } from '../support/tools.ts';

const browser = optionalProgram('browser');
const msMax = 120_000;
let stack: RunningStack | undefined;
let ui: WebUi | undefined;
let url = '';

/** `WARDROUND_SCREENSHOTS=docs/images` renews the picture of the README. */
const screenshots = process.env['WARDROUND_SCREENSHOTS'];

beforeAll(async () => {
  if (browser.path === undefined) return;
  stack = startStack(['--demo', '--seed', '5']);
  await stack.sees(/Now it waits for you/);
  url = (await stack.sees(/1\. Open (http:\S+)/))[1] ?? '';
  ui = await openWebUi(browser.path);
}, msMax);
afterAll(async () => {
  await ui?.close();
  await stack?.stop();
}, 60_000);

async function opened(context: Parameters<typeof requireTool>[0]) {
  requireTool(context, browser);
  if (stack === undefined || ui === undefined) throw new Error('the product or the browser did not start');
  return { stack, ui };
}

/** The input that the page shows for a signal, with a name put in, as an operator copies it. */
function inputShown(details: string, field: 'comment' | 'reason'): Record<string, unknown> {
  const shown = new RegExp(`\\{[^{}]*"${field}"[^{}]*\\}`).exec(details)?.[0];
  if (shown === undefined) throw new Error(`no input with "${field}" in:\n${details}`);
  return { ...(JSON.parse(shown) as Record<string, unknown>), approver: 'Ada Operator' }; // the page's own template
}

it(
  'shows the proposal in the current details; a wrong digest is refused, visible and harmless',
  async (context) => {
    const { stack: running, ui: page } = await opened(context);
    const details = await page.details(url);
    expect(details).toMatch(/Proposal 1/);
    expect(details).toMatch(/nvidia-smi -i \d -rgc/);
    expect(details).toMatch(/Waiting for 1 approval/);
    const input = inputShown(details, 'comment');
    await page.sendSignal(url, 'approveProposal', JSON.stringify({ ...input, digest: 'a'.repeat(64) }));
    const after = await page.details(url);
    expect(after).toMatch(/Refused messages/);
    expect(after).toMatch(/is not the digest of proposal 1/);
    expect(after).toMatch(/Waiting for 1 approval/);
    const status = await running.cli('cluster', 'status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ faults: [{ id: 'gpu-clock-lock' }] });
  },
  msMax,
);

it(
  'takes the approval that an operator sends there, and the incident completes',
  async (context) => {
    const { stack: running, ui: page } = await opened(context);
    const details = await page.details(url);
    if (screenshots !== undefined) await page.screenshot(join(screenshots, 'approve-in-the-web-ui.png'));
    await page.sendSignal(url, 'approveProposal', JSON.stringify(inputShown(details, 'comment')));
    await running.sees(/As expected: gpu-clock-lock/, msMax);
    await page.shows(url, /Completed/);
    const closed = await page.details(url);
    expect(closed).toMatch(/Closed: repaired and verified by proposal 1/);
    expect(closed).toMatch(/Approved by Ada Operator/);
  },
  msMax,
);
