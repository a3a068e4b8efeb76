/** What tells the tensor cores and the memory path of two GPUs apart. */
export const gpuArchitectures = ['volta', 'ampere', 'hopper'] as const;
export type GpuArchitecture = (typeof gpuArchitectures)[number];

/** Nominal figures of one GPU model. Dense peaks; NVLink per direction. */
export interface GpuModel {
  readonly model: string;
  /** Matches the name that `nvidia-smi` and the inventory use. */
  readonly names: RegExp;
  readonly architecture: GpuArchitecture;
  /** A GPU fused to one board with its NVLink neighbours, or a card in a slot. */
  readonly form: 'sxm' | 'pcie';
  readonly smCount: number;
  readonly smClockMaxMhz: number;
  readonly smClockIdleMhz: number;
  readonly powerLimitWatts: number;
  /** Of the 16-bit tensor cores; a V100 has fp16 alone. */
  readonly bf16PeakTflops: number;
  readonly tf32PeakTflops: number | null;
  readonly fp32PeakTflops: number;
  readonly fp8PeakTflops: number | null;
  readonly memoryGib: number;
  readonly memoryBandwidthTBps: number;
  readonly nvlinkGBps: number;
  readonly source: string;
}

const a100Sheet =
  'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-nvidia-us-2188504-web.pdf';
const h100Sheet = 'https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet';
const h200Sheet = 'https://nvdam.widen.net/s/nb5zzzsjdf/hpc-datasheet-sc23-h200-datasheet-3002446';
const v100Sheet =
  'https://images.nvidia.com/content/technologies/volta/pdf/volta-v100-datasheet-update-us-1165301-r5.pdf';
// Peaks, bandwidths and clocks of all models side by side.
const mlEngineering = 'https://github.com/stas00/ml-engineering/blob/master/compute/accelerator/README.md';

const volta = {
  architecture: 'volta',
  smCount: 80,
  smClockIdleMhz: 135,
  bf16PeakTflops: 125,
  tf32PeakTflops: null,
  fp32PeakTflops: 15.7,
  fp8PeakTflops: null,
  memoryBandwidthTBps: 0.9,
  source: v100Sheet,
} as const;

const ampere = {
  architecture: 'ampere',
  smCount: 108,
  smClockMaxMhz: 1410,
  smClockIdleMhz: 210,
  bf16PeakTflops: 312,
  tf32PeakTflops: 156,
  fp32PeakTflops: 19.5,
  fp8PeakTflops: null,
  source: a100Sheet,
} as const;

const hopper = {
  architecture: 'hopper',
  smCount: 132,
  // The device's highest step; dense peaks are stated at 1830 MHz.
  smClockMaxMhz: 1980,
  smClockIdleMhz: 345,
  bf16PeakTflops: 989,
  tf32PeakTflops: 494.5,
  fp32PeakTflops: 67,
  fp8PeakTflops: 1979,
  memoryGib: 80,
  memoryBandwidthTBps: 3.35,
  source: h100Sheet,
} as const;

