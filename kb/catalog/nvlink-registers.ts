/** What NVIDIA's workflow for Xid 74 says of bits in the registers of the message. */
export interface RegisterBit {
  /** From 1. */
  readonly register: number;
  readonly bits: readonly number[];
  readonly meaning: string;
  /** Guidance class, or what the workflow asks for in words. */
  readonly action: string;
  readonly kind: 'ignore' | 'sympathetic' | 'ecc' | 'hardware' | 'signal' | 'report' | 'threshold';
}

/**
 * Workflow WORKFLOW_NVLINK_ERR of https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html, which describes
 * the registers of Hopper; a bit that stands nowhere here is to be reported.
 */
export const nvlinkRegisterBits: readonly RegisterBit[] = [
  row(1, [0, 23, 30], 'ignore', 'harmless', 'IGNORE'),
  row(1, [1, 20], 'sympathetic', 'follows another error', 'SYMPATHETIC_REPORT_SOLO'),
  row(1, [4, 5], 'ecc', 'ECC or parity error of the link hardware', 'REPORT_ISSUE'),
  row(1, [8, 9, 12, 16, 17, 24, 28], 'hardware', 'possibly the link hardware', 'CHECK_MECHANICALS'),
  row(1, [21, 22], 'signal', 'marginal signal integrity of the channel', 'CHECK_MECHANICALS'),
  row(1, [27, 29], 'report', 'matters only when repeated', 'REPORT_ISSUE'),
  row(3, [0, 1, 2, 6], 'ecc', 'ECC or parity error of the link hardware', 'REPORT_ISSUE'),
  row(3, [13], 'report', 'not expected in production', 'REPORT_ISSUE'),
  row(3, [16, 19], 'report', 'matters only when repeated', 'RUN_FIELDDIAG'),
  row(3, [17, 18], 'report', 'matters only when repeated', 'REPORT_ISSUE'),
  row(4, [16, 17], 'sympathetic', 'follows another error', 'SYMPATHETIC_REPORT_SOLO'),
  row(4, [18], 'sympathetic', 'follows another error and needs a reset of the fabric', 'RESET_FABRIC'),
  row(5, [18, 19, 21, 22, 24, 25, 27, 28], 'ecc', 'ECC or parity error of the link hardware', 'REPORT_ISSUE'),
  row(5, [20, 23, 26, 29], 'threshold', 'a threshold of corrected errors was passed; operation goes on', 'IGNORE'),
];

function row(
  register: number,
  bits: readonly number[],
  kind: RegisterBit['kind'],
  meaning: string,
  action: string,
): RegisterBit {
  return { register, bits, kind, meaning, action };
}
