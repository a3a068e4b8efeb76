// InfiniBand and RoCE, one code a row:
// value | constant | name | meaning | what to do first | what to look into | related

/** `ibv_wc_status`: what `error N` and `status=N` in NCCL's and UCX's messages mean. */
export const ibCompletionTable = `
0 | IBV_WC_SUCCESS | success | The operation ended well. | nothing to do | nothing to do |
1 | IBV_WC_LOC_LEN_ERR | local length error | The message does not fit the buffers that were posted for it. | check the sizes that both ends use | program, plugin or an MTU that differs | 9
2 | IBV_WC_LOC_QP_OP_ERR | local QP operation error | The adapter met an inconsistency of its own queue pair. | restart the application | firmware and driver of the adapter | 19
3 | IBV_WC_LOC_EEC_OP_ERR | local EE context operation error | Reliable datagrams only; not used today. | restart the application | driver of the adapter |
4 | IBV_WC_LOC_PROT_ERR | local protection error | The local buffer is not registered, or not for this access. | restart the application | memory registration, the peer-memory module, a plugin that does not fit | 8, 10
5 | IBV_WC_WR_FLUSH_ERR | work request flushed error | The queue pair was already in error when the request came to its turn: it follows the first error of the queue pair. | find the first completion error before it | the peer or link that the first error names | 12, 13, 10
6 | IBV_WC_MW_BIND_ERR | memory window bind error | Binding a memory window failed. | restart the application | registration and rights of the memory |
7 | IBV_WC_BAD_RESP_ERR | bad response error | The peer answered with something unexpected. | restart the application | firmware of both adapters |
8 | IBV_WC_LOC_ACCESS_ERR | local access error | The local adapter may not access the buffer. | restart the application | memory registration, the peer-memory module, IOMMU | 4
9 | IBV_WC_REM_INV_REQ_ERR | remote invalid request error | The peer refused the request as invalid: too long, or an operation that it does not allow. | restart the application | MTU, sizes and plugin versions on both ends | 1
10 | IBV_WC_REM_ACCESS_ERR | remote access error | The peer may not access the memory that the request names. | restart the application | the peer's registration, peer-memory module, IOMMU or ACS, a peer that has gone | 4, 5
11 | IBV_WC_REM_OP_ERR | remote operation error | The peer could not finish the operation because of an error of its own. | look at the peer's log | the peer's adapter, its PCIe link and its GPU |
12 | IBV_WC_RETRY_EXC_ERR | transport retry counter exceeded | No answer came from the peer after all retries: the packets or their acknowledgements are lost, or the peer is gone. | check that the peer still runs | port state and counters on both ends, cable, switch; on RoCE also GID, MTU, PFC and a firewall | 5, 13, IBV_EVENT_PORT_ERR, nccl 6
13 | IBV_WC_RNR_RETRY_EXC_ERR | RNR retry counter exceeded | The peer has posted no receive in time, after all retries: it is stuck or slow. | look at what the peer waits for | the peer's program, its GPU, its PCIe link | 12
14 | IBV_WC_LOC_RDD_VIOL_ERR | local RDD violation error | Reliable datagrams only; not used today. | restart the application | driver of the adapter |
15 | IBV_WC_REM_INV_RD_REQ_ERR | remote invalid RD request | Reliable datagrams only; not used today. | restart the application | driver of the adapter |
16 | IBV_WC_REM_ABORT_ERR | remote aborted error | The peer ended the operation. | look at the peer's log | why the peer ended |
17 | IBV_WC_INV_EECN_ERR | invalid EE context number | Reliable datagrams only; not used today. | restart the application | driver of the adapter |
18 | IBV_WC_INV_EEC_STATE_ERR | invalid EE context state | Reliable datagrams only; not used today. | restart the application | driver of the adapter |
19 | IBV_WC_FATAL_ERR | fatal error | The adapter met a fatal error. | restart the application; reset the adapter if it comes back | firmware, PCIe link and temperature of the adapter | 2, IBV_EVENT_DEVICE_FATAL
20 | IBV_WC_RESP_TIMEOUT_ERR | response timeout error | No response came in time. | check that the peer still runs | path between the two | 12
21 | IBV_WC_GENERAL_ERR | general error | The adapter gives no closer reason; the vendor's syndrome tells more. | read the vendor error beside it | firmware and driver of the adapter |
22 | IBV_WC_TM_ERR | tag matching error | Tag matching in the adapter failed. | restart the application | switch tag matching offload off |
23 | IBV_WC_TM_RNDV_INCOMPLETE | tag matching rendezvous incomplete | The rendezvous must be ended by software; no error by itself. | nothing to do | nothing to do |
`;

