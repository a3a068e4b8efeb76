import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patternsOf, readForcedCommand, type Decision } from '../../../../infra/cluster/ssh/forced-command.ts';
import { probeScript } from '../../gate/gate-node.ts';

const script = readFileSync(probeScript, 'utf8');
const forced = readForcedCommand(script);
const patterns = patternsOf(script);
const shells = ['/bin/sh', '/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));

let root = '';
beforeAll(() => {
  // The script runs everything through `timeout`: one that prints its words shows what would run.
  root = mkdtempSync(join(tmpdir(), 'wr-forced-'));
  writeFileSync(join(root, 'timeout'), `#!/bin/sh\nprintf '%s\\n' timeout "$@"\n`);
  chmodSync(join(root, 'timeout'), 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What the real script makes of a request in a real shell. */
function ask(shell: string, request: string): Promise<Decision> {
  const child = spawn(shell, [probeScript], {
    env: { PATH: `${root}:/usr/bin:/bin`, SSH_ORIGINAL_COMMAND: request },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (texts.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (texts.stderr += bytes.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const reason = /^wardround-probe: refused: (.*)\n$/.exec(texts.stderr)?.[1];
      if (code === 126 && reason !== undefined && texts.stdout === '') resolve({ kind: 'refused', reason });
      else if (code === 0 && texts.stderr === '') resolve({ kind: 'run', argv: texts.stdout.trimEnd().split('\n') });
      else reject(new Error(`${request}: ${code} ${texts.stdout}${texts.stderr}`));
    });
  });
}

/** What each shell makes of these requests, and what is said here, side by side. */
async function opinions(requests: readonly string[]) {
  const [real, here]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const request of requests)
    for (const shell of shells) {
      real[`${shell} ${request}`] = await ask(shell, request);
      here[`${shell} ${request}`] = forced.decide(request);
    }
  return { real, here };
}

/** A request that a pattern is for: the first of every choice. */
function sample(pattern: string): string {
  let text = pattern;
  for (let inner = innermost(text); inner !== null; inner = innermost(text)) text = text.replace(inner[0], once(inner));
  return text
    .replaceAll(/\[\^?(.)[^\]]*\](\{(\d+)[^}]*\}|[*+?])?/g, (_all, first: string, _q, count?: string) =>
      first.repeat(Math.max(1, Number(count ?? 1))),
    )
    .replaceAll(/\\(.)/g, '$1');
}

function innermost(text: string): RegExpExecArray | null {
  return /(?<!\\)\(((?:\\.|[^()])*)\)([*+?]|\{\d+(?:,\d*)?\})?/.exec(text);
}

function once(group: RegExpExecArray): string {
  return group[1]?.split('|')[0] ?? '';
}

describe('the allow-list that is evaluated here', () => {
  it('lets a sample of every pattern run as both sides do, with a limit of its own too', async () => {
    const samples = patterns.map(sample);
    expect(samples.length).toBeGreaterThan(10);
    expect(samples.filter((request) => forced.decide(request).kind !== 'run')).toEqual([]);
    const { real, here } = await opinions([...samples, `timeout -k 2 7 ${samples[0] ?? ''}`]);
    expect(here).toEqual(real);
  }, 60_000);

  it('has the same opinion of what differs from an allowed form by a little', async () => {
    const near = patterns.map(sample).filter((_, at) => at % 7 === 0);
    const longer = near.map((request) => `${request} --more`);
    expect(longer.filter((request) => forced.decide(request).kind !== 'refused')).toEqual([]);
    const others = near.flatMap((request) => [`${request}x`, request.slice(0, -1), request.toUpperCase()]);
    const { real, here } = await opinions([...longer, ...others]);
    expect(here).toEqual(real);
  }, 60_000);

  it.each([
    [''],
    ['  lsmod   '],
    ['lsmod; reboot'],
    ['lsmod\nreboot'],
    ['lsmod && reboot'],
    ['lsmod | head'],
    ['$(reboot)'],
    ['`reboot`'],
    ["'lsmod'"],
    ['lsmod *'],
    ['lsmod\treboot'],
    ['lsmod é'],
    ['sudo reboot'],
    ['sudo -n lsmod'],
    ['sudo -n -u root lsmod'],
    ['cat /etc/shadow'],
    ['cat /proc/meminfo /etc/shadow'],
    ['cat /proc/meminfo/../../etc/shadow'],
    ['scontrol show node -x'],
    ['scontrol show node node-07'],
    ['scontrol show node NODE-07'],
    ['timeout -k 2 0 lsmod'],
    ['timeout -k 2 07 lsmod'],
    ['timeout -k 2 1000 lsmod'],
    ['timeout -k 2 999 lsmod'],
    ['timeout -k 2 x lsmod'],
    ['timeout -k 2 10'],
    ['timeout -k 3 10 lsmod'],
    ['timeout -k 2 10 timeout -k 2 10 lsmod'],
    ['# allow-list begin'],
    ['x'.repeat(1_024)],
    ['x'.repeat(1_025)],
    ['é'.repeat(600)],
  ])('answers %j as the script does', async (request) => {
    const { real, here } = await opinions([request]);
    expect(here).toEqual(real);
  });

  it('is not taken from a script that it does not understand', () => {
    expect(() => readForcedCommand(script.replace('# allow-list end', ''))).toThrow(/no allow-list between its marks/);
    expect(() => readForcedCommand(script.replace(/^request_chars_max=.*$/m, ''))).toThrow(/request_chars_max/);
    expect(() => patternsOf('# allow-list begin\nlsmod\n# allow-list end\n')).toThrow(/not a pattern in single quotes/);
  });
});
