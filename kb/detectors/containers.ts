import { lineDetector } from './line-patterns.ts';

const toolkit = 'https://github.com/NVIDIA/nvidia-container-toolkit';
const libnvc = 'https://github.com/NVIDIA/libnvidia-container/blob/main/src/cli/configure.c';
const devicePlugin = 'https://github.com/NVIDIA/k8s-device-plugin';
const deviceManager = 'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/cm/devicemanager/manager.go';

/** How NVIDIA's container toolkit and device plugin hand GPUs to containers. */
export const containers = lineDetector('containers', [
  {
    id: 'container.toolkit.device-unknown',
    summary: 'a container asks for a GPU by an index or UUID that the node does not have',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 4, 'gpu-fell-off-bus': 2, 'launcher-rank-misconfig': 1.2 },
    source: libnvc,
    literals: ['unknown device id', ': unknown device', 'unresolvable cdi device'],
    pattern:
      /nvidia-container-cli: device error: [^\n]{1,120}: unknown device|device error: unknown device id: |unresolvable CDI devices [^\n]{0,200}(?:=GPU-|=MIG-|=\d)/,
    sees: [
      'nvidia-container-cli: device error: GPU-2cd3a1f5: unknown device',
      'nvidia-container-cli: device error: unknown device id: 8',
      'docker: Error response from daemon: CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=7: unknown',
    ],
    ignores: ['tty: unknown device'],
  },
  {
    id: 'container.toolkit.not-permitted',
    summary: 'the container toolkit itself may not open what it needs',
    role: 'cause',
    weighs: { 'permission-misconfig': 2.8, 'container-toolkit-misconfig': 3, 'cgroup-device-loss': 0.8 },
    source: libnvc,
    literals: ['nvidia-container-cli'],
    pattern:
      /nvidia-container-cli: (?:permission error|[\w ]{1,30} error: [^\n]{0,400}(?:[Pp]ermission denied|insufficient permissions|operation not permitted))(?!.{0,400}bpf_prog)/,
    sees: [
      'nvidia-container-cli: initialization error: nvml error: insufficient permissions: unknown.',
      'nvidia-container-cli: mount error: mount operation failed: /data/docker/vfs/dir/4136/proc/driver/nvidia: permission denied: unknown.',
    ],
    ignores: ['nvidia-container-cli: ldcache error: process /sbin/ldconfig.real failed with error code: 1'],
  },
  {
    id: 'container.toolkit.driver-silent',
    summary: 'the driver did not answer the container toolkit in time',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 2.4,
      'gpu-driver-bug': 2.2,
      'gpu-fell-off-bus': 1.6,
      'driver-version-mismatch': 0.8,
    },
    source: 'https://github.com/NVIDIA/libnvidia-container/blob/main/src/rpc.c',
    literals: [
      'driver rpc error',

      'nvml error: unknown error',
      'driver error: failed to process request',
    ],
    pattern:
      /nvidia-container-cli: [\w ]{1,30} error: (?:driver (?:rpc )?error: (?:timed out|failed to process request)|nvml error: unknown error)/,
    sees: [
      'nvidia-container-cli: initialization error: driver rpc error: timed out: unknown.',
      'nvidia-container-cli: detection error: nvml error: unknown error',
    ],
    ignores: ['nvidia-container-cli: rpc service started'],
  },
  {
    id: 'container.toolkit.failed',
    summary: 'the NVIDIA container runtime or its settings failed',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 6, 'driver-version-mismatch': 0.8 },
    source: toolkit,
    literals: [
      'cdi spec',
      'nvidia-container',
      'could not select device driver',
      'runtime name: nvidia',
      'runtime name "nvidia"',
      'runtime for "nvidia"',
      'cdi device',

      'nvidia docker',
      'cgroup subsystem devices not found',

      '98-nvidia.sh',
      'nvidia-ctk',
    ],
    pattern:
      /nvidia-container-(?:cli|runtime|toolkit|runtime-hook)[^\n]{0,40}: (?:[\w -]{1,40} )?error\b|nvidia-container-cli[^\n]{0,80}(?:error|failed|not found|no such file)|could not select device driver|unknown or invalid runtime name: nvidia|no runtime for "nvidia" is configured|unresolvable CDI devices|CDI (?:device|spec)[^\n]{0,60}(?:unresolvable|not found|failed to inject|invalid|injection failed)|nvidia-container-runtime[^\n]{0,60}(?:not found|not installed|no such file)|nvidia-ctk[^\n]{0,80}(?:failed|error|no such file)|NVIDIA Docker[^\n]{0,40}not (?:installed|configured)|cgroup subsystem devices not found|98-nvidia\.sh exited with return code [1-9]|Runtime [Nn]ame "nvidia"[^\n]{0,40}(?:unknown|invalid|not found)/i,
    sees: [
      'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
      'nvidia-container-cli: ldcache error: process /sbin/ldconfig.real failed with error code: 1',
      'docker: Error response from daemon: unknown or invalid runtime name: nvidia.',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "nvidia" is configured',
      '[ERROR] /etc/enroot/hooks.d/98-nvidia.sh exited with return code 1',
      'nvidia-container-cli: container error: cgroup subsystem devices not found: unknown.',
    ],
    ignores: ['nvidia-container-toolkit 1.14.3 installed', 'pyxis: imported docker image'],
  },
  {
    id: 'container.operator.not-ready',
    summary: "NVIDIA's operator could not validate driver or toolkit on a node",
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 4.2, 'driver-version-mismatch': 2, 'fabricmanager-not-running': 0.3 },
    source: 'https://github.com/NVIDIA/gpu-operator/blob/main/cmd/nvidia-validator/main.go',
    literals: [
      'error validating driver installation',
      'error validating toolkit installation',
      'toolkit is not ready',
      'driver is not ready',
      'failed to create nvidia device nodes',
    ],
    pattern:
      /error validating (?:driver|toolkit) installation|(?:nvidia )?(?:toolkit|driver) is not ready|failed to create NVIDIA device nodes/,
    sees: [
      'level=info msg="Error: error validating driver installation: error creating symlinks: failed to create NVIDIA device nodes: failed to create device node nvidiactl"',
      'Error: error validating toolkit installation: exec: "nvidia-smi": executable file not found in $PATH',
    ],
    ignores: ['level=info msg="driver is ready"'],
  },
  {
    id: 'container.device-plugin.unhealthy',
    summary: 'the device plugin takes a GPU out of service because its driver reported an error',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 2,
      'gpu-ecc-uncorrectable': 2,
      'nvlink-fabric-error': 1,
      'gpu-driver-bug': 1,
      'container-toolkit-misconfig': 0.4,
    },
    source: 'https://github.com/NVIDIA/k8s-device-plugin/blob/main/internal/rm/health.go',
    literals: [
      'marking device ',
      'marking device as unhealthy',
      'device marked unhealthy',
      'cannot allocate unhealthy devices nvidia.com/gpu',
      'marking it unhealthy',
      'marking it as unhealthy',
      'marking all devices as unhealthy',
    ],
    pattern:
      /XidCriticalError: Xid=(?<xid>\d{1,4}) on Device=\S{1,60}[;,] marking device as unhealthy|'nvidia\.com\/\S{1,40}' device marked unhealthy|cannot allocate unhealthy devices nvidia\.com\/gpu|[Mm]arking (?:it(?: as)?|all devices as|device \S{1,60} as) unhealthy/,
    sees: [
      'I1121 03:12:59.000000 1 health.go:159] XidCriticalError: Xid=48 on Device=GPU-2cd3a1f5-0000; marking device as unhealthy.',
      "I1121 03:12:59.000000 1 server.go:285] 'nvidia.com/gpu' device marked unhealthy: GPU-2cd3a1f5",
      'Pod was rejected: Allocate failed due to no healthy devices present; cannot allocate unhealthy devices nvidia.com/gpu, which is unexpected',
    ],
    ignores: ['Ignoring the following XIDs for health checks: 13 31 43 45 68'],
  },
  {
    id: 'container.device-plugin.no-gpus',
    summary: 'the device plugin or scheduler sees no GPUs on the node',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5, 'driver-version-mismatch': 1.2, 'gpu-fell-off-bus': 0.4 },
    source: devicePlugin,
    literals: [
      'did you set the docker default runtime',
      'did you configure the nvidia container toolkit',
      'no devices found. waiting',
      'incompatible strategy detected',
      'incompatible platform',
      'could not load nvml',
      'unregistered device nvidia.com/gpu',
      'nvidia.com/gpu',
      'nvml not detected',
      'invalid device discovery strategy',
    ],
    pattern:
      /did you set the docker default runtime|did you configure the NVIDIA Container Toolkit|No devices found\. Waiting indefinitely|Incompatible (?:strategy|platform) detected|could not load NVML(?: library)?|NVML not detected: |unregistered device nvidia\.com\/gpu|nvidia\.com\/gpu[^\n]{0,60}(?:not (?:found|registered))|invalid device discovery strategy/i,
    sees: [
      'If this is a GPU node, did you set the docker default runtime to `nvidia`?',
      'If this is a GPU node, did you configure the NVIDIA Container Toolkit?',
      'Incompatible strategy detected auto',
      "Allocate failed due to can't allocate unregistered device nvidia.com/gpu, which is unexpected",
    ],
    ignores: ['nvidia.com/gpu: 8'],
  },
  {
    id: 'container.device-plugin.too-few-gpus',
    summary: 'fewer GPUs can be given than the pod asks for: in use, out of service, or not announced',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 3.6,
      'gpu-fell-off-bus': 1.2,
      'launcher-rank-misconfig': 1,
      'scheduler-action': 0.8,
    },
    source: deviceManager,
    literals: [
      'insufficient nvidia.com/gpu',
      'insufficient nvidia.com/mig',
      'insufficient amd.com/gpu',
      'devices unavailable for nvidia.com/',
      'outofnvidia.com/gpu',
      'enough resource: nvidia.com/gpu',
    ],
    pattern:
      /Insufficient (?:nvidia\.com\/(?:gpu|mig)|amd\.com\/gpu)|requested number of devices unavailable for nvidia\.com\/|OutOfnvidia\.com\/gpu|enough resource: nvidia\.com\/gpu/,
    sees: [
      '0/4 nodes are available: 4 Insufficient nvidia.com/gpu.',
      'Pod Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected',
      "Pod was rejected: Node didn't have enough resource: nvidia.com/gpu, requested: 8, used: 0, capacity: 7",
    ],
    ignores: ['nvidia.com/gpu: 8'],
  },
  {
    id: 'container.command.shown',
    summary: 'what is shown was run in a container',
    role: 'context',
    weighs: {},
    source: 'https://docs.docker.com/reference/cli/docker/container/run/',
    literals: [' run', ' exec', ' start', ' up', '--container-image', 'root@'],
    pattern:
      /^[^\n]{0,60}?(?:^|[\s$#>;|&])(?:(?:nvidia-)?docker|podman|nerdctl|kubectl|singularity|apptainer|enroot|ctr|crictl)(?:[- ]compose)? (?:run|exec|start|up)\b|\bsrun [^\n]{0,200}--container-image|^(?:\([\w.-]{1,30}\) ?)?root@[0-9a-f]{12}:/,
    sees: [
      '$ docker run --rm --gpus all nvidia/cuda:12.4.1-base nvidia-smi',
      'kubectl exec -it trainer-0 -- nvidia-smi',
      'srun --gpus=8 --container-image=nvcr.io/nvidia/pytorch:24.01-py3 python train.py',
      'root@3f2a1b9c8d7e:/workspace# python train.py',
    ],
    ignores: ['the docker runtime is installed', 'root@node-01:~# nvidia-smi', 'docker ps -a'],
  },
]);
