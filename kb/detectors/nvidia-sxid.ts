import { sxidEntryOf, type SxidEntry } from '../catalog/sxid-catalogue.ts';
import type { LogDetector, Match } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

const guide = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';
const print =
  'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/common/nvswitch/kernel/inc/common_nvswitch.h';

const fatal = 'nvidia.sxid.fatal';
const nonFatal = 'nvidia.sxid.non-fatal';
const refused = 'nvidia.sxid.access-refused';
const routes = 'nvidia.sxid.partition-routes';
const hot = 'nvidia.sxid.thermal';

const kinds: readonly FindingKind[] = [
  {
    id: fatal,
    summary: 'an NVSwitch reported an SXid',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 5.5 },
    source: guide,
  },
  {
    id: nonFatal,
    summary: 'an NVSwitch reported an error that it corrected or could ignore',
    role: 'context',
    weighs: { 'nvlink-fabric-error': 0.5 },
    source: guide,
  },
  {
    id: refused,
    summary: 'an NVSwitch port refused an access: the GPU behind it is gone or being reset, or its link is broken',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4.5, 'gpu-fell-off-bus': 0.7, 'fabricmanager-not-running': 0.7 },
    source: guide,
  },
  {
    id: routes,
    summary: 'a GPU used a route that its partition does not have: the fabric manager set partitions up wrongly',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 3.5, 'nvlink-fabric-error': 2 },
    source: guide,
  },
  {
    id: hot,
    summary: 'an NVSwitch or its optics are too hot',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 2, 'facility-fault': 1.5, 'host-hardware-fault': 1.5, 'gpu-clock-throttle': 0.7 },
    source: print,
  },
];

/** What NVSwitches report: the driver's own lines, the fabric manager's and monitors' repetitions of them. */
export const nvidiaSxid: LogDetector = {
  id: 'nvidia-sxid',
  kinds,
  literals: ['sxid'],
  samples: [
    {
      kind: fatal,
      lines: ['nvidia-nvswitch3: SXid (PCI:0000:c4:00.0): 24007, Fatal, Link 33 sourcetrack timeout error (First)'],
    },
    {
      kind: nonFatal,
      lines: ['nvidia-nvswitch0: SXid (PCI:0000:a9:00.0): 20034, Non-fatal, Link 30 LTSSM Fault Up'],
    },
    {
      kind: refused,
      lines: [
        'nvidia-nvswitch0: SXid (PCI:0000:a9:00.0): 12028, Non-fatal, Link 32 egress non-posted PRIV error (First)',
      ],
    },
    {
      kind: routes,
      lines: ['nvidia-nvswitch1: SXid (PCI:0000:0a:00.0): 11004, Non-fatal, Link 57 Ingress invalid ACL'],
    },
    {
      kind: hot,
      lines: ['nvidia-nvswitch1: SXid (PCI:0000:0a:00.0): 10004, Temperature 95C | TSENSE WARN Threshold 93C'],
    },
  ],
  match({ text }) {
    return kernelLine(text) ?? mention(text);
  },
};

// sees:    nvidia-nvswitch3: SXid (PCI:0000:c4:00.0): 24007, Fatal, Link 33 sourcetrack timeout error (First)
// sees:    nvidia-nvswitch0: SXid (PCI:0000:a9:00.0): 20034, Data {0x50610002, 0x10100030}
// ignores: nvidia-nvswitch0: opened by nv-fabricmanager
const kernelPattern =
  /\bSXid \((?:PCI:)?(?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)\): (?<code>\d{4,5})\b(?:, (?<severity>Fatal|Non-fatal|Correctable)\b)?(?:, Link (?<link>\d{1,3}))?/i;

function kernelLine(text: string): Match | null {
  const groups = kernelPattern.exec(text)?.groups;
  if (groups?.['code'] === undefined) return null;
  const code = Number(groups['code']);
  return {
    kind: kindOf(code, groups['severity']),
    values: {
      code,
      ...(groups['pci'] === undefined ? {} : { switch: groups['pci'].toLowerCase() }),
      ...(groups['link'] === undefined ? {} : { link: Number(groups['link']) }),
    },
  };
}

// sees:    Detected fatal NvSwitch SXID 24007
// sees:    {"checkName":"SysLogsSXIDError","isFatal":true,"errorCode":["24007"]}
// ignores: SXid errors: 0
const mentionPattern =
  /\bSXID(?:s|[\s_]?errors?|[\s_]?codes?)?["']?\s?[:=#(]?\s?["']?(?<code>\d{5})\b|SXIDError[^\n]{0,300}\berrorCode["']?\s?:\s?\[?\s?["']?(?<listed>\d{5})\b/i;

function mention(text: string): Match | null {
  const groups = mentionPattern.exec(text)?.groups;
  const code = Number(groups?.['code'] ?? groups?.['listed'] ?? Number.NaN);
  if (!sxidEntryOf.has(code) || /\bno\s+sxid/i.test(text)) return null;
  return { kind: kindOf(code, /\bnon-?fatal\b/i.test(text) ? 'non-fatal' : undefined), values: { code } };
}

// Egress PRIV errors and heartbeat losses are called non-fatal and yet stop jobs.
const kindsOfCodes: ReadonlyMap<number, string> = new Map([
  [11004, routes],
  [12028, refused],
  [19084, fatal],
  [10004, hot],
  [10006, hot],
  [28001, hot],
  [28003, hot],
  [28005, hot],
]);

function kindOf(code: number, severity: string | undefined): string {
  const own = kindsOfCodes.get(code);
  if (own !== undefined) return own;
  if (severity !== undefined) return /^fatal$/i.test(severity) ? fatal : nonFatal;
  return isHarmless(sxidEntryOf.get(code)) ? nonFatal : fatal;
}

/** Continuation lines carry no severity: the catalogue knows the code. */
function isHarmless(entry: SxidEntry | undefined): boolean {
  return entry?.immediate === 'IGNORE';
}
