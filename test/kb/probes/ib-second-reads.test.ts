import { expect, it } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';
import { siblingOutliers } from '../../../kb/probes/siblings.ts';
import type { Probe, ProbeOutput } from '../../../kb/schemas/probe.ts';
import { probeCases } from './cases.ts';

function probeOf(id: string): Probe {
  const probe = probeById(id);
  if (probe === undefined) throw new Error(`no probe ${id}`);
  return probe;
}

function outputOf(id: string, name: string): ProbeOutput {
  const one = [...(probeCases[id]?.healthy ?? []), ...(probeCases[id]?.faulty ?? [])].find(
    (each) => each.name === name,
  );
  if (one === undefined) throw new Error(`no case ${name} of ${id}`);
  return one.output;
}

function twice(id: string, first: ProbeOutput, second: ProbeOutput, elapsedMs = 2_000) {
  const probe = probeOf(id);
  const reading = probe.again?.combine(probe.parse(first), probe.parse(second), elapsedMs);
  return { kinds: probe.meaning(reading).map(({ kind }) => kind), numbers: probe.siblings?.numbers(reading) ?? [] };
}

const replaced = (output: ProbeOutput, from: string, to: string): ProbeOutput => ({
  ...output,
  stdout: output.stdout.replace(from, to),
});

it('a port that is active on one read and not on the other is unstable, whichever read it was', () => {
  const up = outputOf('ib.port-state', 'active');
  const down = outputOf('ib.port-state', 'no cable');
  expect(twice('ib.port-state', up, down).kinds).toEqual(['ib.port.unstable']);
  expect(twice('ib.port-state', down, up).kinds).toEqual(['ib.port.unstable']);
  expect(twice('ib.port-state', up, up).kinds).toEqual(['ib.port-state.active']);
});

it('ibstat tells a port that came back between the reads', () => {
  const output = probeCases['ib.ports']?.healthy[0]?.output ?? { stdout: '', stderr: '', exitCode: 0 };
  const before = replaced(output, 'State: Active', 'State: Down');
  expect(twice('ib.ports', before, output).kinds).toContain('ib.port.unstable');
  expect(twice('ib.ports', output, output).kinds).not.toContain('ib.port.unstable');
});

it('a counter that grows is told from one that stands, and traffic is counted in bytes', () => {
  const output = outputOf('ib.counters', 'no errors');
  const later = replaced(
    replaced(output, 'SymbolErrorCounter:..............0', 'SymbolErrorCounter:..............4'),
    'PortXmitData:....................9049592493976',
    'PortXmitData:....................9049593493976',
  );
  const { kinds, numbers } = twice('ib.counters', output, later);
  expect(kinds).toEqual(['ib.counter.growing']);
  // A million words of four bytes in two seconds.
  expect(numbers).toContainEqual(expect.objectContaining({ name: 'sentMBps', value: 2, unit: 'MB/s' }));
  expect(twice('ib.counters', output, output).kinds).toEqual(['ib.counter.normal']);
});

it('one symbol error within two reads is what a sound link may show, and one lost link is not', () => {
  const output = outputOf('ib.counters', 'no errors');
  const counted = (counter: string, count: number) =>
    replaced(output, `${counter}:..............0`, `${counter}:..............${count}`);
  expect(twice('ib.counters', output, counted('SymbolErrorCounter', 1)).kinds).toEqual(['ib.counter.normal']);
  const downed = replaced(output, 'LinkDownedCounter:...............0', 'LinkDownedCounter:...............1');
  expect(twice('ib.counters', output, downed).kinds).toEqual(['ib.counter.growing']);
});

it('the lane that one port lost stands out among its siblings', () => {
  const probe = probeOf('ib.port-state');
  const whole = probe.parse(outputOf('ib.port-state', 'active'));
  const narrow = probe.parse(
    replaced(
      outputOf('ib.port-state', 'active'),
      'Width                           : 4x',
      'Width                           : 2x',
    ),
  );
  const [rule] = probe.siblings?.rules ?? [];
  const figures = [whole, whole, whole, narrow].flatMap((reading) => probe.siblings?.numbers(reading) ?? []);
  if (rule === undefined) throw new Error('ib.port-state has no rule for siblings');
  expect(siblingOutliers(figures, rule).map(({ measured }) => measured.value)).toEqual([2]);
});
