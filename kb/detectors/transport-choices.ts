import { lineDetector } from './line-patterns.ts';

const vllmUtils = 'https://github.com/vllm-project/vllm/blob/main/vllm/utils/__init__.py';

const transportNet = 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net.cc';

/** Settings of the transports as command lines, launchers and libraries show them, where the choice itself is telling. */
export const transportChoices = lineDetector('transport-choices', [
  {
    id: 'net.interfaces.overwritten-by-launcher',
    summary: "a launcher puts the first node's interface names over those that another node has for itself",
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.6, 'nccl-env-misconfig': 1.2, 'rendezvous-resolution': 0.3 },
    source: vllmUtils,
    literals: ['overwriting ', 'overriding '],
    pattern:
      /\b(?:Overwriting|Overriding) (?:the )?(?:environment variable|env(?:ironment)?(?: var)?) '?(?:(?:NCCL|GLOO|TP|UCX|HCCL|RCCL|MCCL|NVSHMEM|OMPI_MCA)_\w{0,40}(?:IFNAME|NET_DEVICES|if_include|IF_IP)|VLLM_HOST_IP|HOST_IP)\b'? from /,
    sees: [
      "Overwriting environment variable NCCL_SOCKET_IFNAME from 'enP7s7,enp1s0f0np0,enP2p1s0f0np0' to 'enP7s7,enp1s0f1np1,enP2p1s0f1np1'",
      "WARNING 10-01 10:00:00 utils.py:1140] Overwriting environment variable VLLM_HOST_IP from '10.0.0.2' to '10.0.0.1'",
    ],
    ignores: [
      "Overwriting environment variable LD_LIBRARY_PATH from '/a' to '/b'",
      'NCCL_SOCKET_IFNAME set by environment to eth0',
    ],
  },
  {
    id: 'net.adapters.overwritten-by-launcher',
    summary: "a launcher puts the first node's RDMA adapters over those that another node has for itself",
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 2.8, 'nccl-env-misconfig': 2.2, 'rdma-link-fault': 0.4 },
    source: vllmUtils,
    literals: ['overwriting ', 'overriding '],
    pattern:
      /\b(?:Overwriting|Overriding) (?:the )?(?:environment variable|env(?:ironment)?(?: var)?) '?(?:(?:NCCL|RCCL|NVSHMEM|MC|UCX)_\w{0,30}(?:IB_HCA|HCA_LIST|HCA_PE_MAPPING|IB_GID_INDEX))\b'? from /,
    sees: ["Overwriting environment variable NCCL_IB_HCA from 'rocep1s0f0,roceP2p1s0f0' to 'rocep1s0f1,roceP2p1s0f1'"],
    ignores: ["Overwriting environment variable CUDA_VISIBLE_DEVICES from '0,1' to '0'"],
  },
  {
    id: 'roce.gid.chosen-by-hand',
    summary: 'a command line or a log shows a GID index that was set by hand and is seldom that of routable RoCE v2',
    role: 'context',
    // Index 3 is RoCE v2 with an IPv4 address on most hosts; with 0 to 2 peers beyond the own subnet are not reached.
    weighs: { 'roce-gid-misconfig': 2.8, 'rdma-link-fault': -0.8 },
    source: 'https://github.com/openucx/ucx/issues/2789',
    literals: ['gid_index'],
    pattern:
      /\b(?:UCX_IB|NCCL_IB|NVSHMEM_IB|MC|HCOLL_IB|MXM_IB|btl_openib)_GID_INDEX(?: set by environment to |[ =:]{1,3}['"]?)[012]\b/i,
    sees: [
      'mpirun -np 280 -mca pml ucx -x UCX_NET_DEVICES=mlx5_2:1 -x UCX_IB_TRAFFIC_CLASS=106 -x UCX_IB_GID_INDEX=1 ./IMB-MPI1',
      'export NCCL_IB_GID_INDEX=0',
      'node-03:1:2 [0] NCCL INFO NCCL_IB_GID_INDEX set by environment to 1.',
    ],
    ignores: ['export NCCL_IB_GID_INDEX=3', 'NCCL_IB_GID_INDEX is not set', 'UCX_IB_GID_INDEX=auto'],
  },
  {
    id: 'nccl.graph.injected',
    summary: 'NCCL takes its rings from a graph file, which fits one set of GPUs only',
    role: 'context',
    // Clouds ship both files with the images of some machines, where they are right for all GPUs together.
    weighs: { 'nccl-env-misconfig': 1.6 },
    source: 'https://github.com/NVIDIA/nccl/issues/1240',
    literals: ['nccl_graph_file', 'graph file'],
    pattern: /\bNCCL_GRAPH_FILE(?: set by environment to |=)['"]?\/?\w|NCCL INFO Loading graph file /,
    sees: [
      'node-03:73025:73112 [0] NCCL INFO NCCL_GRAPH_FILE set by environment to /opt/microsoft/ncv4/graph.xml',
      'NCCL_GRAPH_FILE=/opt/microsoft/ncv4/graph.xml',
    ],
    ignores: [
      'NCCL INFO NCCL_TOPO_FILE set by environment to /opt/microsoft/ncv4/topo.xml',
      'NCCL INFO NCCL_GRAPH_DUMP_FILE set by environment to /tmp/graph.xml',
    ],
  },
  {
    id: 'nccl.topology.from-file',
    summary: 'NCCL takes the topology from a file instead of looking itself',
    role: 'context',
    weighs: { 'nccl-env-misconfig': 0.8 },
    source: 'https://github.com/NVIDIA/nccl/issues/1008',
    literals: ['loading topology file', 'nccl_topo_file'],
    pattern:
      /NCCL INFO (?:Loading topology file |NCCL_TOPO_FILE set by environment to )(?!\/var\/run\/nvidia-topologyd\/)\S|\bNCCL_TOPO_FILE=['"]?\/\w/,
    sees: [
      'node-01:648288:648307 [1] NCCL INFO Loading topology file /opt/microsoft/ncv4/topo.xml',
      'node-01:1:2 [0] NCCL INFO NCCL_TOPO_FILE set by environment to /etc/topo.xml',
    ],
    ignores: [
      'NCCL INFO Loading topology file /var/run/nvidia-topologyd/virtualTopology.xml',
      'node-01:648288:648307 [1] NCCL INFO Loading unnamed topology',
    ],
  },
  {
    id: 'nccl.socket.several-interfaces',
    summary: 'NCCL spreads its sockets over several interfaces, all of which the peers must reach',
    role: 'context',
    weighs: { 'socket-interface-mismatch': 1.6 },
    source: 'https://github.com/NVIDIA/nccl-tests/issues/284',
    literals: ['via net/socket/'],
    pattern: /NCCL INFO Channel \d{1,3}\/\d{1,3} : [^\n]{0,60}via NET\/Socket\/[1-9]/,
    sees: ['node-01:3689963:3689973 [0] NCCL INFO Channel 01/0 : 1[0] -> 0[0] [receive] via NET/Socket/2'],
    ignores: ['node-01:1:2 [0] NCCL INFO Channel 00/0 : 1[0] -> 0[0] [receive] via NET/Socket/0'],
  },
  {
    id: 'nccl.channel.gdr',
    summary: 'a channel between nodes moves GPU memory without the host (GPUDirect RDMA)',
    role: 'context',
    weighs: { 'gdr-peermem-missing': -0.3 },
    source: transportNet,
    literals: ['/gdrdma'],
    pattern: /NCCL INFO Channel \d{1,3}(?:\/\d{1,3})? : [^\n]{0,60}via NET\/\w{2,20}\/\d{1,2}(?:\(\d{1,4}\))?\/GDRDMA/,
    sees: ['node-01:22612:22693 [0] NCCL INFO Channel 00 : 0[7000] -> 8[7000] [send] via NET/IB/1/GDRDMA'],
    ignores: ['node-01:52125:52256 [0] NCCL INFO Channel 00 : 0[7000] -> 8[7000] [receive] via NET/IB/0'],
  },
  {
    id: 'nccl.channel.through-host',
    summary: 'a channel over RDMA copies through the memory of the host: GPUDirect RDMA is not used',
    role: 'context',
    weighs: { 'gdr-peermem-missing': 1.2, 'acs-iommu-p2p-broken': 0.3 },
    source: transportNet,
    literals: ['via net/ib', 'via net/ucx', 'via net/libfabric', 'via net/aws'],
    pattern:
      /NCCL INFO Channel \d{1,3}(?:\/\d{1,3})? : [^\n]{0,60}via NET\/(?:IB\w{0,16}|UCX|Libfabric|AWS Libfabric)\/\d{1,2}(?:\(\d{1,4}\))?(?:\/Shared)?\s*$/,
    sees: [
      'node-01:52125:52256 [0] NCCL INFO Channel 00 : 0[7000] -> 8[7000] [receive] via NET/IB/0',
      'node-01:52129:52281 [4] NCCL INFO Channel 00/0 : 0[7000] -> 12[88000] [receive] via NET/IB/5/Shared',
    ],
    ignores: [
      'node-01:1:2 [0] NCCL INFO Channel 00/0 : 1[0] -> 0[0] [receive] via NET/IB/0/GDRDMA',
      'node-01:1:2 [0] NCCL INFO Channel 00/0 : 1[0] -> 0[0] via P2P/IPC',
    ],
  },
]);
