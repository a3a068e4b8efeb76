import { lineDetector } from './line-patterns.ts';

const openib = 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/btl/openib/help-mpi-btl-openib.txt';
const oob = 'https://github.com/openpmix/prrte/blob/master/src/rml/oob/help-oob-tcp.txt';
const odls = 'https://github.com/openpmix/prrte/blob/master/src/mca/odls/pdefault/help-prte-odls-default.txt';
const hydra = 'https://github.com/pmodels/mpich/tree/main/src/pm/hydra';
const ofi = 'https://github.com/pmodels/mpich/blob/main/src/mpid/ch4/netmod/ofi/errnames.txt';

/** What Open MPI, its daemons, MPICH, Intel MPI and Hydra report of the way between processes and of their start. */
export const mpiRuntime = lineDetector('mpi-runtime', [
  {
    id: 'mpi.ib.retry-exceeded',
    summary: 'Open MPI’s InfiniBand connection to a peer got no answer within all retries',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3, 'roce-gid-misconfig': 1.6, 'mtu-mismatch': 1, 'host-oom': 0.3 },
    source: openib,
    literals: ['retry count between two mpi processes', 'receiver not ready" retry count'],
    pattern: /InfiniBand retry count between two MPI processes|"receiver not ready" retry count on a per-peer/,
    sees: [
      'The InfiniBand retry count between two MPI processes has been',
      'The OpenFabrics "receiver not ready" retry count on a per-peer',
    ],
    ignores: ['the retry count is 7'],
  },
  {
    id: 'mpi.ib.network-event',
    summary: 'the RDMA stack reported an error event of a card or port to Open MPI',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.6, 'host-hardware-fault': 0.8, 'roce-gid-misconfig': 0.6 },
    source: openib,
    literals: ['openfabrics stack has reported a network error'],
    pattern: /OpenFabrics stack has reported a network error event/,
    sees: ['The OpenFabrics stack has reported a network error event.  Open MPI'],
    ignores: ['OpenFabrics stack is loaded'],
  },
  {
    id: 'mpi.ib.registration-limited',
    summary: 'the card’s driver may register only a part of the memory of the node',
    role: 'cause',
    weighs: { 'ulimit-too-low': 2.2, 'net-plugin-mismatch': 1.4, 'host-oom': 0.3 },
    source: openib,
    literals: ['openfabrics subsystem is configured to only'],
    pattern: /OpenFabrics subsystem is configured to only/,
    sees: ['WARNING: It appears that your OpenFabrics subsystem is configured to only'],
    ignores: ['OpenFabrics subsystem is configured'],
  },
  {
    id: 'mpi.ofi.not-opened',
    summary: 'MPI cannot open libfabric’s provider, device or end point',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 2.4,
      'rdma-device-missing-in-container': 2,
      'nccl-env-misconfig': 0.6,
      'rdma-link-fault': 0.8,
      'ulimit-too-low': 0.5,
    },
    source: ofi,
    literals: ['failed an ofi libfabric library call', 'failed (ofi_init', 'ofi get address vector map failed'],
    pattern:
      /Open MPI failed an OFI Libfabric library call|OFI (?:addrinfo|fi_getinfo|endpoint|domain|fabric|get\w{0,8}|\w{2,12})[^\n]{0,40} failed \(ofi_init|OFI get address vector map failed/,
    sees: [
      'Open MPI failed an OFI Libfabric library call (fi_domain).  This is highly',
      'create_vni_context(1020).....: OFI endpoint open failed (ofi_init.c:1020:create_vni_context:Invalid argument)',
      'MPIDI_OFI_mpi_init_hook(1455): OFI addrinfo() failed (ofi_init.c:1455:MPIDI_OFI_mpi_init_hook:No data available)',
    ],
    ignores: [
      'MPIDI_OFI_handle_cq_error(1062): OFI poll failed (ofi_events.c:1064:MPIDI_OFI_handle_cq_error:Input/output error)',
    ],
  },
  {
    id: 'mpi.ofi.transfer-failed',
    summary: 'a message of MPI over libfabric ended with an error: the way or the peer is gone',
    role: 'cause',
    weighs: {
      'rdma-link-fault': 1.2,
      'host-hardware-fault': 0.4,
      'net-plugin-mismatch': 0.6,
      'host-oom': 0.4,
      'ulimit-too-low': 0.3,
    },
    source: ofi,
    literals: ['failed (ofi_events', 'failed (ofi_send', 'failed (ofi_recv', 'failed (ofi_rma', 'failed (ofi_progress'],
    pattern:
      /OFI (?:poll|tagged \w{4,8}|\w{2,20}(?: \w{2,12})?) failed \(ofi_(?:events|send|recv|rma|progress)\.[ch]:\d{1,5}:\w{3,60}:(?!Transport retry|No data|Message)/,
    sees: [
      'MPIDI_OFI_handle_cq_error(1062): OFI poll failed (ofi_events.c:1064:MPIDI_OFI_handle_cq_error:Input/output error)',
      'MPIDI_OFI_send_normal(321): OFI tagged send failed (ofi_send.h:321:MPIDI_OFI_send_normal:Cannot allocate memory)',
    ],
    ignores: ['OFI poll ok (ofi_events.c)'],
  },
  {
    id: 'mpi.ucx.worker-not-made',
    summary: 'MPI cannot start UCX in a process, or a peer has none: their transports differ',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 2.2,
      'rdma-device-missing-in-container': 1.8,
      'rdma-link-fault': 0.8,
      'ulimit-too-low': 0.8,
      'nccl-env-misconfig': 0.6,
    },
    source: 'https://github.com/open-mpi/ompi/blob/main/ompi/mca/pml/ucx/pml_ucx.c',
    literals: [
      'failed to create ucp worker',
      'failed to receive ucx worker address',
      'ucp_init failed',
      'ucp_ep_create(',
      'ucx function returned with failed status',
    ],
    pattern:
      /Failed to create UCP worker|Failed to receive UCX worker address|Error: ucp_init failed|ucp_ep_create\(proc=\d{1,7}\) failed: |ucx function returned with failed status/,
    sees: [
      '[node-05:12345] pml_ucx.c:291  Error: ucp_ep_create(proc=1) failed: Destination is unreachable',
      '[node-05:12345] Error: pml_ucx.c:178 Failed to receive UCX worker address: Not found (-13)',
      'MPIDI_UCX_mpi_init_local(..): ucx function returned with failed status(ucx_init.c 100 init_worker Input/output error)',
    ],
    ignores: ['[node-05:12345] pml_ucx.c:120 ucp_ep_create(proc=1) ok'],
  },
  {
    id: 'mpi.releases-differ',
    summary: 'MPI’s daemons or processes cannot read each other’s messages: different releases meet',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 2.4,
      'launcher-rank-misconfig': 1.6,
      'user-code-error': 0.8,
      'framework-bug': 0.4,
    },
    source: 'https://www.open-mpi.org/faq/?category=running',
    literals: ['data unpack', 'unpack-', 'pack data mismatch', 'pack-mismatch'],
    pattern:
      /(?:ORTE_ERROR_LOG|PMIX ERROR|PRTE ERROR|OPAL ERROR): (?:Data unpack (?:had inadequate space|would read past end|failed)|UNPACK-(?:INADEQUATE-SPACE|PAST-END|FAILURE)|Pack data mismatch|PACK-MISMATCH)/,
    sees: [
      '[node-05:12345] [[1234,0],1] ORTE_ERROR_LOG: Data unpack had inadequate space in file base/plm_base_launch_support.c at line 1234',
      '[node-05:12345] PMIX ERROR: UNPACK-PAST-END in file base/bfrop_base_unpack.c at line 100',
    ],
    ignores: ['[node-05:12345] PMIX ERROR: UNREACHABLE in file server/pmix_server.c at line 2198'],
  },
  {
    id: 'mpi.daemons.cannot-talk',
    summary: 'MPI’s daemons know no way to each other',
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 2.6,
      'firewall-blocked': 2,
      'rendezvous-resolution': 1.2,
      'launcher-rank-misconfig': 0.4,
    },
    source: oob,
    literals: [
      'whose contact information is unknown',
      'does not know how to route a message',
      'no network interfaces were found for out-of-band',
      'none of the network interfaces could be used',
      'unable to find any available network interfaces',
    ],
    pattern:
      /to a process whose contact information is unknown|(?:ORTE|PRTE|prterun|mpirun) does not know how to route a message|No network interfaces were found for out-of-band|None of the network interfaces could be used|unable to find any available network interfaces/,
    sees: [
      '[node-05:12345] [[1234,0],1] ORTE_ERROR_LOG: A message is attempting to be sent to a process whose contact information is unknown in file rml_oob_send.c at line 362',
      'No network interfaces were found for out-of-band communications. We require',
    ],
    ignores: ['contact information: node-05;tcp://10.0.0.5:43210'],
  },
  {
    id: 'mpi.program.not-found',
    summary: 'the launcher does not find the program that it is to start on a node',
    role: 'cause',
    weighs: { 'user-code-error': 4, 'shared-fs-problem': 1.2, 'container-toolkit-misconfig': 0.3 },
    source: odls,
    literals: [
      'unable to find the specified executable',
      'could not find an executable',
      'unable to find the executable',
      'execvp error on file ',
    ],
    pattern:
      /unable to find the specified executable|as it could not find an executable|command was unable to find the executable|execvp error on file \S{1,200} \(No such file/,
    sees: [
      'mpirun was unable to find the specified executable file, and therefore',
      '[proxy:0:1@node-02] HYDU_create_process (utils/launch/launch.c:74): execvp error on file ./train (No such file or directory)',
    ],
    ignores: ['[proxy:0:1@node-02] HYDU_create_process: execvp error on file train.py (Permission denied)'],
  },
  {
    id: 'mpi.program.not-permitted',
    summary: 'the launcher may not execute the program that it is to start on a node',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.6, 'user-code-error': 1.8, 'shared-fs-problem': 0.5 },
    source: odls,
    literals: ['as it could not access', 'execvp error on file '],
    pattern:
      /unable to launch the specified application as it could not access|execvp error on file \S{1,200} \(Permission denied/,
    sees: [
      'mpirun was unable to launch the specified application as it could not access',
      '[proxy:0:1@node-02] HYDU_create_process (utils/launch/launch.c:74): execvp error on file train.py (Permission denied)',
    ],
    ignores: ['mpirun was unable to launch the specified application as it could not find an executable:'],
  },
  {
    id: 'mpi.workdir.absent',
    summary: 'the working directory of a job does not exist, or may not be entered, on a node',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3, 'user-code-error': 1.8, 'permission-misconfig': 1 },
    source: odls,
    literals: [
      'change to the specified working directory',
      'unable to change to the working directory',
      'unable to change wdir to',
    ],
    pattern:
      /could not change to the specified working directory|unable to change to the working directory|unable to change wdir to/,
    sees: [
      'mpirun was unable to launch the specified application as it could not change to the specified working directory:',
      '[proxy:0:1@node-02] launch_procs (pm/pmiserv/pmip_cb.c:540): unable to change wdir to /shared/job (No such file or directory)',
    ],
    ignores: ['change to the working directory /job'],
  },
  {
    id: 'hydra.proxy.unreachable',
    summary: 'Hydra’s helper on a node cannot connect back to mpiexec',
    role: 'cause',
    weighs: { 'firewall-blocked': 2.8, 'socket-interface-mismatch': 2.2, 'rendezvous-resolution': 1.2 },
    source: hydra,
    literals: ['unable to connect from "', 'check for firewalls!'],
    pattern:
      /unable to connect from "[^"\n]{1,120}" to "[^"\n]{1,120}" \(|unable to connect to server [^\n]{1,120}\(check for firewalls!\)/,
    sees: [
      '[proxy:0:1@node-02] HYDU_sock_connect (lib/utils/sock.c:145): unable to connect from "node-02" to "node-01" (Connection refused)',
      '[proxy:0:1@node-02] main (pm/pmiserv/pmip.c:127): unable to connect to server node-01 at port 43210 (check for firewalls!)',
    ],
    ignores: ['unable to connect to the database'],
  },
  {
    id: 'hydra.host.unresolved',
    summary: 'Hydra cannot look up the name of a host',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.4, 'launcher-rank-misconfig': 0.8, 'user-code-error': 0.5 },
    source: hydra,
    literals: ['unable to get host address for'],
    pattern: /unable to get host address for \S/,
    sees: ['[mpiexec@node-01] HYDU_sock_connect (lib/utils/sock.c:110): unable to get host address for node-99 (1)'],
    ignores: ['host address for node-99 is 10.0.0.9'],
  },
  {
    id: 'hydra.bootstrap.failed',
    summary: 'Intel MPI could not start its helper on a node: ssh, the host itself or a firewall',
    role: 'cause',
    weighs: {
      'permission-misconfig': 1.8,
      'rendezvous-resolution': 1.4,
      'firewall-blocked': 1.2,
      'host-hardware-fault': 0.7,
      'user-code-error': 0.7,
    },
    source: hydra,
    literals: ['unable to run bstrap_proxy on', 'unable to run proxy on'],
    pattern: /[Uu]nable to run (?:bstrap_)?proxy on \S/,
    sees: ['[mpiexec@node-01] Error: Unable to run bstrap_proxy on node-05 (pid 4242, exit code 256)'],
    ignores: ['running bstrap_proxy on node-05'],
  },
  {
    id: 'mpi.start.reasons-listed',
    summary: 'MPI says that its start failed, or lists what usually makes it fail: the line before tells which',
    role: 'symptom',
    weighs: {},
    source: 'https://github.com/open-mpi/ompi/blob/main/ompi/runtime/help-mpi-runtime.txt',
    literals: [
      'init failed for some reason',
      'an error occurred in mpi_',
      'mpi_errors_are_fatal',
      'fatal error in pmpi_',
      'fatal error in internal_',
      'assert (!closed) failed',
      'callback returned error status',
      'error waiting for event',
      'process manager error waiting',
      'check exit codes error',
      'firewall refused connection.',
      'ssh bootstrap cannot launch processes',
      'please check that all hosts are available',
      'cannot launch hydra_bstrap_proxy',
    ],
    pattern:
      /It looks like \w{3,12}_(?:INIT|init) failed for some reason|\*\*\* An error occurred in MPI_|\*\*\* MPI_ERRORS_ARE_FATAL|Fatal error in (?:PMPI|internal)_\w{2,40}: (?!Message truncated)|assert \(!closed\) failed|callback returned error status|HYD\w{0,60}[^\n]{0,80}error waiting for event|process manager error waiting|check exit codes error|Firewall refused connection\.|Ssh bootstrap cannot launch processes|Please check that all hosts are available|Cannot launch hydra_bstrap_proxy/,
    sees: [
      'It looks like MPI_INIT failed for some reason; your parallel process is',
      '*** An error occurred in MPI_Allreduce',
      'Abort(1090575) on node 0 (rank 0 in comm 0): Fatal error in PMPI_Init: Other MPI error, error stack:',
      '[mpiexec@node-01] control_cb (pm/pmiserv/pmiserv_cb.c:208): assert (!closed) failed',
    ],
    ignores: ['Fatal error in PMPI_Bcast: Message truncated, error stack:'],
  },
]);