// The A800's compute and memory are the A100's, its NVLink is cut to 400 GB/s both directions together; so is the
// H800's beside the H100. The more specific name stands first: a bare `A100` is the board with 80 GB.
export const gpuModels: readonly GpuModel[] = [
  {
    ...ampere,
    model: 'A800 PCIe 40GB',
    names: /A800.*(PCIe.*40|40.*PCIe)/i,
    form: 'pcie',
    powerLimitWatts: 250,
    memoryGib: 40,
    memoryBandwidthTBps: 1.555,
    nvlinkGBps: 200,
  },
  {
    ...ampere,
    model: 'A800 PCIe 80GB',
    names: /A800.*PCIe/i,
    form: 'pcie',
    powerLimitWatts: 300,
    memoryGib: 80,
    memoryBandwidthTBps: 1.935,
    nvlinkGBps: 200,
  },
  {
    ...ampere,
    model: 'A800 SXM4 80GB',
    names: /A800/i,
    form: 'sxm',
    powerLimitWatts: 400,
    memoryGib: 80,
    memoryBandwidthTBps: 2.039,
    nvlinkGBps: 200,
  },
  {
    ...ampere,
    model: 'A100 PCIe 40GB',
    names: /A100.*(PCIe.*40|40.*PCIe)/i,
    form: 'pcie',
    powerLimitWatts: 250,
    memoryGib: 40,
    memoryBandwidthTBps: 1.555,
    nvlinkGBps: 300,
  },
  {
    ...ampere,
    model: 'A100 PCIe 80GB',
    names: /A100.*PCIe/i,
    form: 'pcie',
    powerLimitWatts: 300,
    memoryGib: 80,
    memoryBandwidthTBps: 1.935,
    nvlinkGBps: 300,
  },
  {
    ...ampere,
    model: 'A100 SXM4 40GB',
    names: /A100.*40 ?G/i,
    form: 'sxm',
    powerLimitWatts: 400,
    memoryGib: 40,
    memoryBandwidthTBps: 1.555,
    nvlinkGBps: 300,
  },
  {
    ...ampere,
    model: 'A100 SXM4 80GB',
    names: /A100/i,
    form: 'sxm',
    powerLimitWatts: 400,
    memoryGib: 80,
    memoryBandwidthTBps: 2.039,
    nvlinkGBps: 300,
  },
  {
    ...hopper,
    model: 'H800 SXM5 80GB',
    names: /H800/i,
    form: 'sxm',
    powerLimitWatts: 700,
    nvlinkGBps: 200,
    source: mlEngineering,
  },
  {
    ...hopper,
    model: 'H200 SXM5 141GB',
    names: /H200/i,
    form: 'sxm',
    powerLimitWatts: 700,
    memoryGib: 141,
    memoryBandwidthTBps: 4.8,
    nvlinkGBps: 450,
    source: h200Sheet,
  },
  {
    ...hopper,
    model: 'H100 PCIe 80GB',
    names: /\bH100.*PCIe/i,
    form: 'pcie',
    smCount: 114,
    smClockMaxMhz: 1755,
    powerLimitWatts: 350,
    bf16PeakTflops: 756,
    tf32PeakTflops: 378,
    fp32PeakTflops: 51,
    fp8PeakTflops: 1513,
    memoryBandwidthTBps: 2,
    nvlinkGBps: 300,
  },
  {
    ...hopper,
    model: 'H100 SXM5 80GB',
    names: /\bH100/i,
    form: 'sxm',
    powerLimitWatts: 700,
    nvlinkGBps: 450,
  },
  {
    ...volta,
    model: 'V100 PCIe 16GB',
    names: /V100.*(PCIe.*16|16.*PCIe)/i,
    form: 'pcie',
    smClockMaxMhz: 1380,
    powerLimitWatts: 250,
    bf16PeakTflops: 112,
    fp32PeakTflops: 14,
    memoryGib: 16,
    // No NVLink: PCIe 3.0 x16.
    nvlinkGBps: 16,
  },
  {
    ...volta,
    model: 'V100 PCIe 32GB',
    names: /V100.*PCIe/i,
    form: 'pcie',
    smClockMaxMhz: 1380,
    powerLimitWatts: 250,
    bf16PeakTflops: 112,
    fp32PeakTflops: 14,
    memoryGib: 32,
    // No NVLink: PCIe 3.0 x16.
    nvlinkGBps: 16,
  },
  {
    ...volta,
    model: 'V100 SXM2 16GB',
    names: /V100.*16 ?G/i,
    form: 'sxm',
    smClockMaxMhz: 1530,
    powerLimitWatts: 300,
    memoryGib: 16,
    nvlinkGBps: 150,
  },
  {
    ...volta,
    model: 'V100 SXM2 32GB',
    names: /V100/i,
    form: 'sxm',
    smClockMaxMhz: 1530,
    powerLimitWatts: 300,
    memoryGib: 32,
    nvlinkGBps: 150,
  },
];

export const knownGpuModels: readonly string[] = gpuModels.map(({ model }) => model);

// Parts with a listed name in theirs: `RTX A1000`, `A100X`, `GH200 480GB`, `H100 NVL`, `H800 PCIe`, a MIG slice.
const otherParts = /A1000|A100X|\bGH200|\bNVL\b|H800.*PCIe|\bMIG\b/i;
// `80GB`, `40 G`; not the 500 of `500W`, nor a MIG slice's `1g.10gb`.
const statedMemory = /(?<![\d.])(\d{2,3}) ?G(?:i?B)?(?![A-Za-z0-9.])/i;
// A board of 141 GB is also sold as one of 143 and shows 140.
const memoryGibOff = 3;

/** The model of `A800-SXM4-80GB`, `NVIDIA H100 80GB HBM3` or `A100 80GB`; `undefined` for one that is not listed. */
export function gpuModelOf(name: string): GpuModel | undefined {
  if (otherParts.test(name)) return undefined;
  const stated = Number(statedMemory.exec(name)?.[1] ?? Number.NaN);
  return gpuModels.find(
    ({ names, memoryGib }) =>
      names.test(name) && (Number.isNaN(stated) || Math.abs(stated - memoryGib) <= memoryGibOff),
  );
}
