import type { StrikeRule } from './strikes.ts';

/** A link that stops training under traffic. Later attempts find it down and go without it. */
export const nvlinkRule = {
  fact: 'gpu.nvlink-down',
  firstMs: [400, 1_500],
  againMs: null,
} as const satisfies StrikeRule<'gpu.nvlink-down'>;

/** A fatal error of an NVSwitch. Later attempts do not come as far as that (`cuda-start`). */
export const fabricRule = {
  fact: 'hardware.nvswitch-sxid',
  firstMs: [600, 2_200],
  againMs: null,
} as const satisfies StrikeRule<'hardware.nvswitch-sxid'>;

/** The firmware stops answering some minutes after the start of every attempt; assumed from reports about Xid 119. */
export const gspRule = {
  fact: 'gpu.gsp-stalls',
  firstMs: [15_000, 60_000],
  againMs: [180_000, 600_000],
  again: 'gpu.gsp-again-s',
} as const satisfies StrikeRule<'gpu.gsp-stalls'>;

/** The driver waits so long for the firmware before it complains (`kgspIssueRpcAndWait`, 45 s on these boards). */
export const gspTimeoutMs = 45_000;
