import { noteDetector } from './note-patterns.ts';
import { absent, any, hangs, near } from './words.ts';

const gpudirect = 'https://docs.nvidia.com/cuda/gpudirect-rdma/index.html';
const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';

const register =
  '\\b(?:ibv_reg_mr\\w{0,4}|ibv_reg_dmabuf_mr|ucp_mem_map|fi_mr_reg\\w{0,5}|rdma_reg_\\w{3,8}|regist(?:er|ers|ering|ered|ration)|memory regions?|(?:memory )?pinning)\\b';
const gpuMemory =
  '\\b(?:cudaMalloc\\w{0,12}|hipMalloc\\w{0,12}|cuMemAlloc\\w{0,8}|(?:gpu|cuda|device|vram|hip)[- ](?:memory|buffers?|pointers?|tensors?|addresses)|(?:memory|buffers?) (?:\\w+ ){0,2}?(?:on|in|of) (?:the |a )?(?:gpu|vram))\\b';
const fails =
  "\\b(?:fails?|failed|failing|errors?|refused|rejected|not possible|impossible|EFAULT|bad address|cannot|can not|could not|unable|does(?: not|n['’]t) work|returns? (?:null|nullptr|an error))\\b";
const rdma =
  /\b(?:rdma|ibv?_\w+|ucp_\w+|ucx|fi_\w+|libfabric|verbs|infiniband|roce|hcas?|nics?|mellanox|mlx\w{0,6}|ofed|efa|adapters?|connectx\S{0,3})\b/i;

const direct = '\\b(?:gpu ?direct(?: rdma)?|gdr|gdrdma|nv_peer_mem|nvidia[_-]peermem)\\b';
const breaks = `(?:\\b(?:crash\\w*|segfault\\w*|aborts?|fails?|failed|errors?|corrupt\\w*|wrong results?|slow(?:er)?|(?:drops?|low) (?:bandwidth|throughput)|nans?)\\b|${hangs})`;
const isOn =
  '(?:\\(?(?:is |was |are |gets? |being )?(?:turned |switched )?(?:on|enabled|active|used|in use|loaded)\\b)';

