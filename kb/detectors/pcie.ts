import { lineDetector } from './line-patterns.ts';

const aer = 'https://github.com/torvalds/linux/blob/master/drivers/pci/pcie/aer.c';
const recovery = 'https://github.com/torvalds/linux/blob/master/drivers/pci/pcie/err.c';
const pci = 'https://github.com/torvalds/linux/blob/master/drivers/pci/pci.c';
const hotplug = 'https://github.com/torvalds/linux/blob/master/drivers/pci/hotplug/pciehp_ctrl.c';

/** PCIe as the kernel reports it: errors of a link or a device, slots, links below their width, the IOMMU. */
export const pcie = lineDetector('pcie', [
  {
    id: 'pcie.aer.gpu-not-recovered',
    summary: 'PCIe error handling could not bring a GPU back',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 3.8, 'host-hardware-fault': 1 },
    source: recovery,
    literals: ['nvidia '],
    pattern:
      /\bnvidia (?<pci>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): (?:AER: )?(?:can't recover|device has no AER-aware driver|device recovery failed|PCIe Bus Error: severity=Uncorrect(?:ed|able) \(Fatal\))/i,
    sees: [
      "[  +0.000921] nvidia 0000:03:00.0: AER: can't recover (no error_detected callback)",
      '[74889.542239] nvidia 0000:02:00.0: device has no AER-aware driver',
      'nvidia 0000:c1:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer, (Requester ID)',
    ],
    ignores: [
      "snd_hda_intel 0000:03:00.1: AER: can't recover (no error_detected callback)",
      'nvidia 0000:c1:00.0: enabling device (0140 -> 0142)',
    ],
  },
  {
    id: 'pcie.aer.adapter-uncorrected',
    summary: 'PCIe reports an uncorrected error of a network card',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3, 'rdma-link-fault': 2.2 },
    source: aer,
    literals: ['mlx5_core', 'mlx4_core', 'bnxt_en', 'irdma', 'ice 0', 'i40e 0'],
    pattern:
      /\b(?:mlx[45]_core|bnxt_en|ice|irdma|i40e) [0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d: (?:AER: )?(?:PCIe Bus Error: severity=Uncorrect(?:ed|able)|can't recover|device recovery failed)/i,
    sees: [
      'mlx5_core 0000:5e:00.0: PCIe Bus Error: severity=Uncorrected (Non-Fatal), type=Transaction Layer, (Requester ID)',
      'mlx5_core 0000:5e:00.0: AER: PCIe Bus Error: severity=Uncorrectable (Fatal), type=Data Link Layer, (Receiver ID)',
    ],
    ignores: ['mlx5_core 0000:5e:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)'],
  },
  {
    id: 'pcie.aer.uncorrected',
    summary: 'PCIe reports an uncorrected error',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.5, 'gpu-fell-off-bus': 2.2, 'rdma-link-fault': 0.3 },
    source: aer,
    literals: [
      'severity=uncorrect',
      'uncorrected (',
      'uncorrectable (fatal)',
      'uncorrectable (non-fatal)',
      'surprise down',
      'dpc: ',
      'aer: aer_uncor_severity',
    ],
    pattern:
      /PCIe Bus Error: severity=Uncorrect(?:ed|able)|AER: (?:Multiple )?Uncorrect(?:ed|able) \((?:Non-)?Fatal\)|Surprise Down|DPC: (?:containment event|unmasked uncorrectable error|ERR_(?:NON)?FATAL (?:detected|received)|RP PIO error)|AER: aer_uncor_severity: 0x/i,
    sees: [
      'pcieport 0000:00:03.0: AER: Uncorrected (Fatal) error received: 0000:00:03.0',
      'pcieport 0000:00:03.0: AER: Uncorrected (Non-Fatal) error received: id=0018',
      'pcieport 0000:00:1b.2: AER: Uncorrectable (Fatal) error message received from 0000:03:04.0',
      'pcieport 0000:c0:01.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer, (Requester ID)',
      'pcieport 0000:c0:01.0: PCIe Bus Error: severity=Uncorrected (Non-Fatal), type=Transaction Layer, id=c008(Requester ID)',
      'pcieport 0000:c0:01.0: DPC: containment event, status:0x1f11 source:0xc100',
      'pcieport 0000:c0:01.0:    [ 5] Surprise Down          (First)',
    ],
    ignores: [
      'pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0',
      'pcieport 0000:00:01.1: DPC: error containment capabilities: Int Msg #0, RPExt+ PoisonedTLP+ SwTrigger+ RP PIO Log 6, DL_ActiveErr+',
    ],
  },
  {
    id: 'pcie.aer.corrected',
    summary: 'PCIe reports corrected errors: a marginal link',
    role: 'context',
    weighs: { 'host-hardware-fault': 0.8, 'gpu-fell-off-bus': 0.5 },
    source: aer,
    literals: ['severity=correct', 'aer: corrected', 'aer: multiple correct', 'aer: correctable'],
    pattern: /PCIe Bus Error: severity=Correct(?:ed|able)|AER: (?:Multiple )?Correct(?:ed|able) error/i,
    sees: [
      'pcieport 0000:00:03.0: AER: Corrected error received: 0000:00:03.0',
      'pcieport 0000:00:03.0: AER: Multiple Corrected error received: id=ae00',
      'pcieport 0000:00:1b.2: AER: Correctable error message received from 0000:03:04.0',
      'nvidia 0000:c1:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)',
    ],
    ignores: ['AER: enabled with IRQ 34'],
  },
  {
    id: 'pcie.aer.port-not-recovered',
    summary: 'the kernel could not recover a PCIe device from an error',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.4, 'gpu-fell-off-bus': 2.2, 'rdma-link-fault': 0.4 },
    source: recovery,
    literals: ['device recovery failed', 'subordinate device reset failed', 'link reset at upstream device'],
    pattern:
      /(?:AER|DPC|pcieport [0-9a-f:.]{7,16}): (?:AER: )?(?:device recovery failed|subordinate device reset failed|link reset at upstream device [^\n]{0,40}failed)/i,
    sees: [
      'pcieport 0000:03:04.0: AER: device recovery failed',
      'pcieport 0000:03:04.0: AER: subordinate device reset failed',
    ],
    ignores: ['pcieport 0000:03:04.0: AER: device recovery successful'],
  },
  {
    id: 'pcie.device.unreachable',
    summary: 'a PCIe device answers no more',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 2.8, 'host-hardware-fault': 2.4, 'rdma-link-fault': 0.4 },
    source: pci,
    literals: [
      'device inaccessible',
      'config space inaccessible',
      'refused to change power state',
      'to d0, ',
      'giving up',
    ],
    pattern:
      /[0-9a-f]{2}:[0-9a-f]{2}\.\d: (?:Unable to change power state from \w{1,8} to D0, device inaccessible|[Rr]efused to change power state, currently in D3|not ready \d{1,6}ms after (?:FLR|bus reset|PM D3hot->D0|DPC|resume); giving up)|config space inaccessible/,
    sees: [
      'nvidia 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible',
      'pci 0000:41:00.0: not ready 65535ms after bus reset; giving up',
      'nvidia 0000:c1:00.0: Refused to change power state, currently in D3',
    ],
    ignores: [
      'pci 0000:41:00.0: not ready 1023ms after bus reset; waiting',
      'pci 0000:41:00.0: PME# supported from D0 D3hot',
    ],
  },
  {
    id: 'pcie.link.down',
    summary: 'a PCIe slot lost its link, its card or its power',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 3.2, 'host-hardware-fault': 2.8 },
    source: hotplug,
    literals: ['slot(', 'pciehp', 'card not present'],
    pattern:
      /pciehp[^\n]{0,60}(?:Link Down|Card not present|Power fault|Cannot train link|Failed to check link status)|Slot\([\w-]{1,20}\): (?:Link Down|Card not present|Power fault|Cannot train link)/,
    sees: [
      'pcieport 0000:80:01.1: pciehp: Slot(5): Link Down',
      'pcieport 0000:80:01.1: pciehp: Slot(5): Card not present',
      'pcieport 0000:80:01.1: pciehp: Slot(5): Power fault',
      'pciehp 0000:80:01.1:pcie004: Slot(5): Cannot train link: status 0x5041',
    ],
    ignores: [
      'pcieport 0000:80:01.1: pciehp: Slot(5): Link Up',
      'pcieport 0000:80:01.1: pciehp: Slot(5): Card present',
    ],
  },
  {
    id: 'pcie.link.degraded',
    summary: 'a PCIe link runs narrower than it could',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.6, 'gpu-clock-throttle': 0.4 },
    source: pci,
    literals: [
      'available pcie bandwidth, limited by',
      'pcie link width',
      '(downgraded)',
      'pcie link speed',
      'retraining failed',
      'retraining non-functional',
    ],
    pattern:
      /available PCIe bandwidth, limited by [\d.]{1,5} GT\/s PCIe x(?:1|2|4|8) link [^\n]{0,80}PCIe x16 link\)|PCIe link (?:width|speed)[^\n]{0,60}(?:degraded|reduced|downgraded|below (?:the )?(?:expected|maximum|capab))|LnkSta:[^\n]{0,80}Width x\d{1,2} \(downgraded\)|\d: (?:broken device, )?retraining (?:failed\b|non-functional downstream link)/i,
    sees: [
      'pci 0000:c1:00.0: 63.008 Gb/s available PCIe bandwidth, limited by 8.0 GT/s PCIe x8 link at 0000:c0:01.0 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)',
      '		LnkSta:	Speed 16GT/s (ok), Width x8 (downgraded)',
      'pcieport 0000:c0:01.0: broken device, retraining non-functional downstream link at 2.5GT/s',
    ],
    ignores: [
      '		LnkSta:	Speed 16GT/s (ok), Width x16 (ok)',
      '		LnkSta:	Speed 2.5GT/s (downgraded), Width x16 (ok)',
      'pci 0000:c1:00.0: 126.016 Gb/s available PCIe bandwidth, limited by 8.0 GT/s PCIe x16 link at 0000:c0:01.0 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)',
    ],
  },
  {
    // A slower slot limits a card for its life, and an idle GPU lowers its link speed by itself.
    id: 'pcie.link.slower',
    summary: 'a PCIe link runs slower than the card could',
    role: 'context',
    weighs: { 'host-hardware-fault': 0.4 },
    source: pci,
    literals: ['available pcie bandwidth, limited by', '(downgraded)'],
    pattern: /available PCIe bandwidth, limited by|LnkSta:[^\n]{0,40}Speed [\d.]{1,5}GT\/s \(downgraded\)/i,
    sees: [
      '		LnkSta:	Speed 2.5GT/s (downgraded), Width x16 (ok)',
      'pci 0000:c1:00.0: 126.016 Gb/s available PCIe bandwidth, limited by 8.0 GT/s PCIe x16 link at 0000:c0:01.0 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)',
    ],
    ignores: ['		LnkSta:	Speed 16GT/s (ok), Width x16 (ok)'],
  },
  {
    id: 'iommu.interrupt-fault',
    summary: 'the IOMMU blocked an interrupt, or does not answer itself',
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.6, 'acs-iommu-p2p-broken': 1.4, 'gpu-driver-bug': 0.8 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/iommu/intel/dmar.c',
    literals: [
      'cmd_sync timeout',
      'unexpected global error',
      'intr-remap]',
      'completion-wait loop timed out',
      'invalidation queue error',
      'invalidation time-out',
    ],
    pattern:
      /DMAR: (?:\[INTR-REMAP\] Request device|VT-d detected Invalidation (?:Queue Error|Time-out Error))|AMD-Vi: Completion-Wait loop timed out|arm-smmu-v3[^\n]{0,60}: (?:CMD_SYNC timeout at|unexpected global error)/i,
    sees: [
      'DMAR: [INTR-REMAP] Request device [41:00.0] fault index 0x1a [fault reason 0x26] Blocked an interrupt request due to source-id verification failure',
      'AMD-Vi: Completion-Wait loop timed out',
    ],
    ignores: ['DMAR-IR: Enabled IRQ remapping in x2apic mode'],
  },
  {
    id: 'iommu.event',
    summary: 'the IOMMU logged a request of a device that it could not serve',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 2.6, 'host-hardware-fault': 1, 'gpu-driver-bug': 0.8 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/iommu/amd/iommu.c',
    literals: ['event logged ['],
    pattern:
      /AMD-Vi: Event logged \[(?:INVALID_DEVICE_REQUEST|ILLEGAL_DEV_TABLE_ENTRY|DEV_TAB_HARDWARE_ERROR|PAGE_TAB_HARDWARE_ERROR|IOTLB_INV_TIMEOUT|INVALID_PPR_REQUEST)\b/,
    sees: [
      'AMD-Vi: Event logged [INVALID_DEVICE_REQUEST device=0000:00:00.0 pasid=0x00000 address=0xfffffffdf8000000 flags=0x0a00]',
      'AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:c1:00.0 address=0x107f2e2d0]',
    ],
    ignores: ['AMD-Vi: Interrupt remapping enabled'],
  },
  {
    id: 'iommu.fault',
    summary: 'the IOMMU refused a transfer between devices',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 5.5, 'gpu-driver-bug': 0.7 },
    source: 'https://docs.kernel.org/arch/x86/intel-iommu.html',
    literals: ['io_page_fault', 'dmar: [dma', 'dmar:[dma', 'drhd: handling fault', 'arm-smmu'],
    pattern:
      /^(?![^\n]{0,120}\b(?:snd_\w{1,30}|ath\w{1,10}|iwlwifi|xhci_hcd|ahci|amdgpu|r8169|ccp) )[^\n]{0,200}\[IO_PAGE_FAULT|DMAR: ?\[DMA[^\n]{0,40}\] (?:Request device|[^\n]{0,40}fault)|DMAR: DRHD: handling fault status|arm-smmu-v3[^\n]{0,60}: event(?: 0x10 received|: F_(?:TRANSLATION|ADDR_SIZE|ACCESS|PERMISSION)\b)/,
    sees: [
      'nvidia 0000:c1:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0064 address=0xdf139fc0 flags=0x0010]',
      'DMAR: [DMA Write] Request device [41:00.0] fault addr 38fff0000000 [fault reason 05] PTE Write access is not set',
      'DMAR: [DMA Read NO_PASID] Request device [41:00.0] fault addr 0x38fff0000000 [fault reason 0x06] PTE Read access is not set',
      'arm-smmu-v3 arm-smmu-v3.16.auto: event: F_TRANSLATION client: 0009:01:00.0 sid: 0x90100 ssid: 0x0 iova: 0x38fff0000000 ipa: 0x0',
    ],
    ignores: [
      'ath10k_pci 0000:01:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000d address=0xcfd51ad0 flags=0x0070]',
      'DMAR: IOMMU enabled',
      'iommu: Default domain type: Passthrough',
      'DMAR: DRHD base: 0x000000d0ffc000 flags: 0x0',
    ],
  },
]);
