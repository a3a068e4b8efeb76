import type { Category } from '../taxonomy.ts';
import type { FindingRole } from '../../workflows/domain/finding.ts';

/** One NVIDIA Xid code: what it means, what it weighs, what NVIDIA says to do first. */
export interface XidRow {
  readonly code: number;
  readonly name: string;
  readonly role: FindingRole;
  readonly weighs: Readonly<Partial<Record<Category, number>>>;
  /** Immediate action class of NVIDIA's catalogue. */
  readonly action: XidAction;
  readonly source: string;
}

export type XidAction =
  | 'RESTART_APP'
  | 'RESET_GPU'
  | 'RESTART_BM'
  | 'CONTACT_SUPPORT'
  | 'CHECK_MECHANICALS'
  | 'CHECK_UVM'
  | 'UPDATE_SWFW'
  | 'WORKFLOW_XID_48'
  | 'WORKFLOW_NVLINK'
  | 'IGNORE';

const catalogue = 'https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html';
// Codes up to this one are in the driver's public header, later ones in the catalogue only.
const headerCodeMax = 125;
const header = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/common/sdk/nvidia/inc/nverror.h';

// The weights follow the catalogue's likely causes: "application" and "driver" rows say little, hardware rows decide.
const ofProgram = { 'user-code-error': 1.5, 'framework-bug': 1.2, 'nccl-bug': 0.4, 'gpu-driver-bug': 0.3 } as const;
const ofDriver = { 'gpu-driver-bug': 2.5, 'host-hardware-fault': 0.5 } as const;

