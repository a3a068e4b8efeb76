import { lineDetector } from './line-patterns.ts';

const plm = 'https://github.com/openpmix/prrte/blob/master/src/mca/plm/base/help-plm-base.txt';
const btlTcp = 'https://github.com/open-mpi/ompi/blob/main/opal/mca/btl/tcp/help-mpi-btl-tcp.txt';

/** How mpirun, prterun and Hydra start ranks on other hosts: host lists, helper programs, interfaces. */
export const mpiLaunch = lineDetector('mpi-launch', [
  {
    id: 'mpi.hosts.wrong',
    summary: 'the list of hosts cannot be read or names hosts outside the allocation',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.4, 'user-code-error': 1.6 },
    source: 'https://github.com/openpmix/prrte/blob/master/src/util/hostfile/help-hostfile.txt',
    literals: [
      'unable to open the hostfile',
      'unable to open the host file',
      'unable to open hostfile',
      'unable to open host file',
      'not present in the allocation',
      'unable to parse the hostfile',
    ],
    pattern: /unable to open (?:the )?host ?file|not present in the allocation|unable to parse the hostfile/,
    sees: [
      'Open RTE was unable to open the hostfile:',
      'A hostfile was provided that contains at least one node not present in the allocation:',
    ],
    ignores: ['hostfile: /job/hostfile'],
  },
  {
    id: 'mpi.daemon.program-missing',
    summary: "the launcher's helper program is not found on a node",
    role: 'cause',
    weighs: { 'user-code-error': 3.4, 'launcher-rank-misconfig': 2, 'shared-fs-problem': 0.8 },
    source: plm,
    literals: [
      'orted: ',
      'prted: ',
      'orted": ',

      'hydra_pmi_proxy',
      'hydra_bstrap_proxy',
      'plm_rsh_agent',
      'plm_ssh_agent',
      "' not installed",
    ],
    pattern:
      /(?:\borted|\bprted|hydra_(?:pmi|bstrap)_proxy)"?: (?:command not found|not found|No such file or directory|error while loading shared libraries)|plm_(?:rsh|ssh)_agent" was set to a path|launcher '\w{1,12}' not installed/,
    sees: [
      'bash: orted: command not found',
      'bash: /usr/local/bin/orted: No such file or directory',
      "RuntimeError: launcher 'pdsh' not installed.",
      'orted: error while loading shared libraries: libopen-rte.so.40: cannot open shared object file: No such file or directory',
    ],
    ignores: ['orted: started'],
  },
  {
    id: 'mpi.daemon.no-way-back',
    summary: "the launcher's helper started on a node but cannot reach the launching host",
    role: 'cause',
    weighs: {
      'firewall-blocked': 3,
      'socket-interface-mismatch': 2.6,
      'rendezvous-resolution': 1.4,
      'user-code-error': 0.4,
    },
    source: plm,
    literals: ['unable to complete a tcp connection'],
    pattern: /unable to complete a TCP connection/,
    sees: ['A process or daemon was unable to complete a TCP connection'],
    ignores: ['[node-00:4242] plm:base:orted_report_launch from daemon [[1,0],1]'],
  },
  {
    id: 'mpi.interface.wrong',
    summary: 'MPI traffic takes an interface or address that does not belong to the job',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 5.2, 'rendezvous-resolution': 0.8 },
    source: btlTcp,
    literals: ['given for btl_tcp_if_', 'given for oob_tcp_if_', 'but it is from an ip address that is'],
    pattern: /invalid value was given for (?:btl|oob)_tcp_if_(?:in|ex)clude|but it is from an IP address that is/,
    sees: [
      'WARNING: An invalid value was given for btl_tcp_if_include.  This',
      'part of this Open MPI job), but it is from an IP address that is',
    ],
    ignores: ['btl_tcp_if_include=eth0'],
  },
  {
    id: 'mpi.singletons.started',
    summary: 'MPI found no server of the launcher: every process is a job of one rank by itself',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5.4, 'net-plugin-mismatch': 0.6, 'user-code-error': 0.8 },
    source: 'https://github.com/open-mpi/ompi/issues/13523',
    literals: ['singletons will be started', 'falling back to singleton', 'but must be nonnegative and less than 1'],
    // MPICH says the last of a program that sends to rank 1 in a world of one.
    pattern:
      /\b(?:[2-9]|[1-9]\d{1,6}) singletons will be started|[Ff]alling back to singleton|Invalid rank has value [1-9]\d{0,5} but must be nonnegative and less than 1$/,
    sees: [
      'If srun is being used to launch application,  8 singletons will be started.',
      'MPI_Send(100): Invalid rank has value 1 but must be nonnegative and less than 1',
    ],
    ignores: [
      'PMIx server started on node-03',
      'If srun is being used to launch application,  1 singletons will be started.',
      'No PMIx server was reachable, but a PMI1/2 was detected.',
      'Invalid rank has value 8 but must be nonnegative and less than 8',
    ],
  },
  {
    id: 'mpi.direct-launch.unsupported',
    summary: 'the batch system starts the ranks, but this MPI was not built to meet it',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 3.8, 'net-plugin-mismatch': 1.4, 'user-code-error': 1.6 },
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/pmix/s1/help-pmix-base.txt',
    literals: [
      'pmi2_init failed',
      'opal error: unreachable in file',
      'direct launched using "srun"',
      'pmi server not found',
    ],
    pattern: /direct launched using "srun"|PMI2_Init failed|OPAL ERROR: Unreachable in file|PMI server not found/,
    sees: [
      'The application appears to have been direct launched using "srun",',
      'PMI2_Init failed to intialize.  Return code: 14',
    ],
    ignores: ['PMI2_Init ok'],
  },
  {
    id: 'mpi.run-as-root',
    summary: 'the launcher refuses to run as root',
    role: 'cause',
    weighs: { 'permission-misconfig': 2.8, 'user-code-error': 3.4 },
    source: 'https://github.com/openpmix/prrte/blob/master/src/mca/schizo/ompi/help-schizo-ompi.txt',
    literals: ['attempt to run as root'],
    pattern: /detected an attempt to run as root/,
    sees: ['mpirun has detected an attempt to run as root.'],
    ignores: ['running as root'],
  },
  {
    id: 'mpi.rank-killed',
    summary: 'a rank was killed with signal 9, most often for host memory',
    role: 'cause',
    weighs: { 'host-oom': 3.4, 'scheduler-action': 1 },
    source: 'https://github.com/pmodels/mpich/blob/main/src/pm/hydra/mpiexec/pmiserv_cb.c',
    literals: ['killed by signal: 9', 'exit string: killed'],
    pattern: /KILLED BY SIGNAL: 9 \(Killed\)|EXIT STRING: Killed \(signal 9\)/i,
    sees: ['=   KILLED BY SIGNAL: 9 (Killed)', 'YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)'],
    ignores: ['YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Terminated (signal 15)'],
  },
  {
    id: 'mpi.job-ended',
    summary: 'a rank reports that its peer went away, or the launcher cleans up after one',
    role: 'symptom',
    weighs: {},
    source: btlTcp,
    literals: ['peer process has unexpectedly disconnected', 'cleaning up remaining processes'],
    pattern: /peer process has unexpectedly disconnected|CLEANING UP REMAINING PROCESSES/,
    sees: [
      'An MPI communication peer process has unexpectedly disconnected.  This',
      '=   CLEANING UP REMAINING PROCESSES',
    ],
    ignores: ['all processes returned zero'],
  },
]);
