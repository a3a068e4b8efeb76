/** Nominal figures of one GPU model. Dense peaks; NVLink per direction. */
export interface GpuModel {
  readonly model: string;
  /** Matches the name that `nvidia-smi` and the inventory use. */
  readonly names: RegExp;
  readonly smClockMaxMhz: number;
  readonly smClockIdleMhz: number;
  readonly powerLimitWatts: number;
  readonly bf16PeakTflops: number;
  readonly memoryBandwidthTBps: number;
  readonly nvlinkGBps: number;
  readonly source: string;
}

// Only rows whose figures are published; the A800's compute and memory are the A100's, its NVLink is cut to 400 GB/s
// both directions together.
export const gpuModels: readonly GpuModel[] = [
  {
    model: 'A800 SXM4 80GB',
    names: /A800[- ]SXM4?[- ]80/i,
    smClockMaxMhz: 1410,
    smClockIdleMhz: 210,
    powerLimitWatts: 400,
    bf16PeakTflops: 312,
    memoryBandwidthTBps: 2.039,
    nvlinkGBps: 200,
    source:
      'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-nvidia-us-2188504-web.pdf',
  },
  {
    model: 'A800 PCIe 80GB',
    names: /A800.*PCIe/i,
    smClockMaxMhz: 1410,
    smClockIdleMhz: 210,
    powerLimitWatts: 300,
    bf16PeakTflops: 312,
    memoryBandwidthTBps: 1.935,
    nvlinkGBps: 200,
    source:
      'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-nvidia-us-2188504-web.pdf',
  },
  {
    model: 'A100 SXM4 80GB',
    names: /A100[- ]SXM4?[- ]80/i,
    smClockMaxMhz: 1410,
    smClockIdleMhz: 210,
    powerLimitWatts: 400,
    bf16PeakTflops: 312,
    memoryBandwidthTBps: 2.039,
    nvlinkGBps: 300,
    source:
      'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-nvidia-us-2188504-web.pdf',
  },
  {
    model: 'A100 SXM4 40GB',
    names: /A100[- ]SXM4?[- ]40/i,
    smClockMaxMhz: 1410,
    smClockIdleMhz: 210,
    powerLimitWatts: 400,
    bf16PeakTflops: 312,
    memoryBandwidthTBps: 1.555,
    nvlinkGBps: 300,
    source:
      'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-nvidia-us-2188504-web.pdf',
  },
];

export function gpuModelOf(name: string): GpuModel | undefined {
  return gpuModels.find((model) => model.names.test(name));
}
