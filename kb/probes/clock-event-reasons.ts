/** Why a GPU's clocks are what they are. */
export type ClockReason =
  | 'idle'
  | 'applications-clocks'
  | 'sw-power-cap'
  | 'hw-slowdown'
  | 'sync-boost'
  | 'sw-thermal'
  | 'hw-thermal'
  | 'hw-power-brake'
  | 'display-clocks'
  | 'unknown';

// https://docs.nvidia.com/deploy/archive/R510/nvml-api/group__nvmlClocksThrottleReasons.html
const bits: readonly (readonly [mask: bigint, reason: ClockReason])[] = [
  [0x1n, 'idle'],
  [0x2n, 'applications-clocks'],
  [0x4n, 'sw-power-cap'],
  [0x8n, 'hw-slowdown'],
  [0x10n, 'sync-boost'],
  [0x20n, 'sw-thermal'],
  [0x40n, 'hw-thermal'],
  [0x80n, 'hw-power-brake'],
  [0x100n, 'display-clocks'],
];

/** Decodes NVML's bit mask; bits that have no name yet come out as `unknown`. */
export function decodeClockReasons(mask: number): readonly ClockReason[] {
  const value = BigInt(mask);
  const known = bits.filter(([bit]) => (value & bit) !== 0n);
  const rest = known.reduce((left, [bit]) => left & ~bit, value);
  return [...known.map(([, reason]) => reason), ...(rest === 0n ? [] : (['unknown'] as const))];
}

/** Reasons that the board or the driver brings up by itself, as against a setting that somebody made. */
export const protectiveReasons: readonly ClockReason[] = [
  'sw-power-cap',
  'hw-slowdown',
  'sw-thermal',
  'hw-thermal',
  'hw-power-brake',
  'sync-boost',
];
