import { noteDetector } from './note-patterns.ts';
import { absent, any, near, inOrder } from './words.ts';

const compat = 'https://docs.nvidia.com/deploy/cuda-compatibility/index.html';
const fabricManager = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';
const acs = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const install = 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html';

/** Driver, fabric manager, and how PCIe lets GPUs talk to each other. */
export const driverStackSeen = noteDetector('notes-driver-stack', [
  {
    id: 'seen.fabricmanager.down',
    summary: 'fabric manager was seen not running, or of another version',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 5, 'nvlink-fabric-error': 0.3 },
    source: fabricManager,
    pattern: near(
      '\\b(?:nvidia[- ])?fabric[- ]?manager\\b|\\bnv-fabricmanager\\b|\\bnvlsm\\b|\\bnvlink subnet manager\\b',
      `\\b(?:${absent}|version (?:mismatch|differs)|other version|another version|does not match|older than|newer than|mismatch)\\b`,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bnot needed\b|\bno nvswitch|\bwithout nvswitch|\bneeds? none\b/i.test(sentence) &&
      !/\b(?:no|not) (?:errors?|failed)\b/i.test(said),
    sees: [
      'systemctl status nvidia-fabricmanager: inactive (dead)',
      'fabric manager is not running on node-02',
      'nvidia-fabricmanager has another version than the driver',
      'the fabricmanager service failed to start',
    ],
    ignores: ['fabric manager is running', 'nvidia-fabricmanager active (running)', 'fabricmanager down, not needed'],
  },
  {
    id: 'seen.fabricmanager.running',
    summary: 'fabric manager runs',
    role: 'context',
    weighs: { 'fabricmanager-not-running': -1.4 },
    source: fabricManager,
    saysNot: true,
    pattern: near('\\bfabric[- ]?manager\\b', '\\b(?:runs|running|active|up|started|fine|ok)\\b', 40),
    check: (said) => !/\bnot\b|\w{1,5}n['’]t\b|\binactive|\bno\b/i.test(said),
    sees: ['nvidia-fabricmanager is active (running) on all nodes'],
    ignores: ['fabric manager is not running'],
  },
  {
    id: 'seen.fabric.in-progress',
    summary: 'the NVLink fabric of a GPU is not initialised',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 3.8, 'nvlink-fabric-error': 0.8 },
    source: fabricManager,
    pattern: any(
      inOrder('\\bfabric\\b', '\\b(?:state|status)\\b[ :=]{1,4}(?:in progress|not started|failure|insufficient)', 20),
      /\bsystem not yet initiali[sz]ed\b|\bcuda (?:error )?802\b/,
    ),
    saysNot: true,
    sees: [
      'nvidia-smi -q: Fabric State : In Progress',
      'torch.cuda.is_available() gives error 802: system not yet initialized',
    ],
    ignores: ['Fabric State : Completed'],
  },
  {
    id: 'seen.acs.off',
    summary: 'PCIe ACS and IOMMU are off',
    role: 'context',
    weighs: { 'acs-iommu-p2p-broken': -1.4 },
    source: acs,
    saysNot: true,
    pattern: near(
      '\\b(?:acs(?:ctl)?|iommu|vt-d|access control services)\\b',
      '\\b(?:off|disabled|not (?:enabled|active|on)|srcvalid-|inactive|turned off|switched off)\\b',
      40,
    ),
    check: (_said, sentence) => !/\b(?:help|work|gone|fix|solv|after|with|since|once)\w*/i.test(sentence),
    sees: ['ACS is disabled on all switches', 'IOMMU is off in the BIOS'],
    ignores: ['IOMMU is enabled', 'with IOMMU off it works'],
  },
  {
    id: 'seen.acs.on',
    summary: 'PCIe ACS or an active IOMMU was seen',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 4.2 },
    source: acs,
    pattern: any(
      near(
        '\\b(?:acs(?:ctl)?|iommu|vt-d|amd-vi|access control services|dmar)\\b',
        '\\b(?:enabled|(?:is|are|was|were|turned|switched|still) on|active|srcvalid\\+|translat(?:es|ed|ing)|not (?:disabled|off|in passthrough))(?![\\w])',
        40,
      ),
      /\b(?:intel|amd)_iommu=on\b|\bsrcvalid\+/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bnot (?:enabled|on|active)|\w{1,5}n['’]t (?:enabled|on|active)|\binactive/i.test(said) &&
      !/\biommu=pt\b|(?:irq|interrupt) remapping|passthrough mode|works? with (?:the )?(?:iommu|acs)/i.test(sentence),
    sees: [
      'ACS is enabled on the PCIe switches',
      'lspci -vvv shows ACSCtl: SrcValid+',
      'IOMMU is active on node-01',
      'kernel command line has intel_iommu=on',
    ],
    ignores: ['ACS is not enabled', 'the IOMMU is off'],
  },
  {
    id: 'seen.driver.mismatch',
    summary: 'kernel module and libraries of the driver were seen out of step',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.8 },
    source: install,
    pattern: any(
      near(
        '\\b(?:driver|kernel module|nvml|module|nvidia\\.ko|/proc/driver/nvidia/version|modinfo)\\b',
        '\\b(?:librar(?:y|ies)|user[- ]?space|nvml|libcuda(?:\\.so)?|libnvidia\\S*)\\b.{0,60}?\\b(?:mismatch|differs?|different|other|older|newer|out of step|do(?:es)? not (?:match|fit))\\b',
        60,
      ),
      /\b(?:driver|nvml|version)\b.{0,20}?\bmismatch\b/,
      inOrder(
        '\\bkernel module\\b.{0,30}?\\d{3}\\.\\d',
        '\\b(?:librar\\w+|user[- ]?space|libcuda\\S*|nvml)\\b.{0,30}?\\d{3}\\.\\d',
        60,
      ),
    ),
    check: (said) => /driver|nvml|module|libcuda|nvidia/i.test(said) && !/\bnccl|\bofed|fabric/i.test(said),
    sees: [
      'kernel module is 535.104, the libraries are 550.54: mismatch',
      'NVML driver/library version mismatch after the update',
      'kernel module 535.54 loaded, user-space libraries 535.129',
    ],
    ignores: ['no driver mismatch', 'NCCL library mismatch'],
  },
  {
    id: 'seen.driver.module-missing',
    summary: 'a module or device file of the driver was seen missing',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.2, 'container-toolkit-misconfig': 0.4 },
    source: install,
    pattern: any(
      near(
        '\\b(?:nvidia[_-]uvm|nvidia_drm|nvidia (?:kernel )?(?:module|driver)|nvidia\\.ko|dkms|/dev/nvidia-uvm|lsmod \\| grep nvidia(?!_peermem))\\b',
        `\\b(?:${absent}|not built|build failed|did not build)\\b`,
        50,
      ),
      /\bnouveau\b.{0,20}?\b(?:loaded|active|in use)\b/,
    ),
    saysNot: true,
    // Inside a container it may only not have been handed in.
    check: (said, sentence) =>
      !/peermem|fabric|nothing wrong/i.test(sentence) &&
      (!/container|docker/i.test(sentence) ||
        (/\bnvidia[_-](?:uvm|modeset)|\bon the host/i.test(`${said} ${sentence}`) &&
          !/\b(?:in|inside|within) (?:the |a |its |our )?(?:\w+ )?(?:container|docker)/i.test(sentence))),
    sees: [
      'nvidia-uvm is not loaded on node-02',
      'the container does not start since /dev/nvidia-uvm is not there on the host',
      '/dev/nvidia-uvm does not exist',
      'DKMS did not build the module for the new kernel',
      'nouveau is loaded',
      'the nvidia driver failed to load',
    ],
    ignores: ['nvidia-uvm is loaded', 'nouveau is blacklisted', '/dev/nvidia-uvm is missing in the container'],
  },
  {
    id: 'seen.driver.too-old',
    summary: 'the driver is too old for the CUDA release in use',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.2, 'nccl-version-mismatch': 0.3 },
    source: compat,
    pattern: any(
      near(
        '\\bdriver\\b',
        '\\b(?:too old|older than|insufficient|does not support|not support\\w*)\\b.{0,30}?(?:\\bcuda|\\bdriver|\\btorch|$)',
        40,
      ),
      /\b(?:cuda[- ]compat|compat(?:ibility)? (?:package|layer|librar\w+)|forward compat\w*)\b.{0,60}?\b(?:missing|old|loaded|picked|installed|shadow\w*|in LD_LIBRARY_PATH|wrong)\b/,
      /\bbuilt (?:for|with|against) cuda \d+.{0,40}?\bdriver (?:only )?(?:supports?|has|is for)\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      /\bcuda|\bnvidia|\bdriver/i.test(sentence) && !/\bofed|\bmlx|\bnot too old|\bnet\b/i.test(sentence),
    sees: [
      'the driver is too old for CUDA 12.4',
      'a cuda-compat library was loaded from the image',
      'torch is built for CUDA 12.1 and the driver only supports 11.4',
    ],
    ignores: ['the driver supports CUDA 12.4', 'the OFED driver is too old'],
  },
  {
    id: 'seen.driver.differs',
    summary: 'nodes have different driver releases',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 2.4, 'gpu-driver-bug': 1.4, 'nccl-version-mismatch': 0.5 },
    source: compat,
    pattern: any(
      near(
        '\\b(?:nvidia |gpu )?drivers?\\b',
        '\\b(?:differs?|different|not the same|others? (?:have|has|run|use|are)|other version|another version|older|newer)\\b',
        50,
      ),
      inOrder(
        '\\bdriver (?:version )?\\d{3}\\.\\d\\S*',
        '\\b(?:others?|rest|everywhere else|elsewhere|remaining)\\b.{0,30}?\\d{3}\\.\\d',
        60,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      /\bnodes?\b|\bhosts?\b|\bothers?\b|\brest\b|\belsewhere\b/i.test(sentence) &&
      !/\b(?:ofed|mlx|works?|help|fix|downgrad|upgrad|gone)\w*|\bor (?:newer|later|higher)\b/i.test(sentence),
    sees: ['node-03 has driver 535.54, the others 535.129', 'drivers differ between the nodes'],
    ignores: ['the same driver on all nodes', 'with a newer driver it works', 'the host needs driver 535 or newer'],
  },
  {
    id: 'seen.driver.known-bug',
    summary: 'the driver release is known for this defect',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 4 },
    source: 'https://docs.nvidia.com/datacenter/tesla/index.html',
    pattern: any(
      near(
        '\\b(?:driver|gsp|gsp firmware|vbios|gpu firmware)\\b',
        '\\b(?:known (?:bug|issue|problem|defect)|release notes?|fixed in|regression|bug in|defect|buggy)\\b',
        60,
      ),
      // The same job with two releases: one fails, the other does not.
      /\bdrivers? (?:version )?\d{3}[\d.]{0,10}\b.{0,30}?\b(?:hangs?|fails?|crash(?:es)?|breaks|is affected|stalls)\b.{0,30}?\b(?:driver (?:version )?)?\d{3}[\d.]{0,10}\b.{0,15}?\b(?:does not|doesn['’]t|works|is fine|is not|runs)/,
      /\bdrivers? (?:version )?\d{3}[\d.]{0,10}\b.{0,30}?\b(?:works|is fine|runs)\b.{0,30}?\b(?:driver (?:version )?)?\d{3}[\d.]{0,10}\b.{0,15}?\b(?:hangs?|fails?|crash(?:es)?|breaks|does not|doesn['’]t|is affected)/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bnccl\b|\bofed\b|\bmlx/i.test(sentence) &&
      !/\bno(?:t an?)? (?:known )?(?:bug|issue|problem|defect)/i.test(`${sentence} ${said}`),
    sees: [
      'driver 560 hangs, driver 570 does not',
      'the release notes of driver 535.129 list this as fixed',
      'known issue of that GSP firmware',
      'a bug in the driver, says support',
    ],
    ignores: ['no known issue of that driver', 'the driver is 535.129'],
  },
  {
    id: 'seen.gsp.trouble',
    summary: 'the GPU firmware (GSP) was seen in trouble',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 4, 'gpu-fell-off-bus': 0.4 },
    source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
    pattern: near(
      '\\bgsp(?:[- ]rm|[- ]firmware)?\\b',
      '\\b(?:time(?:s|d)? ?out|hangs?|hung|crash\\w*|error|errors|heartbeat|rpc|not respond\\w*)\\b',
      40,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bno errors?\b|\b(?:was|were) not (?:found|seen)/i.test(sentence) && !/\bno\b/i.test(said),
    sees: ['GSP RPC timeouts in dmesg', 'the GSP hangs on GPU 5'],
    ignores: ['GSP and firmware errors were not seen', 'GSP firmware is enabled', 'no GSP errors'],
  },
  {
    id: 'seen.gpu.works-for-others',
    summary: 'other users or programs of the same machine can use the GPUs',
    role: 'context',
    weighs: {
      'cgroup-device-loss': 1.3,
      'permission-misconfig': 1,
      'container-toolkit-misconfig': 0.3,
      'launcher-rank-misconfig': 0.4,
      'driver-version-mismatch': -1.2,
      'gpu-fell-off-bus': -1.3,
      'gpu-driver-bug': -0.8,
      'gpu-ecc-uncorrectable': -1,
    },
    source: 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html',
    pattern: near(
      '\\b(?:other users?|another user|other (?:jobs|sessions|accounts|processes)|root|the admin|other containers?)\\b',
      '\\b(?:can (?:run|use|see)|sees?|works? for|can still|gets?|have no problem|run)\\b.{0,30}?\\b(?:nvidia-smi|gpus?|cards?|devices?)\\b',
      60,
    ),
    check: (_said, sentence) => !/\b(?:not|cannot|same gpu|our gpu|while)\b|n['’]t\b/i.test(sentence),
    sees: ['other users of the same machine can run nvidia-smi', 'root can see all GPUs'],
    ignores: ['other users cannot run nvidia-smi', 'another user is on the same GPU'],
  },
  {
    id: 'seen.nvidia-smi.hangs',
    summary: 'nvidia-smi hangs or takes very long',
    role: 'symptom',
    weighs: {
      'gpu-driver-bug': 1.3,
      'gpu-fell-off-bus': 1.2,
      'gpu-ecc-uncorrectable': 0.4,
      'nvlink-fabric-error': 0.4,
      'fabricmanager-not-running': 0.3,
    },
    source: 'https://docs.nvidia.com/deploy/gpu-debug-guidelines/index.html',
    pattern: inOrder(
      '\\bnvidia-smi\\b',
      '\\b(?:hangs?|hung|stuck|blocks|blocked|freezes|frozen|takes? (?:\\w+ )?(?:\\d+ )?(?:minutes?|seconds|very long|forever|ages)|does not return|never returns|does not respond|very slow)\\b',
      30,
    ),
    saysNot: true,
    sees: ['nvidia-smi hangs on node-04', 'nvidia-smi takes 40 seconds', 'nvidia-smi does not return'],
    ignores: ['nvidia-smi shows all GPUs', 'training hangs, nvidia-smi works'],
  },
  {
    id: 'seen.nvidia-smi.fails',
    summary: 'nvidia-smi does not work on the node',
    role: 'symptom',
    weighs: {
      'driver-version-mismatch': 1.5,
      'gpu-driver-bug': 0.5,
      'gpu-fell-off-bus': 0.5,
      'container-toolkit-misconfig': 0.5,
      'cgroup-device-loss': 0.5,
    },
    source: install,
    pattern: near(
      '\\bnvidia-smi\\b',
      "\\b(?:fails?|failed|does not work|doesn['’]t work|errors? out|could ?n[o']t communicate|cannot (?:talk|communicate)|no devices were found|broken|gives an error)\\b",
      40,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bcontainer|\bpod\b|\bdocker/i.test(sentence),
    sees: [
      'nvidia-smi fails on node-07',
      "nvidia-smi couldn't communicate with the NVIDIA driver",
      'nvidia-smi: No devices were found',
    ],
    ignores: ['nvidia-smi fails inside the container only', 'nvidia-smi works'],
  },
]);
