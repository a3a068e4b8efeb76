import { lineDetector } from './line-patterns.ts';

/** RoCE addresses by their index: what transport libraries say when the entry that they were told is of no use. */
export const gidEntries = lineDetector('gid-entries', [
  {
    id: 'roce.gid.no-entry',
    summary: 'a transport finds no usable entry in the GID table of a port',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 5.2, 'rdma-device-missing-in-container': 0.6, 'socket-interface-mismatch': 0.3 },
    source: 'https://github.com/openucx/ucx/blob/master/src/uct/ib/base/ib_device.c',
    literals: ['gid', 'roce_subnet', 'rocegetversion', 'subnet filter'],
    pattern:
      /\bno (?:valid|usable|suitable|matching|available|routable|such) (?:RoCE ?(?:v[12])? |RDMA |IPv[46] )?GIDs?\b|\b(?:[Ff]ail(?:ed)?|[Uu]nable|[Cc]ould ?n[o']t|[Cc]annot) to (?:find|determine|select|get|resolve|pick|match)[^\n]{0,30}\bGIDs?\b(?! to hash)|\bGID (?:index )?\d{1,3} (?:(?:is )?not (?:a RoCE|available|usable|present|valid|of type)|does not exist|of \S{1,40} is (?:empty|zero|link-local))|both GID_INDEX and ROCE_SUBNET_LIST are specified|subnet filter '[^']{1,60}' is invalid|Check failed: ncclIbRoceGetVersionNum|(?:read|open) failed in ncclIbRoceGetVersionNum: (?:Invalid argument|No such)|failed to (?:parse|read) gid type|\bquery_gid failed\b|ibv_query_gid(?:_ex|_type)?\b[^\n]{0,60}(?:error|returned -?[1-9])/,
    sees: [
      'RuntimeError: no valid RoCEv2 GID found for device mlx5_2',
      'E1201 10:00:00.1 77 rdma_helper.cpp:420] Fail to find available GID of RoCE v2 on device mlx5_0',
      'E0717 10:00:00.1 123 rdma_context.cpp:426] Device erdma_0 GID 1 not available: Invalid argument [22]',
      '[1613401128.440695] [node-01:42:0] ib_iface.c:1100 UCX  ERROR both GID_INDEX and ROCE_SUBNET_LIST are specified, please select only one of them',
      'F20250825 11:10:33.595355 331 util_rdma.h:592] Check failed: ncclIbRoceGetVersionNum(deviceName, portNum, gidIndexCandidate, &gidRoceVerNumCandidate)',
      'src/modules/transport/ibrc/ibrc.cpp:440: NULL value query_gid failed',
      ' GID index 3 is not a RoCE v2 GID on mlx5_0 port 1',
    ],
    ignores: [
      'NCCL INFO NCCL_IB_GID_INDEX set by environment to 3.',
      'rdma_context.cpp:426] Find best gid index: 3 on mlx5_6/',
      'RDMA device: mlx5_6, LID: 8, GID: (GID_Index 0) fe:80:00:00:00:00:00:00:a0:88:c2:03:00:12:55:cc',
    ],
  },
]);
