import { xidRows } from '../catalog/xid.ts';
import { readNvlink5, readNvlinkRegisters, readRecoveryAction } from '../catalog/xid-decode.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { LogDetector, Match } from '../schemas/detector.ts';
import { pciBusId } from './line-patterns.ts';
import { monitoredXid } from './xid-mentions.ts';

const unlistedId = 'nvidia.xid.unlisted';
const correctedId = 'nvidia.xid.nvlink5-corrected';

/** NVIDIA's Xid lines, from the kernel log or repeated by monitors; one kind a catalogued code. */
export const nvidiaXid: LogDetector = {
  id: 'nvidia-xid',
  kinds: [...xidRows.map(kindOf), unlistedKind(), correctedKind()],
  literals: ['xid'],
  samples: xidRows.map(({ code }) => ({
    kind: `nvidia.xid.${code}`,
    lines: [`NVRM: Xid (PCI:0000:c1:00): ${code}, pid=4242, name=python, Ch 00000010`],
  })),
  match({ text }) {
    return kernelLine(text) ?? mention(text);
  },
};

// sees:    NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, name=python, GPU has fallen off the bus.
// sees:    NVRM: Xid (0000:03:00): 31, Ch 00000010, engmask 00000101
// sees:    NVRM: Xid (PCI:0000:01:00 GPU-I:05): 94, pid=7194, name=python, Contained: CE User Channel (0x9). RST: No, D-RST: No
// sees:    NVRM: Xid (PCI:0000:1d:00 GPU-I:02 GPU-CI:00): 31, pid=1, name=python, Ch 00000002
// ignores: NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  570.158.01
const kernelPattern =
  /\bXid \((?:PCI:)?(?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)(?<mig> GPU-[^)\n]{1,40})?\): (?<code>\d{1,3})\b(?:,? pid='?(?<pid>\d{1,8}))?/i;

function kernelLine(text: string): Match | null {
  const found = kernelPattern.exec(text);
  const groups = found?.groups;
  if (groups?.['code'] === undefined || groups['pci'] === undefined) return null;
  const code = Number(groups['code']);
  // sees: NVRM: Xid (PCI:0000:dc:00): 45, pid=1818990, name=python3, Ch 00000001 caused by previous Xid 149
  // The earlier Xid may be of another GPU: it names no device here.
  const previous = Number(/caused by previous Xid (\d{1,3})/.exec(text)?.[1] ?? Number.NaN);
  if (codes.has(previous)) return { kind: `nvidia.xid.${previous}`, values: { code: previous } };
  const message = text.slice(found?.index ?? 0, (found?.index ?? 0) + messageCharsMax);
  const values = {
    code,
    ...(groups['pid'] === undefined ? {} : { pid: Number(groups['pid']) }),
    ...(groups['mig'] === undefined ? {} : { mig: groups['mig'].trim() }),
  };
  return {
    kind: codes.has(code) ? `nvidia.xid.${code}` : unlistedId,
    device: { kind: 'gpu', name: pciBusId(groups['pci']) },
    ...detailed(code, message, values),
  };
}

// The driver's own messages are shorter.
const messageCharsMax = 600;

type Values = Readonly<Record<string, number | string>>;

/** What a message says beyond its code. */
function detailed(code: number, message: string, values: Values): Pick<Match, 'values'> & Partial<Pick<Match, 'kind'>> {
  if (code >= 144 && code <= 150) {
    const reading = readNvlink5(code, message);
    if (reading === undefined) return { values };
    const { unit, fatal, link, reason, errorStatus, found } = reading;
    const harmless = found?.immediate === 'IGNORE' && found.followUp === 'IGNORE' && !fatal;
    return {
      // Corrected by the link: counted, not acted on.
      ...(harmless ? { kind: correctedId } : {}),
      values: {
        ...values,
        unit,
        severity: fatal ? 'fatal' : 'non-fatal',
        ...(link === undefined ? {} : { link }),
        ...(reason === 0 ? {} : { reason }),
        errorStatus,
        ...(reading.immediate === undefined ? {} : { action: reading.immediate }),
      },
    };
  }
  switch (code) {
    case 13:
      return { values: { ...values, ...smOf(message) } };
    case 31:
      return { values: { ...values, ...groupsOf(faultPattern, message) } };
    case 74:
      return { values: { ...values, ...groupsOf(linkPattern, message), ...setBits(message) } };
    case 94:
    case 95:
      return { values: { ...values, ...groupsOf(containedPattern, message) } };
    case 119:
      return { values: { ...values, ...groupsOf(rpcPattern, message) } };
    case 154: {
      const action = readRecoveryAction(message);
      return { values: action === undefined ? values : { ...values, recovery: action.text, action: action.action } };
    }
    default:
      return { values };
  }
}

// sees: Graphics SM Warp Exception on (GPC 7, TPC 7, SM 0): Illegal Instruction Parameter
function smOf(message: string): Values {
  const [, gpc, tpc, sm] = /\(GPC (\d{1,2}), ?TPC (\d{1,2}), ?SM (\d{1,2})\)/.exec(message) ?? [];
  return gpc === undefined ? {} : { unit: `GPC ${gpc}, TPC ${tpc ?? ''}, SM ${sm ?? ''}` };
}

// sees: MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_6 faulted @ 0x7f5a_e7504000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ
const faultPattern = /MMU Fault: ENGINE (?<unit>[A-Z]\w{1,20})[^\n]{0,120}of type (?<fault>FAULT_\w{2,30})/;
// sees: NVLink: fatal error detected on link 9(0x0, 0x0, 0x10000, 0x0, 0x0, 0x0, 0x0)
const linkPattern = /\blink (?<link>\d{1,2})\b/;
// sees: Contained: SM (0x1). RST: No, D-RST: No
const containedPattern =
  /\b(?:Un)?[Cc]ontained: (?<unit>[A-Z][\w ]{1,40}?) ?\([^)]{0,40}\)[^\n]{0,60}RST: (?<reset>Yes|No)/;
