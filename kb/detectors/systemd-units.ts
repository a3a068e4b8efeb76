import { lineDetector } from './line-patterns.ts';

const systemdService = 'https://github.com/systemd/systemd/blob/main/src/core/service.c';
const pamAccount = 'https://github.com/linux-pam/linux-pam/tree/master/modules';

/** A unit that systemd reports as failed: by its own name, or as `Failed to start NAME`. */
function failed(units: string): RegExp {
  return new RegExp(
    String.raw`\b(?:${units})(?:@\S{1,40})?\.service: (?:Failed with result '(?!oom-kill)|Main process exited, code=exited, status=[1-9])|Failed to start (?:${units})\b`,
  );
}

/** Services that the job depends on and that failed, logins that were refused, and how the units of jobs ended. */
export const systemdUnits = lineDetector('systemd-units', [
  {
    id: 'service.failed.rdma',
    summary: 'the service that loads the drivers of the network cards, or the subnet manager, failed',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 2.6, 'rdma-link-fault': 2.2, 'gdr-peermem-missing': 0.4 },
    source: systemdService,
    literals: ['openibd', 'opensm', 'rdma-load-modules', 'mlnx-', 'mst'],
    pattern: failed('openibd|opensmd?|rdma-load-modules|mlnx-\\w{2,20}|mst'),
    sees: [
      "systemd[1]: openibd.service: Failed with result 'exit-code'.",
      'systemd[1]: Failed to start openibd - configure Mellanox devices.',
    ],
    ignores: [
      'systemd[1]: Started openibd - configure Mellanox devices.',
      "systemd[1]: train.service: Failed with result 'exit-code'.",
    ],
  },
  {
    id: 'service.failed.containers',
    summary: 'the container engine or the agent of the orchestrator failed',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 2.6, 'disk-full': 0.5, 'host-hardware-fault': 0.3 },
    source: systemdService,
    literals: ['docker', 'containerd', 'kubelet', 'crio', 'nvidia-c', 'nvidia-cdi-refresh'],
    pattern: failed(
      'docker|containerd|kubelet|crio|nvidia-container-\\w{2,20}|nvidia-cdi-refresh|Docker Application Container Engine|kubelet: The Kubernetes',
    ),
    sees: [
      "systemd[1]: docker.service: Failed with result 'exit-code'.",
      'systemd[1]: Failed to start Docker Application Container Engine.',
    ],
    ignores: ['systemd[1]: Started Docker Application Container Engine.'],
  },
  {
    id: 'service.failed.mount',
    summary: 'systemd or the automounter could not mount a file system',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3, 'host-hardware-fault': 0.6, 'permission-misconfig': 0.5 },
    echoes: ['nfs.mount.refused'],
    source: 'https://github.com/systemd/systemd/blob/main/src/core/mount.c',
    literals: [
      '.mount: ',
      'failed to mount ',
      'automount[',
      'autofs',
      'timed out waiting for device',
      'beegfs-client',
      'weka-agent',
      'lnet',
      'gpfs',
      'lustre',
      'ceph',
    ],
    pattern:
      /\S{1,120}\.mount: (?:Failed with result '|Mounting timed out)|systemd\[\d{1,8}\]: Failed to mount (?!Kernel|Huge|Temporary|POSIX)|automount\[\d{1,8}\]: [^\n]{0,60}(?:no hosts available|exports lookup failed|failed to mount|not found in map source)|Timed out waiting for device \/dev\/|\b(?:autofs|beegfs-client|weka-agent|gpfs|lnet|lustre-client|ceph-fuse)\.service: Failed with result/,
    sees: [
      "systemd[1]: data.mount: Failed with result 'exit-code'.",
      'automount[812]: mount(nfs): no hosts available',
      'systemd[1]: Timed out waiting for device /dev/nvme1n1.',
    ],
    ignores: ['systemd[1]: Mounted /data.', 'systemd[1]: Failed to mount Huge Pages File System.'],
  },
  {
    id: 'service.failed.accounts',
    summary: 'the directory of users or the authentication of the batch system does not work on a node',
    role: 'cause',
    weighs: { 'permission-misconfig': 3, 'rendezvous-resolution': 0.4 },
    source: 'https://sssd.io/troubleshooting/errors.html',
    literals: ['sssd', 'nslcd', 'munge', "can't contact ldap server", 'backend is offline'],
    pattern: new RegExp(
      String.raw`${failed('sssd|nslcd|munged?|MUNGE authentication service').source}|sssd\S{0,20}\[\d{1,8}\]: Backend is offline|(?:nslcd|sssd)\S{0,20}\[\d{1,8}\]: [^\n]{0,160}(?:Can't contact LDAP server|was terminated by own WATCHDOG)`,
    ),
    sees: [
      "systemd[1]: munge.service: Failed with result 'exit-code'.",
      'sssd_be[812]: Backend is offline',
      'nslcd[812]: [abc] <passwd="user"> failed to bind to LDAP server ldap://10.0.0.1: Can\'t contact LDAP server: Connection timed out',
    ],
    ignores: ['sssd_be[812]: Backend is online'],
  },
  {
    id: 'service.exec-failed',
    summary: 'systemd could not execute the program of a unit: it, its directory or its user is not there',
    role: 'cause',
    weighs: { 'user-code-error': 2.2, 'permission-misconfig': 1.8 },
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Exit%20Codes',
    literals: [
      'status=203/exec',
      'status=217/user',
      'status=200/chdir',
      'status=209/stdout',
      'status=216/group',
      'failed to locate executable',
      'failed at step ',
      'determine user credentials',
      'load environment files',
    ],
    pattern:
      /status=(?:203\/EXEC|217\/USER|200\/CHDIR|209\/STDOUT|216\/GROUP)|Failed to locate executable \S|Failed at step (?:EXEC|USER|CHDIR|GROUP|STDOUT) spawning|Failed to determine user credentials|Failed to load environment files/,
    sees: [
      'systemd[1]: train.service: Main process exited, code=exited, status=203/EXEC',
      'systemd[1]: train.service: Failed to locate executable /opt/bin/train: No such file or directory',
    ],
    ignores: ['systemd[1]: train.service: Main process exited, code=exited, status=1/FAILURE'],
  },
  {
    id: 'service.limits-refused',
    summary: 'systemd could not set the limits of a unit',
    role: 'cause',
    weighs: { 'ulimit-too-low': 3.4, 'container-toolkit-misconfig': 0.6, 'permission-misconfig': 0.8 },
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Exit%20Codes',
    literals: ['failed at step limits', 'status=205/limits', 'failed to adjust resource limit'],
    pattern:
      /Failed at step LIMITS spawning|status=205\/LIMITS|Failed to adjust resource limit RLIMIT_(?:MEMLOCK|NOFILE|NPROC)/,
    sees: ['systemd[1]: train.service: Failed at step LIMITS spawning /opt/bin/train: Operation not permitted'],
    ignores: ['systemd[1]: train.service: Failed at step EXEC spawning /opt/bin/train: Permission denied'],
  },
  {
    id: 'service.affinity-refused',
    summary: 'systemd could not bind a unit to the processors or the memory nodes that it names',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4, 'user-code-error': 0.4 },
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Exit%20Codes',
    literals: [
      'failed at step cpuaffinity',
      'failed at step numa_policy',
      'status=214/',
      'status=242/numa',
      'status=206/cpuaffinity',
    ],
    pattern: /Failed at step (?:CPUAFFINITY|NUMA_POLICY) spawning|status=(?:242\/NUMA_POLICY|206\/CPUAFFINITY)/,
    sees: ['systemd[1]: train.service: Failed at step NUMA_POLICY spawning /opt/bin/train: Invalid argument'],
    ignores: ['systemd[1]: train.service: Failed at step EXEC spawning /opt/bin/train: Permission denied'],
  },
  {
    id: 'service.process.crashed',
    summary: 'systemd saw a process crash',
    role: 'symptom',
    weighs: { 'framework-bug': 0.5, 'user-code-error': 0.4 },
    source: 'https://github.com/systemd/systemd/blob/main/src/coredump/coredump.c',
    literals: ['dumped core', 'code=dumped', 'terminated abnormally with signal'],
    pattern:
      /Process \d{1,9} \([^)\n]{1,40}\) of user \d{1,9} (?:dumped core|terminated abnormally with signal)|Main process exited, code=dumped/,
    sees: [
      'systemd-coredump[4343]: Process 4242 (python) of user 1000 dumped core.',
      'systemd[1]: train.service: Main process exited, code=dumped, status=6/ABRT',
    ],
    ignores: ['Resource limits disable core dumping for process 4242 (python).'],
  },
  {
    id: 'service.process.killed',
    summary: 'systemd saw the main process of a unit killed',
    role: 'symptom',
    weighs: { 'host-oom': 1, 'scheduler-action': 0.6 },
    source: systemdService,
    literals: ['code=killed, status=9/kill'],
    pattern: /Main process exited, code=killed, status=9\/KILL/,
    sees: ['systemd[1]: train.service: Main process exited, code=killed, status=9/KILL'],
    ignores: ['systemd[1]: train.service: Main process exited, code=killed, status=15/TERM'],
  },
  {
    id: 'service.process.cannot-die',
    summary: 'processes of a unit stay after SIGKILL: they are stuck in the kernel',
    role: 'context',
    weighs: { 'shared-fs-problem': 1.2, 'gpu-driver-bug': 1.2, 'host-hardware-fault': 0.6 },
    source: systemdService,
    literals: [
      'processes still around after',
      "'final-sigterm' timed out",
      "'final-sigkill' timed out",
      "'stop-sigkill' timed out",
    ],
    pattern:
      /Processes still around after (?:final )?SIGKILL|State '(?:final-sigterm|final-sigkill|stop-sigkill)' timed out/,
    sees: ['systemd[1]: train.service: Processes still around after SIGKILL. Ignoring.'],
    ignores: ["systemd[1]: train.service: State 'stop-sigterm' timed out. Killing."],
  },
  {
    id: 'permission.account-refused',
    summary: 'a node refuses the account itself: a rule, an expiry or a lock',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.8, 'scheduler-action': 0.6 },
    source: pamAccount,
    literals: [
      'by pam account configuration',
      ' not allowed because ',
      'pam_access',
      'has expired (account expired)',
      'pam_listfile',
    ],
    pattern:
      /Access denied for user \S{1,40} by PAM account configuration|User \S{1,40}(?: from \S{1,60})? not allowed because (?:not (?:listed|in any group)|none of user's groups|listed in Deny|a group is listed|account is locked|shell)|pam_access\([^)\n]{1,30}\): access denied|account \S{1,40} has expired \(account expired\)|pam_listfile\([^)\n]{1,30}\): Refused user/,
    sees: [
      'sshd[4242]: fatal: Access denied for user user1 by PAM account configuration [preauth]',
      'sshd[4242]: User user1 from 10.0.0.5 not allowed because not listed in AllowUsers',
      "sshd[4242]: pam_access(sshd:account): access denied for user `user1' from `10.0.0.5'",
    ],
    ignores: [
      'sshd[4242]: Accepted publickey for user1 from 10.0.0.5 port 43210 ssh2',
      'sshd[4242]: User root from 185.1.1.1 logged in',
    ],
  },
  {
    id: 'system.logins-closed',
    summary: 'a node takes no logins: it goes down or comes up',
    role: 'context',
    weighs: { 'scheduler-action': 2, 'permission-misconfig': 0.6, 'host-hardware-fault': 0.3 },
    source: 'https://man7.org/linux/man-pages/man8/pam_nologin.8.html',
    literals: ['pam_nologin', 'unprivileged users are not permitted to log in'],
    pattern:
      /pam_nologin\([^)\n]{1,30}\): Refused user|Unprivileged users are not permitted to log in (?:any ?more|yet)/,
    sees: [
      'System is going down. Unprivileged users are not permitted to log in anymore. For technical details, see pam_nologin(8).',
    ],
    ignores: ['pam_unix(sshd:session): session opened for user user1'],
  },
  {
    id: 'launch.ssh.server-busy',
    summary: 'an ssh server takes no more connections: too many start or are open at once',
    role: 'cause',
    weighs: { 'ulimit-too-low': 1.8, unlisted: 1.6, 'launcher-rank-misconfig': 0.8 },
    source: 'https://man.openbsd.org/sshd_config#MaxStartups',
    literals: ['maxstartups', 'sshd[', 'pam_limits'],
    pattern:
      /beginning MaxStartups throttling|past MaxStartups|sshd\[\d{1,8}\]: error: no more sessions|pam_limits\([^)\n]{1,30}\): Too many logins/,
    sees: [
      'sshd[4242]: drop connection #10 from [10.0.0.5]:43210 on [10.0.0.3]:22 past MaxStartups',
      'sshd[4242]: pam_limits(sshd:session): Too many logins (max 10) for user1',
    ],
    ignores: ['maxstartups 10:30:100'],
  },
  {
    id: 'launch.ssh.forward-refused',
    summary: 'an ssh server refuses to pass a connection on',
    role: 'cause',
    weighs: { 'permission-misconfig': 1.8, 'rendezvous-resolution': 1, 'firewall-blocked': 0.6 },
    source: 'https://man.openbsd.org/sshd_config#AllowTcpForwarding',
    literals: ['open failed: '],
    pattern: /channel \d{1,4}: open failed: (?:administratively prohibited|connect failed|unknown channel type)/,
    sees: ['channel 0: open failed: administratively prohibited: open failed'],
    ignores: ['channel 0: open confirm rwindow 2097152'],
  },
  {
    id: 'process.seccomp-killed',
    summary: 'a process made a system call that its container may not make, and was killed',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 2.2, 'permission-misconfig': 1.8, 'cpu-affinity-misconfig': 0.3 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/seccomp.c',
    literals: ['type=1326 audit('],
    pattern: /type=1326 audit\([^\n]{1,400}\bsig=(?:31|9)\b/,
    sees: [
      'audit: type=1326 audit(1700000000.123:47): auid=1000 uid=1000 gid=1000 ses=3 subj=unconfined pid=4242 comm="python" exe="/usr/bin/python3" sig=31 arch=c000003e syscall=239 compat=0 ip=0x7f3a5c2e1000 code=0x80000000',
    ],
    ignores: [
      'audit: type=1326 audit(1700000000.123:47): auid=1000 uid=1000 gid=1000 ses=3 pid=4242 comm="snap" sig=0 arch=c000003e syscall=314 compat=0 ip=0x7f3a code=0x50000',
    ],
  },
  {
    id: 'net.address.not-obtained',
    summary: 'an interface lost, or did not get, its address',
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 2,
      'rendezvous-resolution': 1.6,
      'rdma-link-fault': 0.6,
      'facility-fault': 0.6,
    },
    source: 'https://github.com/systemd/systemd/blob/main/src/network/networkd-dhcp4.c',
    literals: [
      'dhcpv4 lease lost',
      'could not set dhcpv4 address',
      'dhcp4 (',
      'activation: failed for connection',
      'duplicate address',
      'advertised our address',
    ],
    pattern:
      /DHCPv4 lease lost|Could not set DHCPv4 address|dhcp4 \(\S{1,16}\): request timed out|Activation: failed for connection|IPv6 duplicate address \S{3,40} used by|NA: \S{17} advertised our address/i,
    sees: [
      'systemd-networkd[812]: ens1f0np0: DHCPv4 lease lost',
      'NetworkManager[812]: <warn>  [1700000000.1234] dhcp4 (ens1f0np0): request timed out',
    ],
    ignores: ['systemd-networkd[812]: ens1f0np0: DHCPv4 address 10.0.0.5/24 via 10.0.0.1'],
  },
]);