/** What people tell of GPU memory that the network is to reach by itself, and of the module for it. */
export const gpudirectSeen = noteDetector('notes-gpudirect', [
  {
    id: 'seen.peermem.missing',
    summary: 'the peer-memory module was seen missing',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 4.8 },
    source: gpudirect,
    pattern: near(
      '\\b(?:nvidia[_-]peermem|nv_peer_mem|nv_peermem|peer[- ]?mem(?:ory)?(?: (?:module|client|driver))?|peermem)\\b',
      `\\b(?:${absent})\\b`,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bdma-?buf (?:is|was|support|used|instead)|\busing dma-?buf/i.test(sentence) &&
      !/nothing (?:wrong|unusual)/i.test(said),
    sees: [
      'lsmod | grep nvidia_peermem shows nothing',
      'nvidia-peermem is not loaded on node-05',
      'the nv_peer_mem module was missing after the reboot',
      'modprobe nvidia_peermem fails',
    ],
    ignores: [
      'nvidia_peermem is not loaded, DMA-BUF is used instead',
      'nvidia_peermem is loaded on all nodes',
      'lsmod shows nvidia_peermem',
    ],
  },
  {
    id: 'seen.gdr.breaks',
    summary: 'it goes wrong when GPUDirect RDMA is on',
    role: 'cause',
    // Where the module is missing it is not used; where the way from card to GPU is redirected, it is used and breaks.
    weighs: {
      'acs-iommu-p2p-broken': 3,
      'gdr-peermem-missing': 2,
      'net-plugin-mismatch': 0.8,
      'gpu-driver-bug': 0.6,
      'roce-gid-misconfig': -0.8,
      'rendezvous-resolution': -0.8,
      'firewall-blocked': -0.8,
    },
    source: ncclTrouble,
    pattern: any(
      new RegExp(
        `${breaks}.{0,30}?\\b(?:when(?:ever)?|if|once|as soon as|only with|with|while|every time)\\b.{0,40}?${direct}(?!\\s?=\\s?0)(?! (?:is |was )?(?:off|disabled|not|unused)).{0,12}?${isOn}`,
      ),
      new RegExp(`\\b(?:when(?:ever)?|if|once|as soon as|with|while)\\b.{0,20}?${direct} ?${isOn}.{0,40}?${breaks}`),
      new RegExp(`\\b(?:enabling|turning on|switching on|loading) (?:the )?${direct}.{0,40}?${breaks}`),
    ),
    check: (_said, sentence) =>
      !/\b(?:with (?:and|or) without|on or off|whether|regardless|also (?:without|with)|even (?:without|with)|no (?:crash|hang|error))\b|\b(?:not|never|n['’]t) (?:crash|hang|fail)|\bgpu ?direct storage\b/i.test(
        sentence,
      ),
    sees: [
      'all_reduce_perf crashes whenever GPUDirect RDMA is enabled and runs without it',
      'it hangs when GDR is on',
      'with GPUDirect RDMA enabled the bandwidth test is slow',
      'enabling GPUDirect makes the job fail',
      'the run stalls as soon as nvidia_peermem is loaded',
    ],
    ignores: [
      'GPUDirect RDMA is enabled',
      'it hangs with and without GPUDirect RDMA enabled',
      'it does not hang when GDR is on',
      'nvidia_peermem fails to load',
    ],
  },
  {
    id: 'seen.peermem.loaded',
    summary: 'the peer-memory module is loaded',
    role: 'context',
    weighs: { 'gdr-peermem-missing': -1.4 },
    source: gpudirect,
    saysNot: true,
    pattern: near(
      '\\b(?:nvidia[_-]peermem|nv_peer_mem|peermem)\\b',
      '\\b(?:is|are|was|shows?|lists?)? ?(?:loaded|present|there|active|installed)\\b|\\blsmod shows\\b',
      40,
    ),
    check: (said, sentence) =>
      !/\bnot\b|\w{1,5}n['’]t\b|\bno\b/i.test(said) && !/\b(?:must|should|by hand|forgot\w*)\b/i.test(sentence),
    sees: ['nvidia_peermem is loaded on all nodes'],
    ignores: ['nvidia_peermem is not loaded'],
  },
  {
    id: 'seen.gdr.unused',
    summary: 'GPUDirect RDMA was seen unused',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 3,
      'acs-iommu-p2p-broken': 0.4,
      'nccl-env-misconfig': 0.5,
      'net-plugin-mismatch': 0.3,
    },
    source: ncclTrouble,
    pattern: near(
      '\\b(?:gdr|gpu ?direct(?: rdma)?|gdrdma)\\b',
      "\\b(?:0|not (?:used|active|enabled|available)|\\w{1,5}n['’]t (?:used|active|enabled)|unused|disabled|off|unavailable|missing|no longer used)\\b",
      40,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bon purpose\b|\bgpu ?direct storage\b|\bfor (?:a|the|this) test/i.test(sentence) &&
      !/\b(?:gdr|gpu ?direct(?: rdma)?) (?:is |was |turned |switched )?(?:off|disabled)\b.{0,30}?\b(?:works?|worked|trains?|runs?|ran|fine|helps?|helped|passes)\b/i.test(
        sentence,
      ) &&
      (!/gdr ?copy|NCCL_NET_GDR_LEVEL=|disable/i.test(said) || /disabled/i.test(said)),
    sees: ['NCCL says GDR 0 on node-03', 'GPUDirect RDMA is not used', 'GPU Direct disabled according to the log'],
    ignores: [
      'GPUDirect Storage is not used',
      'GDR was disabled on purpose',
      'with GDR off it trains',
      'GDRCopy is not installed',
      'GPUDirect RDMA is used',
    ],
  },
  {
    id: 'seen.gdr.registration-refused',
    summary: 'an RDMA adapter does not take GPU memory',
    role: 'cause',
    // Without the module (or dma-buf) the kernel knows pages of host memory only.
    weighs: { 'gdr-peermem-missing': 4.2, 'net-plugin-mismatch': 0.6, 'ulimit-too-low': -0.5 },
    source: gpudirect,
    saysNot: true,
    pattern: any(
      new RegExp(`${register}.{0,30}?${gpuMemory}.{0,50}?${fails}`),
      near(`${register}.{0,60}?${fails}`, gpuMemory, 70),
      near(`${fails}.{0,60}?${register}`, gpuMemory, 70),
    ),
    check: (_said, sentence) =>
      (rdma.test(sentence) || /\bibv_reg|\bucp_mem_map|\bfi_mr_reg/i.test(sentence)) &&
      !/\b(?:gpu|host)? ?memory limit|\bmemlock|\bulimit|\bcudaHostRegister\b/i.test(sentence),
    sees: [
      'ibv_reg_mr fails when the buffer was allocated with cudaMalloc',
      'registering GPU memory with the HCA fails, host memory works',
      'ucp_mem_map fails for device memory with UCX 1.15',
      'registration of CUDA buffers with the NIC failed',
      'cannot register GPU memory for RDMA',
    ],
    ignores: [
      'registering GPU memory with the HCA works',
      'GPU memory is full and the registration of the worker fails',
      'cudaMalloc fails on GPU 3',
    ],
  },
]);
