import { describe, expect, it } from 'vitest';
import { categories } from '../../../kb/taxonomy.ts';
import { hostlistHas } from '../../../kb/probes/hostlist.ts';
import { probeById, probes } from '../../../kb/probes/index.ts';
import { ProbeParseError, type ProbeFinding } from '../../../kb/schemas/probe.ts';
import { excerptCharsMax } from '../../../workflows/domain/finding.ts';
import { eightGpus, probeCases } from './cases.ts';
import { readingOf } from './probe-case.ts';

const emptySite = { nodes: [], mounts: [], interfaces: [], rendezvous: [] };
const wholeSite = {
  nodes: Array.from({ length: 16 }, (_one, at) => ({
    name: `node-${String(at + 1).padStart(2, '0')}`,
    address: `10.20.0.${at + 1}`,
    bmc: `10.30.0.${at + 1}`,
  })),
  mounts: ['/lustre', '/raid'],
  interfaces: ['eth0'],
  rendezvous: [{ host: '10.20.0.7', port: 29_500 }],
};
const wholeNode = {
  ...eightGpus,
  name: 'node-07',
  bmc: '10.30.0.7',
  hcas: Array.from({ length: 8 }, (_one, at) => ({ name: `mlx5_${at}`, port: 1 })),
};

const escaped = (text: string) => text.replaceAll(/[.+]/g, String.raw`\$&`);

