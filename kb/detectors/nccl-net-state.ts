import { lineDetector } from './line-patterns.ts';

const netIb = 'https://github.com/NVIDIA/nccl/tree/master/src/transport/net_ib';
const socketSource = 'https://github.com/NVIDIA/nccl/blob/master/src/misc/socket.cc';
const initSource = 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc';

/** What NCCL says of its network cards and connections while it uses them: fail-over, events, counts, device networking. */
export const ncclNetState = lineDetector('nccl-net-state', [
  {
    // The kernel answers so where the network interface behind the address is not up, or not in the container's network; of
    // three incidents that are known, two were the address's.
    id: 'nccl.ib.gid-device-absent',
    summary: 'a queue pair cannot be connected because the network interface behind the address is not there',
    role: 'cause',
    weighs: {
      'roce-gid-misconfig': 3.3,
      'rdma-device-missing-in-container': 2.7,
      'rdma-link-fault': 1,
      'nccl-env-misconfig': 0.8,
      'socket-interface-mismatch': 0.6,
      'net-plugin-mismatch': 0.4,
    },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/infiniband/core/cache.c',
    literals: ['ibv_modify_qp'],
    pattern:
      /ibv_modify_qp(?![^\n]{0,400}, retrying \d)(?:\(\))? (?:call )?(?:(?:failed|fails)(?: with| by)?:?|returns|returned|gives|gave|ends with) (?:the )?(?:error )?["'`]?(?:\(errno )?(?:19\b\)? ?)?(?:\(Ib failure: )?No such device/i,
    sees: [
      'node-03:76786:77145 [3] misc/ibvwrap.cc:284 NCCL WARN Call to ibv_modify_qp failed with error No such device',
      'C++ exception with description "ibv_modify_qp failed (errno 19) (Ib failure: No such device)" thrown in the test body.',
      'ibv_modify_qp returned "No such device"',
    ],
    ignores: [
      'node-03:225140:225355 [0] misc/ibvwrap.cc:187 NCCL WARN Call to ibv_modify_qp failed with error Network is unreachable',
    ],
  },
  {
    id: 'nccl.net.device-failed',
    summary: 'NCCL gave up a network card of a communicator and looks for another to go on with',
    role: 'cause',
    // The fail-over starts with any error completion, so also where the peer itself is gone.
    weighs: { 'rdma-link-fault': 3.4, 'host-hardware-fault': 0.6, 'roce-gid-misconfig': 0.4, 'mtu-mismatch': 0.3 },
    source: netIb,
    literals: [
      ' marked as failed',
      'as permanently failed',
      'failed devices out of',
      'find a functional device',
      'find a replacement qp',
      'not on a functional device',
      'port recovery attempt #',
      'port recovery failed',
      'failed due to max attempts reached',
      'of probing attempts',
    ],
    pattern:
      /NET\/IB ?: (?:\w{3,60}: )?(?:Device \d{1,3} (?:was already )?marked as failed|Marking device \d{1,3} as permanently failed|Fatal error\. Detected \d{1,3} failed devices out of|Could not find a (?:functional device|replacement QP)|Cannot replace QP [^\n]{1,120} not on a functional device|Port recovery (?:attempt #\d{1,6} )?failed|Recovery for device \d{1,3} failed due to max attempts reached|Maximum number of probing attempts)/,
    sees: [
      'node-03:1:2 [0] transport/net_ib/p2p_resiliency.cc:310 NCCL WARN NET/IB: Device 1 marked as failed. Initiating recovery? yes (send comm=0x7f3a, outstandingRecovery=1)',
      'node-03:1:2 [0] NCCL WARN NET/IB: ncclIbResiliencyHandle: Could not find a functional device to post the probe for request 0x7f3a (id=3)',
      'node-03:1:2 [0] NCCL WARN NET/IB: Fatal error. Detected 2 failed devices out of 2 devices on the send communicator (comm=0x7f3a). No support for more than a single failed device.',
    ],
    ignores: [
      'node-03:1:2 [0] NCCL INFO NET/IB: init: Resiliency is disabled on the send communicator (comm=0x7f3a)',
      'node-03:1:2 [0] NCCL INFO NET/IB: f: The error is not fatal. Trying to continue...',
    ],
  },
  {
    id: 'nccl.net.port-returned',
    summary: 'a port came up, or got a new address or subnet manager, while NCCL was using it',
    role: 'context',
    weighs: { 'rdma-link-fault': 1.2, 'facility-fault': 0.2 },
    source: netIb,
    literals: ['async event', 'async error event'],
    pattern:
      /NET\/IB ?: (?:(?<hca>[\w-]{1,32}):\d{1,2} )?Got (?:non-fatal |error )?async (?:error )?event ?: (?:port active|LID change|SM change|P_Key change|client reregistration|path migrat)/i,
    sees: [
      'node-03:1:2 [0] transport/net_ib/common.cc:179 NCCL WARN NET/IB : mlx5_3:1 Got non-fatal async event: port active(9)',
      'node-03:1:2 [0] transport/net_ib.cc:93 NCCL WARN NET/IB : Got async event : client reregistration',
    ],
    ignores: ['node-03:1:2 [0] transport/net_ib.cc:93 NCCL WARN NET/IB : Got async event : GID table change'],
  },
  {
    id: 'nccl.net.queue-event',
    summary: 'a queue of an RDMA card reported an error event to NCCL',
    role: 'cause',
    weighs: { 'rdma-link-fault': 1.8, 'host-hardware-fault': 0.8, 'net-plugin-mismatch': 0.8, 'nccl-bug': 0.8 },
    source: netIb,
    literals: ['got async error event', 'got non-fatal async event', 'invalid request local work queue'],
    pattern:
      /NET\/IB ?: (?:(?<hca>[\w-]{1,32}):\d{1,2} )?Got (?:(?:async error event|non-fatal async event) ?: (?:QP |CQ error|SRQ catas|local (?:work queue|access violation)|invalid request local work queue)|async event ?: invalid request local work queue)/,
    sees: [
      'node-03:1:2 [0] NCCL WARN NET/IB : mlx5_0:1 Got non-fatal async event: CQ error(0)',
      'node-03:1:2 [0] NCCL WARN NET/IB : mlx5_0:1 Got async error event: local work queue catastrophic error',
      'node-03:1:2 [0] NCCL WARN NET/IB : Got async event : invalid request local work queue error',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN NET/IB : mlx5_0:1 Got non-fatal async event: SRQ limit reached(16)'],
  },
  {
    id: 'nccl.net.device-counts-differ',
    summary: 'ranks see different numbers of network cards: one lacks a card that the others have',
    role: 'cause',
    weighs: {
      'rdma-device-missing-in-container': 2.2,
      'rdma-link-fault': 1.8,
      'nccl-env-misconfig': 1.6,
      'host-hardware-fault': 1,
      'net-plugin-mismatch': 0.5,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/connect.cc',
    literals: [
      'mixed local net device',
      'mixed local collnet device',
      'has a different number of devices=',
      'but that nic is not available for rank',
      'unexpected number of remote rails',
      'unexpected number of remote control rails',
      'wrong number of nics for device',
    ],
    pattern:
      /Detected mixed local (?:CollNet|Net) device counts across ranks (?![^\n]{0,60}Ignoring)|Local mergedDev\S{0,3} ?\S{1,80} has a different number of devices=|requires NIC \d{1,3} but that NIC is not available for rank|NET\/OFI (?:Unexpected number of remote (?:control )?rails for dev|Wrong number of NICs for device)/,
    sees: [
      'node-03:1:2 [0] init.cc:1300 NCCL WARN Detected mixed local Net device counts across ranks (min 7, max 8). Set NCCL_IGNORE_NET_MISMATCH=1 to continue.',
      'node-03:1:2 [0] NCCL WARN NET/IB : Local mergedDev mlx5_0+mlx5_1 has a different number of devices=2 as remote mlx5_0 1',
      'node-03:1:2 [0] NCCL WARN NET/OFI Unexpected number of remote rails for dev 3. Expected 4 but got 3',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO NET/IB : Made virtual device [8] name=mlx5_0+mlx5_1 speed=400000 ndevs=2'],
  },
  {
    id: 'nccl.net.plugin-passed-over',
    summary: 'NCCL tried a network plugin, which found nothing to use, and goes on to the next',
    role: 'context',
    weighs: { 'rdma-device-missing-in-container': 1.1, 'net-plugin-mismatch': 0.7, 'nccl-env-misconfig': 0.3 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/plugin/net.cc',
    literals: ['failed to initialize net plugin '],
    pattern: /NCCL INFO Failed to initialize NET plugin (?!Socket)(?<plugin>\S{1,60})/,
    sees: ['node-03:1:2 [0] NCCL INFO Failed to initialize NET plugin IB'],
    ignores: [
      'node-03:1:2 [0] NCCL INFO Initialized NET plugin IB',
      'NCCL INFO Failed to initialize NET plugin Socket',
    ],
  },
  {
    id: 'nccl.gin.unavailable',
    summary: 'a program asks for network calls from the GPU, and these cards, drivers or this NCCL have none',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 1.8,
      'nccl-version-mismatch': 1.2,
      'gdr-peermem-missing': 1,
      'rdma-device-missing-in-container': 1,
      'nccl-env-misconfig': 1,
      'user-code-error': 0.5,
    },
    source: 'https://github.com/NVIDIA/nccl/tree/master/src/gin',
    literals: [
      'gin',
      'gdaki',
      'multimem support is not enabled',
      'rma not supported',
      'rma-capable',
      'host rma is not supported',
    ],
    pattern:
      /NCCL WARN (?:No (?:GIN|RMA)-capable devices found|(?:GIN|RMA) not supported\.|GIN is disabled\.|No network devices that support GDAKI found|User requested GIN but not all ranks|GIN-capable device type mismatch|GIN plugin (?:v\d{1,3} )?does not support|GIN (?:VA|strong) signals are required, but|One sided RMA: host RMA is not supported)|NET\/OFI (?:gin GDAKI: (?:not supported|createContext on a non-GDA)|GIN (?:only supports|plugin does not support|requires GDRCopy))|This test requires (?:GIN|multimem) support, but (?:GIN|multimem) support is not enabled|NCCL GIN is unavailable/,
    sees: [
      'node-03:1:2 [0] gin/gin_host.cc:88 NCCL WARN No GIN-capable devices found.',
      'This test requires GIN support, but GIN support is not enabled for this communicator.',
      'RuntimeError: NCCL GIN is unavailable. This is usually due to a network configuration issue, such as `allow_hybrid_mode=0` (disable direct RDMA kernels) in multi-plane network.',
      'node-03:1:2 [0] NCCL WARN NET/OFI GIN requires GDRCopy 2.5+ for forced PCIe copy support',
    ],
    ignores: [
      'node-03:1:2 [0] NCCL INFO GIN/Plugin: Failed to initialize any GIN plugin',
      'NCCL INFO NCCL_GIN_ENABLE set by environment to 0.',
    ],
  },
  {
    id: 'nccl.transport.not-connected',
    summary: 'NCCL is to send over a connection that it never made',
    role: 'cause',
    weighs: { 'nccl-bug': 2, 'nccl-env-misconfig': 1, 'collective-mismatch': 0.6, 'framework-bug': 0.6 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/proxy.cc',
    literals: [' has no transport for ', 'error no transport for ', 'rma: trying to send to non-connected peer'],
    pattern:
      /NCCL WARN (?:Rank \d{1,7} has no transport for \w{3,8} peer|\[\d{1,7}\] Error no transport for \w{3,8} peer|RMA: trying to send to non-connected peer)/,
    sees: ['node-03:1:2 [0] proxy.cc:540 NCCL WARN Rank 3 has no transport for send peer 7 on channel 1'],
    ignores: ['node-03:1:2 [0] NCCL WARN No transport found for rank 3[1a000] -> rank 4[1b000]'],
  },
  {
    id: 'nccl.socket.not-permitted',
    summary: 'the own host forbids NCCL to open a connection: a packet filter or the sandbox of the process',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.6, 'permission-misconfig': 0.8, 'container-toolkit-misconfig': 0.6 },
    source: 'https://man7.org/linux/man-pages/man2/connect.2.html (EACCES, EPERM)',
    literals: ['operation not permitted', 'permission denied'],
    pattern:
      /NCCL WARN [^\n]{0,60}(?:[Cc]onnect to [^\n]{1,80}<\d{1,5}>|PollConnect to [^\n]{1,80}|Call to connect) (?:failed|returned)[^\n]{0,40}(?:Operation not permitted|Permission denied)/,
    sees: [
      'node-03:1:2 [0] misc/socket.cc:484 NCCL WARN socketStartConnect: Connect to 10.0.0.5<43210> failed : Operation not permitted',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN socketStartConnect: Connect to 10.0.0.5<43210> failed : Connection refused'],
  },
  {
    id: 'nccl.socket.transfer-timed-out',
    summary: 'a connection that had worked gives no more answer: the peer, its host or the way to it is gone',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 0.5, 'facility-fault': 0.4, 'firewall-blocked': 0.6, 'rdma-link-fault': 0.2 },
    source: socketSource,
    literals: ['connection timed out'],
    pattern:
      /NCCL WARN [^\n]{0,60}Call to (?:recv|send|\S{1,80}<\d{1,5}> \w{2,10})[^\n]{0,90} failed ?:[^\n]{0,20}Connection timed out/,
    sees: [
      'node-03:1:2 [0] misc/socket.cc:49 NCCL WARN socketProgressOpt: Call to recv from 10.0.0.5<43210> failed : Connection timed out',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN socketStartConnect: Connect to 10.0.0.5<43210> failed : Connection timed out'],
  },
  {
    id: 'nccl.socket.accept-ended',
    summary: 'peers that had announced themselves never came, or left while they were being taken in',
    role: 'symptom',
    weighs: { 'socket-interface-mismatch': 0.5, 'firewall-blocked': 0.5 },
    source: socketSource,
    literals: [
      'accept failed',
      'tryaccept: exceeded error retry',
      'exceeded timeouts',
      'socket recv failed while polling for opid',
      'socket progress error',
    ],
    pattern:
      /NCCL WARN (?:\[Service thread\] Accept failed|\w{0,12}TryAccept: (?:Accept failed|exceeded error retry)|socketPollConnect: exceeded timeouts|NET\/Socket : socket progress error|Socket recv failed while polling for opId)/,
    sees: [
      'node-03:1:2 [0] proxy.cc:1170 NCCL WARN Socket recv failed while polling for opId=0x7f00',
      'node-03:1:2 [0] misc/socket.cc:600 NCCL WARN socketTryAccept: exceeded error retry count after 34 attempts, Software caused connection abort',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO Call to accept returned Software caused connection abort, retrying'],
  },
  {
    id: 'nccl.handshake.discarded',
    summary: 'NCCL turned away a stranger that connected to its port: a scan, another job or a late message',
    role: 'context',
    weighs: { 'socket-interface-mismatch': 0.3, 'launcher-rank-misconfig': 0.3, 'nccl-version-mismatch': 0.3 },
    source: socketSource,
    literals: ['discarding peer connection', "didn't receive a valid magic"],
    pattern: /socketFinalizeAccept[^\n]{0,200}(?:discarding peer connection|didn't receive a valid magic)/,
    sees: [
      'node-03:1:2 [0] NCCL INFO socketFinalizeAccept from 10.0.0.9<40000>: socket magic mismatch (peer 0x7e != expected 0x7f), discarding peer connection',
    ],
    ignores: ['node-03:1:2 [0] misc/socket.cc:441 NCCL WARN socketFinalizeAccept: wrong type 4 != 3'],
  },
  {
    id: 'nccl.hint.modify-qp',
    summary: 'NCCL itself guesses why a connection between two cards could not be made',
    role: 'context',
    weighs: { 'roce-gid-misconfig': 0.9, 'nccl-env-misconfig': 0.5 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/ibvwrap.cc',
    literals: ['hint: in many cases this error occurs when '],
    pattern:
      /HINT: In many cases this error occurs when (?:NICs are not cross-rail connected|the incorrect GID index is forced)/,
    sees: [
      'node-03:1:2 [0] NCCL INFO HINT: In many cases this error occurs when the incorrect GID index is forced by NCCL_IB_GID_INDEX',
    ],
    ignores: [
      'NCCL INFO HINT: In many cases this error occurs when ACS is enabled which would break GPU Direct RDMA protocol.',
    ],
  },
  {
    id: 'nccl.collnet.unavailable',
    summary:
      'in-network reduction (SHARP) is asked for and its service or plugin does not give it; NCCL goes on without',
    role: 'context',
    weighs: { 'net-plugin-mismatch': 0.6, 'rdma-link-fault': 0.3, 'nccl-env-misconfig': 0.4 },
    source: 'https://github.com/Mellanox/nccl-rdma-sharp-plugins/blob/master/src/sharp_plugin.c',
    literals: ['initialize collnet', 'sharp', 'sharpd', 'aggregation manager'],
    pattern:
      /Cannot initialize CollNet, using|SHARP (?:coll init error|group create|Allgather failed|regmr failed)|sharp_coll_caps_query failed|sharp_get_job_data failed|Failed to connect to Aggregation Manager|in sharp_create_job/,
    sees: [
      'node-03:1:2 [0] sharp_plugin.c:205 NCCL WARN NET/IB : SHARP coll init error: Cannot connect to SHARPd(-8)',
      'node-03:1:2 [0] transport.cc:300 NCCL WARN Cannot initialize CollNet, using point-to-point network instead',
    ],
    ignores: ['NCCL INFO SHARP rank 0/2 initialized on mlx5_0:1'],
  },
  {
    id: 'nccl.start.peers-apart',
    summary: 'NCCL notes that two GPUs of one node may not access each other directly',
    role: 'context',
    weighs: { 'acs-iommu-p2p-broken': 0.5, 'container-toolkit-misconfig': 0.4, 'nvlink-fabric-error': 0.4 },
    source: initSource,
    literals: ['p2p is disabled between connected gpus'],
    pattern: /NCCL INFO P2P is disabled between connected GPUs \d/,
    sees: [
      'node-03:1:2 [0] NCCL INFO P2P is disabled between connected GPUs 1 and 0. You can repress this message with NCCL_IGNORE_DISABLED_P2P=1.',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO P2P Chunksize set to 131072'],
  },
]);