// sees: Timeout after 6s of waiting for RPC response from GPU4 GSP! Expected function 76 (GSP_RM_CONTROL)
const rpcPattern = /Expected function \d{1,4} \((?<unit>[A-Z_]{2,40})\)/;

function groupsOf(pattern: RegExp, message: string): Values {
  const groups = pattern.exec(message)?.groups ?? {};
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, text]: [string, string | undefined]) =>
      text === undefined ? [] : [[name, /^\d+$/.test(text) ? Number(text) : text]],
    ),
  );
}

function setBits(message: string): Values {
  const bits = readNvlinkRegisters(message).map(({ register, bit }) => `${register}.${bit}`);
  return bits.length === 0 ? {} : { bits: bits.slice(0, bitsMax).join(' ') };
}

const bitsMax = 16;

/** Monitors and people repeat a code in their own words; a number that NVIDIA no longer uses is then something else. */
function mention(text: string): Match | null {
  const found = monitoredXid(text);
  if (found === null || !mentionable.has(found.code)) return null;
  return {
    kind: `nvidia.xid.${found.code}`,
    ...(found.gpu === undefined ? {} : { device: { kind: 'gpu', index: found.gpu } }),
    values: { code: found.code },
  };
}

const codes = new Set(xidRows.map(({ code }) => code));
// Codes of older GPUs that logs of today still mention keep being read.
const mentionable = new Set(
  xidRows.filter(({ unused, role }) => !unused || role !== 'context').map(({ code }) => code),
);

function kindOf({ code, name, role, weighs, source }: (typeof xidRows)[number]): FindingKind {
  return { id: `nvidia.xid.${code}`, summary: `Xid ${code}: ${name}`, role, weighs, source };
}

function unlistedKind(): FindingKind {
  return {
    id: unlistedId,
    summary: 'an Xid code that the catalogue does not list',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 1, 'host-hardware-fault': 0.3 },
    source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
  };
}

function correctedKind(): FindingKind {
  return {
    id: correctedId,
    summary: 'an NVLink 5 unit reports an error that it corrected',
    role: 'context',
    weighs: {},
    source: 'https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html',
  };
}