/** `ibv_event_type`: asynchronous events of an adapter or port. */
export const ibEventTable = `
0 | IBV_EVENT_CQ_ERR | completion queue error | A completion queue overran. | restart the application | the program, or a plugin that polls too rarely |
1 | IBV_EVENT_QP_FATAL | queue pair fatal error | A queue pair went to the error state. | restart the application | the completion error beside it | 5
2 | IBV_EVENT_QP_REQ_ERR | queue pair request error | The peer sent an invalid request. | restart the application | both ends' versions | 9
3 | IBV_EVENT_QP_ACCESS_ERR | queue pair access error | The peer asked for memory that it may not access. | restart the application | registration of the memory | 10
4 | IBV_EVENT_COMM_EST | communication established | A first packet came in; no error. | nothing to do | nothing to do |
5 | IBV_EVENT_SQ_DRAINED | send queue drained | The send queue is empty; no error. | nothing to do | nothing to do |
6 | IBV_EVENT_PATH_MIG | path migrated | The connection moved to its other path. | nothing to do | why the first path failed |
7 | IBV_EVENT_PATH_MIG_ERR | path migration failed | The connection could not move to its other path. | restart the application | both paths |
8 | IBV_EVENT_DEVICE_FATAL | device fatal | The adapter is in a fatal state. | reset the adapter or reboot the node | firmware, PCIe link and temperature of the adapter | 19
9 | IBV_EVENT_PORT_ACTIVE | port active | A port came up. | nothing to do | how often it went down before | IBV_EVENT_PORT_ERR
10 | IBV_EVENT_PORT_ERR | port error | A port went down. | check the port and its cable | cable, optic and switch port; how often it happens | 12, IBV_EVENT_PORT_ACTIVE
11 | IBV_EVENT_LID_CHANGE | LID change | The subnet manager gave the port another address. | restart the application | why the subnet manager swept | 12
12 | IBV_EVENT_PKEY_CHANGE | partition key change | The partition table of the port changed. | check that the partition still allows the job | the subnet manager's configuration | 12
13 | IBV_EVENT_SM_CHANGE | subnet manager change | Another subnet manager took over. | nothing to do | why it changed |
14 | IBV_EVENT_SRQ_ERR | shared receive queue error | A shared receive queue failed. | restart the application | the program |
15 | IBV_EVENT_SRQ_LIMIT_REACHED | shared receive queue limit | Few receives are left in a shared queue. | nothing to do | the program |
16 | IBV_EVENT_QP_LAST_WQE_REACHED | last work request reached | A queue pair on a shared receive queue ended; follows its error. | find the first completion error | the completion error before it | 5
17 | IBV_EVENT_CLIENT_REREGISTER | client reregister | The subnet manager asks clients to register again. | nothing to do | why the subnet manager restarted |
18 | IBV_EVENT_GID_CHANGE | GID table change | An address of the port changed: on RoCE an IP address came or went. | check which GID index the job uses | what changed the addresses of the interface | 12
19 | IBV_EVENT_WQ_FATAL | work queue fatal error | A work queue failed. | restart the application | firmware and driver of the adapter |
20 | IBV_EVENT_DEVICE_SPEED_CHANGE | device speed change | The speed of the adapter's ports changed. | check the width and speed of its ports | cable, optic and switch port |
`;

/** mlx5's completion syndromes, and the one vendor syndrome that its header documents. */
export const ibSyndromeTable = `
0x01 | MLX5_CQE_SYNDROME_LOCAL_LENGTH_ERR | syndrome 0x01 | The adapter's own code for IBV_WC_LOC_LEN_ERR. | as for the status | as for the status | 1
0x02 | MLX5_CQE_SYNDROME_LOCAL_QP_OP_ERR | syndrome 0x02 | The adapter's own code for IBV_WC_LOC_QP_OP_ERR. | as for the status | as for the status | 2
0x04 | MLX5_CQE_SYNDROME_LOCAL_PROT_ERR | syndrome 0x04 | The adapter's own code for IBV_WC_LOC_PROT_ERR. | as for the status | as for the status | 4
0x05 | MLX5_CQE_SYNDROME_WR_FLUSH_ERR | syndrome 0x05 | The adapter's own code for IBV_WC_WR_FLUSH_ERR. | as for the status | as for the status | 5
0x06 | MLX5_CQE_SYNDROME_MW_BIND_ERR | syndrome 0x06 | The adapter's own code for IBV_WC_MW_BIND_ERR. | as for the status | as for the status | 6
0x10 | MLX5_CQE_SYNDROME_BAD_RESP_ERR | syndrome 0x10 | The adapter's own code for IBV_WC_BAD_RESP_ERR. | as for the status | as for the status | 7
0x11 | MLX5_CQE_SYNDROME_LOCAL_ACCESS_ERR | syndrome 0x11 | The adapter's own code for IBV_WC_LOC_ACCESS_ERR. | as for the status | as for the status | 8
0x12 | MLX5_CQE_SYNDROME_REMOTE_INVAL_REQ_ERR | syndrome 0x12 | The adapter's own code for IBV_WC_REM_INV_REQ_ERR. | as for the status | as for the status | 9
0x13 | MLX5_CQE_SYNDROME_REMOTE_ACCESS_ERR | syndrome 0x13 | The adapter's own code for IBV_WC_REM_ACCESS_ERR. | as for the status | as for the status | 10
0x14 | MLX5_CQE_SYNDROME_REMOTE_OP_ERR | syndrome 0x14 | The adapter's own code for IBV_WC_REM_OP_ERR. | as for the status | as for the status | 11
0x15 | MLX5_CQE_SYNDROME_TRANSPORT_RETRY_EXC_ERR | syndrome 0x15 | The adapter's own code for IBV_WC_RETRY_EXC_ERR. | as for the status | as for the status | 12
0x16 | MLX5_CQE_SYNDROME_RNR_RETRY_EXC_ERR | syndrome 0x16 | The adapter's own code for IBV_WC_RNR_RETRY_EXC_ERR. | as for the status | as for the status | 13
0x22 | MLX5_CQE_SYNDROME_REMOTE_ABORTED_ERR | syndrome 0x22 | The adapter's own code for IBV_WC_REM_ABORT_ERR. | as for the status | as for the status | 16
0x93 | MLX5_CQE_VENDOR_SYNDROME_ODP_PFAULT | vendor syndrome 0x93 | A page fault of on-demand paging on the other end; the operation is tried again. | nothing to do | on-demand paging, if it is slow |
`;
