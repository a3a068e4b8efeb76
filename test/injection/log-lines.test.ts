import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnosePath, diagnosePaths } from '../../workers/cli/diagnose.ts';
import { diagnosisText } from '../../workers/cli/diagnose-text.ts';
import { jsonLine, type Terminal } from '../../workers/cli/output.ts';
import { logLines } from './corpus/log-lines.ts';
import { tally } from './tally.ts';
import { expectInertJson, expectInertMermaid, expectInertText, harmless, traceOf } from './inert.ts';
import { expectInertNotification, expectInertPages } from './pages.ts';
import { caseOf, expectInertPrompt } from './prompts.ts';
import { allWell, decided, lostGpu, scanOf, walk, type Walked } from './ward.ts';

const counted = tally('log line');
const twins = new Map<string, Promise<Walked>>();

/** The same incident with a harmless text of the same shape, or with the real line that the case rides on. */
function twinOf(where: (inserted: string) => Readonly<Record<string, string>>, text: string): Promise<Walked> {
  const id = `${where.name} ${text}`;
  const known = twins.get(id) ?? walk({ logs: where(text) });
  twins.set(id, known);
  return known;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wardround-injection-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(logLines.map((one) => [one.id, one] as const))('%s', (id, { text, real }) => {
  counted.add(id);
  const twin = real ?? harmless(text);

  it.each([lostGpu, allWell])('decides nothing in the logs of %o', async (where) => {
    const walked = await walk({ logs: where(text) });
    expect(decided(walked)).toEqual(decided(await twinOf(where, twin)));
    expect(traceOf(walked.history)).toEqual([]);
    expectInertPages(walked.view, walked.graph);
    expectInertPrompt(caseOf(walked));
  });

  it('is inert on a terminal', async () => {
    const [hostile, plain] = await Promise.all(
      [text, twin].map(async (inserted, at) => {
        const file = path.join(folder, `${id.replace(/\W/g, '-')}-${at}.log`);
        await writeFile(file, Object.values(lostGpu(inserted)).join(''));
        return diagnosePath(file, { terminal: silent, nowMs: () => 0 }, { graph: 'text' });
      }),
    );
    if (hostile === undefined || plain === undefined) throw new Error('both were diagnosed');
    const causes = ({ causes: all }: typeof hostile) =>
      all.map(({ category, node, device }) => ({ category, node, device }));
    expect([hostile.verdict, causes(hostile)]).toEqual([plain.verdict, causes(plain)]);
    const asked = ({ nextProbes }: typeof hostile) => nextProbes.map(({ id: probeId, nodes }) => ({ probeId, nodes }));
    expect(asked(hostile)).toEqual(asked(plain));
    expectInertText(await diagnosisText(hostile, silent, { graph: 'text' }));
    const mermaid = (await diagnosisText(hostile, silent, { graph: 'mermaid' })).split('\nflowchart TD')[1] ?? '';
    expectInertMermaid(`flowchart TD${mermaid.split('\n(')[0]}`);
    expectInertJson(jsonLine(hostile));
  });

  it('is inert where people are told', () => {
    expect.hasAssertions();
    expectInertNotification(text);
  });
});

it('leaves nothing of all of them in the history of a scan', async () => {
  const scan = await scanOf(lostGpu(logLines.map(({ text }) => text).join('\n')));
  expect(scan.kinds.map(({ kind }) => kind)).toContain('nvidia.xid.79');
  expect(traceOf(JSON.stringify(scan))).toEqual([]);
});

// Each of some hundred texts is a diagnosis of its own.
it('is inert where a person says it with --note', { timeout: 120_000 }, async () => {
  expect.hasAssertions();
  const file = path.join(folder, 'noted.log');
  await writeFile(file, Object.values(lostGpu('xxxxx')).join(''));
  for (const { text } of logLines) {
    const said: string[] = [];
    const terminal = {
      ...silent,
      out: (line: string) => void said.push(line),
      err: (line: string) => void said.push(line),
    };
    await diagnosePaths([file], { json: false, notes: [text] }, { terminal, nowMs: () => 0 });
    expectInertText(said.join('\n'));
  }
});

const silent: Terminal = {
  out: () => {},
  err: () => {},
  ask: async () => '',
  colour: false,
  interactive: false,
};