export const xidRows: readonly XidRow[] = [
  row(13, 'graphics engine exception', 'cause', ofProgram, 'RESTART_APP'),
  row(16, 'display engine hung', 'context', {}, 'IGNORE'),
  row(31, 'GPU memory page fault', 'cause', ofProgram, 'RESTART_APP'),
  row(
    32,
    'invalid or corrupted push buffer stream',
    'cause',
    { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1 },
    'RESTART_APP',
  ),
  row(38, 'driver firmware error', 'cause', ofDriver, 'RESTART_APP'),
  row(39, 'copy engine exception', 'cause', { 'gpu-driver-bug': 1.5, 'framework-bug': 0.5 }, 'RESTART_APP'),
  row(43, 'GPU stopped processing', 'symptom', { 'user-code-error': 0.4, 'framework-bug': 0.3 }, 'RESTART_APP'),
  row(44, 'graphics engine fault during context switch', 'cause', ofDriver, 'RESTART_APP'),
  row(45, 'preemptive cleanup, due to previous errors', 'symptom', {}, 'IGNORE'),
  row(46, 'GPU stopped processing', 'cause', ofDriver, 'RESET_GPU'),
  row(48, 'double bit ECC error', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'WORKFLOW_XID_48'),
  row(54, 'auxiliary power is not connected', 'cause', { 'host-hardware-fault': 5 }, 'CHECK_MECHANICALS'),
  row(56, 'display engine error', 'context', {}, 'IGNORE'),
  row(
    57,
    'video memory interface programming error',
    'cause',
    { 'gpu-ecc-uncorrectable': 1, 'gpu-driver-bug': 1 },
    'RESET_GPU',
  ),
  row(58, 'unstable video memory interface', 'cause', { 'gpu-ecc-uncorrectable': 2.5 }, 'RESET_GPU'),
  row(59, 'internal microcontroller error (older drivers)', 'cause', ofDriver, 'RESET_GPU'),
  row(60, 'video processor exception', 'context', {}, 'RESTART_APP'),
  row(61, 'internal microcontroller breakpoint', 'cause', ofDriver, 'RESET_GPU'),
  row(
    62,
    'internal microcontroller halt',
    'cause',
    { 'gpu-driver-bug': 3, 'gpu-fell-off-bus': 0.7, 'host-hardware-fault': 0.7 },
    'RESET_GPU',
  ),
  row(63, 'row remapping or page retirement recorded', 'cause', { 'gpu-ecc-uncorrectable': 5 }, 'RESET_GPU'),
  row(64, 'row remapping or page retirement failed', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'RESET_GPU'),
  row(65, 'video processor exception', 'context', {}, 'RESTART_APP'),
  row(66, 'illegal access by driver', 'cause', ofDriver, 'RESTART_APP'),
  row(67, 'illegal access by driver', 'cause', ofDriver, 'RESTART_APP'),
  row(68, 'NVDEC0 exception', 'cause', { 'gpu-driver-bug': 0.7, 'user-code-error': 0.7 }, 'RESTART_APP'),
  row(69, 'graphics engine class error', 'cause', ofProgram, 'RESTART_APP'),
  row(70, 'CE3: unknown error', 'cause', ofDriver, 'RESTART_APP'),
  row(71, 'CE4: unknown error', 'cause', ofDriver, 'RESTART_APP'),
  row(72, 'CE5: unknown error', 'cause', ofDriver, 'RESTART_APP'),
  row(73, 'NVENC2 error', 'context', {}, 'RESTART_APP'),
  row(74, 'NVLink error', 'cause', { 'nvlink-fabric-error': 6.5, 'host-hardware-fault': 0.7 }, 'WORKFLOW_NVLINK'),
  row(78, 'vGPU start error', 'context', {}, 'CONTACT_SUPPORT'),
  row(79, 'GPU has fallen off the bus', 'cause', { 'gpu-fell-off-bus': 7, 'host-hardware-fault': 1 }, 'RESTART_BM'),
  row(80, 'corrupted data sent to GPU', 'cause', { 'host-hardware-fault': 2, 'gpu-driver-bug': 1 }, 'RESET_GPU'),
  row(81, 'VGA subsystem error', 'context', {}, 'IGNORE'),
  row(92, 'high single-bit ECC error rate', 'cause', { 'gpu-ecc-uncorrectable': 3.5 }, 'RESET_GPU'),
  row(93, 'non-fatal violation of provisioned InfoROM wear limit', 'context', {}, 'IGNORE'),
  row(94, 'contained ECC error', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'RESTART_APP'),
  row(95, 'uncontained ECC error', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'RESET_GPU'),
  row(109, 'context switch time-out', 'cause', { 'gpu-driver-bug': 2.5, 'user-code-error': 0.4 }, 'RESET_GPU'),
  row(110, 'security fault error', 'cause', { 'gpu-driver-bug': 2.5, 'host-hardware-fault': 1 }, 'CONTACT_SUPPORT'),
  row(119, 'GSP RPC time-out', 'cause', { 'gpu-driver-bug': 6, 'host-hardware-fault': 0.7 }, 'RESET_GPU'),
  row(120, 'GSP error', 'cause', { 'gpu-driver-bug': 6, 'host-hardware-fault': 0.5 }, 'RESET_GPU'),
  row(121, 'C2C link error', 'cause', { 'host-hardware-fault': 3, 'nvlink-fabric-error': 2 }, 'IGNORE'),
  row(122, 'SPI PMU RPC read failure', 'cause', { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1 }, 'CONTACT_SUPPORT'),
  row(
    123,
    'SPI PMU RPC write failure',
    'cause',
    { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1 },
    'CONTACT_SUPPORT',
  ),
  row(
    124,
    'SPI PMU RPC erase failure',
    'cause',
    { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1 },
    'CONTACT_SUPPORT',
  ),
  row(125, 'InfoROM file system error', 'cause', { 'host-hardware-fault': 1.5 }, 'RESET_GPU'),
  row(
    137,
    'NVLink FLA privilege error',
    'cause',
    { 'nvlink-fabric-error': 2.5, 'user-code-error': 1, 'nccl-bug': 0.7 },
    'RESTART_APP',
  ),
  row(140, 'unrecovered ECC error', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'RESET_GPU'),
  row(143, 'GPU initialisation failure', 'cause', { 'gpu-driver-bug': 2, 'host-hardware-fault': 2 }, 'RESET_GPU'),
  ...[144, 145, 146, 147, 148, 149, 150].map((code) =>
    row(
      code,
      `NVLink ${['SAW', 'RLW', 'TLW', 'TREX', 'NVLPW_CTRL', 'NETIR', 'MSE'][code - 144] ?? ''} error`,
      'cause',
      { 'nvlink-fabric-error': 6 },
      'WORKFLOW_NVLINK',
    ),
  ),
  row(151, 'key rotation error', 'cause', { 'gpu-driver-bug': 1.5 }, 'RESET_GPU'),
  row(154, 'GPU recovery action changed', 'context', {}, 'IGNORE'),
  row(155, 'NVLink software defined error', 'cause', { 'nvlink-fabric-error': 4 }, 'RESET_GPU'),
  row(156, 'resource retirement event', 'cause', { 'gpu-ecc-uncorrectable': 3.5 }, 'RESET_GPU'),
  row(157, 'resource retirement failure', 'cause', { 'gpu-ecc-uncorrectable': 4.5 }, 'CONTACT_SUPPORT'),
  row(158, 'GPU fatal time-out', 'cause', { 'gpu-driver-bug': 2.5, 'gpu-fell-off-bus': 2 }, 'RESET_GPU'),
  row(160, 'channel retirement event', 'cause', { 'gpu-ecc-uncorrectable': 3.5 }, 'RESET_GPU'),
  row(161, 'channel retirement failure', 'cause', { 'gpu-ecc-uncorrectable': 4.5 }, 'CONTACT_SUPPORT'),
  row(167, 'PCIe fatal time-out', 'cause', { 'gpu-fell-off-bus': 4.5, 'host-hardware-fault': 2 }, 'RESTART_BM'),
  row(171, 'uncorrectable DRAM error', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'RESET_GPU'),
  row(172, 'uncorrectable SRAM error', 'cause', { 'gpu-ecc-uncorrectable': 6.5 }, 'RESET_GPU'),
];

function row(code: number, name: string, role: FindingRole, weighs: XidRow['weighs'], action: XidAction): XidRow {
  return { code, name, role, weighs, action, source: code <= headerCodeMax ? header : catalogue };
}
