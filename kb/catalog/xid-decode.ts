import { nvlink5Table } from './xid-nvlink5-codes.ts';
import { nvlinkRegisterBits, type RegisterBit } from './nvlink-registers.ts';
import { parseTable } from './table.ts';

/** One case of the decode table of Xid 144 to 150. */
export interface Nvlink5Case {
  readonly code: number;
  /** As drivers before R575 print it, and later ones. */
  readonly units: readonly string[];
  readonly reason: number;
  readonly errorStatus: number;
  readonly immediate: string;
  readonly followUp: string;
  readonly severity: string;
  /** Instead of `immediate` where the driver made the error fatal; `null` where it can not. */
  readonly promoted: string | null;
}

export const nvlink5Cases: readonly Nvlink5Case[] = parseTable(nvlink5Table, 8).map(
  ([code = '', units = '', reason = '', status = '', immediate = '', followUp = '', severity = '', promoted = '']) => ({
    code: Number(code),
    units: units.split('/'),
    reason: Number(reason),
    errorStatus: Number(status),
    immediate,
    followUp,
    severity,
    promoted: promoted === '' ? null : promoted,
  }),
);

/** What the message of an NVLink 5 Xid says of itself. */
export interface Nvlink5Reading {
  readonly unit: string;
  readonly fatal: boolean;
  /** `undefined` where the error is not of one link (`Link -1`). */
  readonly link: number | undefined;
  readonly reason: number;
  readonly errorStatus: number;
  /** `undefined` where the table has no such case. */
  readonly found: Nvlink5Case | undefined;
  readonly immediate: string | undefined;
}

// sees: Xid (PCI:0000:9b:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 00 (0x025001c6 0x00000000 0x00000000 0x00000000 0x00000000 0x00000000)
const nvlink5Pattern =
  /: 1(?:4[4-9]|50), (?:pid=[^,]{0,20}, )?(?:name=[^,]{0,40}, )?(?<unit>[A-Z][A-Za-z0-9_]{2,30}(?: Degraded)?) (?<severity>Fatal|Non-?fatal|Link Fatal)[^\n(]{0,60}?Link (?<link>-?\d{1,2})[^\n(]{0,20}\((?<info>0x[0-9a-f]{1,8}) (?<status>0x[0-9a-f]{1,8})/i;

/** Reads unit, reason and error status of an Xid 144 to 150 line; `undefined` where the line does not carry them. */
export function readNvlink5(code: number, text: string): Nvlink5Reading | undefined {
  const groups = nvlink5Pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { unit = '', severity = '', link = '', info = '', status = '' } = groups;
  const intrInfo = Number(info);
  // Bits 20-25 of the first register: why a link went down; zero for the other units.
  const reason = (intrInfo >>> 20) & 0x3f;
  const errorStatus = Number(status);
  const ofUnit = nvlink5Cases.filter((one) => one.code === code && one.units.some((name) => sameUnit(name, unit)));
  const found = ofUnit.find((one) => one.errorStatus === errorStatus && one.reason === reason);
  // Before R575 the unit stands in bits 5-9 and 0-4, promotion in bit 9; since, the unit in bits 0-6, promotion in bit 7.
  const promoted = /^fatal/i.test(severity) && found?.promoted !== null && found?.promoted !== undefined;
  return {
    unit,
    fatal: !/^non/i.test(severity),
    link: Number(link) < 0 ? undefined : Number(link),
    reason,
    errorStatus,
    found,
    immediate: promoted ? (found?.promoted ?? undefined) : found?.immediate,
  };
}

function sameUnit(name: string, unit: string): boolean {
  return name.toLowerCase() === unit.toLowerCase();
}

/** A bit that is set in the registers of an Xid 74 line. */
export interface SetBit {
  /** From 1, as NVIDIA counts them. */
  readonly register: number;
  readonly bit: number;
  /** `undefined` where NVIDIA's workflow does not name the bit: then a bug is to be reported. */
  readonly says: RegisterBit | undefined;
}

// sees: Xid (PCI:0000:07:00): 74, pid=1234, name=python, NVLink: fatal error detected on link 9(0x0, 0x0, 0x10000, 0x0, 0x0, 0x0, 0x0)
const registersPattern = /\(((?:0x[0-9a-f]{1,8},? ?){5,8})\)/i;

/** The bits of an Xid 74 message that are set; empty where it carries no registers. */
export function readNvlinkRegisters(text: string): readonly SetBit[] {
  const registers = registersPattern.exec(text)?.[1]?.match(/0x[0-9a-f]{1,8}/gi) ?? [];
  return registers.flatMap((hex, index) => {
    const value = Number(hex);
    return Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => ((value >>> bit) & 1) === 1)
      .map((bit) => ({ register: index + 1, bit, says: registerBit(index + 1, bit) }));
  });
}

function registerBit(register: number, bit: number): RegisterBit | undefined {
  return nvlinkRegisterBits.find((one) => one.register === register && one.bits.includes(bit));
}

/** The recovery that an Xid 154 announces, with NVIDIA's guidance class for it. */
export interface RecoveryAction {
  readonly value: number;
  readonly text: string;
  readonly action: string;
}

// NV2080_CTRL_GPU_RECOVERY_ACTION in the driver's ctrl2080gpu.h, the words in its gpu.c; 3 and 5 have no guidance class and
// keep the driver's name.
export const recoveryActions: readonly RecoveryAction[] = [
  { value: 0, text: 'None', action: 'IGNORE' },
  { value: 1, text: 'GPU Reset Required', action: 'RESET_GPU' },
  { value: 2, text: 'Node Reboot Required', action: 'RESTART_BM' },
  { value: 3, text: 'Drain P2P', action: 'DRAIN_P2P' },
  { value: 4, text: 'Drain and Reset', action: 'DRAIN_AND_RESET' },
  { value: 5, text: 'Recover IMEX Domain', action: 'RECOVER_IMEX_DOMAIN' },
];

// sees: Xid (PCI:0000:b3:00): 154, GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)
const recoveryPattern =
  /recovery action changed from 0x[0-9a-f]{1,2}(?: \([^)]{0,40}\))? to 0x[0-9a-f]{1,2} \((?<to>[^)]{1,40})\)/i;

export function readRecoveryAction(text: string): RecoveryAction | undefined {
  const to = recoveryPattern.exec(text)?.groups?.['to']?.toLowerCase();
  return recoveryActions.find((one) => one.text.toLowerCase() === to);
}
