import { noteDetector } from './note-patterns.ts';
import { any, hangs, inOrder, near } from './words.ts';

const ncclEnv = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const rdmaContainer = 'https://docs.nvidia.com/networking/display/cokan10';

/** What people tell of NCCL's builds, settings and insides, and of RDMA in containers. */
export const ncclAndRdmaSeen = noteDetector('notes-nccl-and-rdma', [
  {
    id: 'seen.container.rdma-on-host-only',
    summary: 'RDMA works on the host and is not taken or not there inside the container',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 4.6, 'net-plugin-mismatch': 1.2, 'ulimit-too-low': 0.6 },
    source: rdmaContainer,
    pattern: any(
      near(
        '\\b(?:inside|within|in) (?:the |a |its |our )?(?:\\w+ )?(?:containers?|docker|pods?|images?|podman|singularity|enroot)\\b',
        '\\b(?:works?|worked|visible|shows?|lists?|seen|fine|ok|runs?|used|there|uses?|present|up)\\b.{0,30}?\\b(?:on|from|outside|directly on) (?:the )?(?:bare )?(?:hosts?|metal|nodes?|machines?)\\b',
        100,
      ),
      near(
        '\\b(?:containers?|docker|pods?)\\b.{0,60}?\\b(?:net/socket|sockets?|tcp|ethernet)\\b',
        '\\b(?:on|outside|of) (?:the )?(?:bare )?(?:hosts?|metal|nodes?)\\b.{0,60}?\\b(?:net/ib|infiniband|rdma|roce|ib)\\b',
        80,
      ),
      /\bdocker run\b(?!.{0,120}?(?:--privileged|--device|\/dev\/infiniband)).{0,120}?\bwithout\b.{0,30}?(?:--privileged|--device|\/dev\/infiniband)/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      /\b(?:rdma|ib|infiniband|roce|ibv?_\w+|ibstat|net\/(?:ib|socket)|hcas?|mlx[45]\S*|mellanox|verbs)\b/i.test(
        sentence,
      ) &&
      /\b(?:not|no|nothing|only|but|fails?|falls?|fell|though|although|while|silently|instead|missing|empty|without)\b|n['’]t\b/i.test(
        sentence,
      ) &&
      !/\bboth (?:inside|on the host)|\balso (?:inside|in the)/i.test(sentence),
    sees: [
      'NCCL silently uses NET/Socket inside the container though RDMA works on the host',
      'ibv_devinfo lists the HCAs on the host but shows nothing in the container',
      'inside the pod NCCL falls back to sockets, InfiniBand is fine on the host',
      'in the container ibstat fails while it works on the node',
      'ib_write_bw runs from the host, not inside docker',
    ],
    ignores: [
      'RDMA works inside the container and on the host',
      'the GPU is visible on the host but not in the container',
    ],
  },
  {
    id: 'seen.host.rdma-works',
    summary: 'verbs tools work on the host itself',
    role: 'context',
    weighs: { 'rdma-device-missing-in-container': 1.5, 'net-plugin-mismatch': 0.6, 'rdma-link-fault': -1.2 },
    source: rdmaContainer,
    pattern: near(
      '\\b(?:on|from|outside) (?:the )?(?:bare )?(?:hosts?|metal)\\b',
      '\\b(?:ibv_\\w+|ib_\\w+|ibstat|ibping|rping|perftest|rdma|infiniband|roce)\\b.{0,20}?\\b(?:works?|passes|is fine|saturates?|lists?|shows? (?:all|the)|runs?|reaches)\\b',
      40,
    ),
    check: (_said, sentence) => !/\bnot\b|n['’]t\b|\bno\b|\bfails?\b|\bcontainers?\b|\bpods?\b/i.test(sentence),
    sees: [
      'on the host ibv_devinfo works and ib_write_bw saturates the link',
      'ib_write_bw reaches line rate from the host',
      'rdma works on bare metal',
      'on the host ibstat lists both ports',
    ],
    ignores: ['ibstat works on the host and in the container', 'on the host ibstat does not work'],
  },
  {
    id: 'seen.container.given-gpus-only',
    summary: 'the container was given GPUs, nothing is said of RDMA devices',
    role: 'context',
    weighs: { 'rdma-device-missing-in-container': 1.2, 'ulimit-too-low': 0.5, 'shm-too-small': 0.3 },
    source: rdmaContainer,
    pattern: /\b(?:containers?|docker run|docker|podman)\b.{0,60}?--gpus\b/,
    check: (_said, sentence) => !/--privileged|--device|\/dev\/infiniband|--ulimit|--ipc/i.test(sentence),
    sees: [
      'the container runs with --network host --gpus all',
      'docker run --gpus all --network host image',
      'containers are started with only --gpus all',
      'podman run --gpus all',
    ],
    ignores: ['docker run --gpus all --privileged image', 'the container runs with --network host'],
  },
  {
    id: 'seen.nccl.falls-back-to-sockets',
    summary: 'the library falls back to sockets by itself',
    role: 'symptom',
    weighs: {
      'rdma-device-missing-in-container': 1.4,
      'net-plugin-mismatch': 1,
      'nccl-env-misconfig': 0.5,
      'rdma-link-fault': 0.3,
    },
    source: ncclTrouble,
    pattern:
      /\b(?:falls?|fell|falling|drops?|dropped|switch(?:es|ed)|goes|reverts?) (?:silently |quietly |always )?(?:back )?to (?:plain )?(?:net\/socket|sockets?\b|tcp\b)/,
    sees: [
      'NCCL silently falls back to NET/Socket (plain TCP) over the Ethernet interface',
      'NCCL fell back to TCP',
      'it switches to sockets after a second',
      'UCX drops back to tcp',
    ],
    ignores: ['it does not fall back', 'the socket was closed'],
  },
  {
    id: 'seen.ofed.releases-differ',
    summary: 'the RDMA libraries of the container and the drivers of the host are of different releases',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.2, 'rdma-device-missing-in-container': 0.8 },
    source: ncclTrouble,
    pattern: any(
      near(
        '\\b(?:containers?|image|pod|docker)\\b.{0,40}?\\b(?:(?:mlnx_?)?ofed|doca|rdma-core|libibverbs|libfabric|hpc-?x|ucx|efa(?: installer)?|libmlx5)\\b.{0,30}?\\d',
        '\\b(?:hosts?|nodes?|kernel|driver)\\b.{0,40}?\\d[\\d.-]+',
        60,
      ),
      near(
        '\\b(?:libfabric|aws-ofi-nccl|rdma-core|libibverbs|hpc-?x|sharp|ucx|mlnx_?ofed|ofed|doca)\\b',
        '\\b(?:older than|newer than|different (?:release|version)s?|another (?:release|version)|does not (?:match|fit)|mismatch\\w*|incompatib\\w*|not compatible|too (?:old|new)|was (?:upgraded|updated) (?:on|in) (?:the )?(?:host|image|container)s? only)\\b',
        60,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bsame (?:release|version|ofed)|\bno mismatch/i.test(sentence),
    sees: [
      'the container ships MLNX_OFED 5.4, the host runs 23.10',
      'the image has rdma-core 28 and the host driver is 5.9-0.5',
      'libfabric is older than the plugin needs',
      'aws-ofi-nccl does not match the libfabric of the image',
      'UCX was upgraded on the host only',
    ],
    ignores: ['OFED 5.4 on all nodes', 'no mismatch of OFED'],
  },
  {
    id: 'seen.nccl.two-releases-printed',
    summary: 'ranks print or load different releases of NCCL',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 4.8, 'net-plugin-mismatch': 0.3 },
    source: ncclTrouble,
    pattern: any(
      /\bnccl(?: version)?\b.{0,12}?\b(2\.\d{1,2}(?:\.\d{1,2})?)\b.{0,40}?\b(?:ranks?|nodes?|hosts?|workers?|the other|machine|image|container)\b.{0,40}?\b(?!\1\b)2\.\d{1,2}(?:\.\d{1,2})?\b/,
      /\b(?:torch|the program|the process|python|ld\.so|ldd)\b.{0,40}?\b(?:loads?|loaded|picks?|picked|uses?|finds?|resolves?|links?|shows?)\b.{0,40}?\b(?:lib)?r?nccl\b.{0,30}?\b(?:of the (?:system|distribution|host|image|os)|from \/usr|in \/usr|system'?s?|apt|distro|another|other|wrong)\b/,
      /\b(?:system|distribution|apt|conda|host)\w{0,2} (?:lib)?nccl\b.{0,40}?\b(?:instead of|before|ahead of|shadows?|hides|overrides?|not the one)\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bwith nccl|\bworks?\b|\bfix\w*|\bupgrad\w*|\bdowngrad\w*|\bcrash|\bhang|\bfail/i.test(sentence),
    sees: [
      'rank 0 prints NCCL version 2.21.5, rank 8 prints 2.18.1',
      'ldd shows that torch loads the libnccl of the system, not the one of the wheel',
      'NCCL 2.14.3 in the image of the workers, the host of the master has 2.19',
      'the process picked libnccl from /usr/lib: python loaded libnccl from /usr/lib',
    ],
    ignores: ['both ranks print NCCL version 2.21.5', 'NCCL 2.21 works, 2.18 fails'],
  },
  {
    id: 'seen.nccl.file-of-settings',
    summary: 'a file of the machine or the image changes how NCCL works',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 3.6 },
    source: ncclEnv,
    pattern: any(
      /\b(?:\/etc\/nccl\.conf|nccl\.conf|\.nccl\.conf|bashrc|\.profile|profile\.d|module ?files?|image|dockerfile|entrypoint|base image|container)\b.{0,40}?\b(?:sets?|exports?|contains?|has|carries|bakes? in|forces?|holds|ships?(?: with)?|defines?)\b.{0,30}?\bNCCL_(?!DEBUG\b|VERSION\b|SOCKET_IFNAME)\w{3,40}/,
      /\bNCCL_(?!DEBUG\b|VERSION\b|SOCKET_IFNAME|IB_GID)\w{3,40}\b.{0,20}?\b(?:is|was|are|were)\b.{0,10}?\bset (?:only )?on (?:one|some|two|a few|half|node\S*|the (?:first|second|master|head|new|old)) ?(?:nodes?|hosts?|ranks?|workers?|of)?/,
      /\bNCCL_(?!DEBUG\b|VERSION\b|SOCKET_IFNAME)\w{3,40}\b.{0,30}?\b(?:was|is|had been|were) (?:still )?(?:set|exported|left|baked|forced) (?:in|by|from) (?:the |an? )?(?:image|base image|profile|bashrc|earlier|previous|module|other|old|container|entrypoint|tutorial|another)/,
    ),
    check: (_said, sentence) => !/\bnot set\b|\bunset\b/i.test(sentence),
    sees: [
      '/etc/nccl.conf of the image sets NCCL_TOPO_FILE',
      'NCCL_P2P_LEVEL is set on one node only',
      'the base image exports NCCL_IB_DISABLE=1',
      'NCCL_ALGO was still set from an earlier experiment: NCCL_ALGO was still set from earlier runs',
    ],
    ignores: ['NCCL_DEBUG is set in the image', 'NCCL_ALGO is not set'],
  },
  {
    id: 'seen.nccl.xml-incomplete',
    summary: "NCCL's topology or graph file was told to lack something",
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.2, 'nccl-bug': 0.4, 'net-plugin-mismatch': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/xml.h',
    pattern: any(
      /\battribute (?!busid of node n)\w{2,20} of node (?:cpu|gpu|nic|net|pci|system|graph|channel)s? not found/,
      near(
        '\\b(?:nccl )?(?:topology|topo|graph) (?:file|xml)|\\bNCCL_(?:TOPO|GRAPH)_FILE\\b|\\btopo\\S{0,20}\\.xml\\b',
        '\\b(?:another|other|different|old|wrong|virtual|does not (?:match|fit|exist)|copied|lacks?|missing|incomplete|empty|invalid|malformed|made for|written for|of the (?:host|vm))\\b',
        60,
      ),
    ),
    saysNot: true,
    sees: [
      'a small test shows: Attribute arch of node cpu not found',
      'the topology file was made for another machine type',
      'NCCL_TOPO_FILE points to a file that does not exist',
      'the graph file lacks the second NIC',
      'topo.xml was copied from an A100 host',
    ],
    ignores: ['the topology is the same', 'no topology file is used'],
  },
  {
    id: 'seen.nccl.stack-inside',
    summary: 'the threads were seen inside functions of the collective library',
    role: 'cause',
    weighs: { 'nccl-bug': 2.6, 'nccl-version-mismatch': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/tree/master/src',
    pattern: near(
      '\\b(?:gdb|pstack|py-spy|eu-stack|back ?traces?|stack(?: ?traces?)?|perf top|core ?dumps?|threads? (?:is|are|spins?|sits?|stands?|wait\\w*))\\b',
      '\\b(?:nccl(?!_)(?:Proxy|Topo|Local|Ring|Tree|Nvls|CollNet|Send|Recv|P2p|Shm|Ib|Net|Socket|Bootstrap|Strong|Launch|Group|Comm|Kernel|Reg|Mem|Cu|Gin|Ras)\\w{2,40}|recvProxyProgress|sendProxyProgress|persistentSocketThread|commReclaim|commFree|bootstrap\\w{3,30})\\b',
      80,
    ),
    check: (said) => !/ncclCommInitRank\b|ncclAllReduce\b/i.test(said),
    sees: [
      'gdb shows all threads in ncclLocalOpAppend',
      'the backtrace ends in ncclProxyProgress',
      'pstack: recvProxyProgress on every rank',
      'stack traces point to ncclTopoComputePaths',
      'the thread spins in commReclaim: gdb, commReclaim',
    ],
    ignores: ['gdb shows all threads in futex_wait', 'NCCL prints ncclCommInitRank'],
  },
  {
    id: 'seen.nccl.release-decides',
    summary: 'it came or went with the release of NCCL alone',
    role: 'cause',
    weighs: { 'nccl-bug': 3.8, 'nccl-version-mismatch': 0.6 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/release-notes/index.html',
    pattern: any(
      /\b(?:since|after|starting with|as of|only with|only in|introduced (?:in|by))\b.{0,30}?\b(?:nccl|rccl)\b.{0,12}?\bv?2\.\d{1,2}/,
      /\b(?:nccl|rccl) v?2\.\d{1,2}[\d.]{0,5}\b.{0,20}?\b(?:only|and later|and newer|onwards|is affected|are affected)\b/,
      /\b(?:downgrad\w*|going back|rolling back|pinning|revert\w*)\b.{0,20}?\b(?:nccl|rccl)\b.{0,40}?\b(?:help(?:s|ed)|fix(?:es|ed)|solv(?:es|ed)|works?|cures?|avoids?|gone)\b/,
      /\bbisect\w*\b.{0,60}?\b(?:nccl|rccl)\b/,
    ),
    check: (_said, sentence) => !/\bdid not help|n['’]t help|\bno difference|\bis installed/i.test(sentence),
    sees: [
      'since NCCL 2.19 the second communicator fails',
      'downgrading NCCL to 2.18 helps',
      'a bisect points to a commit of NCCL',
      'NCCL 2.27.3 only, 2.26 is not affected',
      'it started after the upgrade to NCCL 2.21',
    ],
    ignores: ['downgrading NCCL did not help', 'NCCL 2.21.5 is installed'],
  },
  {
    id: 'seen.nccl.copy-by-path',
    summary: 'the path of libraries leads to a copy of NCCL of its own',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 3.6, 'net-plugin-mismatch': 0.2 },
    source: 'https://github.com/pegainfer-project/pegainfer/issues/810',
    pattern: near(
      '\\b(?:LD_LIBRARY_PATH|LD_PRELOAD|VLLM_NCCL_SO_PATH|NCCL_LIBRARY_PATH|rpath|runpath)\\b',
      '\\b(?:cop(?:y|ies)|another|other|own|private|extra|second|self[- ]built|hand[- ]built|custom|shared)\\b.{0,20}?\\b(?:lib)?nccl\\b',
      60,
    ),
    check: (_said, sentence) =>
      !/\b(?:fix\w*|helps?|helped|solv\w*|gone|works?|same nccl|no other|not another|only one)\b/i.test(sentence),
    sees: [
      'LD_LIBRARY_PATH points at a copy of NCCL 2.30.7 on the shared file system',
      'LD_PRELOAD names another libnccl',
      'a self-built NCCL stands in LD_LIBRARY_PATH: LD_LIBRARY_PATH has a self-built NCCL',
    ],
    ignores: ['LD_LIBRARY_PATH holds CUDA 12.4', 'unsetting LD_LIBRARY_PATH helps, another NCCL was there'],
  },
  {
    id: 'seen.nccl-tests.hangs',
    summary: 'a benchmark of collectives hangs: it has no data, no model and no code of the job',
    role: 'symptom',
    weighs: {
      'acs-iommu-p2p-broken': 1,
      'rdma-link-fault': 0.3,
      'nccl-bug': 0.2,
      'collective-mismatch': -1.4,
      'uneven-data': -1.4,
      'user-code-error': -1.4,
      'dataloader-stall': -1.4,
      'long-rank0-work-timeout': -1.4,
      'framework-bug': -1,
    },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
    pattern: near(
      '\\b[nr]ccl[- ](?:\\w+[- ]){0,2}tests?\\b|\\b(?:all_?reduce|all_?gather|reduce_?scatter|all_?to_?all|sendrecv|broadcast|reduce|gather|scatter)_perf\\b',
      hangs,
      60,
    ),
    check: (_said, sentence) =>
      !/\b(?:does|did|do|will)(?: not|n['’]t) (?:hang|stall|freeze|get stuck)|\bno hang\b|\b(?:works?|fine|passes|passed)\b/i.test(
        sentence,
      ),
    sees: [
      'all_reduce_perf of rccl-tests prints its header and hangs',
      'the nccl single-node test stalls',
      'nccl-tests are stuck on two GPUs',
    ],
    ignores: ['nccl-tests pass, training hangs: nccl-tests passed', 'the test of the loader hangs'],
  },
  {
    id: 'seen.nccl.first-collective-refused',
    summary: 'a communicator is made, but NCCL refuses the first collective, as where two builds of it meet',
    role: 'context',
    weighs: { 'nccl-version-mismatch': 1.5, 'nccl-bug': 0.4 },
    source: ncclTrouble,
    pattern: inOrder(
      '\\b(?:ncclCommInit\\w*|communicators?|(?:nccl )?init(?:iali[sz]ation)?)\\b.{0,20}?\\b(?:succeeds?|succeeded|works?|completes?|is fine|passes|is made)\\b',
      '\\bfirst (?:nccl\\w+|all[-_ ]?reduce|all[-_ ]?gather|collective|broadcast|barrier|send)\\b.{0,30}?\\b(?:rejected|refused|fails?|invalid)\\b',
      60,
    ),
    sees: ['ncclCommInitRank succeeds, the first ncclAllReduce is rejected on every rank'],
    ignores: ['ncclCommInitRank succeeds and the first all_reduce takes 3 ms'],
  },
]);
