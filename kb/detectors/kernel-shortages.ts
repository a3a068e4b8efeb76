import { lineDetector } from './line-patterns.ts';

const oomKill = 'https://github.com/torvalds/linux/blob/master/mm/oom_kill.c';
const p2pdma = 'https://github.com/torvalds/linux/blob/master/drivers/pci/p2pdma.c';
const pciSetup = 'https://github.com/torvalds/linux/blob/master/drivers/pci/setup-res.c';

/** The kernel runs out of memory, of address space for cards or of ways between them. */
export const kernelShortages = lineDetector('kernel-shortages', [
  {
    id: 'kernel.oom.reported',
    summary: 'the kernel reports that a control group or the host has no memory left',
    role: 'cause',
    weighs: { 'host-oom': 5.6 },
    echoes: ['kernel.oom.killed'],
    source: oomKill,
    literals: [
      'no killable processes',
      'deadlocked on memory',
      'memory.oom.group set',
      'memory limit reached of cgroup',
      'memory: usage ',
      'compulsory panic_on_oom',
    ],
    pattern:
      /Out of memory and no killable processes|System is deadlocked on memory|are going to be killed due to memory\.oom\.group set|Memory limit reached of cgroup|\bmemory: usage \d{4,15}kB, limit \d{4,18}kB, failcnt [1-9]|compulsory panic_on_oom is enabled/,
    sees: [
      'Tasks in /kubepods/burstable/pod1 are going to be killed due to memory.oom.group set',
      'memory: usage 134217728kB, limit 134217728kB, failcnt 123456',
      'Kernel panic - not syncing: System is deadlocked on memory',
    ],
    ignores: ['memory: usage 1024kB, limit 134217728kB, failcnt 0'],
  },
  {
    id: 'host.memory.not-granted',
    summary: 'the kernel refuses memory that a process or a driver asks for',
    role: 'cause',
    weighs: { 'host-oom': 3.2, 'ulimit-too-low': 0.6 },
    source: 'https://github.com/torvalds/linux/blob/master/mm/util.c',
    literals: [
      '__vm_enough_memory',
      'slub: unable to allocate',
      'vmalloc error: size',
      'vmap allocation for size',
      'exceed data ulimit',
      'page allocation stalls',
    ],
    pattern:
      /__vm_enough_memory: pid: ?\d{1,9}, comm: ?\S{1,20}[^\n]{0,60}not enough memory|SLUB: Unable to allocate memory on (?:node|CPU)|vmalloc error: size \d|vmap allocation for size \d{1,20} failed|VmData \d{1,20} exceed data ulimit|page allocation stalls for \d/,
    sees: [
      '__vm_enough_memory: pid: 4242, comm: python, bytes: 8589934592 not enough memory for the allocation',
      'SLUB: Unable to allocate memory on node -1, gfp=0xcc0(GFP_KERNEL)',
      'python: vmalloc error: size 8589934592, failed to allocate pages, mode:0xcc2(GFP_KERNEL|__GFP_HIGHMEM), nodemask=(null)',
    ],
    ignores: ['SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=256, Nodes=2'],
  },
  {
    id: 'host.hugepages.short',
    summary: 'fewer huge pages are there than were asked for',
    role: 'context',
    weighs: { 'host-oom': 1.4, 'ulimit-too-low': 0.6, 'user-code-error': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/mm/hugetlb.c',
    literals: ['hugetlb: ', 'only allocated ', 'failed to allocate hugepage', 'of page size '],
    pattern:
      /HugeTLB: (?:allocating|requesting|request) [^\n]{0,60}failed|Only allocated \d{1,8} hugepages|[Ff]ailed to allocate hugepage|hugepages? of page size \S{1,10} failed/,
    sees: [
      'HugeTLB: allocating 1024 of page size 1.00 GiB failed.  Only allocated 512 hugepages.',
      'Failed to allocate hugepages. Please configure hugepages',
    ],
    ignores: ['HugeTLB: registered 1.00 GiB page size, pre-allocated 0 pages'],
  },
  {
    id: 'kernel.worker.stuck',
    summary: 'workers of the kernel do not get on',
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.4, 'gpu-driver-bug': 1, 'shared-fs-problem': 0.7 },
    echoes: ['cpu.lockup'],
    source: 'https://github.com/torvalds/linux/blob/master/kernel/workqueue.c',
    literals: [
      'workqueue lockup',
      'kthread starved for',
      "kthread timer wakeup didn't happen",
      'scheduling while atomic',
    ],
    pattern:
      /BUG: workqueue lockup - pool|rcu_\w{3,10} kthread (?:starved for|timer wakeup didn't happen)|BUG: scheduling while atomic: /,
    sees: [
      'BUG: workqueue lockup - pool cpus=12 node=0 flags=0x0 nice=0 stuck for 41s!',
      'rcu: rcu_sched kthread starved for 60003 jiffies! g1234 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402',
    ],
    ignores: ['workqueue: round-robin CPU selection forced, expect performance impact'],
  },
  {
    id: 'kernel.oops.mark',
    summary: 'the kernel met a fault of its own code or of its tables of pages',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 1.3, 'host-hardware-fault': 1.5 },
    echoes: ['kernel.oops'],
    source: 'https://github.com/torvalds/linux/blob/master/arch/x86/kernel/dumpstack.c',
    literals: ['[#', 'bad page map in process', 'bad rss-counter', 'stack guard page was hit'],
    pattern:
      /(?:Oops|invalid opcode|stack segment|divide error|int3|double fault): (?:[0-9a-f]{1,8} )?\[#\d\] |BUG: Bad page map in process|BUG: Bad rss-counter state|stack guard page was hit/,
    sees: [
      'Oops: 0000 [#1] SMP NOPTI',
      'invalid opcode: 0000 [#1] SMP NOPTI',
      'BUG: Bad page map in process python  pte:8000000123456067 pmd:123456067',
    ],
    ignores: ['traps: python[4242] trap invalid opcode ip:7f3a5c2e1000 sp:7ffc5c2e error:0 in _C.so'],
  },
  {
    // Some drivers ask about every pair of cards on healthy hosts, too.
    id: 'acs.p2p.refused',
    summary: 'the kernel says that two cards cannot talk to each other directly',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 3 },
    source: p2pdma,
    literals: ['cannot be used for peer-to-peer dma', 'acs redirect is set between', 'acs blocks the direct p2p path'],
    pattern:
      /cannot be used for peer-to-peer DMA as|ACS redirect is set between the client and provider|ACS blocks the direct P2P path/,
    sees: [
      'mlx5_core 0000:12:00.0: ACS redirect is set between the client and provider (0000:c1:00.0)',
      'nvidia 0000:c1:00.0: cannot be used for peer-to-peer DMA as the client and provider (0000:12:00.0) do not share an upstream bridge or whitelisted host bridge',
    ],
    ignores: ['pci 0000:c0:01.0: ACS enabled'],
  },
  {
    // Small windows for ports that nobody uses stay without a place on many hosts.
    id: 'pcie.window.unassigned',
    summary: "a card's large memory window got no place: the firmware keeps too little address space",
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.8, 'driver-version-mismatch': 0.4, 'acs-iommu-p2p-broken': 0.3 },
    source: pciSetup,
    literals: ['no space for [mem size', 'failed to assign', "can't assign; no space", "can't reserve [mem"],
    pattern:
      /BAR \d{1,2}:? (?:no space for|failed to assign) \[mem size 0x[0-9a-f]{8,16} 64bit pref\]|BAR \d{1,2} \[mem size 0x[0-9a-f]{8,16} 64bit pref\]: (?:can't assign; no space|failed to assign)|nvidia[^\n]{0,30}BAR \d: can't reserve \[mem/,
    sees: [
      'pci 0000:c1:00.0: BAR 1: no space for [mem size 0x2000000000 64bit pref]',
      "pci 0000:c1:00.0: BAR 1 [mem size 0x2000000000 64bit pref]: can't assign; no space",
    ],
    ignores: [
      'pci 0000:00:01.0: BAR 13: no space for [io  size 0x1000]',
      'pci 0000:c1:00.0: BAR 1: assigned [mem 0x38f000000000-0x38ffffffffff 64bit pref]',
    ],
  },
  {
    id: 'pcie.link.not-trained',
    summary: 'a PCIe link does not come up, or did not come back after an error',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.6, 'gpu-fell-off-bus': 2, 'rdma-link-fault': 0.4 },
    echoes: ['pcie.link.down', 'pcie.aer.port-not-recovered', 'pcie.aer.uncorrected'],
    source: 'https://github.com/torvalds/linux/blob/master/drivers/pci/pci.c',
    literals: [
      'link active not set',
      'link active not cleared',
      'not active after recovery',
      'waiting for presence detect',
      'no link',
      'link has been reset (-',
      'link retraining failed',
    ],
    pattern:
      /Data Link Layer Link Active not (?:set|cleared) in \d|data link is not active after recovery|pciehp: (?:Timeout waiting for Presence Detect|Slot\([\w-]{1,20}\): No link)|(?:Root|Downstream) Port link has been reset \(-\d|: Link retraining failed, status/,
    sees: [
      'pcieport 0000:c0:01.0: Data Link Layer Link Active not set in 1000 msec',
      'pcieport 0000:c0:01.0: AER: Root Port link has been reset (-25)',
      'pcieport 0000:c0:01.0: DPC: data link is not active after recovery',
    ],
    ignores: ['pcieport 0000:c0:01.0: AER: Root Port link has been reset (0)'],
  },
  {
    id: 'cpu.memory.error-decoded',
    summary: 'the kernel decodes an uncorrected error of a CPU or of memory',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.4 },
    echoes: ['cpu.machine-check'],
    source: 'https://github.com/torvalds/linux/blob/master/drivers/edac/mce_amd.c',
    literals: [
      '_status[',
      'multi-bit ecc',
      'broadcast exception handler',
      'mci=',
      'responding to mce broadcast',
      "didn't answer in synchronization",
    ],
    pattern:
      /\bMC\d{1,3}_STATUS\[[^\]\n|]{1,8}\|UE\||error_type: 3, multi-bit ECC|entered broadcast exception handler|\bmci=[^\n]{0,60}Uncorrected_error|not responding to MCE broadcast|CPUs didn't answer in synchronization/,
    sees: [
      '[Hardware Error]: CPU:0 (19:1:1) MC18_STATUS[-|UE|MiscV|AddrV|PCC|-|SyndV|UECC|-|-|-]: 0xbe2040000000011b',
      '{1}[Hardware Error]:   error_type: 3, multi-bit ECC',
      'mce: CPUs not responding to MCE broadcast (may include false positives): 3,51',
    ],
    ignores: [
      '[Hardware Error]: CPU:0 (19:1:1) MC18_STATUS[Over|CE|MiscV|AddrV|-|-|SyndV|CECC|-|-|-]: 0xdc2040000000011b',
    ],
  },
  {
    id: 'memory.corrected-errors.decoded',
    summary: 'the kernel decodes corrected errors, or so many of them that it looks less often',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.2 },
    echoes: ['memory.corrected-errors', 'cpu.machine-check.logged'],
    source: 'https://github.com/torvalds/linux/blob/master/arch/x86/kernel/cpu/mce/intel.c',
    literals: [
      '_status[',
      'cmci storm detected',
      'error_type: 2, single-bit ecc',
      'soft-offlining pfn',
      'error records from previous boot',
      'deferred error, no action',
    ],
    pattern:
      /\bMC\d{1,3}_STATUS\[[^\]\n|]{1,8}\|CE\||CMCI storm detected|error_type: 2, single-bit ECC|Soft-offlining pfn: 0x|BERT: Error records from previous boot|Deferred error, no action required/,
    sees: [
      '[Hardware Error]: CPU:0 (19:1:1) MC18_STATUS[Over|CE|MiscV|AddrV|-|-|SyndV|CECC|-|-|-]: 0xdc2040000000011b',
      'mce: CMCI storm detected: switching to poll mode',
    ],
    ignores: ['mce: CMCI storm subsided: switching to interrupt mode'],
  },
]);
