import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const nvidiaSmi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const debugGuide = 'https://docs.nvidia.com/deploy/gpu-debug-guidelines/index.html';
const bridgeSeat = 'https://github.com/NVIDIA/nccl/issues/340';

/** The server around the GPUs. */
export const hostPartsSeen = noteDetector('notes-host-parts', [
  {
    id: 'seen.host.bridge-loose',
    summary: 'an NVLink bridge, riser, extender or slot was seen loose or bad',
    role: 'cause',
    weighs: { 'host-hardware-fault': 5, 'nvlink-fabric-error': 0.8, 'gpu-fell-off-bus': 0.5 },
    source: bridgeSeat,
    pattern: near(
      '\\b(?:nvlink bridge|bridge|riser|(?:pcie |pci )?(?:extender|retimer|backplane|slot)|sxm (?:socket|board)|baseboard|power (?:cable|connector))\\b',
      '\\b(?:loose|bad|broken|faulty|defective|damaged|not (?:fully )?(?:seated|plugged)|unseated|reseat(?:ed|ing)?|badly seated|dirty|burnt|bent)\\b',
    ),
    check: (_said, sentence) => !/\b(?:docker|network|linux|virtual) ?bridge|time ?slot/i.test(sentence),
    saysNot: true,
    sees: ['the NVLink bridge was not fully seated', 'riser of GPU 2 is loose', 'a faulty PCIe extender in node-08'],
    ignores: ['docker bridge is broken', 'two cards with an NVLink bridge between them'],
  },
  {
    id: 'seen.host.gpu-on-riser',
    summary: 'a GPU stands on a riser, an extension or an external adapter, whose PCIe link is weak',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.5, 'gpu-fell-off-bus': 0.6 },
    source: 'https://github.com/ROCm/legacy-rocm-build/issues/559',
    pattern: near(
      '\\b(?:gpus?|cards?|vega|radeon|geforce|rtx|connected|attached|mounted|plugged)\\b',
      '\\b(?:pcie |pci-e |usb )?(?:risers?|extension cables?|pcie extenders?|oculink|thunderbolt|egpu|mining adapters?)\\b',
      50,
    ),
    check: (_said, sentence) =>
      !/\b(?:no|without(?: the| a)?|not on a) (?:\w+ )?(?:riser|extender|extension)/i.test(sentence),
    sees: [
      'GPU Vega Frontier Edition connected via PCIe riser',
      'the cards hang on USB risers',
      'GPU attached by OCuLink',
    ],
    ignores: ['the GPUs are in the slots, without a riser', 'the NIC stands on a riser'],
  },
  {
    id: 'seen.host.part-failed',
    summary: 'another part of the server was seen broken',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.5, 'facility-fault': 0.4, 'gpu-fell-off-bus': 0.3 },
    source: debugGuide,
    pattern: any(
      near(
        '\\b(?:psu|power suppl(?:y|ies)|main ?board|mother ?board|dimm\\w*|memory module|host ram|cpu\\d?|bmc|backplane|vrm|nvme drive|ssd|raid controller)\\b',
        '\\b(?:fail(?:s|ed|ing|ure)|broken|dead|faulty|defective|bad|degraded|redundancy lost|lost|died|alarm|uncorrectable|machine check|replaced)\\b',
        50,
      ),
      /\bmachine[- ]check (?:exception|error|event)s?\b|\b(?:ipmi(?:tool)?|sel|bmc|idrac|ilo)\b.{0,50}?\b(?:critical|failure|fault|asserted|uncorrectable)\b/,
    ),
    // "works on the CPU and fails on the GPU", "in CPU memory": that is where a program runs, and no part.
    check: (said, sentence) =>
      !/\b(?:on|in|to|from|with|via|using|for|of) (?:the |a |an )?cpu\b|\bcpu (?:memory|ram|buffers?|tensors?|paths?|versions?|runs?|mode|off-?load\w*|backend|pointers?|only|side|copies|copy)\b/i.test(
        said,
      ) && !/\bcpu ?(?:time|usage|load|out of memory)|bad (?:batch|request)|\bdeasserted/i.test(sentence),
    sees: [
      'one power supply of node-03 failed',
      'DIMM A3 has uncorrectable errors',
      'ipmitool sel shows a critical PSU failure',
      'machine check events on node-11',
    ],
    ignores: [
      'no PSU failure',
      'the CPU is at 100 %',
      'power supplies are fine',
      'a copy to CPU memory works, one to the GPU fails',
    ],
  },
  {
    id: 'seen.gpu.follows-slot',
    summary: 'the fault stays with the slot when GPUs are swapped',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4, 'gpu-ecc-uncorrectable': -1.5, 'gpu-fell-off-bus': 0.6 },
    source: debugGuide,
    pattern: any(
      near(
        '\\b(?:fault|problem|error|issue|failure|it)\\b',
        '\\b(?:stays?|stayed|remains?|remained) (?:with|in|at) (?:the |that )?(?:same )?(?:slot|riser|position|board)\\b|\\bfollows? the slot\\b',
      ),
      /\b(?:swapped|exchanged|moved)\b.{0,40}?\b(?:gpus?|cards?)\b.{0,60}?\b(?:same slot|the slot)\b/,
    ),
    sees: ['after swapping the cards the error stays with the slot', 'the problem follows the slot'],
    ignores: ['the error follows the card'],
  },
  {
    id: 'seen.gpu.follows-card',
    summary: 'the fault goes along with the GPU when it is moved',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 1.8,
      'gpu-ecc-uncorrectable': 1.8,
      'nvlink-fabric-error': 1,
      'host-hardware-fault': -0.8,
    },
    source: debugGuide,
    pattern:
      /\b(?:fault|problem|error|issue|failure|it)s? (?:moves?|moved|goes|went|follows?|followed|travels?|travelled) (?:along )?(?:with )?the (?:card|gpu|board)\b/,
    sees: ['the error follows the card', 'the problem moved with the GPU to the other server'],
    ignores: ['the error stays with the slot'],
  },
  {
    id: 'seen.gpu.pcie-degraded',
    summary: 'a PCIe link of a GPU or adapter runs narrower or slower than built',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.8, 'gpu-fell-off-bus': 0.6, 'gpu-clock-throttle': 0.3, 'rdma-link-fault': 0.4 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\b(?:pcie|pci|lspci|lnksta|link width|link speed|slot)\\b',
        '\\b(?:x ?[1248]|width [1248]|gen ?[12]|2\\.5 ?gt/s|5 ?gt/s|8 ?gt/s|downgraded|down-?trained|degraded|narrower|half width)(?![\\w.])',
      ),
    ),
    check: (said, sentence) =>
      !/\bx ?8 slot\b|\b(?:only|just) (?:8|x8) lanes\b|\bhas (?:8|x8) lanes\b/i.test(sentence) &&
      !/\b(?:at|when|while) idle\b/i.test(sentence) &&
      !/\bx ?8 (?:a100|a800|h100|h200|gpus?)/i.test(sentence) &&
      /\bx ?1(?!6)\b|\bx ?[248]\b|width|gt\/s|gen ?[12]\b|grad|train|narrow/i.test(said),
    sees: [
      'lspci shows the link of GPU 3 at x8 instead of x16',
      'PCIe link downgraded to Gen1 on node-02',
      'LnkSta: Speed 2.5GT/s (downgraded)',
    ],
    ignores: [
      'one card is in a x8 slot of the PCIe board',
      'PCIe Gen4 x16 on all GPUs',
      'the link is not degraded',
      'PCIe Gen4, the cards show Gen1 when idle',
    ],
  },
  {
    id: 'seen.system.freezes',
    summary: 'the whole machine freezes, crashes or restarts',
    role: 'symptom',
    weighs: {
      'host-hardware-fault': 1.5,
      'gpu-driver-bug': 0.6,
      'facility-fault': 0.5,
      'acs-iommu-p2p-broken': 0.5,
      'gpu-fell-off-bus': 0.4,
      'host-oom': 0.4,
    },
    source: bridgeSeat,
    pattern: near(
      '\\b(?:whole |entire |complete )(?:system|machine|node|server|computer|host)\\b|\\b(?:system|machine|node(?:-\\w+)?|server|host|computer)\\b',
      '\\b(?:freezes?|froze|frozen|crash(?:es|ed)?(?! loop)|reboots?(?:ed)? (?:itself|by itself|spontaneously|suddenly|without)|rebooted|resets? itself|restarts? (?:itself|by itself)|powers? off|shuts? (?:itself )?(?:off|down)|kernel panics?|panicked|became unresponsive|locks? up)\\b',
      30,
    ),
    check: (said, sentence) =>
      !/\bafter (?:a |the )?reboot|\bwas rebooted\b/i.test(said) && !/\bfile ?system/i.test(sentence),
    sees: [
      'the whole system freezes during the test',
      'node-04 reboots by itself under load',
      'the server crashed with a kernel panic',
      'the machine locks up',
    ],
    ignores: ['the file system freezes', 'the node does not crash'],
  },
  {
    id: 'seen.node.unreachable',
    summary: 'a node no longer answers',
    role: 'symptom',
    weighs: {
      'host-hardware-fault': 1.4,
      'facility-fault': 0.9,
      'gpu-driver-bug': 0.3,
      'scheduler-action': 0.3,
      'host-oom': 0.4,
      'rdma-link-fault': 0.2,
    },
    source: 'https://slurm.schedmd.com/troubleshoot.html',
    pattern: near(
      '\\b(?:node(?:-?\\w+)?|host|server|machine)\\b',
      '\\b(?:unreachable|not (?:reachable|responding|answering)|does not (?:answer|respond)|no longer (?:answers|responds|reachable)|offline|went dark|notready|no ssh|ssh (?:times out|fails))\\b',
      40,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bport\b|\bdns|\bresolve|\bmaster_|\bfrom (?:inside|the container)/i.test(sentence) &&
      !/file ?server|nfs/i.test(said),
    sees: [
      'node-03 does not answer any more',
      'the node went offline during the run',
      'node-12 is NotReady',
      'ssh times out on server-4',
    ],
    ignores: ['the port on node-03 is not reachable', 'all nodes answer'],
  },
]);
