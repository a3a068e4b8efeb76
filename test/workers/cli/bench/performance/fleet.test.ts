import { describe, expect, test } from 'vitest';
import { alarmPolicy } from '../../../../../kb/performance/detect/policy.ts';
import {
  fleetLayout,
  fleetOf,
  fleetRange,
  placeOf,
} from '../../../../../workers/cli/bench/performance/injection/fleet.ts';
import { peersTier } from '../../../../../workers/cli/bench/performance/injection/peers-tier.ts';
import { seededRandom } from '../../../../../workers/cli/bench/random.ts';

const nodes = 8;
const slow = { ...placeOf(19), mhz: 600, fromSeconds: 3_600, jobFactor: 2 };

const lastOf = (atSeconds: number, metric: string) => {
  const random = seededRandom(7);
  const { series } = fleetRange(fleetOf(nodes, random), slow, atSeconds, random);
  return series
    .filter(({ name }) => name === metric)
    .map(({ labels, points }) => ({ node: labels['Hostname'], gpu: Number(labels['gpu']), value: points.at(-1)![1] }));
};
const isSlow = ({ node, gpu }: { node: string | undefined; gpu: number }): boolean =>
  node === slow.node && gpu === slow.gpu;

describe('a fleet with one slow GPU', () => {
  test('only the slow one has a low clock, and only after the onset', () => {
    expect(lastOf(3_590, 'DCGM_FI_DEV_SM_CLOCK').every(({ value }) => value > 1_250)).toBe(true);
    const after = lastOf(3_700, 'DCGM_FI_DEV_SM_CLOCK');
    expect(after.filter(({ value }) => value < 1_250)).toEqual([
      expect.objectContaining({ node: slow.node, gpu: slow.gpu }),
    ]);
  });

  test('the power of all falls together, that of the waiting ones too', () => {
    const before = lastOf(3_590, 'DCGM_FI_DEV_POWER_USAGE').filter((gpu) => !isSlow(gpu));
    const after = lastOf(3_700, 'DCGM_FI_DEV_POWER_USAGE').filter((gpu) => !isSlow(gpu));
    const mean = (of: readonly { value: number }[]): number =>
      of.reduce((sum, { value }) => sum + value, 0) / of.length;
    expect(mean(before)).toBeGreaterThan(310);
    expect(mean(after)).toBeCloseTo(225, -1);
  });

  test('like ranks name it, and nobody in a healthy fleet', () => {
    const random = seededRandom(7);
    const fleet = fleetOf(nodes, random);
    const layout = fleetLayout(nodes);
    const policy = alarmPolicy({ falseAlarmsPerDay: 1, jobs: 100, sampleSeconds: 15, gpus: nodes * 8 });
    const found = peersTier(fleet, slow, { layout, policy, looksMax: 8, random });
    expect(found.delaySeconds).toBeLessThanOrEqual(60);
    expect(peersTier(fleet, null, { layout, policy, looksMax: 5, random })).toMatchObject({
      delaySeconds: null,
      wrong: 0,
    });
  });
});
