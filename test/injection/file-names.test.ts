import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnosePath, diagnosePaths } from '../../workers/cli/diagnose.ts';
import { diagnosisText } from '../../workers/cli/diagnose-text.ts';
import { jsonLine, type Terminal } from '../../workers/cli/output.ts';
import { fileNames } from './corpus/names.ts';
import { expectInertJson, expectInertText } from './inert.ts';
import { caseOf, expectInertPrompt } from './prompts.ts';
import { tally } from './tally.ts';
import { decided, lostGpu, walk, type Walked } from './ward.ts';

const counted = tally('file name');
const logs = lostGpu('xxxxx');
let folder = '';
let plain: Walked;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wardround-injection-'));
  plain = await walk({ logs });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const said: string[] = [];
const terminal: Terminal = {
  out: (text) => void said.push(text),
  err: (text) => void said.push(text),
  ask: async () => '',
  colour: false,
  interactive: false,
};
const context = { terminal, nowMs: () => 0 };

async function diagnosed(where: string, name: string) {
  const inside = path.join(folder, where);
  await mkdir(path.join(inside, name), { recursive: true });
  await writeFile(path.join(inside, name, name), Object.values(logs).join(''));
  return diagnosePath(inside, context);
}

describe.each(fileNames.map((one, at) => [one.id, one, String(at)] as const))('%s', (id, { text }, where) => {
  counted.add(id);

  it('is a name and nothing else for diagnose', async () => {
    const hostile = await diagnosed(where, text);
    const usual = await diagnosed(`plain-${where}`, 'train.log');
    const told = ({ verdict, causes, nextProbes }: typeof usual) => [
      verdict,
      causes.map(({ category, node, device }) => ({ category, node, device })),
      nextProbes.map(({ id: probeId, nodes }) => ({ probeId, nodes })),
    ];
    expect(told(hostile)).toEqual(told(usual));
    expectInertText(await diagnosisText(hostile, terminal));
    expectInertJson(jsonLine(hostile));
  });

  it('is inert in what is said of a file that can not be read', async () => {
    for (const json of [true, false]) {
      said.length = 0;
      await diagnosePaths([path.join(folder, 'gone', text)], { json }, context);
      expect(said.length).toBeGreaterThan(0);
      for (const line of said) expectInertText(line);
    }
  });

  it('is no source where it is a key of S3', async () => {
    const [first = ''] = Object.keys(logs);
    const keys = [text, `${path.dirname(first)}/${text}`, `${first}${text}`, `logs/site-a/${text}/kernel/0-60000.log`];
    const strange = Object.fromEntries(keys.map((key) => [key, 'NVRM: Xid (PCI:0000:08:00): 48, Double Bit ECC\n']));
    const walked = await walk({ logs: { ...logs, ...strange } });
    expect(decided(walked)).toEqual(decided(plain));
    expect(walked.history).not.toContain(JSON.stringify(text).slice(1, -1));
  });

  it('can not leave its attribute in a prompt', () => {
    const passages = plain.passages.map((passage) => ({ ...passage, range: { ...passage.range, source: text } }));
    expect(passages.length).toBeGreaterThan(0);
    expectInertPrompt(caseOf(plain, { passages }));
  });
});
