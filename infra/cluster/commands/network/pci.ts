import { factAt } from '../../state/facts/fact-at.ts';
import { switchesWithAcs } from '../../physics/pcie-acs.ts';
import { complained, printed, type NodeCommand } from '../command.ts';

/** `lspci -vvv -d ::0604` of pciutils 3.7: the bridges above GPUs and HCAs. Capabilities are for root only. */
export const lspci: NodeCommand = {
  name: 'lspci',
  run(context, args) {
    if (args.join(' ') !== '-vvv -d ::0604')
      return complained(`lspci: Unknown option '${args[0] ?? ''}' (see "lspci --help")\n`, 1);
    const { timeline, node, nowMs } = context;
    const state = factAt(timeline.segmentAt(nowMs).settings, { fact: 'host.pcie-acs', place: node.name }, nowMs);
    const on = switchesWithAcs(state);
    return printed(bridges.map((bridge) => block(bridge, context.root, on.includes(bridge.switch))).join('\n'));
  },
};

interface Bridge {
  /** The PCIe switch that it belongs to, or stands above. */
  readonly switch: number;
  readonly address: string;
  readonly device: string;
  readonly secondary: string;
  readonly kind: 'Root Port (Slot+)' | 'Upstream Port' | 'Downstream Port (Slot+)';
}

const root = 'Advanced Micro Devices, Inc. [AMD] Starship/Matisse GPP Bridge';
const plx = 'Broadcom / LSI PEX880xx PCIe Gen 4 Switch (rev b0)';

/** Four PCIe switches, each below a root port, each with two GPUs and an HCA (topology of an HGX A100 baseboard). */
const bridges: readonly Bridge[] = [
  ['00', '04', '07', '0c', '0f'],
  ['40', '43', '47', '4e', '54'],
  ['80', '83', '87', '8d', '90'],
  ['b0', 'b3', 'b7', 'ba', 'bd'],
].flatMap(([host = '', upper = '', ...below], at): readonly Bridge[] => [
  { switch: at, address: `${host}:02.0`, device: root, secondary: upper, kind: 'Root Port (Slot+)' },
  { switch: at, address: `${upper}:00.0`, device: plx, secondary: next(upper), kind: 'Upstream Port' },
  ...below.map((bus, port): Bridge => ({
    switch: at,
    address: `${next(upper)}:${(port * 4).toString(16).padStart(2, '0')}.0`,
    device: plx,
    secondary: bus,
    kind: 'Downstream Port (Slot+)',
  })),
]);

function next(bus: string): string {
  return (Number.parseInt(bus, 16) + 1).toString(16).padStart(2, '0');
}

function block({ address, device, secondary, kind }: Bridge, isRoot: boolean, acs: boolean): string {
  const flag = acs ? '+' : '-';
  const capabilities = isRoot
    ? [
        '\tCapabilities: [40] Power Management version 3',
        `\tCapabilities: [68] Express (v2) ${kind}, MSI 00`,
        '\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM not supported',
        '\t\tLnkSta:\tSpeed 16GT/s (ok), Width x16 (ok)',
        '\tCapabilities: [100 v2] Advanced Error Reporting',
        // An upstream port of a switch has no such capability.
        ...(kind === 'Upstream Port'
          ? []
          : [
              '\tCapabilities: [148 v1] Access Control Services',
              '\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl+ DirectTrans+',
              `\t\tACSCtl:\tSrcValid${flag} TransBlk- ReqRedir${flag} CmpltRedir${flag} UpstreamFwd${flag} EgressCtrl- DirectTrans-`,
            ]),
      ]
    : ['\tCapabilities: <access denied>'];
  return [
    `${address} PCI bridge: ${device} (prog-if 00 [Normal decode])`,
    '\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr+ Stepping- SERR+ FastB2B- DisINTx+',
    '\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-',
    '\tLatency: 0, Cache Line Size: 64 bytes',
    `\tBus: primary=${address.slice(0, 2)}, secondary=${secondary}, subordinate=${secondary}, sec-latency=0`,
    ...capabilities,
    '\tKernel driver in use: pcieport',
    '',
  ].join('\n');
}

/** `ls /sys/class/iommu`: empty where the kernel was told to leave it off; AMD has one for every root complex. */
export const iommuUnits: NodeCommand = {
  name: 'ls',
  takes: (args) => args.join(' ') === '/sys/class/iommu',
  run({ timeline, node, nowMs }) {
    const state = factAt(timeline.segmentAt(nowMs).settings, { fact: 'host.iommu', place: node.name }, nowMs);
    return printed(state === 'off' ? '' : Array.from({ length: 8 }, (_, unit) => `ivhd${unit}\n`).join(''));
  },
};
