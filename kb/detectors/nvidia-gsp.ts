import { lineDetector } from './line-patterns.ts';

const kernelGsp =
  'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/src/kernel/gpu/gsp/kernel_gsp.c';

/** The GPU's system processor: time-outs, crashes, firmware that is missing. */
export const nvidiaGsp = lineDetector('nvidia-gsp', [
  {
    id: 'nvidia.gsp.memory-error',
    summary: "the memory of the GPU's system processor has an uncorrectable error",
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 5, 'host-hardware-fault': 0.5 },
    source:
      'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/src/kernel/gpu/gsp/arch/turing/kernel_gsp_tu102.c',
    literals: ['gsp-riscv'],
    pattern: /^(?![^\n]{0,200}\bXid \()[^\n]{0,300}?GSP-RISCV,? uncorrectable (?:ECC|SRAM) error/i,
    sees: ['NVRM: GPU0 GSP-RISCV uncorrectable ECC error'],
    ignores: ['NVRM: GPU0 GSP-RISCV started'],
  },
  {
    id: 'nvidia.gsp.crashed',
    summary: "the firmware of the GPU's system processor crashed",
    role: 'cause',
    weighs: { 'gpu-driver-bug': 5, 'host-hardware-fault': 0.7, 'gpu-ecc-uncorrectable': 0.4 },
    source: kernelGsp,
    literals: [
      'gsp-crashcat',
      'gsp task',
      'gsp-fmc',
      'signal from gsp',
      'gsp-riscv',
      'gsp init code',
      'rpc response from gsp',
    ],
    pattern:
      /^(?![^\n]{0,200}\bXid \()[^\n]{0,300}?(?:GSP-CrashCat Report|GSP task (?:exception|timeout)|Fatal GSP-FMC Error|signal from GSP to trigger bugcheck|GSP-RISCV instance \d{1,2} [^\n]{0,40}fatal error|GSP init code may have failed|sanity check failed 0x[0-9a-f]{1,8} waiting for RPC response from GSP)/i,
    sees: [
      'NVRM: ****************************** GSP-CrashCat Report *******************************',
      'NVRM: GPU0 sanity check failed 0xf waiting for RPC response from GSP. Expected function 76 (GSP_RM_CONTROL) sequence 214 (0x20800a4c 0x4).',
    ],
    ignores: ['NVRM: GPU0 GSP-RISCV instance 0 started'],
  },
  {
    id: 'nvidia.gsp.firmware-missing',
    summary: "the file with the firmware of the GPU's system processor is missing or of another release",
    role: 'cause',
    weighs: { 'driver-version-mismatch': 5, 'container-toolkit-misconfig': 0.4 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/nv.c',
    literals: [
      'rmfetchgsprmimages',
      'gsp_tu10x.bin',
      'gsp_ga10x.bin',
      'gsp.bin',
      'gsp firmware',
      'direct firmware load for nvidia',
      'version mismatch: got version',
      'need firmware to initialize gsp',
    ],
    pattern:
      /RmFetchGspRmImages[^\n]{0,40}No firmware image found|Direct firmware load for nvidia\/[\d.]{3,20}\/gsp[\w.]{0,20} failed|(?:failed to (?:load|find|fetch)|missing)[^\n]{0,20}GSP firmware|GSP firmware version mismatch|NVRM:[^\n]{0,80}version mismatch: got version|need firmware to initialize GSP/i,
    sees: [
      'NVRM: RmFetchGspRmImages: No firmware image found',
      'NVRM: _kgspFwContainerVerifyVersion: GSP firmware image version mismatch: got version 550.54.15, expected version 550.90.07',
      'nvidia 0000:c1:00.0: Direct firmware load for nvidia/535.104.05/gsp_ga10x.bin failed with error -2',
    ],
    ignores: [
      '    GSP Firmware Version                  : 535.104.05',
      '/lib/firmware/nvidia/535.104.05/gsp_ga10x.bin',
    ],
  },
  {
    id: 'nvidia.gsp.rpc-timeout',
    summary: "the GPU's system processor does not answer the driver",
    role: 'cause',
    weighs: { 'gpu-driver-bug': 5.5, 'gpu-fell-off-bus': 0.7, 'host-hardware-fault': 0.5 },
    source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
    literals: ['gsp', 'xid119', 'rpcrecvpoll', 'libos heartbeat'],
    pattern:
      /^(?![^\n]{0,200}\bXid \()[^\n]{0,300}?(?:waiting for RPC response from GPU ?(?<gpu>\d{1,2})? ?GSP|GSP RPC (?:timed? ?out|Timeout)|_kgspLogXid119|\bGSP (?:firmware|ucode|task)[^\n]{0,60}(?:crash|halt|timed out|hang|exception)|kgspBootstrap[^\n]{0,80}fail|_kgspRpc(?:RecvPoll|Incompl)[^\n]{0,120}(?:timeout|timed out|fail)|rpcRecvPoll timed ?out|_kgspIsHeartbeatTimedOut: Heartbeat timed out|(?:GSP RM|LibOS) heartbeat timed out|= GSP(?:-RM| core) unresponsive =|\bGSP Timeout\b|Rate limiting GSP RPC error prints)/i,
    sees: [
      'NVRM: _kgspLogXid119: ********************************* GSP Timeout **********************************',
      'NVRM: Timeout after 6s of waiting for RPC response from GPU0 GSP! Expected function 76 (GSP_RM_CONTROL)',
      'NVRM: =============== GSP-RM unresponsive ==================',
    ],
    ignores: ['    GSP Firmware Version                  : 535.104.05'],
  },
]);
