import { noteDetector } from './note-patterns.ts';
import { any, near, inOrder } from './words.ts';

const xids = 'https://docs.nvidia.com/deploy/xid-errors/index.html';
const remapping = 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html';
const nvidiaSmi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const debugGuide = 'https://docs.nvidia.com/deploy/gpu-debug-guidelines/index.html';
const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';

/** GPUs that are gone, their memory, their links, and the server around them. */
export const gpuHealthSeen = noteDetector('notes-gpu-health', [
  {
    id: 'seen.gpu.lost',
    summary: 'a GPU was seen lost or off the bus',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 4.5, 'host-hardware-fault': 0.5, 'cgroup-device-loss': 0.3 },
    source: xids,
    pattern: any(
      /\b(?:gpu|card|device)\b.{0,40}?\b(?:fell|fallen|falls|dropped|drops|dropping) off (?:of )?(?:the )?(?:pcie?[- ])?bus\b|\boff the bus\b/,
      /\bgpu(?: ?\d{1,2})? is lost\b|\bunable to determine the device handle\b|\blspci\b.{0,60}?\brev ff\b/,
      near(
        '\\b(?:gpu(?: ?\\d{1,2})?|card|one gpu|a gpu)\\b',
        '\\b(?:disappear(?:s|ed)?|vanish(?:es|ed)?|went missing|is (?:missing|gone)|has gone|no longer (?:listed|visible|there|shown|present|detected|enumerated)|not (?:listed|enumerated|detected) (?:by lspci|any ?more|by the bios)|dropped out)',
        40,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bcontainer|\bpod\b|\bdocker|\bkubectl|\bmemory (?:of|on)/i.test(sentence) &&
      !/\bprocess|\bjob\b/i.test(sentence),
    sees: [
      'GPU 3 has fallen off the bus',
      'GPU 5 is missing in nvidia-smi',
      'lspci shows the card with rev ff',
      'one GPU disappeared from node-04',
      'gpu 2 no longer listed by nvidia-smi',
    ],
    ignores: ['the process on GPU 3 disappeared', 'no GPU fell off the bus', 'the GPUs are missing in the container'],
  },
  {
    id: 'seen.gpu.fewer',
    summary: 'fewer GPUs are listed than the node has',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 3.5,
      'cgroup-device-loss': 0.8,
      'container-toolkit-misconfig': 0.6,
      'host-hardware-fault': 0.8,
      'launcher-rank-misconfig': 0.2,
    },
    source: nvidiaSmi,
    pattern: any(
      /\b(?:nvidia-smi|lspci|dcgmi|node-?\w*|host|driver)\b.{0,50}?\bonly (?:[1-7]|one|two|three|four|five|six|seven) (?:of (?:8|eight|16|4|four) )?(?:gpus?|cards?|devices)\b/,
      /\b(?:[1-7]|one|two|three|four|five|six|seven) (?:of|out of) (?:8|eight|16|4|four|the eight|the 8) (?:gpus?|cards?)\b.{0,30}?\b(?:visible|listed|shown|left|found|detected|present|remain)/,
      /\b(?:shows?|lists?|sees|finds?|reports?) (?:only )?(?:[1-7]|one|two|three|four|five|six|seven) (?:of|out of|instead of|rather than|\/) ?(?:8|eight|4|four|16|the 8)\b/,
    ),
    check: (said, sentence) =>
      !/\bas (?:requested|asked|the (?:container|pod|job))\b|\brequested\b/i.test(sentence) &&
      !/\bport|\blink\b|\brank|\bworker|\bnode[s]?\b (?:joined|registered)/i.test(said) &&
      !/CUDA_VISIBLE_DEVICES/.test(sentence),
    sees: [
      'nvidia-smi lists only 7 GPUs on node-02',
      'nvidia-smi shows 7 of 8',
      '7 of 8 GPUs are visible',
      'lspci finds 3 of 4 cards: 3 instead of 4 listed',
    ],
    ignores: ['the pod sees 4 of 8 GPUs as requested', 'nvidia-smi shows all 8 GPUs', '7 of 8 ranks joined'],
  },
  {
    id: 'seen.gpu.err-in-smi',
    summary: 'nvidia-smi shows ERR! for a GPU',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 2.2,
      'gpu-driver-bug': 1.2,
      'host-hardware-fault': 0.6,
      'gpu-ecc-uncorrectable': 0.4,
    },
    source: debugGuide,
    check: (_said, sentence) => /\b(?:nvidia-smi|gpu)/i.test(sentence),
    pattern: /\bERR!|\bUnknown Error\b.{0,30}?\b(?:fan|power|temperature)\b/,
    sees: ['nvidia-smi shows ERR! in the fan and power columns of GPU 2'],
    ignores: ['nvidia-smi shows an error message'],
  },
  {
    id: 'seen.gpu.ecc-uncorrectable',
    summary: 'uncorrectable ECC errors of a GPU were counted',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 4.5 },
    source: remapping,
    pattern: any(
      near('\\b(?:uncorrect(?:able|ed)|double[- ]bit|dbe|uncorr)\\b', '\\b(?:ecc|errors?|counter|count|\\d+)\\b', 40),
      near(
        '\\becc\\b',
        '\\b(?:errors?|count(?:er)?s?)\\b.{0,25}?(?:\\b[1-9]\\d*\\b|\\bgrow|\\brising|\\bnon-?zero|\\bhigh)',
        30,
      ),
    ),
    check: (said, sentence) =>
      !/(?:uncorrect\w*|double[- ]bit|dbe)[^\d]{0,40}(?<![\d.])0(?![\d.]| to )/i.test(sentence) &&
      (!/(?<!un)correct(?:able|ed)|single[- ]bit|\bsbe\b/i.test(sentence) ||
        /uncorrect|double[- ]bit|\bdbe\b/i.test(said)) &&
      !/\b(?:fec|switch|port|dimm|host|edac|cpu|dram channel|ddr\d?)\b/i.test(sentence),
    sees: [
      'nvidia-smi -q shows 3 uncorrectable ECC errors on GPU 4',
      'volatile double-bit ECC count is 12',
      'ECC errors: 5 on gpu 1',
      'dbe counter rises on node-09',
    ],
    ignores: [
      'ECC counters are zero',
      'uncorrectable ECC errors: 0',
      '12 correctable ECC errors',
      'no ECC errors on any GPU',
    ],
  },
  {
    id: 'seen.gpu.row-remap',
    summary: 'rows or pages of GPU memory are retired, or wait for it',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 4 },
    source: remapping,
    pattern: any(
      near(
        '\\b(?:row[- ]?remap\\w*|remapped rows?|remapping|page retirement|retired pages?|pages retired)\\b',
        '\\b(?:pending|fail(?:ed|ure)?|exhausted|yes|needed|required|[1-9]\\d*)\\b',
        40,
      ),
    ),
    check: (_said, sentence) => !/(?:pending|failure|occurred)\W{1,20}no\b/i.test(sentence),
    sees: ['row remapping pending on GPU 6', 'nvidia-smi: Remapping Failure Occurred : Yes', 'retired pages: 4'],
    ignores: ['remapped rows pending: No', 'no row remapping pending', 'rank remapping'],
  },
  {
    id: 'seen.gpu.ecc-corrected',
    summary: 'corrected memory errors of a GPU were counted',
    role: 'context',
    weighs: { 'gpu-ecc-uncorrectable': 0.9, 'loss-nan-numerics': 0.1 },
    source: remapping,
    pattern: near('\\b(?:single[- ]bit|sbe|(?<!un)correct(?:able|ed))\\b', '\\becc\\b|\\berrors?\\b', 30),
    check: (_said, sentence) => /\b(?:gpu|ecc|nvidia|hbm)\b/i.test(sentence),
    sees: ['12 correctable ECC errors on gpu 3', 'single-bit errors are counted by nvidia-smi on GPU 0'],
    ignores: ['uncorrectable ECC errors', 'we corrected the error in the script'],
  },
  {
    id: 'seen.gpu.nvlink-bad',
    summary: 'an NVLink or NVSwitch was seen down, missing or counting errors',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4.2, 'fabricmanager-not-running': 0.6, 'host-hardware-fault': 0.7 },
    source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html',
    pattern: near(
      '\\bnv-?links?\\b|\\bnvswitch(?:es)?\\b|\\bnvidia-smi nvlink\\b',
      '\\b(?:inactive|down|errors?|replay\\w*|recover(?:y|ies)|crc|missing|degraded|fewer|not (?:active|up|trained)|flap\\w*|fault\\w*|broken|fail\\w*|only \\d+ (?:of \\d+ )?links)\\b',
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/(?:errors?|crc|replay|recovery|counters?)\W{0,5}(?:counters? )?(?:are |is |all |: ?){0,3}(?:0\b|zero)/i.test(
        sentence,
      ) &&
      !/\bnon-?fatal|\bcorrected\b/i.test(sentence) &&
      !/\bno (?:\w+ )?(?:errors?|fault)/i.test(said) &&
      // "NVLink inside the node, the job fails over two": what fails is not the link.
      !/,|\b(?:jobs?|training|all_?reduce|runs?|programs?|nccl|(?:the|an) error|inside|within|between|without)\b/i.test(
        said,
      ) &&
      // The links name the kind of machine there, and the trouble is another.
      !/\bnv-?link(?:ed|-\w+)? (?:nodes?|machines?|servers?|systems?|boxe?s?|hosts?|instances?|gpus?|cards?|connect\w*|pairs?|variant|version)\b/i.test(
        sentence,
      ),
    sees: [
      'nvidia-smi nvlink -s: two links of GPU 2 inactive',
      'NVLink replay errors grow on gpu 5',
      'NVSwitch 3 reports errors',
      'nvlink status shows fewer links on node-06',
    ],
    ignores: [
      'NVLink error counters are zero',
      'all NVLinks are active',
      'no NVLink errors',
      'the error appears whenever a worker runs on an NVLink node',
      'NVLink inside the nodes, InfiniBand between them, training fails after 200 steps',
      'the GPUs are joined by NVLink and the job fails over two nodes only',
    ],
  },
  {
    id: 'seen.gpu.peer-copy-bad',
    summary: 'copies between two GPUs are slow, wrong or hang in a test of their own',
    role: 'cause',
    weighs: {
      'acs-iommu-p2p-broken': 2.4,
      'nvlink-fabric-error': 1.4,
      'host-hardware-fault': 0.8,
      'gpu-driver-bug': 0.8,
    },
    source: ncclTrouble,
    pattern: any(
      near(
        '\\b(?:p2pbandwidthlatencytest|p2p ?bandwidth\\w*|simplep2p|p2p (?:copy|copies|test|access|transfer|bandwidth)|peer[- ]to[- ]peer|peer (?:copy|copies|access))\\b',
        '\\b(?:hangs?|hung|wrong|corrupt\\w*|fail\\w*|slow|low|very slow|stuck|mismatch|verification|verif\\w+ error|slower|worse)\\b',
      ),
    ),
    check: (said) => !/\b(?:works|pass(?:es|ed)?)\b,/i.test(said),
    sees: [
      'p2pBandwidthLatencyTest hangs',
      'simpleP2P fails with verification errors',
      'peer-to-peer copies between GPU 0 and 1 return wrong data',
      'P2P bandwidth is lower with P2P enabled: slow',
    ],
    ignores: [
      'the peer-to-peer test works, the training is stuck',
      'p2pBandwidthLatencyTest passes',
      'peer-to-peer file sharing',
    ],
  },
  {
    id: 'seen.gpu.all-present',
    summary: 'all GPUs of the node are listed',
    role: 'context',
    weighs: { 'gpu-fell-off-bus': -1.2, 'cgroup-device-loss': -0.5 },
    source: nvidiaSmi,
    pattern: near(
      '\\ball (?:the )?(?:[248]|two|four|eight|16|sixteen)? ?(?:gpus?|cards?)\\b',
      '\\b(?:(?:are |is )?(?:listed|visible|present|there|seen|shown|detected)|nvidia-smi (?:shows|lists))\\b',
      40,
    ),
    check: (_said, sentence) => !/\b(?:container|pod|docker)/i.test(sentence),
    sees: ['all 8 GPUs are listed by nvidia-smi', 'all GPUs are visible on node-02'],
    ignores: ['not all GPUs are visible', 'all GPUs are visible in the container'],
  },
  {
    id: 'seen.gpu.nvlink-fine',
    summary: 'NVLinks are active and count no errors',
    role: 'context',
    weighs: { 'nvlink-fabric-error': -1.3 },
    source: nvidiaSmi,
    saysNot: true,
    pattern: near(
      '\\bnv-?links?\\b|\\bnvswitch(?:es)?\\b',
      '\\b(?:fine|ok|okay|healthy|clean|all (?:links )?(?:are )?(?:active|up)|are (?:all )?(?:active|up)|(?:errors?|counters?) (?:are |is )?(?:all )?(?:zero|0\\b)|no errors?)\\b',
      40,
    ),
    check: (_said, sentence) => !/\b(?:not|but|except|others?)\b|n['’]t\b/i.test(sentence),
    sees: [
      'NVLink status is fine, all links active',
      'all NVLinks are up: NVLinks ok',
      'NVLink error counters are zero',
    ],
    ignores: ['NVLink is not ok', 'two NVLinks are inactive'],
  },
  {
    // Where the tool runs, the devices may be opened: they are not lost to those who run it.
    id: 'seen.nvidia-smi.works',
    summary: 'nvidia-smi works and shows nothing unusual',
    role: 'context',
    weighs: {
      'gpu-fell-off-bus': -1.4,
      'gpu-ecc-uncorrectable': -1,
      'cgroup-device-loss': -1,
      'nvlink-fabric-error': -0.5,
      'gpu-driver-bug': -0.5,
      'host-hardware-fault': -0.5,
    },
    source: nvidiaSmi,
    saysNot: true,
    pattern:
      /\bnvidia-smi(?: itself| still| always| alone)? (?:works?|runs?|(?:is|looks|looked|was) (?:fine|ok|okay|normal|good|healthy|unremarkable)|(?:shows?|prints?|gives?|displays?|returns?|reports?|lists?) (?:its|the|a|all|both|every|nothing) (?:\w+ )?(?:normal|usual|expected|unusual|wrong|table))\b/,
    check: (_said, sentence) =>
      !/\b(?:hosts?|containers?|docker|pods?|outside|at first|first|initially|then|stops?|stopped|before|until|sometimes|earlier|no longer|but not|after (?:a |the )?(?:while|reboot|restart)|without|except|only|new|fresh|xid|err!?|unknown error)\b/i.test(
        sentence,
      ),
    sees: [
      'nvidia-smi prints its normal table',
      'nvidia-smi works, torch does not see the GPU',
      'nvidia-smi shows nothing unusual',
      'nvidia-smi looks normal',
    ],
    ignores: [
      'nvidia-smi works on the host',
      'nvidia-smi works at first and fails after an hour',
      'nvidia-smi does not work',
      'nvidia-smi shows Xid errors',
    ],
  },
  {
    id: 'seen.gpu.looks-healthy',
    summary: 'GPU tools and the kernel log show nothing wrong',
    role: 'context',
    weighs: {
      'gpu-fell-off-bus': -1.4,
      'gpu-ecc-uncorrectable': -1.4,
      'nvlink-fabric-error': -0.9,
      'gpu-driver-bug': -0.7,
      'host-hardware-fault': -0.5,
      'gpu-clock-throttle': -0.3,
    },
    source: debugGuide,
    saysNot: true,
    pattern: any(
      inOrder(
        "\\b(?:no|without|zero|not any|never|not see|not find|\\w{1,5}n['’]t (?:see|find|show|get|have))\\b",
        '\\bxids?\\b',
        25,
      ),
      near(
        '\\b(?:dmesg|kernel log|syslog|nvidia-smi(?: -q)?|xid)\\b',
        '\\b(?:clean|fine|ok|okay|normal|healthy|empty|nothing (?:unusual|suspicious|special|there|to see|wrong|relevant|interesting)|looks good|unremarkable|no (?:errors?|problems?|anomal\\w+|entries|messages?|xids?))\\b',
        40,
      ),
      /\b(?:no|zero|without) (?:\w+ ){0,2}(?:ecc|nvlink|hardware|gpu) (?:errors?|faults?|problems?)\b|\becc (?:error )?(?:counters?|errors?|counts?)\b.{0,20}?(?:\bzero\b|\b0\b(?! to))/,
      /\b(?:dcgmi? diag|gpu[- ]?burn|nvbandwidth|memtest|field diag\w*|hardware (?:test|check|diagnostics?))\b.{0,40}?\b(?:pass(?:es|ed)?|clean|ok|fine|no (?:errors?|problems?)|healthy)\b/,
      /\b(?:hardware|gpus?) (?:is|are|looks?|seems?) (?:all )?(?:fine|ok|okay|healthy|good)\b/,
    ),
    check: (said, sentence) =>
      !/\b(?:isn['’]t|aren['’]t|not) (?:clean|fine|ok|normal|healthy)\b/i.test(said) &&
      !/\bcontainer|\bdocker|\bpod\b/i.test(sentence),
    sees: [
      'dmesg clean / no Xid',
      'no Xid in the kernel log',
      'nvidia-smi of every node is normal',
      'dcgmi diag -r 3 passed on all nodes',
      'ECC error counters are zero',
      'gpu-burn ran an hour without problems: passed',
      'no ECC errors',
    ],
    ignores: ['dmesg shows Xid 79', 'nvidia-smi is fine outside the container'],
  },
]);
