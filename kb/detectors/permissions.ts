import { lineDetector } from './line-patterns.ts';

const openssh = 'https://github.com/openssh/openssh-portable/blob/master/sshconnect2.c';
const audit =
  'https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/using_selinux/troubleshooting-problems-related-to-selinux_using-selinux';

/** Rights that a launcher, a container or a security module refuses: keys, logins, roles, sandboxes. */
export const permissions = lineDetector('permissions', [
  {
    id: 'permission.ssh-login',
    summary: 'a node refuses the login by which ranks are started',
    role: 'cause',
    weighs: { 'permission-misconfig': 6, 'launcher-rank-misconfig': 0.3 },
    source: openssh,
    literals: [
      'permission denied (',
      'permission denied, please try again',
      'host key verification failed',
      'remote host identification has changed',
      'unprotected private key file',
      'authentication refused: bad ownership',
      'too many authentication failures',
      'bad permissions',
      'no matching host key type',
      'no supported authentication methods',
      'authenticationexception',
      'error in libcrypto',
      'invalid format',
    ],
    pattern:
      /Permission denied \((?:publickey|password|gssapi|keyboard-interactive|hostbased)|Permission denied, please try again|Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|UNPROTECTED PRIVATE KEY FILE|Authentication refused: bad ownership or modes|Too many authentication failures|Load key "[^"\n]{1,160}": (?:bad permissions|invalid format|error in libcrypto)|no matching host key type found|No supported authentication methods available|AuthenticationException: Authentication failed/,
    sees: [
      'node-03: Permission denied (publickey,password).',
      'Host key verification failed.',
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
      'Load key "/data/user/.ssh/id_rsa": bad permissions',
      'sshd[4242]: Authentication refused: bad ownership or modes for directory /data/user/.ssh',
    ],
    ignores: ["Warning: Permanently added 'node-03' (ED25519) to the list of known hosts."],
  },
  {
    // What sshd does as root before and after a login needs capabilities that containers are often started without.
    id: 'permission.sshd-capability',
    summary: 'a server of ssh lacks a right (capability) that it needs to let anybody in',
    role: 'cause',
    weighs: { 'permission-misconfig': 5.4, 'container-toolkit-misconfig': 0.6 },
    source: 'https://github.com/SSSD/sssd-ci-containers/pull/25',
    literals: [
      'chroot(',
      'privileges to chroot',
      'linux_audit_write_entry failed',
      'initgroups:',
      'setgroups:',
      'permanently_set_uid',
      'chown(/dev/pts',
    ],
    pattern:
      /\bchroot\("[^"\n]{1,200}"\): Operation not permitted|server lacks privileges to chroot|linux_audit_write_entry failed: Operation not permitted|\b(?:initgroups|setgroups): [^\n]{0,60}Operation not permitted|\bpermanently_set_uid: [^\n]{0,60}Operation not permitted|\bchown\(\/dev\/pts\/\d{1,4}, \d{1,10}, \d{1,10}\) failed: Operation not permitted/,
    sees: [
      'chroot("/run/sshd"): Operation not permitted [preauth]',
      'sshd[4242]: fatal: chroot("/usr/share/empty.sshd"): Operation not permitted [preauth]',
      'sshd[4242]: fatal: linux_audit_write_entry failed: Operation not permitted',
      'setgroups: Operation not permitted [preauth]',
      'fatal: server lacks privileges to chroot to ChrootDirectory',
    ],
    ignores: ['chroot("/var/empty"): No such file or directory', 'Missing privilege separation directory: /run/sshd'],
  },
  {
    id: 'permission.no-job-on-node',
    summary: 'a login was refused because the user has no job on that node',
    role: 'cause',
    weighs: { 'permission-misconfig': 3, 'scheduler-action': 2.4, 'launcher-rank-misconfig': 1 },
    source: 'https://slurm.schedmd.com/pam_slurm_adopt.html',
    literals: ['pam_slurm'],
    pattern: /pam_slurm\w{0,8}\b[^\n]{0,120}(?:no active jobs|Access denied)/,
    sees: ['Access denied by pam_slurm_adopt: you have no active jobs on this node'],
    ignores: ['pam_slurm_adopt: adopted into job 4242'],
  },
  {
    id: 'permission.pdsh-owner',
    summary: 'the parallel shell refuses to run because its files have another owner',
    role: 'cause',
    weighs: { 'permission-misconfig': 6 },
    source: 'https://github.com/chaos/pdsh/blob/master/src/common/split.c',
    literals: ['or pdsh executable owner', 'module path insecure'],
    pattern: /or pdsh executable owner|module path insecure/,
    sees: [
      'pdsh@node-00: "/usr/lib/x86_64-linux-gnu": Owner not root, current uid, or pdsh executable owner',
      'pdsh@node-00: module path insecure.',
    ],
    ignores: ['pdsh-2.34 (+readline+debug)'],
  },
  {
    id: 'permission.selinux-gpu',
    summary: 'a security module of the kernel keeps a container from its GPUs or adapters',
    role: 'cause',
    weighs: { 'permission-misconfig': 6.2, 'container-toolkit-misconfig': 1, 'cgroup-device-loss': 0.5 },
    source: 'https://github.com/NVIDIA/nvidia-docker/issues/676',
    literals: ['avc:  denied', 'avc: denied', 'apparmor="denied"'],
    pattern:
      /^(?![^\n]{0,600}permissive=1)[^\n]{0,200}?(?:avc: {1,2}denied {1,2}\{ [\w ]{1,60} \} for |apparmor="DENIED" operation=)[^\n]{0,200}(?:nvidia|infiniband|uverbs)/,
    sees: [
      'type=AVC msg=audit(1605312345.123:456): avc:  denied  { open } for  pid=4242 comm="nvidia-smi" path="/dev/nvidiactl" scontext=system_u:system_r:container_t:s0 tcontext=system_u:object_r:device_t:s0 tclass=chr_file permissive=0',
    ],
    ignores: [
      'type=AVC msg=audit(1605312345.123:456): avc:  denied  { open } for  pid=1 comm="nvidia-smi" permissive=1',
    ],
  },
  {
    id: 'permission.selinux-or-apparmor',
    summary: 'a security module of the kernel refused an access',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.8, 'container-toolkit-misconfig': 1, 'cgroup-device-loss': 0.3 },
    source: audit,
    literals: ['avc:  denied', 'avc: denied', 'apparmor="denied"', 'selinux is preventing'],
    pattern:
      /^(?![^\n]{0,600}(?:permissive=1|profile="snap\.|comm="snap))[^\n]{0,200}?(?:avc: {1,2}denied {1,2}\{ [\w ]{1,60} \} for |apparmor="DENIED" operation=|SELinux is preventing )/,
    sees: [
      'type=AVC msg=audit(1605312345.123:456): avc:  denied  { open } for  pid=4242 comm="python" path="/data/run/part" scontext=system_u:system_r:container_t:s0 tcontext=system_u:object_r:device_t:s0 tclass=chr_file permissive=0',
      'audit: type=1400 audit(1605312345.123:46): apparmor="DENIED" operation="mount" class="mount" info="failed flags match" error=-13 profile="docker-default" name="/proc/"',
    ],
    ignores: [
      'type=AVC msg=audit(1605312345.123:456): avc:  denied  { open } for  pid=1 comm="x" permissive=1',
      'audit: type=1400 apparmor="DENIED" operation="open" profile="snap.firefox.firefox"',
    ],
  },
  {
    id: 'permission.process-memory',
    summary:
      'a rank may not read the memory of its neighbour: a container forbids the call; slower, most often harmless',
    role: 'context',
    weighs: { 'permission-misconfig': 1, 'container-toolkit-misconfig': 0.4 },
    source: 'https://github.com/horovod/horovod/blob/master/docs/docker.rst',
    literals: [
      'read -1, expected',
      'process_vm_readv',
      'process_vm_writev',
      'ptrace_scope',
      'pidfd_getfd',
      'pidfd_open',
    ],
    pattern:
      /Read -1, expected \d{1,12}, errno = 1\b|(?:process_vm_(?:readv|writev)|pidfd_(?:getfd|open))[^\n]{0,120}Operation not permitted|(?:due to|by|check|set|change)[^\n]{0,40}\/ptrace_scope/,
    sees: [
      'Read -1, expected 5100, errno = 1',
      'cma_ep.c:88   process_vm_readv(pid=4242 length=8192) returned -1: Operation not permitted',
    ],
    ignores: ['kernel.yama.ptrace_scope = 1'],
  },
  {
    id: 'permission.user-namespace',
    summary: 'an unprivileged container may not be made: user namespaces or their id maps are closed',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.2, 'container-toolkit-misconfig': 2.4 },
    source: 'https://github.com/apptainer/apptainer/blob/main/docs/content/index.md',
    literals: [
      'user namespace',
      'newuidmap',
      'newgidmap',
      'no subuid ranges found',
      'insufficient uids or gids',
      'cannot clone: operation not permitted',
      'unshare failed',
      'unshare: operation not permitted',
    ],
    pattern:
      /[Ff]ailed to create user namespace|user namespaces? (?:disabled|needed but not allowed|required but not allowed|are not (?:enabled|available|supported))|not allowed to create user namespace|new[ug]idmap[^\n]{0,80}(?:failed|not permitted|not found)|no subuid ranges found|potentially insufficient UIDs or GIDs|cannot clone: Operation not permitted|unshare(?: failed)?: (?:unshare failed: )?Operation not permitted|unshare failed: Operation not permitted/,
    sees: [
      'enroot-nsenter: failed to create user namespace: Operation not permitted',
      'FATAL:   Unprivileged installation found, user namespace needed but not allowed by configuration.',
      'ERROR  : Failed to create user namespace: not allowed to create user namespace: No space left on device',
      'Error: cannot set up namespace using "/usr/bin/newuidmap": exit status 1: newuidmap: write to uid_map failed: Operation not permitted',
    ],
    ignores: ['INFO:    User namespace enabled, using rootless mode'],
  },
  {
    id: 'permission.role-refused',
    summary: 'the cluster or the cloud refuses the role under which the job acts',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.2, 'user-code-error': 1.2 },
    source: 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/',
    literals: [
      'is forbidden: user',
      'is not authorized to perform',
      '(accessdenied)',
      'violates podsecurity',
      'accessdeniedexception',
      '(unauthorizedoperation)',
      'does not have storage.objects',
      'authorizationpermissionmismatch',
    ],
    pattern:
      /is forbidden: User "[^"\n]{1,120}" cannot |is not authorized to perform|An error occurred \((?:AccessDenied|AccessDeniedException|UnauthorizedOperation)\) when calling|AccessDeniedException|violates PodSecurity|does not have storage\.objects\.\w{1,12} access|AuthorizationPermissionMismatch/,
    sees: [
      'pods is forbidden: User "system:serviceaccount:train:default" cannot list resource "pods" in API group ""',
      'botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation: Access Denied',
    ],
    ignores: ['Access granted to user train'],
  },
  {
    id: 'permission.docker-socket',
    summary: 'the user may not speak to the container daemon',
    role: 'cause',
    weighs: { 'permission-misconfig': 6 },
    source: 'https://docs.docker.com/engine/install/linux-postinstall/',
    literals: ['docker daemon socket', 'docker.sock: connect: permission denied', 'docker api at'],
    pattern:
      /permission denied while trying to connect to the (?:Docker daemon socket|docker API at)|docker\.sock: connect: permission denied/i,
    sees: [
      'Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied',
    ],
    ignores: ['listening on /var/run/docker.sock'],
  },
  {
    id: 'permission.sudo',
    summary: 'a step needs rights of root that the user does not have',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.6, 'user-code-error': 1 },
    source: 'https://www.sudo.ws/docs/man/sudo.man/',
    literals: [
      'sudo: a password is required',
      'sudo: a terminal is required',
      'is not in the sudoers file',
      'sudo: no tty present',
      'no new privileges',
    ],
    pattern:
      /sudo: (?:a password is required|a terminal is required|no tty present)|is not in the sudoers file|sudo: The "no new privileges" flag is set/,
    sees: ['sudo: a password is required'],
    ignores: ['sudo: pam_unix(sudo:session): session opened for user root'],
  },
  {
    id: 'permission.seccomp',
    summary: 'a process was killed for a call that its sandbox forbids',
    role: 'cause',
    weighs: {
      'permission-misconfig': 3,
      'container-toolkit-misconfig': 1.4,
      'user-code-error': 1,
      'framework-bug': 0.6,
    },
    source: 'https://docs.kernel.org/userspace-api/seccomp_filter.html',
    literals: ['bad system call', 'sigsys', 'seccomp filter'],
    pattern:
      /\bBad system call\b|\bSIGSYS\b|seccomp filter failed|(?:unable|failed) to (?:register|init|install|load) seccomp filter/,
    sees: [
      'run.sh: line 7:  4242 Bad system call         (core dumped) python train.py',
      'slurmstepd: error: pyxis: seccomp filter failed: Invalid argument',
    ],
    ignores: ['seccomp filter installed'],
  },
]);
