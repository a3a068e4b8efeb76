import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PortError, type ProbeRunner } from '../../../activities/ports.ts';
import type { Inventory, InventoryNode } from '../../../kb/schemas/inventory.ts';
import { ProbeParseError, type Probe } from '../../../kb/schemas/probe.ts';
import { parseProbeArgs, printReadings, readNodes } from '../../../workers/cli/probe-run.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

const kind = { summary: '', weighs: {}, source: 'https://example.com' } as const;

/** Reads a temperature; `gpu` is which one. */
const thermometer: Probe<{ gpu: number; unit: 'C' | 'F' }, number> = {
  id: 'test.temperature',
  platform: 'nvidia-linux',
  summary: 'reads a temperature',
  aspect: 'stability',
  question: 'How warm is it?',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 10,
  timeoutMs: 1_000,
  outputBytesMax: 1_000,
  args: z.object({ gpu: z.int().min(0).max(7), unit: z.enum(['C', 'F']).default('C') }),
  argv: ({ gpu }) => ['thermometer', String(gpu)],
  parse({ stdout }) {
    if (!/^\d+$/.test(stdout)) throw new ProbeParseError('not a number');
    return Number(stdout);
  },
  outcomes: [
    { ...kind, id: 'test.temperature.hot', role: 'cause' },
    { ...kind, id: 'test.temperature.fine', role: 'clean' },
  ],
  meaning: (degrees) => [
    degrees > 85
      ? { kind: 'test.temperature.hot', text: `${degrees} degrees, token=Zx81kLmNoPq2` }
      : { kind: 'test.temperature.fine', text: `${degrees} degrees` },
  ],
};
// What a list of probes holds: the schema has checked the arguments before they come back to their own probe.
const probe = thermometer as unknown as Probe;

const node = (name: string): InventoryNode => ({
  name,
  ssh: { host: '127.0.0.1', port: 22, user: 'probe', hostKeys: ['ssh-ed25519 AAAA'] },
  gpus: [],
  hcas: [],
});

/** Answers by the node's name. */
const runner: ProbeRunner = {
  async run({ name }, argv) {
    if (name === 'gone') throw new PortError('unreachable', 'gone: connection refused');
    if (name === 'broken') throw new TypeError('a bug');
    const stdout = name === 'odd' ? 'warm' : name === 'hot' ? '95' : `4${argv[1]}`;
    return { stdout, stderr: '', exitCode: 0 };
  },
};

async function runOn(names: readonly string[], json = false) {
  const recorded = recordingTerminal();
  const inventory: Inventory = { ...smallInventory(), nodes: names.map(node) };
  const signal = new AbortController().signal;
  const args = { gpu: 2 };
  const readings = await readNodes({ probe, args, inventory, nodes: names, runner, load: false, signal });
  const exitCode = await printReadings(recorded.terminal, probe, readings, json);
  return { exitCode, stdout: recorded.stdout() };
}

describe('probe run', () => {
  it('prints what each node says, secrets masked', async () => {
    const { exitCode, stdout } = await runOn(['cool', 'hot']);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NODE', 'FINDING', 'WHAT IT SAYS'],
      ['cool', 'test.temperature.fine', '42 degrees'],
      ['hot', 'test.temperature.hot', '95 degrees, token=************'],
    ]);
  });

  it('ends with 3 when some nodes were not read, and with 1 when none was', async () => {
    const some = await runOn(['cool', 'gone', 'odd']);
    expect(some.exitCode).toBe(3);
    expect(some.stdout).toMatch(/^gone +not read +gone: connection refused$/m);
    expect(some.stdout).toMatch(
      /^odd +not read +the output of test\.temperature \(2\) is not in .* format: not a number$/m,
    );
    expect((await runOn(['gone', 'odd'])).exitCode).toBe(1);
  });

  it('as JSON has the whole reading', async () => {
    const { stdout } = await runOn(['cool'], true);
    expect(JSON.parse(stdout)).toEqual({
      probe: 'test.temperature',
      nodes: [
        {
          node: 'cool',
          read: true,
          ms: expect.any(Number) as unknown,
          reading: 42,
          findings: [{ kind: 'test.temperature.fine', text: '42 degrees', role: 'clean' }],
        },
      ],
    });
  });

  it('lets a bug be loud', async () => {
    await expect(runOn(['broken'])).rejects.toThrow('a bug');
  });
});

describe('arguments of a probe', () => {
  it('are read as numbers and words, and filled up by its schema', () => {
    expect(parseProbeArgs(probe, ['gpu=3'])).toEqual({ gpu: 3 });
    expect(parseProbeArgs(probe, ['gpu=0', 'unit=F'])).toEqual({ gpu: 0, unit: 'F' });
  });

  it.each([
    [['gpu=8'], 'gpu'],
    [['gpu=3; reboot'], 'gpu'],
    [['gpu=1', 'unit=K'], 'unit'],
    [['gpu=1', 'node=x'], 'node'],
    [['gpu'], 'name=value'],
    [[], 'gpu'],
  ])('%j are refused with the place', (pairs, place) => {
    expect(() => parseProbeArgs(probe, pairs)).toThrow(place);
  });

  it('that a schema would drop silently are refused as well', () => {
    // As above.
    const lenient = { ...thermometer, args: z.object({ gpu: z.int().default(0) }) } as unknown as Probe;
    expect(() => parseProbeArgs(lenient, ['gpuu=3'])).toThrow('gpuu');
    expect(parseProbeArgs(lenient, [])).toBeNull();
  });
});