const shown = (finding: ProbeFinding) =>
  [
    finding.kind,
    finding.device === undefined
      ? ''
      : `${finding.device.kind} ${finding.device.kind === 'hca' || finding.device.kind === 'disk' ? finding.device.name : (finding.device.index ?? finding.device.name)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');

describe.each(probes.map((probe) => [probe.id, probe] as const))('%s', (id, probe) => {
  const cases = probeCases[id] ?? { faulty: [], healthy: [], garbage: [] };
  const roles = new Map(probe.outcomes.map((kind) => [kind.id, kind.role]));

  it('has faulty, healthy and garbage cases in cases.ts', () => {
    const faults = probe.outcomes.filter(({ role }) => role === 'cause' || role === 'symptom');
    // What differs from the other nodes is seen by comparing readings, never in one.
    const own = faults.filter((kind) => kind !== probe.siblings?.kind);
    expect(cases.faulty.length > 0 || own.length === 0, 'faulty cases').toBe(true);
    expect(cases.faulty.length === 0 || faults.length > 0, 'a fault that it can report').toBe(true);
    expect(cases.healthy.length > 0 && cases.garbage.length > 0, 'healthy and garbage cases').toBe(true);
  });

  it('has a stable id, a summary, bounds and a cost', () => {
    expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
    expect(probe.summary.length).toBeGreaterThan(15);
    expect(probe.outputBytesMax).toBeGreaterThan(0);
    expect(probe.outputBytesMax).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(probe.costMs).toBeLessThan(probe.timeoutMs);
    // A tool that brings up eight GPUs and loads them takes longer than reading does.
    expect(probe.timeoutMs).toBeLessThanOrEqual(probe.impact === 'load' ? 120_000 : 60_000);
    expect(probeById(id)).toBe(probe);
  });

  it('runs with what the inventory gives, in words that no shell could mistake and within its allow-list', () => {
    const given = probe.devices?.(wholeNode, wholeSite) ?? [];
    const commands = (given.length === 0 ? [{}] : given).map((device) =>
      probe.argv(probe.args.parse({ node: 'node-07', ...device })),
    );
    expect(commands.length).toBeLessThanOrEqual(16);
    for (const argv of commands) {
      expect(argv.length).toBeGreaterThan(0);
      for (const word of argv) expect(word).toMatch(/^[A-Za-z0-9_@%+=:,./-]+$/);
      const line = argv.join(' ');
      const allowed = probe.allow ?? [escaped(commands[0]?.join(' ') ?? '')];
      expect(allowed.filter((pattern) => new RegExp(`^(?:${pattern})$`).test(line)).length).toBeGreaterThan(0);
    }
  });

  it('can turn out clean, and its kinds are whole', () => {
    expect([...roles.values()]).toContain('clean');
    expect(roles.size).toBe(probe.outcomes.length);
    for (const kind of probe.outcomes) {
      expect(kind.id).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      expect(kind.summary).not.toBe('');
      expect(kind.source).toMatch(/\S/);
      const weightMax = kind.role === 'clean' ? 0 : 7;
      for (const [category, weight] of Object.entries(kind.weighs)) {
        expect([...categories, 'unlisted']).toContain(category);
        expect(weight).toBeGreaterThanOrEqual(-7);
        expect(weight).toBeLessThanOrEqual(weightMax);
      }
    }
  });

  it.each([...cases.faulty, ...cases.healthy].map((one) => [one.name, one] as const))('reads: %s', (_name, one) => {
    const reading = readingOf(probe, one);
    expect(JSON.parse(JSON.stringify(reading))).toEqual(reading);
    const findings = probe.meaning(reading, one.node, one.args);
    expect(findings.map(shown)).toEqual(one.means);
    const lines = (one.second ?? one.output).stdout.split('\n');
    for (const finding of findings) {
      expect(roles.has(finding.kind)).toBe(true);
      expect(finding.text.length).toBeLessThanOrEqual(excerptCharsMax);
      expect(finding.line === undefined || (lines[finding.line - 1]?.trim() ?? '') !== '').toBe(true);
    }
    expect(one.source).not.toBe('');
  });

  it.each(cases.faulty.map((one) => [one.name, one] as const))('does not call this clean: %s', (_name, one) => {
    const found = probe.meaning(readingOf(probe, one), one.node, one.args).map((finding) => roles.get(finding.kind));
    expect(found).not.toContain('clean');
    expect(found.some((role) => role === 'cause' || role === 'symptom')).toBe(true);
  });

  it.each(cases.garbage.map((output) => [JSON.stringify(output).slice(0, 60), output] as const))(
    'refuses what is not its tool’s output: %s',
    (_name, output) => {
      expect(() => probe.parse(output)).toThrow(ProbeParseError);
    },
  );

  it.each(cases.faulty.map((one) => [one.name, one] as const))(
    'never takes half of a line for a reading: %s',
    (_name, one) => {
      const half = one.output.stdout.slice(0, Math.floor(one.output.stdout.length / 2));
      const meansSomething = () => {
        try {
          return probe.meaning(probe.parse({ ...one.output, stdout: half }), one.node).length > 0;
        } catch (error) {
          return error instanceof ProbeParseError;
        }
      };
      expect(meansSomething()).toBe(true);
    },
  );
});

it('the list has at least a hundred and twenty probes with different ids', () => {
  expect(probes.length).toBeGreaterThanOrEqual(120);
  expect(new Set(probes.map((probe) => probe.id)).size).toBe(probes.length);
  expect(probeById('no.such-probe')).toBeUndefined();
});

it('one kind id is one kind, in whichever probe it stands', () => {
  const kinds = new Map<string, unknown>();
  for (const kind of probes.flatMap((probe) => probe.outcomes)) {
    expect(kinds.get(kind.id) ?? kind).toBe(kind);
    kinds.set(kind.id, kind);
  }
});

describe('gpu.clocks', () => {
  it('carries what the repair and its undo need', () => {
    const probe = probeById('gpu.clocks');
    const one = probeCases['gpu.clocks']?.faulty[0];
    const [finding] = probe?.meaning(probe.parse(one?.output ?? { stdout: '', stderr: '', exitCode: 0 })) ?? [];
    expect(finding).toMatchObject({
      device: { kind: 'gpu', index: 3, name: '00000000:4d:00.0' },
      values: { smMhz: 210, smMaxMhz: 1410, siblingsSmMhz: 1410, powerWatts: 92.13, reasons: 'none' },
      line: 4,
    });
  });

  it('asks for the reasons by the name that drivers before and after 535 know, and by the newer one if told to', () => {
    const probe = probeById('gpu.clocks');
    expect(probe?.argv(probe.args.parse({}))[1]).toContain(',clocks_throttle_reasons.active,');
    const argv = probe?.argv(probe.args.parse({ reasons: 'clocks_event_reasons.active' })) ?? [];
    expect(argv[1]).toContain(',clocks_event_reasons.active,');
    expect(() => probe?.args.parse({ reasons: 'index; reboot' })).toThrow('clocks_event_reasons.active');
  });
});

it('probes that read device by device take each device of the inventory as arguments', () => {
  const node = { gpus: [], hcas: [0, 1, 2].map((at) => ({ name: `mlx5_${at}`, port: 1 })) };
  for (const id of ['ib.counters', 'ib.port-state']) {
    const probe = probeById(id);
    const commands = probe?.devices?.(node, emptySite).map((device) => probe.argv(probe.args.parse(device)).join(' '));
    expect(commands).toHaveLength(3);
    expect(commands?.[2]).toContain('mlx5_2');
    expect(() => probe?.args.parse({ hca: 'mlx5_0; reboot' })).toThrow('hca');
  }
});

it('ib.port-state reads registers as root, of each port that the inventory lists', () => {
  const probe = probeById('ib.port-state');
  const node = { gpus: [], hcas: [1, 2].map((port) => ({ name: 'mlx4_0', port })) };
  expect(probe?.privilege).toBe('root');
  const commands = probe?.devices?.(node, emptySite).map((device) => probe.argv(probe.args.parse(device)).join(' '));
  expect(commands).toEqual(['sudo -n mlxlink -d mlx4_0 -p 1', 'sudo -n mlxlink -d mlx4_0 -p 2']);
  const one = probeCases['ib.port-state']?.healthy[0];
  const reading = one === undefined ? undefined : probe?.parse(one.output);
  expect(probe?.meaning(reading, undefined, { hca: 'mlx4_0', port: 2 })[0]?.text).toMatch(/^mlx4_0 port 2: Active/);
});

describe('scheduler.jobs', () => {
  const values = (name: string) => {
    const probe = probeById('scheduler.jobs');
    const one = [
      ...(probeCases['scheduler.jobs']?.faulty ?? []),
      ...(probeCases['scheduler.jobs']?.healthy ?? []),
    ].find((each) => each.name === name);
    if (probe === undefined || one === undefined) throw new Error(`no case ${name}`);
    return probe.meaning(probe.parse(one.output), one.node)[0]?.values;
  };

  it('carries what a repair and its undo need', () => {
    expect(values('out of memory')).toEqual({
      jobId: 4242,
      state: 'OUT_OF_MEMORY',
      restarts: 0,
      requeueable: 'yes',
      onNode: 'yes',
      minMemoryMib: 983_040,
    });
  });

  it('says of a job that runs elsewhere that it does', () => {
    expect(values('was queued again and runs elsewhere')).toMatchObject({ onNode: 'no', restarts: 1 });
  });
});

describe('host lists', () => {
  it.each([
    ['node-07', 'node-07', true],
    ['node-[01-08]', 'node-07', true],
    ['node-[1-8]', 'node-07', false],
    ['node-[01-06,08]', 'node-07', false],
    ['gpu3,node-[05,07]', 'node-07', true],
    ['rack[1-2]node[1-16]', 'rack2node16', true],
    ['rack[1-2]node[1-16]', 'rack3node1', false],
    ['node-[08-12]', 'node-10', true],
    ['node-[8-12]', 'node-8', true],
    ['node-0', 'node-07', false],
    ['node-070', 'node-07', false],
    ['ALL', 'node-07', true],
    ['node-[01-', 'node-01', false],
    ['', 'node-07', false],
  ])('%s has %s: %s', (list, node, has) => {
    expect(hostlistHas(list, node)).toBe(has);
  });
});

describe('kernel.log', () => {
  it('counts repeats and takes the time of the first', () => {
    const probe = probeById('kernel.log');
    const one = probeCases['kernel.log']?.faulty[0];
    const [finding] = probe?.meaning(probe.parse(one?.output ?? { stdout: '', stderr: '', exitCode: 0 })) ?? [];
    expect(finding).toMatchObject({ count: 2, line: 2, atMs: Date.parse('2026-11-21T03:12:59.123Z') });
  });
});
