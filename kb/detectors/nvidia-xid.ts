import { xidRows } from '../catalog/xid.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { LogDetector, Match } from '../schemas/detector.ts';
import { pciBusId } from './line-patterns.ts';

const unlistedId = 'nvidia.xid.unlisted';

/** NVIDIA's Xid lines, from the kernel log or repeated by monitors; one kind a catalogued code. */
export const nvidiaXid: LogDetector = {
  id: 'nvidia-xid',
  kinds: [...xidRows.map(kindOf), unlistedKind()],
  literals: ['xid'],
  match({ text }) {
    return kernelLine(text) ?? mention(text);
  },
};

// sees:    NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, name=python, GPU has fallen off the bus.
// sees:    NVRM: Xid (0000:03:00): 31, Ch 00000010, engmask 00000101
// ignores: NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  570.158.01
const kernelPattern =
  /\bXid \((?:PCI:)?(?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)\): (?<code>\d{1,3})\b(?:,? pid='?(?<pid>\d{1,8}))?/i;

function kernelLine(text: string): Match | null {
  const found = kernelPattern.exec(text)?.groups;
  if (found?.['code'] === undefined || found['pci'] === undefined) return null;
  const code = Number(found['code']);
  // sees: NVRM: Xid (PCI:0000:dc:00): 45, pid=1818990, name=python3, Ch 00000001 caused by previous Xid 149
  // The earlier Xid may be of another GPU: it names no device here.
  const previous = Number(/caused by previous Xid (\d{1,3})/.exec(text)?.[1] ?? Number.NaN);
  if (codes.has(previous)) return { kind: `nvidia.xid.${previous}`, values: { code: previous } };
  return {
    kind: codes.has(code) ? `nvidia.xid.${code}` : unlistedId,
    device: { kind: 'gpu', name: pciBusId(found['pci']) },
    values: { code, ...(found['pid'] === undefined ? {} : { pid: Number(found['pid']) }) },
  };
}

// sees:    Warning  XidCriticalError  node/node-03  Xid=79 GPU=2
// sees:    level=error msg="Detected critical XID 79 on GPU 3"
// ignores: UUID 0x79 xid range 48-63 is documented
const mentionPattern = /\bxid(?:s|\s?errors?|\s?codes?|\s?events?)?\s?[:=#]?\s?(?<code>\d{1,3})\b(?!\s?[-/]\s?\d)/i;
const mentionedGpu = /\bGPU[\s#:=]{0,2}(\d{1,2})\b/;

function mention(text: string): Match | null {
  const code = Number(mentionPattern.exec(text)?.groups?.['code'] ?? Number.NaN);
  if (!codes.has(code) || /\bno\s+xid|without\s+xid|\bignored?xid/i.test(text)) return null;
  const gpu = mentionedGpu.exec(text)?.[1];
  return {
    kind: `nvidia.xid.${code}`,
    ...(gpu === undefined ? {} : { device: { kind: 'gpu', index: Number(gpu) } }),
    values: { code },
  };
}

const codes = new Set(xidRows.map(({ code }) => code));

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
