import { lineDetector } from './line-patterns.ts';

const rmaps = 'https://github.com/open-mpi/ompi/blob/v4.1.x/orte/mca/rmaps/base/help-orte-rmaps-base.txt';
const plm = 'https://github.com/open-mpi/ompi/blob/v4.1.x/orte/mca/plm/base/help-plm-base.txt';
const errmgr = 'https://github.com/open-mpi/ompi/blob/v4.1.x/orte/mca/errmgr/base/help-errmgr-base.txt';
const btlTcp = 'https://github.com/open-mpi/ompi/blob/main/opal/mca/btl/tcp/help-mpi-btl-tcp.txt';
const openib = 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/btl/openib/help-mpi-btl-openib.txt';
const orterun = 'https://github.com/open-mpi/ompi/blob/v4.1.x/orte/tools/orterun/help-orterun.txt';

/** MPI as a launcher of training: Open MPI and its PRRTE, MPICH and Hydra. Its help texts come line by line. */
export const mpi = lineDetector('mpi', [
  {
    id: 'mpi.slots-missing',
    summary: 'more processes were asked for than the allocation has slots',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5, 'user-code-error': 1.4, 'scheduler-action': 0.3 },
    source: rmaps,
    literals: [
      'not enough slots available',
      'allocated for this job are already filled',
      'requested a conflicting number of processes',
      'not included in the current allocation',
    ],
    pattern:
      /There are not enough slots available in the system|All nodes which are allocated for this job are already filled|job has requested a conflicting number of processes|requested hosts are not included in the current allocation/,
    sees: ['There are not enough slots available in the system to satisfy the 16'],
    ignores: ['16 slots available'],
  },
  {
    id: 'mpi.binding-impossible',
    summary: 'processes cannot be bound to CPUs as asked',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4.8, 'launcher-rank-misconfig': 1.8 },
    source: rmaps,
    literals: ['a request was made to bind', 'found no available cpus', 'requested more cpus per process'],
    pattern:
      /A request was made to bind (?:to that would result|to \w{2,12}, but an appropriate target)|While computing bindings, we found no available cpus|requested more cpus per process\(rank\) than there/,
    sees: ['A request was made to bind to that would result in binding more'],
    ignores: ['A request was made to bind a process.'],
  },
  {
    id: 'mpi.launch.without-pmi',
    summary: 'the MPI library was built without the start-up interface of the scheduler that launches it',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 3.6, 'user-code-error': 1.6, 'framework-bug': 0.6 },
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/pmix/base/help-pmix-base.txt',
    literals: ["built with slurm's pmi support", 'was not built with slurm support'],
    pattern: /OMPI was not built with SLURM's PMI support|OMPI was not built with SLURM support/,
    sees: ["but OMPI was not built with SLURM's PMI support and therefore cannot"],
    ignores: ["OMPI was built with SLURM's PMI support"],
  },
  {
    id: 'mpi.daemon.not-started',
    summary: 'the daemon of mpirun does not come up on a node, or cannot call back',
    role: 'cause',
    weighs: {
      'firewall-blocked': 1.8,
      'permission-misconfig': 1.8,
      'socket-interface-mismatch': 1.6,
      'rendezvous-resolution': 1.4,
      'user-code-error': 1,
      'host-hardware-fault': 0.4,
    },
    source: errmgr,
    literals: [
      'unable to reliably start one or more daemons',
      'daemon has unexpectedly failed after launch',
      'a daemon died unexpectedly',
      'daemon (pid',
    ],
    pattern:
      /(?:ORTE|PRTE) was unable to reliably start one or more daemons|An (?:ORTE|PRTE) daemon has unexpectedly failed after launch|A daemon (?:\(pid \d{1,9}\) )?died unexpectedly (?:with status|on signal)/,
    sees: [
      'ORTE was unable to reliably start one or more daemons.',
      'A daemon died unexpectedly with status 255 while attempting',
    ],
    ignores: ['daemon started'],
  },
  {
    id: 'mpi.daemon.lost',
    summary: 'mpirun lost its daemon on a node',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 0.6, 'facility-fault': 0.4, 'firewall-blocked': 0.4, 'host-oom': 0.4 },
    source: plm,
    literals: ['has lost communication with a remote daemon', 'could not be ordered to'],
    pattern: /(?:ORTE|PRTE) has lost communication with a remote daemon|One or more daemons could not be ordered to/,
    sees: ['ORTE has lost communication with a remote daemon.'],
    ignores: ['communication with the daemon is established'],
  },
  {
    id: 'mpi.tcp.unreachable',
    summary: 'MPI processes cannot reach each other over TCP',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 3, 'firewall-blocked': 2.8, 'rendezvous-resolution': 0.5 },
    source: btlTcp,
    literals: [
      'failed to tcp connect to a peer mpi process',
      'unable to establish a communication connection',
      'but cannot find a corresponding',
      'inbound mpi tcp connection request',
      'but the peer process did not complete',
    ],
    pattern:
      /Open MPI failed to TCP connect to a peer MPI process|ORTE is unable to establish a communication connection|another Open MPI process but (?:the peer process did not complete|cannot find a corresponding)|Open MPI detected an inbound MPI TCP connection request/,
    sees: ['WARNING: Open MPI failed to TCP connect to a peer MPI process.  This'],
    ignores: ['Open MPI uses TCP'],
  },
  {
    id: 'mpi.transport.none',
    summary: 'MPI finds no transport between its processes, or not the one that was asked for',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 2.8,
      'rdma-device-missing-in-container': 2.4,
      'socket-interface-mismatch': 1.4,
      'nccl-env-misconfig': 0.5,
    },
    source: 'https://github.com/open-mpi/ompi/blob/main/ompi/mca/bml/r2/help-mca-bml-r2.txt',
    literals: [
      'mpi processes are unable to reach each other',
      'cannot be selected',
      'opened in the pml framework',
      'ofi call ',
    ],
    pattern:
      /At least one pair of MPI processes are unable to reach each other|PML \w{2,12} cannot be selected|No components were able to be opened in the pml framework|OFI call \w{3,30} failed \(ofi_init/,
    sees: ['At least one pair of MPI processes are unable to reach each other for', 'PML ucx cannot be selected'],
    ignores: ['PML ucx selected'],
  },
  {
    id: 'mpi.memlock-too-low',
    summary: 'MPI cannot lock the memory that the RDMA card needs',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5.5, 'rdma-device-missing-in-container': 0.5 },
    source: openib,
    literals: ['allocate some locked memory', 'limit on number of open files', 'system limit exceeded on number of'],
    pattern:
      /allocate some locked memory\.|system limit exceeded on number of (?:pipes|network connections|files|processes)/,
    sees: [
      'allocate some locked memory.  This typically can indicate that the',
      'Error: system limit exceeded on number of network connections that can be open',
    ],
    ignores: ['allocated some locked memory'],
  },
  {
    id: 'mpi.shm.no-space',
    summary: 'there is no room for the shared memory file of MPI',
    role: 'cause',
    weighs: { 'shm-too-small': 4, 'disk-full': 3 },
    source: 'https://github.com/open-mpi/ompi/blob/main/opal/mca/shmem/mmap/help-opal-shmem-mmap.txt',
    literals: ['the shared-memory backing'],
    pattern: /It appears as if there is not enough space for \S{1,200} \(the shared-memory backing/,
    sees: ['It appears as if there is not enough space for /tmp/ompi.node-03/sm_segment.0 (the shared-memory backing'],
    ignores: ['the shared-memory backing file is in /dev/shm'],
  },
  {
    id: 'mpi.session-dir',
    summary: 'MPI cannot make its session directory',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.4, 'disk-full': 2.2, 'shared-fs-problem': 0.8 },
    source: 'https://github.com/open-mpi/ompi/blob/main/opal/util/help-opal-util.txt',
    literals: ['a call to mkdir was unable to create'],
    pattern: /A call to mkdir was unable to create the desired directory/,
    sees: ['A call to mkdir was unable to create the desired directory:'],
    ignores: ['mkdir created the desired directory'],
  },
  {
    id: 'mpi.rank-ended',
    summary: 'mpirun says which rank ended first, and how',
    role: 'symptom',
    weighs: {},
    source: orterun,
    literals: [
      'noticed that process rank',
      'mpi_abort was invoked on rank',
      'process returned a non-zero exit code',
      'exited with non-zero status',
      'application called mpi_abort',
      'bad termination of one of your application',
      '*** process received signal ***',
    ],
    pattern:
      /noticed that process rank (?<rank>\d{1,6}) with PID (?<pid>\d{1,9}) on node (?<node>[\w.-]{1,120}) exited on(?: signal (?<signal>\d{1,3}))?|MPI_ABORT was invoked on rank \d{1,6}|process returned a non-zero exit code|processes? exited with non-zero status|application called MPI_Abort\(|BAD TERMINATION OF ONE OF YOUR APPLICATION|\*{3} Process received signal \*{3}/i,
    sees: [
      'mpirun noticed that process rank 3 with PID 4242 on node node-03 exited on signal 11 (Segmentation fault).',
      'mpirun noticed that process rank 0 with PID 4242 on node node-03 exited on',
      '[node-03:4242] *** Process received signal ***',
      'MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD',
    ],
    ignores: ['process rank 3 started'],
  },
]);
