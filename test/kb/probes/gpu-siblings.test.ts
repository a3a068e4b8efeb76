import { describe, expect, it } from 'vitest';
import { probes } from '../../../kb/probes/index.ts';
import { nvlinkStatus } from '../../../kb/probes/nvlink-status.ts';
import { probeCases } from './cases.ts';
import { readingOf } from './probe-case.ts';

const family = probes.filter(({ id }) => /^(gpu|nvlink|pcie|fabricmanager)\./.test(id));
const compared = family.filter(({ siblings }) => siblings !== undefined);

/** Of these a reading is words, yes or no, or a list of events; nothing is left to hold against the other nodes. */
const withoutFigures = [
  'gpu.throttle-reasons',
  'gpu.presence',
  'gpu.compute-mode',
  'gpu.mig',
  'gpu.persistence',
  'gpu.dcgm-health',
  'gpu.dcgm-diag',
  'gpu.dcgm-stress',
  'gpu.holders',
  'fabricmanager.active',
  'fabricmanager.log',
];

it('every numeric probe of the GPU family has figures for its siblings', () => {
  expect(
    family
      .filter(({ siblings }) => siblings === undefined)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(withoutFigures.toSorted());
});

describe.each(compared.map((probe) => [probe.id, probe] as const))('%s', (id, probe) => {
  const { siblings } = probe;
  const cases = [...(probeCases[id]?.faulty ?? []), ...(probeCases[id]?.healthy ?? [])];
  const figures = cases.map((one) => ({ one, numbers: siblings?.numbers(readingOf(probe, one), one.node) ?? [] }));

  it('reports one of its own outcomes, by rules with a source', () => {
    expect(probe.outcomes).toContain(siblings?.kind);
    expect(siblings?.rules.length).toBeGreaterThan(0);
    for (const rule of siblings?.rules ?? []) {
      expect(rule.source).toMatch(/\S/);
      expect(rule.relative).toBeGreaterThanOrEqual(0);
      expect(rule.absolute).toBeGreaterThan(0);
    }
  });

  it('has figures that are numbers with a unit, each with a rule, on a line of the output', () => {
    const all = figures.flatMap(({ numbers }) => numbers);
    const ruled = new Set(siblings?.rules.map(({ name }) => name));
    expect(new Set(all.map(({ name }) => name))).toEqual(ruled);
    for (const { one, numbers } of figures) {
      const lines = (one.second ?? one.output).stdout.split('\n');
      for (const { value, unit, line } of numbers) {
        expect(Number.isFinite(value)).toBe(true);
        expect(unit).not.toBe('');
        expect(line === undefined || (lines[line - 1]?.trim() ?? '') !== '').toBe(true);
      }
    }
  });

  it('gives one figure of a name to a device', () => {
    for (const { numbers } of figures) {
      const keys = numbers.map(
        ({ name, device }) => `${name} ${device?.kind ?? ''} ${device?.index ?? device?.name ?? ''}`,
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

it('a GPU whose links were not all printed has no sum of them: the answer ended there', () => {
  const uuid = (index: number) => `GPU-00000000-0000-0000-0000-00000000000${index}`;
  const gpu = (index: number, links: number) =>
    [
      `GPU ${index}: NVIDIA A800-SXM4-80GB (UUID: ${uuid(index)})`,
      ...Array.from({ length: links }, (_one, link) => `\t Link ${link}: 25 GB/s`),
    ].join('\n');
  const stdout = `${gpu(0, 8)}\n${gpu(1, 8)}\n${gpu(2, 2)}\n`;
  const numbers = nvlinkStatus.siblings?.numbers(nvlinkStatus.parse({ stdout, stderr: '', exitCode: 0 })) ?? [];
  expect(numbers.map(({ device, value }) => [device?.index, value])).toEqual([
    [0, 200],
    [1, 200],
  ]);
});
