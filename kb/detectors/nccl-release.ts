import { lineDetector } from './line-patterns.ts';

const enqueue = 'https://github.com/NVIDIA/nccl/blob/master/src/enqueue.cc';
const netIb = 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net_ib/connect.cc';

/** Lines that a release of NCCL writes about itself: it does not fit the GPU or the container, or it crashed. */
export const ncclRelease = lineDetector('nccl-release', [
  {
    id: 'nccl.kernel.too-large',
    summary: "NCCL's kernels need more shared memory than this GPU grants: the release is older than the GPU",
    role: 'cause',
    weighs: { 'nccl-bug': 4.4, 'nccl-version-mismatch': 1.6 },
    source: enqueue,
    literals: ['maxsharedmem'],
    pattern: /(?:ncclMaxSharedMem|dynamic smem) \d{1,9} exceeds device\/fn maxSharedMem \d{1,9}/,
    sees: ['node-03:1:2 [0] NCCL INFO cudaArch 1200 ncclMaxSharedMem 82240 exceeds device/fn maxSharedMem 79856'],
    ignores: ['maxSharedMem 79856'],
  },
  {
    id: 'nccl.ib.roce-version-unread',
    summary: 'NCCL gave up over a GID entry that this container may not read',
    role: 'cause',
    weighs: { 'nccl-bug': 3, 'roce-gid-misconfig': 2, 'rdma-device-missing-in-container': 0.6 },
    source: netIb,
    literals: ['ncclibrocegetversionnum'],
    pattern: /(?:open|read) failed in ncclIbRoceGetVersionNum/,
    sees: [
      'node-03:1:2 [0] transport/net_ib.cc:400 NCCL WARN NET/IB: read failed in ncclIbRoceGetVersionNum: Invalid argument',
    ],
    ignores: ['ncclIbRoceGetVersionNum returned 2'],
  },
  {
    // Buffers of the caller that are too small or freed end in the same place; the release comes first.
    id: 'nccl.kernel.invalid-access',
    summary: 'a memory checker found a kernel of NCCL reading or writing outside of any allocation',
    role: 'cause',
    weighs: { 'nccl-bug': 4.4, 'framework-bug': 1.6, 'nccl-version-mismatch': 0.8, 'user-code-error': 0.4 },
    source: 'https://github.com/ggml-org/llama.cpp/issues/24489',
    literals: ['========='],
    pattern:
      /^\s{0,4}={9} {1,8}at (?:0x[0-9a-f]{1,16} in )?(?:void )?(?:ncclDev(?:Func|Kernel)_\w{1,100}|nccl\w{0,80}Kernel\w{0,80})/,
    sees: [
      '=========     at ncclDevFunc_AllReduce_Sum_bf16_RING_SIMPLE()+0x14440',
      '=========     at 0x00000bd0 in ncclAllReduceRingLLKernel_sum_f32(ncclColl)',
      '=========     at 0x4d90 in ncclDevKernel_AllGather_RING_LL(ncclDevComm *, unsigned long, ncclWork *)',
    ],
    ignores: [
      '=========     Device Frame:ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<(unsigned long)4096>)+0xfa0',
      '=========     at 0x1b0 in void my_kernel(float *)',
    ],
  },
  {
    id: 'nccl.crash.in-function',
    summary: 'a process was executing a function of NCCL when a signal ended it',
    role: 'symptom',
    // The same stack is printed for SIGTERM, and who waits for a collective waits in NCCL (ray-project/ray#37288).
    weighs: { 'nccl-bug': 1.4, 'nccl-version-mismatch': 0.8, 'framework-bug': 0.4, 'driver-version-mismatch': 0.3 },
    source: 'https://github.com/vllm-project/vllm/issues/15098',
    literals: ['pc: @'],
    pattern: /\bPC: @ {1,24}0x[0-9a-f]{6,16} {1,12}(?:\(unknown\) {1,4}|\d{1,6} {1,4})?p?nccl[A-Z]\w{1,80}/,
    sees: [
      '(RayWorkerWrapper pid=246, ip=10.0.0.5) PC: @     0x7f32d184f03d  (unknown)  ncclLaunchPrepare()',
      '[2025-01-08 18:35:35,877 E 31 4136] logging.cc:365: PC: @     0x7f1ca0a69ab8  (unknown)  ncclProxyService()',
      'PC: @     0x7f1ca0a69ab8 ncclProxyService',
    ],
    ignores: [
      'PC: @     0x7f1ca0a69ab8  (unknown)  c10::cuda::CUDACachingAllocator::free()',
      'PC: @                0x0 (unknown)',
    ],
  },
  {
    // How Python shows the stack of a process that died of a signal; where it was told to show that of one that hangs,
    // the same line stands there.
    id: 'nccl.crash.called-by-wrapper',
    summary: 'the stack of a process ends in a call of NCCL from Python',
    role: 'symptom',
    weighs: { 'nccl-bug': 1, 'nccl-version-mismatch': 0.8, 'framework-bug': 0.4, 'driver-version-mismatch': 0.3 },
    source: 'https://github.com/vllm-project/vllm/blob/main/vllm/distributed/device_communicators/pynccl_wrapper.py',
    literals: [' in nccl'],
    pattern: /^[^\n]{0,60}File "[^"\n]{1,240}", line \d{1,6} in nccl[A-Z]\w{1,40}$/,
    sees: [
      '(RayWorkerWrapper pid=246, ip=10.0.0.5)   File "/opt/venv/lib/python3.12/site-packages/vllm/distributed/device_communicators/pynccl_wrapper.py", line 290 in ncclAllReduce',
    ],
    ignores: ['  File "/venv/vllm/distributed/device_communicators/pynccl_wrapper.py", line 290, in ncclAllReduce'],
  },
  {
    id: 'nccl.crash.frame',
    summary: 'a crash inside the NCCL library',
    role: 'cause',
    weighs: { 'nccl-bug': 3, 'nccl-version-mismatch': 1.2, 'framework-bug': 0.6, 'driver-version-mismatch': 0.4 },
    source: 'https://www.gnu.org/software/libc/manual/html_node/Backtraces.html',
    literals: ['libnccl'],
    // Open MPI and the kernel, each in its own form.
    pattern:
      /\[ ?\d{1,2}\] \S{0,160}libnccl\.so[\w.]{0,12}\((?:\w{0,80})\+0x[0-9a-f]{1,9}\)\s?\[0x[0-9a-f]{6,16}\]|(?:segfault at [0-9a-f]{1,16}|general protection(?: fault)?|trap \w[\w ]{1,30}) ip[ :][0-9a-f]{6,16} sp[ :][0-9a-f]{6,16} error[ :]\d{1,2} in libnccl\.so/,
    sees: [
      '[node-01:78142] [ 1] /usr/local/cuda/lib64/libnccl.so.2(+0x3533c)[0x7f8eab35933c]',
      'python3[71666]: segfault at 8 ip 00007f8fe3f21a73 sp 00007ffc62afe238 error 6 in libnccl.so.2.8.3[7f8fe3edd000+2b000]',
      'traps: all_reduce_perf[4242] general protection fault ip:7f6a12345678 sp:7ffd12345678 error:0 in libnccl.so.2.18.3[7f6a12300000+200000]',
      'traps: python[4242] trap divide error ip:7f6a12345678 sp:7ffd12345678 error:0 in libnccl.so.2[7f6a12300000+200000]',
    ],
    ignores: [
      'PC: @     0x7f1ca0a69ab8  (unknown)  c10::cuda::CUDACachingAllocator::free()',
      'frame #3: ncclCommAbort + 0x1b2 (0x7f32d1850000 in /usr/lib/x86_64-linux-gnu/libnccl.so.2)',
      'found libnccl.so.2.18.5',
      'libnccl.so.2 => /usr/lib/x86_64-linux-gnu/libnccl.so.2 (0x00007f7a62a00000)',
    ],
  },
]);
