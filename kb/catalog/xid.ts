import type { Category } from '../taxonomy.ts';
import type { FindingRole } from '../../workflows/domain/finding.ts';
import { xidCatalogue } from './xid-catalogue.ts';

/** What one Xid code says about causes; its meaning and actions stand in the catalogue. */
export interface XidRow {
  readonly code: number;
  readonly name: string;
  readonly role: FindingRole;
  readonly weighs: Readonly<Partial<Record<Category, number>>>;
  readonly source: string;
  /** NVIDIA no longer uses the code on Ampere and later: detected in the driver's own line only. */
  readonly unused: boolean;
}

// The weights follow the catalogue's likely causes: "application" and "driver" rows say little, hardware rows decide.
const ofProgram = { 'user-code-error': 1.5, 'framework-bug': 1.2, 'nccl-bug': 0.4, 'gpu-driver-bug': 0.3 } as const;
const ofDriver = { 'gpu-driver-bug': 2.5, 'host-hardware-fault': 0.5 } as const;
const ofCommands = { 'gpu-driver-bug': 1, 'framework-bug': 0.5, 'user-code-error': 0.5 } as const;
const ofCopyEngine = { 'gpu-driver-bug': 1.5, 'framework-bug': 0.5 } as const;
const ofMediaEngine = { 'gpu-driver-bug': 0.7, 'user-code-error': 0.7 } as const;
const ofSpi = { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1 } as const;
const eccDecides = { 'gpu-ecc-uncorrectable': 6.5 } as const;
const peerAccess = { 'nvlink-fabric-error': 2.5, 'user-code-error': 1, 'nccl-bug': 0.7 } as const;

type Speaks = readonly [codes: readonly number[], role: FindingRole, weighs: XidRow['weighs']];

// Codes that stand nowhere here are context: displays, unused ones, test messages, power smoothing.
const speaks: readonly Speaks[] = [
  [[8], 'cause', { 'gpu-driver-bug': 0.8, 'user-code-error': 0.6, 'framework-bug': 0.4 }],
  [[11, 25], 'cause', ofCommands],
  [[13, 31, 69], 'cause', ofProgram],
  [[32], 'cause', { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1 }],
  [[37], 'cause', { 'gpu-driver-bug': 1.2, 'user-code-error': 0.5 }],
  [[38, 44, 46, 59, 61, 66, 67, 70, 71, 72, 169], 'cause', ofDriver],
  [[39, 40, 41, 75, 76, 77, 85, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135], 'cause', ofCopyEngine],
  [[43], 'symptom', { 'user-code-error': 0.4, 'framework-bug': 0.3 }],
  [[45, 174], 'symptom', {}],
  [[48, 64, 94, 95, 140, 171, 172], 'cause', eccDecides],
  [[54], 'cause', { 'host-hardware-fault': 5 }],
  [[57], 'cause', { 'gpu-ecc-uncorrectable': 1, 'gpu-driver-bug': 1 }],
  [[58], 'cause', { 'gpu-ecc-uncorrectable': 2.5 }],
  [[62], 'cause', { 'gpu-driver-bug': 3, 'gpu-fell-off-bus': 0.7, 'host-hardware-fault': 0.7 }],
  [[63], 'cause', { 'gpu-ecc-uncorrectable': 5 }],
  [[68, 82, 83, 84, 86, 88, 89, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 139, 142], 'cause', ofMediaEngine],
  [[74], 'cause', { 'nvlink-fabric-error': 6.5, 'host-hardware-fault': 0.7 }],
  [[79], 'cause', { 'gpu-fell-off-bus': 7, 'host-hardware-fault': 1 }],
  [[80], 'cause', { 'host-hardware-fault': 2, 'gpu-driver-bug': 1 }],
  [[90], 'cause', { 'gpu-ecc-uncorrectable': 1.5 }],
  [[92, 156, 160], 'cause', { 'gpu-ecc-uncorrectable': 3.5 }],
  [[108, 137], 'cause', peerAccess],
  [[109], 'cause', { 'gpu-driver-bug': 2.5, 'user-code-error': 0.4 }],
  [[110], 'cause', { 'gpu-driver-bug': 2.5, 'host-hardware-fault': 1 }],
  [[119], 'cause', { 'gpu-driver-bug': 6, 'host-hardware-fault': 0.7 }],
  [[120], 'cause', { 'gpu-driver-bug': 6, 'host-hardware-fault': 0.5 }],
  [[121], 'cause', { 'host-hardware-fault': 3, 'nvlink-fabric-error': 2 }],
  [[122, 123, 124], 'cause', ofSpi],
  [[125], 'cause', { 'host-hardware-fault': 1.5 }],
  [[136], 'cause', { 'nvlink-fabric-error': 5 }],
  [[141], 'cause', { 'gpu-driver-bug': 1, 'user-code-error': 0.7 }],
  [[143], 'cause', { 'gpu-driver-bug': 2, 'host-hardware-fault': 2 }],
  [[144, 145, 146, 147, 148, 149, 150], 'cause', { 'nvlink-fabric-error': 6 }],
  [[151], 'cause', { 'gpu-driver-bug': 1.5 }],
  [[155], 'cause', { 'nvlink-fabric-error': 4 }],
  [[157, 161], 'cause', { 'gpu-ecc-uncorrectable': 4.5 }],
  [[158], 'cause', { 'gpu-driver-bug': 2.5, 'gpu-fell-off-bus': 2 }],
  [[159], 'cause', { 'host-hardware-fault': 1.5, 'gpu-driver-bug': 1 }],
  [[166, 170], 'cause', { 'nvlink-fabric-error': 2, 'gpu-driver-bug': 1 }],
  [[167], 'cause', { 'gpu-fell-off-bus': 4.5, 'host-hardware-fault': 2 }],
  [[168], 'cause', { 'gpu-ecc-uncorrectable': 3 }],
  [[173], 'cause', { 'host-hardware-fault': 4, 'nvlink-fabric-error': 2 }],
  [[175], 'cause', { 'gpu-ecc-uncorrectable': 3, 'gpu-driver-bug': 1 }],
  [[176], 'cause', { 'host-hardware-fault': 1.5, 'gpu-fell-off-bus': 1 }],
];

const spoken = new Map(
  speaks.flatMap(([codes, role, weighs]) => codes.map((code) => [code, { role, weighs }] as const)),
);

export const xidRows: readonly XidRow[] = xidCatalogue.map(({ code, name, source, unused }) => {
  const { role, weighs } = spoken.get(code) ?? { role: 'context' as const, weighs: {} };
  return { code, name, role, weighs, source, unused };
});
