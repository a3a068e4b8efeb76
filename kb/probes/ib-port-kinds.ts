import type { FindingKind } from '../schemas/finding-kind.ts';

/** A port that a person or a repair has switched off, whichever tool says so. */
export const portSwitchedOff: FindingKind = {
  id: 'ib.port.administratively-down',
  summary: 'a port was switched off by command',
  role: 'context',
  // Our judgement: somebody had a reason to switch it off, and the program that needs it does not know of it.
  weighs: { 'rdma-link-fault': 0.7 },
  source: 'https://docs.nvidia.com/networking/display/MFTv4180/mlxlink+Utility',
};

/** A port whose state was another one a moment later, whichever tool says so. */
export const portUnstable: FindingKind = {
  id: 'ib.port.unstable',
  summary: 'a port is up on one read and not on the next: the link flaps',
  role: 'cause',
  weighs: { 'rdma-link-fault': 4 },
  source: 'https://github.com/ROCm/rccl/issues/1423',
};
