import { noteDetector } from './note-patterns.ts';
import { any, near, inOrder } from './words.ts';

const torchrun = 'https://pytorch.org/docs/stable/elastic/run.html';
const slurmBind = 'https://slurm.schedmd.com/mc_support.html';
const ncclEnv = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const plugins = 'https://github.com/aws/aws-ofi-nccl';

const differs =
  '(?:differs?|different|mismatch\\w*|not the same|other version|another version|older|newer|out of step|does not (?:match|fit)|do not (?:match|fit)|incompatible|inconsistent)';

/** How the job was started, and which releases it runs. */
export const launchSeen = noteDetector('notes-launch', [
  {
    id: 'seen.launch.same-gpu',
    summary: 'several ranks were seen on one GPU',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.8, 'gpu-oom': 0.3 },
    source: torchrun,
    pattern: any(
      near(
        '\\b(?:two|2|both|all|several|eight|8|four|4|multiple|many|every|each) (?:of the )?(?:ranks?|processes|workers|local ranks)\\b',
        '\\b(?:(?:on|use|uses|share|sit on|bind to|land on|run on|are on|pick|onto) (?:the )?(?:same|one|a single|first) (?:gpu|device|card)|(?:on|use|uses) (?:gpu|device|cuda:?) ?\\d)\\b',
        40,
      ),
      /\b(?:local_rank|set_device|cuda\.set_device)\b.{0,40}?\b(?:not (?:used|set|called|passed)|missing|ignored|always 0|never)\b|\b(?:without|no|missing) (?:torch\.cuda\.)?set_device\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bno two ranks|\bnot (?:on )?the same gpu|\bnot (?:set|passed|given) by (?:hand|me|us)\b/i.test(sentence),
    sees: [
      'two ranks are on the same GPU',
      'all processes use GPU 0',
      'torch.cuda.set_device was not called',
      'local_rank is ignored, always 0',
    ],
    ignores: ['no two ranks share a GPU', 'each rank has its own GPU', '--local_rank was not passed by hand'],
  },
  {
    id: 'seen.launch.world-size-wrong',
    summary: 'number of ranks, world size or device mask were set wrong',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.4, 'rendezvous-resolution': 0.5 },
    source: torchrun,
    pattern: any(
      near(
        '\\b(?:world[ _]?size|nproc[_-]per[_-]node|--nnodes|nnodes|ntasks(?:-per-node)?|node[_-]rank|num[_-]processes|num[_-]machines|number of (?:ranks|processes)|rank (?:ids?|numbers?)|local[_-]rank)\\b',
        '\\b(?:wrong|differs?|different|mismatch\\w*|larger than|more than|smaller than|exceeds?|twice|duplicate|(?:is |was )?(?:the )?same on (?:both|all)|not (?:set|match\\w*|equal)|does not match|instead of|but (?:only )?\\d+|unset|missing)\\b',
        50,
      ),
      near(
        '\\b(?:started|starts|launched|launches|told to start|asked for|spawns?)\\b',
        '\\bmore (?:ranks?|processes|workers) than\\b|\\b\\d+ (?:ranks|processes|workers) (?:for|on|but|with) (?:only )?\\d+ (?:visible )?(?:gpus?|devices)\\b',
        50,
      ),
      near(
        '\\bCUDA_VISIBLE_DEVICES\\b',
        '\\b(?:wrong|empty|unset|differs?|different|overwritten|limits|hides?|only|same|points?|missing|duplicate)\\b',
        40,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bas (?:set by|intended|it should)\b|\b(\d+) (?:ranks|processes|workers) (?:for|on|with) \1\b/i.test(
        sentence,
      ) &&
      !/CUDA_VISIBLE_DEVICES=\S+ (?:is |was )?set\b/i.test(said) &&
      !/^CUDA_VISIBLE_DEVICES is honou?red/i.test(said),
    sees: [
      'WORLD_SIZE is 16 but only 8 ranks start: world size does not match',
      'nproc_per_node is larger than the number of GPUs',
      'node_rank is the same on both machines',
      'the script launches 8 processes for 4 visible GPUs',
      'CUDA_VISIBLE_DEVICES hides half of the GPUs',
    ],
    ignores: [
      '8 processes were started on 8 GPUs: started 8 processes on 8 GPUs',
      'world size 16',
      'ntasks-per-node=8 as always',
      'CUDA_VISIBLE_DEVICES=0,1 is set as we have only half of the node',
    ],
  },
  {
    id: 'seen.cpu.affinity-wrong',
    summary: 'ranks were seen bound to the wrong cores, or to too few',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4.8, 'dataloader-stall': 0.4 },
    source: slurmBind,
    pattern: any(
      near(
        '\\b(?:taskset|affinit(?:y|ies)|cpu[- _]?bind\\w*|core[- _]?bind\\w*|pinned|pinning|numactl|numa|cpus_allowed\\w*|cpuset(?:\\.cpus)?|bound|cpu masks?|kmp_affinity|omp_proc_bind|gomp_cpu_affinity|htop|top)\\b',
        '\\b(?:(?:to |on )?(?:the )?(?:same|one|a single|first|wrong|only one|other|remote|far) (?:cores?|cpus?|sockets?|numa(?: node)?|hardware thread)|core 0|cpu 0\\b(?!-)|(?:only|just) (?:\\d{1,2}|one|two|four) (?:cpu )?cores?|0x0*1\\b|overlap\\w*|wrong|crosses|not local|all (?:ranks|processes|workers|threads) on)',
        50,
      ),
      near(
        '\\ball (?:ranks|processes|workers|threads|loaders?)\\b',
        '\\b(?:on|to|share) (?:the )?(?:same|one|a single|first) (?:cores?|cpus?)\\b|\\bon (?:core|cpu) 0\\b',
        40,
      ),
      near(
        '\\b(?:mpirun|mpiexec|open ?mpi|srun|slurm|launcher)\\b',
        '\\bbinds?\\b.{0,40}?\\b(?:to|on) (?:only )?(?:one|a single|the same|1) (?:cpu )?core\\b',
        40,
      ),
      /\bcpus-per-task\b.{0,20}?\b(?:1\b(?!\d)|missing|not set|too low|wrong|unset)|\b(?:without|no) --cpus-per-task\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bgpu affinity|\bno (?:affinity|binding) problem|\bnot (?:bound|pinned) wrong|\bpinned memory/i.test(sentence),
    sees: [
      'taskset -p shows all ranks on core 0',
      'the ranks are bound to the wrong NUMA node',
      'cpuset has only 2 cores',
      'Cpus_allowed_list: all workers on the same core',
      'all threads share one core',
      'mpirun binds each task to one core',
      'the job was started without --cpus-per-task',
    ],
    ignores: ['pinned memory is used', 'affinity is as it should be'],
  },
  {
    id: 'seen.cpu.few-cores-work',
    summary: 'few of the cores work while the others are idle',
    role: 'symptom',
    weighs: { 'cpu-affinity-misconfig': 1.5, 'dataloader-stall': 1.2 },
    source: slurmBind,
    pattern: near(
      '\\bonly (?:\\d{1,2}|one|two|three|a few)(?: or (?:\\d{1,2}|two|three))?(?: of (?:the )?\\d{1,3})?(?: cpu)? (?:cores?|cpus?|threads)\\b',
      '\\b(?:work\\w*|busy|used|active|running|loaded|in use)\\b',
      30,
    ),
    sees: ['only 2 or 3 of the 12 CPU cores are working', 'only one core is busy'],
    ignores: ['only 2 cores are needed'],
  },
  {
    id: 'seen.cpu.threads-set',
    summary: 'threads or their binding are set by the environment',
    role: 'context',
    weighs: { 'cpu-affinity-misconfig': 1.2, 'dataloader-stall': 0.3 },
    source:
      'https://www.intel.com/content/www/us/en/docs/onemkl/developer-guide-linux/2024-0/setting-environment-variables.html',
    pattern: any(
      /\b(?:OMP_NUM_THREADS|KMP_\w{4,20}|OMP_PROC_BIND|OMP_PLACES|GOMP_CPU_AFFINITY|MKL_NUM_THREADS)\b|--cpu[-_]bind\b|--bind-to\b/,
      near('\\b\\d{1,3} (?:physical )?cores\\b', '\\b\\d{1,3} (?:hardware )?threads\\b', 30),
    ),
    sees: ['OMP_NUM_THREADS is 4', 'the machine has 44 cores and 88 hardware threads', 'mpirun --bind-to core'],
    ignores: ['the process has 4 threads'],
  },
  {
    id: 'seen.cpu.busy',
    summary: 'the CPUs are fully loaded',
    role: 'symptom',
    weighs: { 'dataloader-stall': 1.4, 'cpu-affinity-misconfig': 0.8, 'foreign-gpu-process': 0.2 },
    source: 'https://man7.org/linux/man-pages/man1/top.1.html',
    pattern: near(
      '\\b(?:cpus?|cores?|load average|load|htop|top)\\b',
      '\\b(?:100 ?%|9\\d ?%|saturated|overloaded|maxed out|fully (?:loaded|used)|(?:of |is |at )?[1-9]\\d{2,3}\\b(?! (?:steps|gpus|ranks|mhz|gb))|all busy|oversubscribed)',
      30,
    ),
    check: (_said, sentence) =>
      /\bcpus?|\bcores?|load average/i.test(sentence) && !/\bgpu|\bmemory|\bdisk|\bmhz/i.test(sentence),
    sees: ['all CPU cores are at 100 %', 'load average is 300', 'the CPUs are oversubscribed'],
    ignores: ['GPU load 100 %', 'CPU is idle'],
  },
  {
    id: 'seen.nccl.versions-differ',
    summary: 'ranks or libraries have different NCCL releases',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 4.8, 'net-plugin-mismatch': 0.3 },
    source: ncclTrouble,
    pattern: any(
      near('\\bnccl\\b', `\\b${differs}\\b`, 50),
      inOrder(
        '\\bnccl(?: version)?\\b.{0,30}?\\b2\\.\\d+',
        '\\b(?:others?|rest|elsewhere|but|while|although|though|vs\\.?|versus|instead|system|pip|torch|and(?! (?:nccl |version )?v?2\\.\\d))\\b.{0,40}?\\b2\\.\\d+',
        60,
      ),
      // "NCCL 2.4.2 and 2.5.6" by itself says with which it was tried.
      /\bnccl (?:version )?v?2\.\d[\d.]{0,6} and (?:nccl )?v?2\.\d[\d.]{0,6} (?:are |were |is )?(?:both |each )?(?:installed|loaded|found|mixed|in (?:the )?same|side by side|in one|on (?:the )?(?:same|one))/,
      near(
        '\\b(?:system|distro|/usr/lib\\S*|conda|pip|ld_library_path|ld_preload|two|second)\\b',
        '\\b(?:libnccl\\S*|nccl)\\b.{0,40}?\\b(?:first|picked|loaded|instead|wins|shadow\\w*|resolved|versions|found)\\b',
        50,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:passes|fails|hangs|crashes) (?:with|on|in|under|from) (?:nccl )?v?2\.\d/i.test(sentence) &&
      // Two builds that somebody tried one after the other.
      !/\b(?:own|custom|local|source) builds?\b|\bself-?(?:built|compiled)\b|\bbuilt (?:from source|by (?:our|my)sel)|\bpre-?built\b/i.test(
        sentence,
      ) &&
      /\bversion|\b2\.\d|\blibnccl|library|\bnccl build|\bnccl (?:releases?|on)/i.test(sentence) &&
      !/\b(?:works?|fix\w*|helps?|solv\w*|gone|upgrad\w*|downgrad\w*|bug|regression|release notes|same nccl|topology|topo|env)\b/i.test(
        sentence,
      ),
    sees: [
      'NCCL version differs between the nodes',
      'NCCL 2.18.5 on node-03, the others have 2.19.3',
      'the system libnccl is loaded instead of the one of torch',
      'LD_LIBRARY_PATH points to another NCCL: system libnccl found first',
      'the check prints NCCL 2.11.4 for CUDA 11.5 although 2.8.3 was installed',
    ],
    ignores: [
      'the test passes with NCCL 2.12 and fails with 2.13',
      'the same NCCL version on all ranks',
      'driver 535.54, CUDA 12.2, NCCL 2.18.3 and 2.19.4',
      'with NCCL 2.26 it works',
    ],
  },
  {
    id: 'seen.nccl.known-bug',
    summary: 'the NCCL release is known for this defect',
    role: 'cause',
    weighs: { 'nccl-bug': 4.4 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/release-notes/index.html',
    pattern: any(
      near(
        '\\bnccl\\b',
        '\\b(?:known (?:bug|issue|problem|defect)|release notes?|fixed in|regression|bug(?:gy)?|defect)\\b',
        60,
      ),
      // Releases were compared: one does what another does not.
      /\bnccl (?:version )?v?2\.\d{1,2}[\d.]{0,6}\b.{0,30}?\b(?:hangs?|fails?|crash(?:es)?|breaks|segfaults?|stalls)\b.{0,30}?\b2\.\d{1,2}[\d.]{0,6}\b.{0,15}?\b(?:does not|doesn['’]t|works|is fine|runs)/,
      /\bnccl (?:version )?v?2\.\d{1,2}[\d.]{0,6}\b.{0,20}?\b(?:works|is fine|runs)\b.{0,30}?\b2\.\d{1,2}[\d.]{0,6}\b.{0,15}?\b(?:hangs?|fails?|crash(?:es)?|breaks|segfaults?|does not|doesn['’]t)/,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:not an?|no) (?:nccl |known )?(?:bug|issue|problem|defect)/i.test(sentence),
    sees: [
      'known issue in NCCL 2.25.1',
      'the NCCL release notes list it as fixed in 2.26',
      'maintainers call it a bug in NCCL',
      'NCCL 2.18.5 crashes, 2.19.3 does not',
      'NCCL 2.16.5 works, 2.17.1 fails',
    ],
    ignores: ['it is no bug of NCCL', 'NCCL_DEBUG=INFO'],
  },
  {
    id: 'seen.nccl.segfault',
    summary: 'it crashes inside NCCL',
    role: 'cause',
    weighs: { 'nccl-bug': 2.2, 'nccl-version-mismatch': 1, 'net-plugin-mismatch': 0.8, 'nccl-env-misconfig': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/issues/1050',
    pattern: near(
      '\\b(?:seg(?:mentation )?faults?|sigsegv|core dumps?|heap corruption)\\b',
      '\\b(?:in|inside|of|within) (?:lib)?nccl\\b',
      30,
    ),
    sees: ['random segmentation faults in NCCL 2.18.5 on 256 GPUs', 'a segfault inside libnccl'],
    ignores: ['a segmentation fault in the data loader'],
  },
  {
    id: 'seen.framework.known-bug',
    summary: 'the release of the training library is known for this defect',
    role: 'cause',
    weighs: { 'framework-bug': 4.4 },
    source: 'https://github.com/pytorch/pytorch/issues',
    pattern: near(
      '\\b(?:torch|pytorch|deepspeed|megatron\\w*|fsdp\\d?|lightning|accelerate|transformers|trl|nemo|ray|horovod|vllm|composer|torchrun|apex|transformer engine|flash[- ]attention|xformers|library|framework|toolkit)\\b',
      '\\b(?:known (?:bug|issue|problem|defect)|release notes?|fixed (?:in|by)|regression|bug(?:gy)?|defect|pull request|open issue|github issue)\\b',
      60,
    ),
    check: (_said, sentence) =>
      !/\brelease notes mention|\b(?:is|are) linked\b|\bbug report\b|\btemplate\b/i.test(sentence) &&
      !/\bnccl|\bdriver|\bnot an? bug/i.test(sentence),
    sees: [
      'known bug in DeepSpeed 0.12',
      'a regression of torch 2.1',
      'fixed in a newer release of transformers: fixed in 4.39 of transformers',
    ],
    ignores: ['a pull request for transformers is linked below', 'no known bug in torch', 'torch 2.1 is used'],
  },
  {
    id: 'seen.plugin.mismatch',
    summary: 'network plugin, verbs or OFED releases were seen not to fit',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.4, 'nccl-version-mismatch': 0.4, 'driver-version-mismatch': 0.3 },
    source: plugins,
    pattern: any(
      near(
        '\\b(?:mlnx[_ ]?ofed|mofed|ofed|doca|libfabric|aws-ofi-nccl|ofi plugin|hpc-?x|rdma-core|libibverbs|sharp|libnccl-net\\S*|nccl-net|net(?:work)? plugin|ucx|efa(?: driver| installer)?|openmpi|open mpi|pmix)\\b',
        `\\b(?:${differs}|too old|old|not found|(?:only )?(?:on|in) (?:part|some|one)|missing on|wrong|abi|stale|two versions|conflict\\w*)\\b`,
        50,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bcontainer (?:lacks|misses)|\b(?:works?|fix\w*|helps?|solv\w*|gone)\b|\bno symptom|\b(?:runs?|hangs?|fails?) (?:only )?(?:on|in) (?:one|some|part)|\bor (?:newer|later|older)\b|\bsame (?:ofed|plugin)|\bimage lacks/i.test(
        sentence,
      ),
    sees: [
      'OFED versions differ between the nodes',
      'HPC-X does not fit the installed MLNX_OFED: mismatch',
      'libnccl-net.so is there only on some nodes',
      'aws-ofi-nccl is older than the libfabric it was built for',
      'two versions of UCX',
    ],
    ignores: [
      'the same OFED on all nodes',
      'with HPC-X 2.14 it works',
      'Open MPI 4.1.6, UCX 1.15, runs on one node but not over two',
    ],
  },
  {
    id: 'seen.nccl.env-differs',
    summary: 'NCCL settings differ between ranks, or were left behind',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.4, 'roce-gid-misconfig': 0.2 },
    source: ncclEnv,
    pattern: any(
      near(
        '\\bNCCL_(?!IB_GID)\\w{3,40}\\b|\\bnccl\\.conf\\b|\\bnccl (?:variables?|settings?|env\\w*|topology file|topo file)\\b',
        '\\b(?:differs?|different|not the same|only on|left (?:over|behind)|leftover|wrong|old|stale|typo|too (?:large|small|high|low)|does not exist|from another|copied from|inherited|forgotten|misspelt|conflict\\w*|another (?:model|machine|topology))\\b',
        60,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bNCCL_DEBUG\S* output\b/i.test(sentence) && !/NCCL_(?:GLOO_)?SOCKET_IFNAME|\bversions?\b/.test(sentence),
    sees: [
      'NCCL_P2P_LEVEL is set only on node-03',
      'NCCL_TOPO_FILE points to an old topology',
      '/etc/nccl.conf was left over from a test',
      'NCCL settings differ between the nodes',
      'NCCL_BUFFSIZE is too large',
    ],
    ignores: [
      'NCCL_DEBUG=INFO output differs in the bus ids',
      'NCCL_DEBUG=INFO is set',
      'NCCL settings are the same everywhere',
    ],
  },
  {
    id: 'seen.nccl.env-set',
    summary: 'NCCL settings that change its ways are set',
    role: 'context',
    weighs: { 'nccl-env-misconfig': 1.4 },
    source: ncclEnv,
    pattern:
      /\bNCCL_(?!DEBUG|IB_GID|SOCKET_IFNAME|P2P_DISABLE|IB_DISABLE|SHM_DISABLE|ASYNC|BLOCKING|TIMEOUT|VERSION|LAUNCH)\w{3,40}\b.{0,20}?(?:\b(?:is|are|was|were) set\b|\s?=\s?\S|\bin the environment\b)/,
    // What was tried is not what the job is launched with: "with NCCL_ALGO=Ring the test runs".
    check: (said, sentence) =>
      !/\bnot set\b|\bunset\b/i.test(sentence) &&
      !/^\S{0,20} (?:it |all |everything |the \S{1,20} |training )?(?:runs?|ran|works?|worked|passes|passed|finishes|finished|is fine)\b/i.test(
        sentence.slice(sentence.indexOf(said) + said.length),
      ),
    sees: ['NCCL_BUFFSIZE is set in the environment of the container', 'NCCL_NVLS_ENABLE=1 in the job script'],
    ignores: ['NCCL_DEBUG=INFO', 'NCCL_ALGO is not set', 'with NCCL_NET_GDR_LEVEL=0 the test runs'],
  },
  {
    id: 'seen.env.socket-ifname-set',
    summary: 'the socket interface is set by hand',
    role: 'context',
    weighs: { 'socket-interface-mismatch': 1.2 },
    source: ncclEnv,
    pattern: /\b(?:NCCL|GLOO|TP|UCX)_(?:SOCKET_IFNAME|NET_DEVICES)\s?=\s?\S/,
    sees: ['the pods carry GLOO_SOCKET_IFNAME="^lo,docker,veth,eni"', 'NCCL_SOCKET_IFNAME=eth0'],
    ignores: ['NCCL_SOCKET_IFNAME is not set'],
  },
]);
