import { lineDetector } from './line-patterns.ts';

const mce = 'https://github.com/torvalds/linux/blob/master/arch/x86/kernel/cpu/mce/core.c';
const ghes = 'https://github.com/torvalds/linux/blob/master/drivers/acpi/apei/ghes.c';
const edac = 'https://github.com/torvalds/linux/blob/master/drivers/edac/edac_mc.c';

/** Errors of CPUs, host memory and chipset, as machine checks, EDAC, GHES, mcelog and rasdaemon report them. */
export const machineCheck = lineDetector('machine-check', [
  {
    id: 'cpu.machine-check',
    summary: 'the CPU or memory reported a hardware error',
    role: 'cause',
    weighs: { 'host-hardware-fault': 5 },
    source: mce,
    literals: [
      '[hardware error]',
      'machine check',
      'edac',
      'memory failure: 0x',
      'uncorrected memory',
      'uncorrected hardware',
      ' uncorrected error',
      'fatal hardware error',
      'due to hardware memory corruption',
      'hardware memory error',
      'pci system error (serr)',
      'iock error',
      'processor context corrupt',
    ],
    // The first hexadecimal digit of a bank's status holds VAL, OVER, UC and EN: with UC it is a, b, e or f.
    pattern:
      /\[Hardware Error\]: (?:event severity: (?:fatal|recoverable)|CPU \d{1,4}: Machine Check(?: Exception)?: [0-9a-f]{1,16} Bank \d{1,3}: [abef]|[^\n]{0,80}(?:[Uu]ncorrected|[Ff]atal))|[Mm]achine [Cc]heck Exception: |EDAC \w{1,20}: [1-9]\d{0,6} UE |Memory failure: 0x[0-9a-f]+|[Uu]ncorrected (?:hardware )?memory error|mc_event: [1-9]\d{0,6} Uncorrected error|Fatal hardware error!|due to hardware memory corruption|Hardware memory error at|NMI: (?:PCI system error \(SERR\)|IOCK error)|Processor context corrupt|panic - not syncing: [^\n]{0,20}[Mm]achine check/,
    sees: [
      'mce: [Hardware Error]: CPU 12: Machine Check Exception: 5 Bank 7: be00000000800400',
      'mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 5: bea0000000000108',
      'EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0',
      '{1}[Hardware Error]: event severity: fatal',
      '[Hardware Error]: Uncorrected, software restartable error.',
      'mce: Uncorrected hardware memory error in user-access at 3f5c2e1000',
      'Memory failure: 0x3f5c2e1: recovery action for dirty LRU page: Recovered',
      'MCE: Killing python:4242 due to hardware memory corruption fault at 7f3a5c2e1000',
      'Kernel panic - not syncing: Fatal machine check',
      'NMI: PCI system error (SERR) for reason a1 on CPU 0.',
    ],
    ignores: [
      'mce: CPU supports 32 MCE banks',
      'EDAC MC0: Giving out device to module skx_edac',
      'MCE: In-kernel MCE decoding enabled.',
      'mce: [Hardware Error]: Machine check events logged',
      'mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 9: 9c20000000010092',
      '{2}[Hardware Error]: event severity: corrected',
    ],
  },
  {
    id: 'cpu.machine-check.logged',
    summary: 'the kernel logged machine checks without saying how grave they are',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.6 },
    source: mce,
    literals: ['machine check', 'hardware event. this is not a software error'],
    pattern:
      /\[Hardware Error\]: Machine check events? logged|Machine check events logged|Hardware event\. This is not a software error|\[Hardware Error\]: CPU \d{1,4}: Machine Check: [0-9a-f]{1,16} Bank \d{1,3}: [89cd]/,
    sees: [
      'mce: [Hardware Error]: Machine check events logged',
      'Hardware event. This is not a software error.',
      'mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 9: 9c20000000010092',
    ],
    ignores: ['mce: CPU0: Thermal monitoring enabled (TM1)'],
  },
  {
    id: 'ghes.pcie-error.gpu',
    summary: 'firmware reports a PCIe error of an NVIDIA device',
    role: 'context',
    weighs: { 'gpu-fell-off-bus': 1.6, 'host-hardware-fault': 0.8 },
    source: ghes,
    literals: ['vendor_id: 0x10de'],
    pattern: /\[Hardware Error\]:\s{1,8}vendor_id: 0x10de\b/,
    sees: ['{1}[Hardware Error]:   vendor_id: 0x10de, device_id: 0x20b2'],
    ignores: ['{1}[Hardware Error]:   vendor_id: 0x8086, device_id: 0x347a'],
  },
  {
    id: 'memory.corrected-errors.too-many',
    summary: 'a memory module of the host corrects more errors than it may',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.4 },
    source: 'https://github.com/andikleen/mcelog/blob/master/page.c',
    literals: ['error rate exceeded', 'exceed threshold', 'logging limit reached', 'error threshold exceeded'],
    pattern:
      /Correctable memory error rate exceeded for|Corrected memory errors on page [0-9a-f]{1,16} exceed threshold|Correctable (?:ECC|memory error) (?:\| )?logging limit reached|[Cc]orrect(?:ed|able) [Mm]emory [Ee]rror [Tt]hreshold [Ee]xceeded/,
    sees: [
      'Correctable memory error rate exceeded for DIMM_B4.',
      'mcelog: Corrected memory errors on page 7f2c000 exceed threshold 10',
      '9 | Memory #0x53 | Correctable ECC logging limit reached | Asserted',
      'Corrected Memory Error Threshold Exceeded (Processor 1, DIMM 4)',
    ],
    ignores: ['Correctable ECC (@DIMM_A1) | Asserted', 'request rate exceeded for user'],
  },
  {
    id: 'cpu.nmi.unexplained',
    summary: 'the processor was interrupted by a hardware signal that no driver knows',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.8, 'gpu-driver-bug': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/arch/x86/kernel/nmi.c',
    literals: ['nmi received for unknown reason'],
    pattern: /NMI received for unknown reason [0-9a-f]{2} on CPU/,
    sees: ['Uhhuh. NMI received for unknown reason 3d on CPU 4.'],
    ignores: ['NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.'],
  },
  {
    id: 'memory.corrected-errors',
    summary: 'corrected memory errors of the host',
    role: 'context',
    weighs: { 'host-hardware-fault': 1 },
    source: edac,
    literals: [
      ' ce memory',
      ' ce ',
      'correctable ecc',
      'event severity: corrected',
      'corrected error, no action',
      ' corrected error',
    ],
    pattern:
      /EDAC \w{1,20}: [1-9]\d{0,6} CE |event severity: corrected|\bCorrectable ECC|\[Hardware Error\]: Corrected error, no action required|mc_event: [1-9]\d{0,6} Corrected error/i,
    sees: [
      'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0',
      '[Hardware Error]: Corrected error, no action required.',
      'kworker/u:1-123 [002] .... mc_event: 1 Corrected error: memory scrubbing error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0',
    ],
    ignores: ['EDAC MC0: 0 CE', 'RuntimeError: CUDA error: uncorrectable ECC error encountered'],
  },
  {
    id: 'cpu.throttle.prochot',
    summary: 'the board holds the CPUs down: PROCHOT or a power limit',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.6, 'facility-fault': 1, 'gpu-clock-throttle': 0.6 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/thermal/intel/therm_throt.c',
    literals: ['prochot', 'power limit notification'],
    pattern:
      /PROCHOT#?[^\n]{0,24}(?:\basserted|triggered)|CPU\d{1,4}: (?:Core|Package) power limit notification \(total events/i,
    sees: ['CPU12: Package power limit notification (total events = 120)', 'Processor CPU1_Status: PROCHOT# asserted'],
    ignores: ['mce: CPU0: Thermal monitoring enabled (TM1)', 'PROCHOT: not active'],
  },
]);
