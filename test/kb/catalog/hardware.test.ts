import { describe, expect, it } from 'vitest';
import { gpuModelOf, gpuModels } from '../../../kb/catalog/hardware.ts';

describe('the hardware table', () => {
  it.each([
    ['A800-SXM4-80GB', 'A800 SXM4 80GB'],
    ['NVIDIA A800-SXM4-80GB', 'A800 SXM4 80GB'],
    ['NVIDIA A800 80GB PCIe', 'A800 PCIe 80GB'],
    ['A100-SXM4', 'A100 SXM4 80GB'],
    ['A100 80GB', 'A100 SXM4 80GB'],
    ['A100-SXM4-40GB', 'A100 SXM4 40GB'],
    ['NVIDIA A100-PCIE-40GB', 'A100 PCIe 40GB'],
    ['H100-SXM5-80GB 500W', 'H100 SXM5 80GB'],
    ['NVIDIA H100 80GB HBM3', 'H100 SXM5 80GB'],
    ['NVIDIA H100 PCIe', 'H100 PCIe 80GB'],
    ['H200-SXM-141GB', 'H200 SXM5 141GB'],
    ['NVIDIA H800', 'H800 SXM5 80GB'],
    ['V100-SXM2-32GB', 'V100 SXM2 32GB'],
    ['Tesla V100-SXM2-16GB', 'V100 SXM2 16GB'],
    ['Tesla V100-PCIE-16GB', 'V100 PCIe 16GB'],
    ['NVIDIA H200 143GB', 'H200 SXM5 141GB'],
  ])('knows %s', (name, model) => {
    expect(gpuModelOf(name)?.model).toBe(model);
  });

  it('knows nothing of what it does not list', () => {
    expect(['GH100', 'L40S', 'MI300X', ''].map(gpuModelOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each([
    'NVIDIA RTX A1000',
    'NVIDIA GH200 480GB',
    'NVIDIA H100 NVL',
    'NVIDIA H200 NVL',
    'NVIDIA H800 PCIe',
    'NVIDIA A100-SXM-64GB',
    'NVIDIA A800 40GB Active',
    'GRID A100X-40C',
    'NVIDIA A100-SXM4-80GB MIG 1g.10gb',
  ])('does not take %s for the listed part whose name is in its', (name) => {
    expect(gpuModelOf(name)).toBeUndefined();
  });

  it('states the peak of an A100 as its tensor cores give it: 108 SMs, 4 cores, 256 FMA, 1.41 GHz', () => {
    const a100 = gpuModelOf('A100-SXM4-80GB');
    expect((108 * 4 * 256 * 2 * 1.41) / 1000).toBeCloseTo(311.9, 1);
    expect(a100?.bf16PeakTflops).toBeCloseTo(311.9, 0);
    expect(a100?.smCount).toBe(108);
  });

  it('gives the A800 the compute and memory of the A100, and two thirds of its NVLink', () => {
    const [a800, a100] = [gpuModelOf('A800-SXM4-80GB'), gpuModelOf('A100-SXM4-80GB')];
    expect(a800?.bf16PeakTflops).toBe(a100?.bf16PeakTflops);
    expect(a800?.memoryBandwidthTBps).toBe(a100?.memoryBandwidthTBps);
    expect((a800?.nvlinkGBps ?? 0) / (a100?.nvlinkGBps ?? 1)).toBeCloseTo(2 / 3);
  });

  it('says of every model where its figures stand', () => {
    expect(gpuModels.filter(({ source }) => !source.startsWith('https://'))).toEqual([]);
    expect(new Set(gpuModels.map(({ model }) => model)).size).toBe(gpuModels.length);
  });

  it('finds every model by its own name', () => {
    expect(gpuModels.filter((one) => gpuModelOf(one.model) !== one)).toEqual([]);
  });
});
