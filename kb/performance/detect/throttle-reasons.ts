/*
 * Bits of NVML's clock event reasons, which DCGM exports as a number.
 * https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
 */
const reasons: readonly (readonly [bit: number, name: string])[] = [
  [0x2, 'application clocks'],
  [0x4, 'software power cap'],
  [0x8, 'hardware slowdown'],
  [0x10, 'sync boost'],
  [0x20, 'software thermal slowdown'],
  [0x40, 'hardware thermal slowdown'],
  [0x80, 'hardware power brake'],
  [0x100, 'display clocks'],
];

/** In words; empty where no reason is given, which a locked clock does not either. */
export function throttleReasons(mask: number): string {
  const bits = Number.isInteger(mask) ? mask : 0;
  return reasons
    .filter(([bit]) => Math.floor(bits / bit) % 2 === 1)
    .map(([, name]) => name)
    .join(', ');
}
