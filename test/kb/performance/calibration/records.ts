import type { DeviceFigure, NodeCalibration, SiteCalibration } from '../../../../kb/schemas/calibration.ts';

export const dayMs = 24 * 3_600_000;
export const measuredMs = Date.UTC(2026, 0, 10);

export function aFigure(gpu: number, median: number, changes: Partial<DeviceFigure> = {}): DeviceFigure {
  return {
    quantity: 'gemm',
    device: { kind: 'gpu', index: gpu, uuid: `GPU-${gpu}`, model: 'NVIDIA A800-SXM4-80GB' },
    unit: 'TFLOP/s',
    mean: median,
    median,
    mad: 0.5,
    p5: median * 0.99,
    spread: 0.005,
    halfWidth: 0.004,
    runs: 10,
    warmUpRuns: 1,
    blockRuns: 1,
    lagOne: 0.1,
    ended: 'steady',
    samplesDigest: 'ab'.repeat(32),
    conditions: {
      driver: '550.90.07',
      vbios: '92.00.9E.00.01',
      ecc: 'on',
      smClockMhz: 1410,
      smClockMaxMhz: 1410,
      temperatureCelsius: 60,
      powerWatts: 390,
    },
    ...changes,
  };
}

export function aNode(
  name: string,
  figures: readonly DeviceFigure[],
  changes: Partial<NodeCalibration> = {},
): NodeCalibration {
  return {
    schema: 1,
    id: name.padEnd(64, '0'),
    kind: 'node',
    cluster: 'site-a',
    atMs: measuredMs,
    by: 'ann',
    node: name,
    precision: 0.01,
    validUntilMs: measuredMs + 90 * dayMs,
    figures: [...figures],
    ...changes,
  };
}

export function aScale(changes: Partial<SiteCalibration> = {}): SiteCalibration {
  return {
    schema: 1,
    id: '5'.repeat(64),
    kind: 'site',
    cluster: 'site-a',
    atMs: measuredMs,
    by: 'ann',
    from: 'our-runs.jsonl',
    scale: 1.1,
    sigma: 0.05,
    runs: 5,
    samplesDigest: 'cd'.repeat(32),
    modelDigest: 'ef'.repeat(32),
    drivers: ['550.90.07'],
    validUntilMs: measuredMs + 90 * dayMs,
    ...changes,
  };
}
