import { lineDetector } from './line-patterns.ts';

const pciutils = 'https://github.com/pciutils/pciutils/blob/master/lspci.c';

// sees: 86fc:00:02.0 Network controller: Mellanox Technologies …
const adapterListed = String.raw`^\s{0,8}(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] (?:Infini[Bb]and|Ethernet|Network) controller(?: \[\d{4}\])?: (?:Mellanox|NVIDIA)`;

/** Devices of the PCI bus as lspci lists them; one whose configuration reads as all ones no longer answers. */
export const pciListing = lineDetector('pci-listing', [
  {
    id: 'pci.config.all-ones.gpu',
    summary: 'a GPU answers a read of its configuration with all ones',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 4.6, 'host-hardware-fault': 0.9 },
    source: pciutils,
    literals: ['(rev ff)'],
    pattern:
      /(?<pci>\b[0-9a-f]{2}:[0-9a-f]{2}\.\d) (?:3D controller|VGA compatible controller|Processing accelerators|Display controller)[^\n]{0,160}\(rev ff\)/,
    sees: ['3b:00.0 3D controller: NVIDIA Corporation GH100 [H100 SXM5 80GB] (rev ff)'],
    ignores: ['3b:00.0 3D controller: NVIDIA Corporation GH100 [H100 SXM5 80GB] (rev a1)'],
  },
  {
    id: 'pci.config.all-ones.adapter',
    summary: 'a network adapter answers a read of its configuration with all ones',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.2, 'host-hardware-fault': 2.4 },
    source: pciutils,
    literals: ['(rev ff)'],
    pattern:
      /\b[0-9a-f]{2}:[0-9a-f]{2}\.\d (?:Infiniband|InfiniBand|Ethernet|Network) controller[^\n]{0,160}\(rev ff\)/,
    sees: ['5e:00.0 Infiniband controller: Mellanox Technologies MT28908 Family [ConnectX-6] (rev ff)'],
    ignores: ['5e:00.0 Infiniband controller: Mellanox Technologies MT28908 Family [ConnectX-6]'],
  },
  {
    id: 'pci.config.all-ones',
    summary: 'a PCIe device answers a read of its configuration with all ones',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 2.6, 'host-hardware-fault': 1.8, 'rdma-link-fault': 0.6 },
    source: pciutils,
    literals: ['unknown header type 7f', '(rev ff)'],
    pattern: /[Uu]nknown header type 7f\b|\b[0-9a-f]{2}:[0-9a-f]{2}\.\d [^\n]{0,200}\(rev ff\)/,
    sees: [
      '	!!! Unknown header type 7f',
      'pci 0000:3b:00.0: unknown header type 7f, ignoring device',
      '41:00.0 Non-Volatile memory controller: Samsung Electronics Co Ltd NVMe SSD Controller PM9A3 (rev ff)',
    ],
    ignores: ['pci 0000:3b:00.0: [10de:2330] type 00 class 0x030200', 'Unknown header type 12'],
  },
  {
    id: 'pci.adapter.out-of-support',
    summary: 'an adapter is listed that newer releases of its driver stack have dropped',
    role: 'context',
    // MLNX_OFED 4.9 is the last for ConnectX-3, ConnectX-3 Pro and Connect-IB.
    weighs: { 'net-plugin-mismatch': 1.2 },
    source: 'https://docs.nvidia.com/networking/display/mlnxenv497100lts/introduction',
    literals: ['connectx-3', 'connect-ib', 'connectx-2'],
    pattern: new RegExp(String.raw`${adapterListed}[^\n]{0,80}(?:ConnectX-[23]|Connect-IB)\b`),
    sees: [
      '86fc:00:02.0 Network controller: Mellanox Technologies MT27500/MT27520 Family [ConnectX-3/ConnectX-3 Pro Virtual Function]',
      '04:00.0 Infiniband controller: Mellanox Technologies MT27600 [Connect-IB]',
    ],
    ignores: ['5e:00.0 Infiniband controller: Mellanox Technologies MT28908 Family [ConnectX-6]'],
  },
  {
    id: 'pci.adapter.listed',
    summary: 'an RDMA adapter is listed on the PCI bus',
    role: 'context',
    weighs: {},
    source: pciutils,
    literals: ['mellanox', 'nvidia', 'mt2', 'connectx'],
    pattern: new RegExp(String.raw`${adapterListed}[^\n]{0,80}(?:ConnectX|BlueField|\bMT2\d{4}\b)`),
    sees: ['5e:00.0 Infiniband controller: Mellanox Technologies MT28908 Family [ConnectX-6]'],
    ignores: ['00:1f.6 Ethernet controller: Intel Corporation Ethernet Connection I219-LM'],
  },
]);
