import { lineDetector } from './line-patterns.ts';

const watchdog = 'https://github.com/torvalds/linux/blob/master/kernel/watchdog.c';
const traps = 'https://github.com/torvalds/linux/blob/master/arch/x86/kernel/traps.c';

/** A kernel that is stuck, and one that gives up. Most of these lines tell that, and not why. */
export const kernelHangs = lineDetector('kernel-hangs', [
  {
    // A process that waits for a file server inside the kernel shows the wait in its call trace.
    id: 'kernel.waits-for.file-server',
    summary: 'a process waits in the kernel for a file server',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.6 },
    source: 'https://github.com/torvalds/linux/blob/master/net/sunrpc/sched.c',
    literals: [
      'nfs_wait_bit_killable+',
      'rpc_wait_bit_killable+',
      'nfs4_wait_clnt_recover+',
      'rpc_wait_for_completion_task+',
      'nfs_wait_on_request+',
      'ptlrpc_set_wait+',
      'ptlrpc_queue_wait+',
      'cl_sync_io_wait+',
      'ldlm_completion_ast+',
      'ceph_mdsc_',
      'request_wait_answer+',
      'cxiwaiteventwait+',
    ],
    pattern:
      /\b(?:nfs_wait_bit_killable|rpc_wait_bit_killable|nfs4_wait_clnt_recover|(?:__)?rpc_wait_for_completion_task|nfs_wait_on_request|ptlrpc_set_wait|ptlrpc_queue_wait|cl_sync_io_wait|ldlm_completion_ast|ceph_mdsc_(?:wait_request|do_request)|request_wait_answer|cxiWaitEventWait)\+0x[0-9a-f]{1,6}/,
    sees: [
      '[12345.678901]  rpc_wait_bit_killable+0x1e/0xb0 [sunrpc]',
      '[<ffffffffc0a1b2c3>] ptlrpc_set_wait+0x4c0/0x910 [ptlrpc]',
      ' request_wait_answer+0x137/0x210',
    ],
    ignores: ['[12345.678901]  rpc_async_schedule+0x2a/0x40 [sunrpc]', ' nfs_file_read+0x9d/0x1a0 [nfs]'],
  },
  {
    id: 'kernel.warning.gpu-driver',
    summary: 'the kernel warned at a line of the GPU driver',
    role: 'context',
    weighs: { 'gpu-driver-bug': 1 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/panic.c',
    literals: ['warning: cpu:'],
    pattern: /WARNING: CPU: \d+ PID: \d+ at [^\n]{0,120}\bnvidia/,
    sees: [
      'WARNING: CPU: 12 PID: 4242 at /var/lib/dkms/nvidia/535.104.05/build/nvidia/nv.c:3967 nvidia_close+0x1a/0x40 [nvidia]',
    ],
    ignores: ['WARNING: CPU: 12 PID: 4242 at fs/fs-writeback.c:2372 __mark_inode_dirty+0x1a/0x40'],
  },
  {
    id: 'kernel.stuck-in.gpu-driver',
    summary: 'the GPU driver stands in the call trace of a process that is stuck or crashed',
    role: 'context',
    weighs: { 'gpu-driver-bug': 1.6, 'gpu-fell-off-bus': 0.6 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/os-interface.c',
    literals: [' [nvidia]', '[nvidia_uvm]'],
    pattern:
      /\b(?:_nv\d{3,6}rm|rm_ioctl|rm_\w{3,40}|os_acquire_\w{3,30}|nvidia_ioctl|nvidia_close\w{0,20}|nv_open_device|uvm_\w{3,50})\+0x[0-9a-f]{1,6}\/0x[0-9a-f]{1,6} \[nvidia(?:_uvm)?\]/,
    sees: ['[12345.678901]  os_acquire_rwlock_write+0x3a/0x50 [nvidia]', ' _nv013078rm+0x1a/0x40 [nvidia]'],
    ignores: ['nvidia 0000:c1:00.0: enabling device (0140 -> 0142) [nvidia]'],
  },
  {
    id: 'cpu.lockup',
    summary: 'a CPU was stuck in the kernel',
    role: 'cause',
    // Where the GPU driver or a file system holds the CPU, the call trace says so, which counts for itself.
    weighs: { 'host-hardware-fault': 2.2, 'gpu-driver-bug': 1, 'shared-fs-problem': 0.7, 'dataloader-stall': -4.5 },
    source: watchdog,
    literals: [
      'soft lockup',
      'hard lockup',
      'self-detected stall',
      'detected stall',
      'detected expedited stall',
      'csd: detected non-responsive',
    ],
    pattern:
      /BUG: soft lockup - CPU#\d+ stuck for|hard LOCKUP on cpu|Watchdog detected hard LOCKUP|rcu\w{0,12}(?:: INFO: rcu\w{0,12})? (?:self-)?detected (?:expedited )?stalls?|csd: Detected non-responsive CSD lock/i,
    sees: [
      'watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [python:4242]',
      'NMI watchdog: BUG: soft lockup - CPU#3 stuck for 23s! [kworker/3:1:4242]',
      'NMI watchdog: Watchdog detected hard LOCKUP on cpu 12',
      'rcu: INFO: rcu_sched self-detected stall on CPU',
      'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
      'INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 3-... } 21 jiffies s: 597',
    ],
    ignores: [
      'NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.',
      'rcu: 	RCU event tracing is enabled.',
      'soft lockup detection is enabled',
    ],
  },
  {
    id: 'kernel.hung-task',
    summary: 'a task waits in the kernel, most often for storage',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.5, 'gpu-driver-bug': 0.8, 'host-hardware-fault': 0.5 },
    source: 'https://docs.kernel.org/admin-guide/sysctl/kernel.html#hung-task-timeout-secs',
    literals: ['blocked for more than', 'blocked in i/o wait for more than', 'blocked on a '],
    pattern:
      /task [^\n]{1,60} (?:blocked|is blocked|blocked in I\/O wait) for more than \d+ seconds|task [^\n]{1,60} (?:is )?blocked on a (?:mutex|semaphore|rwsem|rw-semaphore) likely/,
    sees: [
      'INFO: task python:4242 blocked for more than 120 seconds.',
      'INFO: task python:4242 blocked in I/O wait for more than 120 seconds.',
    ],
    ignores: ['blocked for maintenance'],
  },
  {
    id: 'kernel.panic',
    summary: 'the kernel panicked',
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.8, 'gpu-driver-bug': 1.3, 'shared-fs-problem': 0.3 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/panic.c',
    literals: ['kernel panic - not syncing'],
    pattern: /Kernel panic - not syncing(?!: (?:Out of memory|System is deadlocked on memory))/,
    sees: [
      'Kernel panic - not syncing: Fatal exception in interrupt',
      'Kernel panic - not syncing: softlockup: hung tasks',
      'Kernel panic - not syncing: hung_task: blocked tasks',
      'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000007',
    ],
    ignores: ['kernel.panic = 10', 'Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled'],
  },
  {
    id: 'kernel.oops',
    summary: 'the kernel met a fault of its own code',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 1.5, 'host-hardware-fault': 1.4, 'shared-fs-problem': 0.3 },
    source: traps,
    literals: [
      'bug: unable to handle',
      'kernel null pointer',
      'general protection fault,',
      'kernel bug at ',
      'unable to handle kernel paging',
      'internal error: oops',
      'bad page state in process',
      'list_add corruption',
      'list_del corruption',
    ],
    pattern:
      /BUG: unable to handle (?:kernel |page fault)|[Uu]nable to handle kernel (?:NULL pointer|paging request)|BUG: kernel NULL pointer dereference|general protection fault,[^\n]{0,80}SMP|kernel BUG at [\w./-]{1,120}:\d|Internal error: Oops|BUG: Bad page state in process|list_(?:add|del) corruption/,
    sees: [
      'BUG: unable to handle page fault for address: ffffb5c2c0a1b2c3',
      'BUG: kernel NULL pointer dereference, address: 0000000000000010',
      'general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP NOPTI',
      'kernel BUG at mm/slub.c:4023!',
    ],
    ignores: ['traps: python[4242] general protection fault ip:7f3a5c2e1000 sp:7ffc error:0 in libc.so.6'],
  },
  {
    id: 'process.cpu-trap',
    summary: 'a process ended by a CPU trap',
    role: 'symptom',
    weighs: { 'user-code-error': 0.8, 'framework-bug': 0.8, 'host-hardware-fault': 0.4 },
    source: traps,
    literals: [
      'general protection fault ip:',
      'general protection ip:',
      'trap invalid opcode',
      'trap divide error',
      'trap int3 ip:',
      'trap stack segment',
    ],
    pattern:
      /traps: [^\n]{1,40}\[\d+\] (?:general protection(?: fault)?|trap (?:invalid opcode|divide error|int3|stack segment)) ip:/,
    sees: [
      'traps: python[4242] general protection fault ip:7f3a5c2e1000 sp:7ffc5c2e error:0 in libc.so.6[7f3a5c200000+195000]',
      'traps: python3[4242] trap invalid opcode ip:7f3a5c2e1000 sp:7ffc5c2e error:0 in _C.so[7f3a5c200000+195000]',
    ],
    ignores: ['x86/traps: enabled'],
  },
]);
