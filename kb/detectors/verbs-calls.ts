import { lineDetector } from './line-patterns.ts';

const verbs = 'https://github.com/linux-rdma/rdma-core/tree/master/libibverbs/man';
const perftest = 'https://github.com/linux-rdma/perftest/blob/master/src/perftest_resources.c';
const cm = 'https://github.com/linux-rdma/rdma-core/blob/master/librdmacm/man/rdma_get_cm_event.3';

/**
 * RDMA calls that fail, in the words of any library that makes them (UCX, libfabric, Open MPI, NVSHMEM, perftest,
 * parameter servers): what the call wanted and how the kernel refused it tell the cause, whoever prints it.
 */
export const verbsCalls = lineDetector('verbs-calls', [
  {
    id: 'verbs.memory.not-locked',
    summary: 'memory of an RDMA queue or buffer could not be locked',
    role: 'cause',
    weighs: {
      'ulimit-too-low': 4.4,
      'host-oom': 0.6,
      'rdma-device-missing-in-container': 0.5,
      'gdr-peermem-missing': 0.5,
    },
    source: verbs,
    literals: ['cannot allocate memory', 'enomem'],
    pattern:
      /(?:\b(?:create|register|alloc)\w{0,7}\b[^\n]{0,40}\b(?:QP|CQ|SRQ|MR|DCI|DCT|completion queue|queue pair|memory region|memory (?:at |addr\w{0,4}:? ?)?0x)|\b(?:fi_(?:mr_reg\w{0,5}|endpoint|cq_open|enable)|rdma_(?:create_qp|reg_\w{3,8})|ibv_\w{3,40}|mlx5dv_\w{3,40})\b)[^\n]{0,240}(?:Cannot allocate memory|\bENOMEM\b)/i,
    sees: [
      'ib_device.c:1001 UCX  ERROR failed to create UD QP TX wr:256 sge:6 inl:64 resp:0 RX wr:4096 sge:1 resp:0: Cannot allocate memory',
      'fi_mr_reg failed, ret is:-12, Cannot allocate memory',
      'mlx5dv_create_qp() failed: Cannot allocate memory',
      'rdma_context.cpp:246] Failed to register memory 0x7f9840000000: Cannot allocate memory [12]',
    ],
    ignores: ['fork: Cannot allocate memory', 'created QP 412 on mlx5_0'],
  },
  {
    id: 'verbs.queue.not-created',
    summary: 'an RDMA queue could not be created, most often because too little memory may be locked',
    role: 'cause',
    weighs: {
      'ulimit-too-low': 3.2,
      'rdma-device-missing-in-container': 1,
      'net-plugin-mismatch': 1,
      'rdma-link-fault': 0.4,
      'host-oom': 0.3,
    },
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/btl/openib/help-mpi-btl-openib.txt',
    literals: ['completion queue', 'queue pair', ' cq', ' qp', ' srq'],
    pattern:
      /(?:[Ff]ailed to|[Cc]ouldn['’]t|[Cc]ould not|[Uu]nable to|[Cc]annot) create (?:an? |the )?(?!HW )(?:\w{2,12} )?(?:[Cc]ompletion [Qq]ueue|CQ|QP|SRQ|[Qq]ueue [Pp]air)\b(?![^\n]{0,200}(?:not supported|[Nn]o such device|denied|not permitted))/,
    sees: ['Failed to create a completion queue (CQ):', "Couldn't create CQ", 'Unable to create QP.'],
    ignores: [
      'created completion queue 0x5581',
      'Failed to create a queue for tasks',
      'bnxt_re: Failed to create HW QP',
    ],
  },
  {
    id: 'verbs.memory.gpu-refused',
    summary: 'the adapter could not register GPU memory',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 4, 'ulimit-too-low': 0.8, 'acs-iommu-p2p-broken': 0.5 },
    source: perftest,
    literals: ['allocate mr', 'bad address', 'error=14', 'efault', 'errno=14', 'errno 14', 'errno: 14', 'errno:14'],
    pattern:
      /[Cc]ouldn['’]t allocate MR(?: with error=14)?|\b(?:fi_mr_reg\w{0,5}|[Rr]egist\w{1,9}[^\n]{0,40}(?:\bMRs?|[Mm]emory|(?:GPU|CUDA|device) buffer)|[Mm]emory [Rr]egistration|(?:create|allocate) (?:an )?MR)\b[^\n]{0,160}(?:[Bb]ad address|\bEFAULT\b|\berrno(?:=|: ?| )14\b)/,
    sees: [
      "Couldn't allocate MR with error=14",
      'failed to register CUDA memory 0x7f2c40000000 length 1048576: Bad address',
      'rdma_context.cpp:246] Failed to register memory 0x7f9840000000: Bad address [14]',
      'RDMA memory registration of a CUDA tensor failed: Bad address',
      'Failed to create MR for GPU buffer errno=14',
    ],
    ignores: ['MR 0x55 allocated', 'write: Bad address'],
  },
  {
    id: 'verbs.memory.not-registered',
    summary: 'memory could not be registered for RDMA, and the line does not say why',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 2.2,
      'ulimit-too-low': 1.7,
      'net-plugin-mismatch': 0.6,
      'rdma-device-missing-in-container': 0.4,
      'acs-iommu-p2p-broken': 0.4,
    },
    source: 'https://github.com/kvcache-ai/Mooncake/tree/main/mooncake-transfer-engine/src/transport/rdma_transport',
    literals: [
      'register',
      'registration failed',
      'registration has failed',
      'ibv_reg_mr',
      'fi_mr_reg',
      'rdma_reg_',
      'ucp_mem_map',
    ],
    pattern:
      /(?:[Ff]ailed to|[Cc]ould ?n[o'’]t|[Cc]annot|[Uu]nable to) register (?:(?:an?|the|RDMA|GPU|CUDA|VRAM|device|local|remote) ){0,3}(?:MRs?\b|[Mm]emory [Rr]egions?\b|memory:? (?:at |addr\w{0,4}[:=]? ?)?0x[0-9a-f]|address 0x[0-9a-f]{1,16} \((?:cuda|rocm)|(?:GPU|CUDA|VRAM|RDMA) memory\b)|\b(?:RDMA|GPU|CUDA|VRAM|[Mm]ooncake|NIXL|UCX|[Vv]erbs|HCA)\b[^\n]{0,20} [Mm]emory [Rr]egistration (?:has )?failed|\bregisterMem: registration failed\b|\b(?:ibv_reg_mr\w{0,4}|ucp_mem_map|fi_mr_reg\w{0,5}|rdma_reg_\w{3,8})\b[^\n]{0,60}\b(?:GPU|CUDA|device|cudaMalloc\w{0,12}|VRAM)\b[^\n]{0,60}\b(?:failed|fails|failure)\b|\b(?:ibv_reg_mr\w{0,4}|ucp_mem_map|fi_mr_reg\w{0,5}|rdma_reg_\w{3,8})\b[^\n]{0,40}\b(?:failed|fails|failure)\b[^\n]{0,60}\b(?:GPU|CUDA|device memory|cudaMalloc\w{0,12}|VRAM)\b/,
    sees: [
      'rdma_transport.cpp:166] RdmaTransport: Failed to register memory: addr 0x7f9840000000 length 17179869184',
      'Failed to register MR: Invalid argument',
      'Could not register GPU memory',
      'RuntimeError: Mooncake memory registration failed.',
      'Failed to register RDMA memory region',
      'nixl_agent.cpp:465] registerMem: registration failed for the specified or all potential backends',
      'UCX  ERROR failed to register address 0x7f00c4000000 (cuda) length 8388608 on md[4]=mlx5_0: Input/output error',
      'ibv_reg_mr failed for GPU memory at 0x7f00c4000000',
      'ucp_mem_map of a cudaMalloc buffer failed: Unsupported operation',
    ],
    ignores: [
      'Failed to register memory tool: not found',
      'Registered memory region 0x7f9840000000',
      'user registration failed',
    ],
  },
  {
    id: 'verbs.path.unusable',
    summary: 'an RDMA connection could not be brought up between two adapters whose ports are up',
    role: 'cause',
    weighs: {
      'roce-gid-misconfig': 3.2,
      'rdma-link-fault': 1.8,
      'socket-interface-mismatch': 0.7,
      'firewall-blocked': 0.4,
      'mtu-mismatch': 0.5,
    },
    source: perftest,
    literals: [
      'ibv_create_ah',
      "connect the hca's through the link",
      'rdma_cm_event_addr_error',
      'rdma_cm_event_route_error',
      'rdma_cm_event_unreachable',
    ],
    pattern:
      /ibv_create_ah\([^\n]{0,240}failed|Unable to Connect the HCA's through the link|RDMA_CM_EVENT_(?:ADDR_ERROR|ROUTE_ERROR|UNREACHABLE)/,
    sees: [
      'UCX  ERROR   ibv_create_ah(dlid=49152 sl=0 port=1 src_path_bits=0 dgid=fe80::1 flow_label=0xffffffff sgid_index=3 traffic_class=106) for UD mlx5 connect on mlx5_0 failed: Connection timed out',
      " Unable to Connect the HCA's through the link",
      'got RDMA_CM_EVENT_ADDR_ERROR, error: -19',
    ],
    ignores: ['RDMA_CM_EVENT_ADDR_RESOLVED', 'ibv_create_ah ok'],
  },
  {
    id: 'verbs.peer.rejected',
    summary: 'the other side refused an RDMA connection',
    role: 'symptom',
    weighs: { 'roce-gid-misconfig': 0.4, 'rdma-link-fault': 0.3, 'user-code-error': 0.3 },
    source: cm,
    literals: ['rdma_cm_event_rejected', 'rdma_cm_event_connect_error'],
    pattern: /RDMA_CM_EVENT_(?:REJECTED|CONNECT_ERROR)/,
    sees: ['unexpected event: RDMA_CM_EVENT_REJECTED, error: 28'],
    ignores: ['RDMA_CM_EVENT_ESTABLISHED'],
  },
  {
    id: 'verbs.device.refused',
    summary: 'an RDMA device is there and may not be opened',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 3.8, 'permission-misconfig': 2, 'cgroup-device-loss': 0.5 },
    source: verbs,
    literals: ['ibv_open_device', 'ibv_query_device', '/dev/infiniband', 'ibv_alloc_pd', 'uverbs'],
    pattern:
      /(?:ibv_(?:open_device|alloc_pd|query_device)\w{0,8}|\/dev\/infiniband\/\w{1,12}|\buverbs\d{1,3}\b)[^\n]{0,120}(?:[Oo]peration not permitted|[Pp]ermission denied|EPERM|EACCES)/,
    sees: [
      'ibv_open_device(mlx5_0) failed: Operation not permitted',
      'open /dev/infiniband/uverbs0: permission denied',
    ],
    ignores: ['crw-rw-rw- 1 root root 231, 192 uverbs0', '/dev/infiniband/rdma_cm'],
  },
  {
    id: 'verbs.stack.unsupported',
    summary: 'the user-space RDMA libraries ask for something that this kernel driver does not know',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 3.4, 'rdma-device-missing-in-container': 0.9, 'nccl-env-misconfig': 0.3 },
    source: verbs,
    literals: ['not supported', 'not implemented', 'inappropriate ioctl'],
    pattern:
      /\b(?:mlx[45](?:dv_\w{3,40})?|efadv_\w{3,40}|ibv_(?:create|open|query|alloc)\w{3,40})(?:\([^\n]{0,160}?\))?(?: failed)?:? (?:with error )?(?:[Pp]rotocol not supported|[Oo]peration not supported|[Ff]unction not implemented|[Ii]nappropriate ioctl)/,
    sees: [
      'UCX  ERROR mlx5dv_devx_create_event_channel() failed: Protocol not supported',
      'mlx5: Inappropriate ioctl for device',
    ],
    ignores: ['ibv_reg_dmabuf_mr: Operation not supported', 'feature not supported by mlx5_0'],
  },
  {
    id: 'verbs.retry-exceeded',
    summary: 'an RDMA send was repeated until the adapter gave up',
    role: 'cause',
    weighs: { 'rdma-link-fault': 2.8, 'roce-gid-misconfig': 2.1, 'mtu-mismatch': 1.4, 'firewall-blocked': 0.3 },
    source: perftest,
    literals: ['failed status 12', 'retry count exceeded', 'ibv_wc_retry_exc_err', 'ibv_wc_rnr_retry_exc_err'],
    pattern: /\bFailed status 12\b|\bRNR retry count exceeded\b|IBV_WC_(?:RNR_)?RETRY_EXC_ERR/,
    sees: [
      ' Failed status 12: wr_id 0 syndrom 0x81',
      'ib_mlx5_log.c:143  RNR retry count exceeded on mlx5_0:1/RoCE (synd 0x16 vend 0x97)',
      'completion with IBV_WC_RETRY_EXC_ERR on qp 412',
    ],
    ignores: ['Failed status 5: wr_id 0', 'HTTP retry count exceeded'],
  },
]);
