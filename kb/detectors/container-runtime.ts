import { lineDetector } from './line-patterns.ts';

const runc = 'https://github.com/opencontainers/runc/blob/main/libcontainer/rootfs_linux.go';
const moby = 'https://github.com/moby/moby/tree/master/daemon';

/** Docker, containerd, Podman and runc: images, mounts, names, networks, daemons. */
export const containerRuntime = lineDetector('container-runtime', [
  {
    id: 'container.image.access-denied',
    summary: 'a registry refuses to give the image to this user',
    role: 'cause',
    weighs: { 'permission-misconfig': 3, 'user-code-error': 2.6 },
    source: 'https://github.com/distribution/distribution/blob/main/registry/api/errcode/register.go',
    literals: [
      'pull access denied',
      'unauthorized: ',
      'authentication required',

      '401 unauthorized',
      '403 forbidden',
    ],
    pattern:
      /pull access denied for |unauthorized: (?:authentication required|access|incorrect|unauthenticated|The client does not)|(?:[Ff]ailed to (?:pull|authorize|fetch)|URL https:\/\/\S{1,200} returned error code)[^\n]{0,300}(?:401 Unauthorized|403 Forbidden|authentication required)/,
    sees: [
      "Error response from daemon: pull access denied for team/train, repository does not exist or may require 'docker login'",
      '[ERROR] URL https://nvcr.io/proxy_auth?scope=repository:nvidia/pytorch:pull returned error code: 401 Unauthorized',
      'Failed to pull image "r.example/train:1": rpc error: code = Unknown desc = failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
    ],
    ignores: ['Successfully pulled image "r.example/train:1"'],
  },
  {
    id: 'container.image.not-found',
    summary: 'there is no image of that name, tag or architecture',
    role: 'cause',
    weighs: { 'user-code-error': 4.6 },
    source: 'https://github.com/containerd/containerd/blob/main/core/remotes/docker/resolver.go',
    literals: [
      'manifest unknown',
      'manifest for ',
      'no matching manifest',
      'failed to resolve reference',
      'invalidimagename',
      'errimageneverpull',
    ],
    pattern:
      /manifest unknown|manifest for \S{1,200} not found|[Nn]o matching manifest for |failed to resolve reference "[^"\n]{1,200}": \S{1,200}: not found|\b(?:InvalidImageName|ErrImageNeverPull)\b/,
    sees: [
      'Error response from daemon: manifest for r.example/train:9 not found: manifest unknown: manifest unknown',
      'Failed to pull image "r.example/train:9": rpc error: code = NotFound desc = failed to resolve reference "r.example/train:9": r.example/train:9: not found',
    ],
    ignores: ['failed to resolve reference "r.example/train:9": failed to do request: dial tcp: i/o timeout'],
  },
  {
    id: 'container.image.pull-failed',
    summary: 'the image of a container cannot be fetched',
    role: 'cause',
    weighs: {
      'user-code-error': 2.8,
      'container-toolkit-misconfig': 0.8,
      'permission-misconfig': 0.8,
      'firewall-blocked': 0.8,
      'disk-full': 0.3,
    },
    source: 'https://kubernetes.io/docs/concepts/containers/images/',
    literals: [
      'imagepullbackoff',
      'errimagepull',
      'failed to pull image',
      'pyxis: importer ',
      'while making image from oci',
      'fatal:   unable to handle ',
      'fatal:  unable to handle ',
      'fatal: unable to handle ',
      'fatal:    unable to handle ',
      'back-off pulling image',
    ],
    pattern:
      /\b(?:ImagePullBackOff|ErrImagePull)\b|Failed to pull image "|pyxis: importer (?:\S{1,120} )?(?:failed|terminated)|FATAL: {1,4}(?:While making image from oci|Unable to handle \w{1,12}:\/\/\S{1,200} uri)|Back-off pulling image/,
    sees: [
      'train-0   0/1   ImagePullBackOff   0   3m',
      'FATAL:   While making image from oci registry: error fetching image to cache: failed to get checksum for docker://x',
    ],
    ignores: ['Normal  Pulled  kubelet  Successfully pulled image "r.example/train:1" in 3.1s'],
  },
  {
    id: 'container.program.not-found',
    summary: 'the program that the container should run is not in the image, or not for this machine',
    role: 'cause',
    weighs: { 'user-code-error': 4.6 },
    source: 'https://github.com/opencontainers/runc/blob/main/libcontainer/standard_init_linux.go',
    literals: ['exec: ', 'executable file not found in $path', 'exec format error', 'exec user process caused'],
    pattern:
      /exec: "?(?!nvidia-smi)[^\n"]{1,200}"?: (?:executable file not found in \$PATH|stat [^\n]{1,200}: no such file or directory|permission denied)|\bexec format error\b|exec user process caused/,
    sees: [
      'OCI runtime create failed: runc create failed: unable to start container process: exec: "torchrun": executable file not found in $PATH: unknown',
      'exec /opt/entrypoint.sh: exec format error',
      'standard_init_linux.go:228: exec user process caused: no such file or directory',
    ],
    ignores: ['exec: "nvidia-smi": executable file not found in $PATH'],
  },
  {
    id: 'container.mount.failed',
    summary: 'a path that should be mounted into the container is not there or cannot be mounted',
    role: 'cause',
    weighs: {
      'user-code-error': 2.6,
      'shared-fs-problem': 1.8,
      'container-toolkit-misconfig': 1.4,
      'permission-misconfig': 0.8,
    },
    source: runc,
    literals: [
      'mount source ',
      'error: statfs /',
      'to rootfs at',
      'bind source path does not exist',
      'error while creating mount source path',

      'source path does not exist',
    ],
    pattern:
      /error mounting "[^"\n]{1,300}" to rootfs at "|bind source path does not exist|error while creating mount source path|--container-mounts: source path does not exist|[Ee]rror: statfs \/\S{1,200}: no such file or directory|mount source \S{1,200} doesn't exist/,
    sees: [
      'docker: Error response from daemon: invalid mount config for type "bind": bind source path does not exist: /data/run.',
      'OCI runtime create failed: runc create failed: error during container init: error mounting "/data" to rootfs at "/data": mount /data:/data: not a directory: unknown',
      'slurmstepd: error: pyxis: --container-mounts: source path does not exist: /lustre/team',
    ],
    ignores: ['mount source /data ok'],
  },
  {
    id: 'container.network.failed',
    summary: 'a container or pod gets no network',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 2.2,
      'firewall-blocked': 1.6,
      'socket-interface-mismatch': 1,
      unlisted: 0.5,
    },
    source: 'https://github.com/containernetworking/cni',
    literals: [
      'no chain/target/match by that name',
      'failed to setup network for sandbox',
      'failed to set up pod',
      'failed to set up container networking',
      'no ip addresses available in range',
      'failed to set up sandbox container',
    ],
    pattern:
      /No chain\/target\/match by that name|failed to setup network for sandbox|cni failed to set up pod|failed to set up container networking|no IP addresses available in range|[Ff]ailed to set up sandbox container/,
    sees: [
      'docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity: iptables: No chain/target/match by that name.',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "6f1a": plugin type="calico" failed (add)',
    ],
    ignores: ['network for sandbox ready'],
  },
  {
    id: 'container.name-or-port.taken',
    summary: 'an earlier container still holds the name or the port',
    role: 'cause',
    weighs: { 'user-code-error': 2.6, 'foreign-gpu-process': 2 },
    source: moby,
    literals: ['is already in use by container', 'port is already allocated'],
    pattern: /[Tt]he container name "?\/?[^"\n]{1,120}"? is already in use by container|port is already allocated/,
    sees: [
      'docker: Error response from daemon: Conflict. The container name "/train" is already in use by container "6f1a".',
    ],
    ignores: ['container train started'],
  },
  {
    id: 'container.daemon.down',
    summary: 'the container daemon does not answer',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3, 'host-hardware-fault': 0.5, 'host-oom': 0.4, 'disk-full': 0.5 },
    source: moby,
    literals: [
      'cannot connect to the docker daemon',
      'container runtime is down',
      'pleg is not healthy',
      'containerd.sock',
      'container runtime status check may not have completed',

      'containerruntimeunhealthy',
    ],
    pattern:
      /[Cc]annot connect to the Docker daemon|container runtime is down|PLEG is not healthy|containerd\.sock[^\n]{0,80}(?:connection refused|no such file|deadline exceeded)|container runtime status check may not have completed|ContainerRuntimeUnhealthy/,
    sees: [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'skipping pod synchronization - [container runtime is down, PLEG is not healthy: pleg was last seen active 3m20s ago]',
    ],
    ignores: ['containerd.sock: listening'],
  },
  {
    id: 'container.cgroup.failed',
    summary: 'the control groups that a container runtime needs are not there, or refuse its settings',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.6, 'permission-misconfig': 0.8, 'cgroup-device-loss': 0.4 },
    source: 'https://github.com/opencontainers/runc/blob/main/libcontainer/process_linux.go',
    literals: [
      'cgroup configuration',
      'cgroup mountpoint does not exist',
      'cgroup manager',
      'cannot use systemd cgroups',
      'expected cgroupspath to be',
      'requested cgroup controller',
      'error adding seccomp filter',
    ],
    pattern:
      /(?:applying|unable to apply) cgroup configuration\b|cgroups?: cgroup mountpoint does not exist|[Ff]ailed to create (?:a )?cgroup manager|systemd not running on this host, cannot use systemd cgroups|expected cgroupsPath to be of format|requested cgroup controller `\w{1,12}` is not available|error adding seccomp filter rule/,
    sees: [
      'docker: Error response from daemon: oci runtime error: process_linux.go:258: applying cgroup configuration for process caused "open /dev/cpuset/docker/cpuset.cpus: no such file or directory".',
      'runc create failed: unable to start container process: unable to apply cgroup configuration: mkdir /sys/fs/cgroup/devices/docker: read-only file system',
      'docker: Error response from daemon: cgroups: cgroup mountpoint does not exist: unknown.',
      'Error: OCI runtime error: crun: the requested cgroup controller `cpu` is not available',
      'runc create failed: systemd not running on this host, cannot use systemd cgroups manager',
    ],
    ignores: ['cgroup configuration loaded from /etc/slurm/cgroup.conf'],
  },
  {
    id: 'container.oci.failed',
    summary: 'a container could not be created',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 1.6,
      'permission-misconfig': 0.6,
      'user-code-error': 0.8,
      'cgroup-device-loss': 0.5,
      'disk-full': 0.2,
    },
    source: 'https://github.com/opencontainers/runc',
    literals: ['oci runtime', 'failed to create shim', 'createcontainererror', 'runcontainererror'],
    pattern:
      /OCI runtime (?:create|exec|start) failed|failed to create shim task|CreateContainerError|RunContainerError/i,
    sees: [
      'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process',
    ],
    ignores: ['OCI runtime: runc 1.1.9'],
  },
]);
