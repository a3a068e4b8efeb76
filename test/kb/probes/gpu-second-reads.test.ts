import { describe, expect, it } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';
import type { ProbeFinding, ProbeOutput } from '../../../kb/schemas/probe.ts';
import { csv, eightGpus, instead, smiTroubles } from './cases/gpu-node.ts';

/** What two reads of a probe mean together. */
function twice(id: string, first: ProbeOutput, second: ProbeOutput, elapsedMs?: number): readonly ProbeFinding[] {
  const probe = probeById(id);
  if (probe?.again === undefined) throw new Error(`${id} is not read twice`);
  const { again } = probe;
  return probe.meaning(again.combine(probe.parse(first), probe.parse(second), elapsedMs ?? again.gapMs), eightGpus);
}
const kinds = (findings: readonly ProbeFinding[]) =>
  findings.map(({ kind, device }) => [kind, ...(device === undefined ? [] : [device.index])].join(' '));

describe('clocks of two reads', () => {
  const sound = '1410, 1410, 0x0000000000000000, 100, 366.41, 400.00, 52';
  const low = '705, 1410, 0x0000000000000040, 100, 180.00, 400.00, 91';
  const read = (gpu: number, row: string) => csv((index) => instead(index, gpu, row, sound));

  it('a dip of a moment is no fault', () => {
    expect(kinds(twice('gpu.clocks', read(3, low), read(-1, '')))).toEqual(['gpu.clock.normal']);
    expect(kinds(twice('gpu.clocks', read(-1, ''), read(3, low)))).toEqual(['gpu.clock.normal']);
  });

  it('a clock that stays low is, for the reasons of both reads', () => {
    const second = '690, 1410, 0x0000000000000000, 100, 180.00, 400.00, 91';
    const [finding] = twice('gpu.clocks', read(3, low), read(3, second));
    expect(finding).toMatchObject({
      kind: 'gpu.clock.thermal',
      values: { smMhz: 705, reasons: 'hw-thermal' },
      line: 4,
    });
  });

  it('idle at one of two reads is not idle', () => {
    const idle = '210, 1410, 0x0000000000000001, 0, 60.00, 400.00, 40';
    expect(
      kinds(
        twice(
          'gpu.clocks',
          csv(() => idle),
          csv(() => sound),
        ),
      ),
    ).toEqual(['gpu.clock.normal']);
    expect(
      kinds(
        twice(
          'gpu.clocks',
          csv(() => idle),
          csv(() => idle),
        ),
      ),
    ).toEqual(['gpu.clock.not-judged']);
  });

  it('a GPU that is lost between the reads is told of', () => {
    expect(kinds(twice('gpu.clocks', read(-1, ''), smiTroubles.lost))).toEqual(['gpu.device.unreachable 2']);
    expect(kinds(twice('gpu.clocks', smiTroubles.lost, read(-1, '')))).toEqual(['gpu.device.unreachable 2']);
  });
});

describe('memory errors of two reads', () => {
  const corrected = (count: number) => csv((index) => instead(index, 6, `${count}, 0, 0`, '0, 0, 0'));

  it('that grow are a symptom, that stand still are none', () => {
    expect(kinds(twice('gpu.ecc', corrected(40), corrected(52)))).toEqual(['gpu.ecc.corrected-growing 6']);
    expect(kinds(twice('gpu.ecc', corrected(52), corrected(52)))).toEqual(['gpu.ecc.no-uncorrectable']);
  });

  it('that were cleared in between say nothing', () => {
    expect(kinds(twice('gpu.ecc', corrected(52), corrected(0)))).toEqual(['gpu.ecc.no-uncorrectable']);
  });
});

it('power that is low at one read alone is no symptom', () => {
  const row = (watts: number) => `${watts}, 400.00, 400.00, 400.00, 400.00, 100`;
  const read = (gpu: number) => csv((index) => instead(index, gpu, row(92.13), row(340.9)));
  expect(kinds(twice('gpu.power', read(7), read(-1)))).toEqual(['gpu.power.normal']);
  expect(kinds(twice('gpu.power', read(7), read(7)))).toEqual(['gpu.power.draw-below-siblings 7']);
});
