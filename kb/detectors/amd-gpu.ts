import { lineDetector } from './line-patterns.ts';

const amdgpu = 'https://github.com/torvalds/linux/tree/master/drivers/gpu/drm/amd/amdgpu';

/** What the kernel driver of AMD GPUs says of a card that is lost, faulty or hung. */
export const amdGpu = lineDetector('amd-gpu', [
  {
    id: 'amdgpu.bus-lost',
    summary: 'an AMD GPU is gone from the PCIe bus',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 6, 'host-hardware-fault': 0.7 },
    source: amdgpu,
    literals: ['device lost from bus', 'response:0xffffffff'],
    pattern: /amdgpu[^\n]{0,60}(?:device lost from bus|SMU: [^\n]{0,80}response:0xFFFFFFFF)/,
    sees: [
      'amdgpu 0000:c1:00.0: amdgpu: device lost from bus!',
      'amdgpu 0000:03:00.0: amdgpu: SMU: response:0xFFFFFFFF for index:18 param:0x00000005 message:TransferTableSmu2Dram?',
    ],
    ignores: ['amdgpu 0000:c1:00.0: amdgpu: SMU is initialized successfully!'],
  },
  {
    id: 'amdgpu.memory.uncorrectable',
    summary: 'an AMD GPU counted hardware errors that it could not correct',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 5, 'host-hardware-fault': 0.4 },
    source: amdgpu,
    literals: ['hardware error', 'uncorrectable error detected'],
    pattern:
      /amdgpu[^\n]{0,60}\b[1-9]\d{0,8} (?:total |new )?(?:deferred |uncorrectable )?(?:uncorrectable )?hardware errors? detected in (?:total in )?\w{2,8} block|amdgpu[^\n]{0,60}[Uu]ncorrectable error detected in/,
    sees: [
      'amdgpu 0000:c1:00.0: amdgpu: 3 uncorrectable hardware errors detected in umc block',
      'amdgpu 0000:c1:00.0: amdgpu: socket: 0, die: 0, 1 new uncorrectable hardware errors detected in umc block',
    ],
    ignores: [
      'amdgpu 0000:c1:00.0: amdgpu: 0 uncorrectable hardware errors detected in umc block',
      'amdgpu 0000:c1:00.0: amdgpu: 12 correctable hardware errors detected in umc block, no user action is needed.',
    ],
  },
  {
    id: 'amdgpu.scheduler.hung',
    summary: 'the scheduler or power firmware of an AMD GPU answers no more',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 3.4, 'gpu-fell-off-bus': 0.8, 'user-code-error': 0.5 },
    source: amdgpu,
    literals: ['mes failed to respond', 'mes might be in unrecoverable state', 'mes ring buffer is full', 'smu: i'],
    pattern:
      /MES failed to respon[ds]e? ?(?:to )?msg=|MES might be in unrecoverable state|MES ring buffer is full|SMU: I'm not done with your (?:previous|current) command/,
    sees: [
      'amdgpu 0000:c5:00.0: amdgpu: MES failed to respond to msg=REMOVE_QUEUE',
      'amdgpu 0000:c5:00.0: amdgpu: MES might be in unrecoverable state, issue a GPU reset',
      "amdgpu 0000:03:00.0: amdgpu: SMU: I'm not done with your previous command: SMN_C2PMSG_66:0x00000006 SMN_C2PMSG_82:0x00000000",
    ],
    ignores: ['amdgpu 0000:c5:00.0: amdgpu: MES enabled'],
  },
  {
    id: 'amdgpu.ring.timeout',
    summary: 'work on an AMD GPU did not end, and the driver resets the card',
    role: 'symptom',
    weighs: { 'gpu-driver-bug': 1.2, 'user-code-error': 0.6, 'framework-bug': 0.6, 'gpu-fell-off-bus': 0.4 },
    source: amdgpu,
    literals: ['timeout, signaled seq', 'gpu reset begin', 'gpu reset(', 'timeout, but soft recovered'],
    pattern:
      /ring \w{2,16}(?:\.\d){0,4} timeout, (?:signaled seq|but soft recovered)|amdgpu: GPU reset(?: begin|\(\d+\) )/,
    sees: [
      '[drm:amdgpu_job_timedout [amdgpu]] *ERROR* ring sdma0 timeout, signaled seq=12, emitted seq=14',
      'amdgpu 0000:c1:00.0: amdgpu: GPU reset begin!',
    ],
    ignores: ['amdgpu 0000:c1:00.0: amdgpu: ring sdma0 uses VM inv eng 12 on hub 0'],
  },
  {
    id: 'amd.copy.validation-failed',
    summary: 'what the bandwidth test copied between host and GPU, or between GPUs, arrived changed',
    role: 'cause',
    weighs: {
      'host-hardware-fault': 2.3,
      'acs-iommu-p2p-broken': 1.6,
      'gpu-driver-bug': 1.2,
      'gpu-ecc-uncorrectable': 0.4,
    },
    source: 'https://github.com/ROCm/rocm_bandwidth_test',
    literals: ['  fail', '\tfail'],
    pattern: /^\s{0,8}\d{1,3}\s{2,16}(?:(?:N\/A|PASS)\s{2,16}){0,16}FAIL(?:\s{2,16}(?:N\/A|PASS|FAIL)){0,16}\s{0,16}$/,
    sees: ['    0         N/A         FAIL', '    1         FAIL        PASS'],
    ignores: ['    1         PASS        N/A', '3  tests FAIL', '0    FAIL: test_allreduce'],
  },
]);
