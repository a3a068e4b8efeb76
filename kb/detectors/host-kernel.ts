import { lineDetector } from './line-patterns.ts';

const aer = 'https://docs.kernel.org/PCI/pcieaer-howto.html';
const kernel = 'https://docs.kernel.org/admin-guide/lockup-watchdogs.html';
const edac = 'https://docs.kernel.org/driver-api/edac.html';

/** The rest of the server as its kernel and its management controller see it: PCIe, CPU, memory, disks, power. */
export const hostKernel = lineDetector('host-kernel', [
  {
    id: 'pcie.aer.uncorrected',
    summary: 'PCIe reports an uncorrected error',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4, 'gpu-fell-off-bus': 2.2, 'rdma-link-fault': 0.3 },
    source: aer,
    literals: [
      'severity=uncorrect',
      'uncorrected (',
      'uncorrectable (fatal)',
      'uncorrectable (non-fatal)',
      'surprise down',
      'data link protocol error',
    ],
    pattern:
      /PCIe Bus Error: severity=Uncorrect(?:ed|able)|AER: (?:Multiple )?Uncorrect(?:ed|able) \((?:Non-)?Fatal\)|Surprise Down/i,
    sees: [
      'pcieport 0000:00:03.0: AER: Uncorrected (Fatal) error received: 0000:00:03.0',
      'nvidia 0000:c1:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer, (Requester ID)',
    ],
    ignores: ['pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0'],
  },
  {
    id: 'pcie.aer.corrected',
    summary: 'PCIe reports corrected errors: a marginal link',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.2, 'gpu-fell-off-bus': 0.5 },
    source: aer,
    literals: ['severity=corrected', 'aer: corrected', 'aer: multiple corrected', 'aer: correctable'],
    pattern: /PCIe Bus Error: severity=Corrected|AER: (?:Multiple )?Correct(?:ed|able) error/i,
    sees: ['pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0'],
    ignores: ['AER: enabled with IRQ 34'],
  },
  {
    id: 'pcie.link.down',
    summary: 'a PCIe slot lost its link or its card',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 3.2, 'host-hardware-fault': 2.8 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/pci/hotplug/pciehp_ctrl.c',
    literals: ['slot(', 'pciehp', 'card not present'],
    pattern: /pciehp[^\n]{0,60}(?:Link Down|Card not present)|Slot\([\w-]{1,20}\): (?:Link Down|Card not present)/,
    sees: [
      'pcieport 0000:80:01.1: pciehp: Slot(5): Link Down',
      'pcieport 0000:80:01.1: pciehp: Slot(5): Card not present',
    ],
    ignores: ['pcieport 0000:80:01.1: pciehp: Slot(5): Link Up'],
  },
  {
    id: 'pcie.link.degraded',
    summary: 'a PCIe link runs narrower or slower than it could',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.6, 'gpu-clock-throttle': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/pci/pci.c',
    literals: [
      'available pcie bandwidth, limited by',
      'pcie link width',
      'downgraded',
      'pcie link speed',
      'link width degraded',
    ],
    pattern:
      /available PCIe bandwidth, limited by|PCIe link (?:width|speed)[^\n]{0,60}(?:degraded|reduced|downgraded|below)|LnkSta:[^\n]{0,80}\(downgraded\)/i,
    sees: [
      'pci 0000:c1:00.0: 63.008 Gb/s available PCIe bandwidth, limited by 8.0 GT/s PCIe x8 link at 0000:c0:01.0 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)',
      '		LnkSta:	Speed 16GT/s (ok), Width x8 (downgraded)',
    ],
    ignores: ['		LnkSta:	Speed 16GT/s (ok), Width x16 (ok)'],
  },
  {
    id: 'cpu.machine-check',
    summary: 'the CPU or memory reported a hardware error',
    role: 'cause',
    weighs: { 'host-hardware-fault': 5 },
    source: 'https://docs.kernel.org/arch/x86/x86_64/machinecheck.html',
    literals: ['[hardware error]', 'machine check', 'edac', 'uncorrected error', 'memory failure:'],
    pattern:
      /\[Hardware Error\]: (?:event severity: (?:fatal|recoverable)|CPU \d|Machine check events? logged|[^\n]{0,80}(?:uncorrected|fatal))|Machine [Cc]heck(?: Exception)?: |EDAC \w{1,20}: [1-9]\d{0,6} UE |Memory failure: 0x[0-9a-f]+|Uncorrected (?:hardware )?memory error/i,
    sees: [
      'mce: [Hardware Error]: CPU 12: Machine Check Exception: 5 Bank 7: be00000000800400',
      'EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0',
      '{1}[Hardware Error]: event severity: fatal',
    ],
    ignores: [
      'mce: CPU supports 32 MCE banks',
      'EDAC MC0: Giving out device to module skx_edac',
      'MCE: In-kernel MCE decoding enabled.',
    ],
  },
  {
    id: 'memory.corrected-errors',
    summary: 'corrected memory errors of the host',
    role: 'context',
    weighs: { 'host-hardware-fault': 1 },
    source: edac,
    literals: [' ce memory', 'corrected error', 'corrected memory', 'correctable ecc'],
    pattern: /EDAC \w{1,20}: [1-9]\d{0,6} CE |event severity: corrected|Correctable ECC/i,
    sees: ['EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0'],
    ignores: ['EDAC MC0: 0 CE'],
  },
  {
    id: 'cpu.lockup',
    summary: 'a CPU was stuck in the kernel',
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.6, 'gpu-driver-bug': 1.6, 'shared-fs-problem': 0.7 },
    source: kernel,
    literals: ['soft lockup', 'hard lockup', 'self-detected stall', 'rcu_sched', 'rcu: info'],
    pattern:
      /BUG: soft lockup - CPU#\d+ stuck for|(?:hard LOCKUP)|rcu\w{0,12}(?:: INFO: rcu\w{0,12})? (?:self-)?detected (?:expedited )?stalls?/i,
    sees: ['watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [python:4242]'],
    ignores: ['NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.'],
  },
  {
    id: 'kernel.hung-task',
    summary: 'a task waits in the kernel, most often for storage',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.5, 'gpu-driver-bug': 0.8, 'host-hardware-fault': 0.5 },
    source: 'https://docs.kernel.org/admin-guide/sysctl/kernel.html#hung-task-timeout-secs',
    literals: ['blocked for more than'],
    pattern: /task [^\n]{1,60} blocked for more than \d+ seconds/,
    sees: ['INFO: task python:4242 blocked for more than 120 seconds.'],
    ignores: ['blocked for maintenance'],
  },
  {
    id: 'disk.io-error',
    summary: 'a disk of the node does not read or write',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.2, 'shared-fs-problem': 0.8, 'checkpoint-corruption': 0.5 },
    source: 'https://docs.kernel.org/block/index.html',
    literals: [
      'i/o error, dev',
      'nvme',
      'ext4-fs error',
      'xfs (',
      'medium error',
      'remounting filesystem read-only',
      'buffer i/o error',
      'ata',
    ],
    pattern:
      /(?:blk_update_request: )?(?:critical (?:medium|target|space allocation) error|I\/O error), dev \w{1,20}|Buffer I\/O error on dev|nvme\d+(?:n\d+)?: (?:I\/O (?:\d+ )?(?:\(\w+\) )?QID \d+ timeout|controller is down|Device not ready|failed command)|nvme nvme\d+: (?:I\/O [^\n]{0,40}timeout|controller is down|Removing after probe failure|Device not ready)|EXT4-fs error \(device|XFS \([\w-]{1,30}\): (?:Corruption|metadata I\/O error|Metadata corruption|log I\/O error)|Remounting filesystem read-only|Unrecovered read error/,
    sees: [
      'blk_update_request: I/O error, dev sda, sector 123456 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0',
      'nvme nvme0: I/O 128 QID 3 timeout, aborting',
      'EXT4-fs error (device nvme0n1p2): ext4_find_entry:1455: inode #2: comm python: reading directory lblock 0',
    ],
    ignores: ['EXT4-fs (md127p3): re-mounted r/w. Quota mode: none.', 'nvme nvme0: 32/0/0 default/read/poll queues'],
  },
  {
    id: 'power.supply.failed',
    summary: 'a power supply of the server failed or lost its input',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4, 'facility-fault': 2.5 },
    source:
      'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html',
    literals: ['power supply', 'psu'],
    pattern:
      /(?:Power Supply|PSU)[^\n]{0,60}(?:Failure detected|AC lost|Predictive failure|input lost|[Ff]ailed|redundancy (?:lost|degraded))/,
    sees: [
      '4 | 11/21/2026 | 03:12:59 | Power Supply PSU2 | Failure detected | Asserted',
      'Power Supply #0x51 | Power Supply AC lost | Asserted',
    ],
    ignores: ['Power Supply PSU2 | Presence detected | Asserted'],
  },
  {
    id: 'facility.power-or-cooling',
    summary: 'power or cooling outside the servers failed',
    role: 'cause',
    weighs: { 'facility-fault': 6 },
    source: 'https://arxiv.org/abs/2407.21783',
    literals: [
      'pdu',
      'crac',
      'crah',
      'chiller',
      'cooling',
      'breaker',
      'ups ',
      'data center',
      'datacenter',
      'rack',
      'coolant',
      'chilled water',
      'inlet temp',
      'feed ',
    ],
    pattern:
      /\b(?:PDU|rack power|power unit|UPS|breaker|power feed|feed [AB]\b)[^\n]{0,60}(?:trip|fail|lost|overload|outage|on battery|went down|off\b)|\b(?:CRAC|CRAH|chillers?|chilled[- ]water|coolant|CDU|cooling (?:unit|system|loop|distribution unit))\b[^\n]{0,60}(?:fail|fault|alarm|lost|trip|leak|offline|outage|stopp|down\b)|(?:data ?cent(?:er|re)|facility|building)[^\n]{0,60}(?:power (?:loss|outage|failure)|cooling (?:loss|failure)|overheat)|\b(?:[Ii]nlet|[Aa]mbient|[Ii]ntake)[ _][Tt]emp(?:erature)?[^\n]{0,60}(?:[Uu]pper (?:[Nn]on-)?[Cc]ritical|[Cc]ritical going high|above (?:the )?(?:threshold|limit))/,
    sees: [
      'PDU rack-12 feed A: breaker tripped',
      'CRAC unit 3 alarm: compressor failure',
      '5 | 11/21/2026 | 03:12:59 | Temperature Inlet Temp | Upper Critical going high | Asserted',
      'Inlet Temp | Upper Critical going high',
    ],
    ignores: ['rack-12 PDU: load 4.2 kW', 'cooling device registered: Processor'],
  },
  {
    id: 'iommu.fault',
    summary: 'the IOMMU refused a transfer between devices',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 5.5, 'gpu-driver-bug': 0.7 },
    source: 'https://docs.kernel.org/arch/x86/intel-iommu.html',
    literals: ['io_page_fault', 'dmar:', 'dmar fault', 'iommu'],
    pattern:
      /IO_PAGE_FAULT|DMAR: \[(?:DMA|INTR-REMAP)[^\n]{0,40}\] (?:Request device|[^\n]{0,40}fault)|DMAR: DRHD: handling fault status/,
    sees: [
      'nvidia 0000:c1:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0064 address=0xdf139fc0 flags=0x0010]',
      'DMAR: [DMA Write] Request device [41:00.0] fault addr 38fff0000000 [fault reason 05] PTE Write access is not set',
    ],
    ignores: ['DMAR: IOMMU enabled', 'iommu: Default domain type: Passthrough'],
  },
]);
