import { lineDetector } from './line-patterns.ts';

const toolkit = 'https://github.com/NVIDIA/nvidia-container-toolkit';
const devicePlugin = 'https://github.com/NVIDIA/k8s-device-plugin';

/** Container runtimes, device plugins and control groups. */
export const containers = lineDetector('containers', [
  {
    id: 'container.cgroup.device-denied',
    summary: 'the control group of a container does not allow the GPU nodes',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 5.8, 'container-toolkit-misconfig': 1 },
    source: 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html',
    literals: [
      'cgroup',
      'devices.allow',
      'device_cgroup',
      'bpf_cgroup_device',
      '/dev/nvidia',
      'bpf_prog_query',
      'failed to add device rules',
    ],
    pattern:
      /(?:devices\.allow|device[_ ]?cgroup|BPF_CGROUP_DEVICE|bpf_prog_query)[^\n]{0,160}(?:[Oo]peration not permitted|denied|failed|invalid argument|missing)|\/dev\/nvidia(?:\d{1,2}|ctl|-uvm)[^\n]{0,60}(?:[Oo]peration not permitted|[Pp]ermission denied)|failed to add device rules|cgroup[^\n]{0,60}\/dev\/nvidia[^\n]{0,60}(?:denied|missing|not allowed)/,
    sees: [
      'nvidia-container-cli: mount error: failed to add device rules: unable to find any existing device filters attached to the cgroup: bpf_prog_query(BPF_CGROUP_DEVICE) failed: operation not permitted: unknown',
      'open /dev/nvidia0: Operation not permitted',
    ],
    ignores: ['cgroup v2 in use', '/dev/nvidia0 present'],
  },
  {
    id: 'container.toolkit.failed',
    summary: 'the NVIDIA container runtime or its settings failed',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 6, 'driver-version-mismatch': 0.8 },
    source: toolkit,
    literals: [
      'nvidia-container',
      'could not select device driver',
      'runtime name: nvidia',
      'runtime for "nvidia"',
      'cdi',
      'nvidia_visible_devices',
      'libnvidia-container',
      'nvidia runtime',
      'enroot',
      'pyxis',
      'nvidia docker',
    ],
    pattern:
      /nvidia-container-(?:cli|runtime|toolkit)[^\n]{0,40}: (?:[\w -]{1,40} )?error\b|nvidia-container-cli[^\n]{0,80}(?:error|failed|not found|no such file)|could not select device driver|unknown or invalid runtime name: nvidia|no runtime for "nvidia" is configured|unresolvable CDI devices|CDI[^\n]{0,60}(?:unresolvable|not found|failed to inject|invalid)|nvidia-container-runtime[^\n]{0,60}(?:not found|not installed|no such file)|(?:pyxis|enroot)[^\n]{0,20}: (?:\[ERROR\]|(?:container start failed|couldn't start container|failed to|child \d+ failed))|\[ERROR\][^\n]{0,80}(?:enroot|nvidia-container)|NVIDIA Docker[^\n]{0,40}not (?:installed|configured)/i,
    sees: [
      'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
      'nvidia-container-cli: ldcache error: process /sbin/ldconfig.real failed with error code: 1',
      'docker: Error response from daemon: unknown or invalid runtime name: nvidia.',
      'slurmstepd: error: pyxis: container start failed with error code: 1',
    ],
    ignores: ['nvidia-container-toolkit 1.14.3 installed', 'pyxis: imported docker image'],
  },
  {
    id: 'container.device-plugin.no-gpus',
    summary: 'the device plugin or scheduler sees no GPUs on the node',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5, 'driver-version-mismatch': 1.2, 'gpu-fell-off-bus': 0.4 },
    source: devicePlugin,
    literals: [
      'insufficient nvidia.com/gpu',
      'did you set the docker default runtime',
      'no devices found. waiting',
      'incompatible strategy detected',
      'could not load nvml',
      'unable to detect',
      'device-plugin',
      'allocate failed due to',
      'nvidia.com/gpu',
      'incompatible platform',
    ],
    pattern:
      /Insufficient nvidia\.com\/gpu|did you set the docker default runtime|No devices found\. Waiting indefinitely|Incompatible (?:strategy|platform) detected|could not load NVML(?: library)?|Allocate failed due to[^\n]{0,120}(?:nvidia\.com\/gpu|unhealthy)|nvidia\.com\/gpu[^\n]{0,60}(?:unhealthy|unavailable|not (?:found|registered))/i,
    sees: [
      'If this is a GPU node, did you set the docker default runtime to `nvidia`?',
      '0/4 nodes are available: 4 Insufficient nvidia.com/gpu.',
      'Incompatible strategy detected auto',
    ],
    ignores: ['nvidia.com/gpu: 8'],
  },
  {
    id: 'container.oci.failed',
    summary: 'a container could not be created',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 2.5,
      'permission-misconfig': 0.6,
      'user-code-error': 0.6,
      'disk-full': 0.2,
    },
    source: 'https://github.com/opencontainers/runc',
    literals: [
      'oci runtime',
      'failed to create shim',
      'createcontainererror',
      'runcontainererror',
      'imagepullbackoff',
      'errimagepull',
      'exec format error',
    ],
    pattern:
      /OCI runtime (?:create|exec|start) failed|failed to create shim task|CreateContainerError|RunContainerError|ErrImagePull|ImagePullBackOff|exec format error/i,
    sees: [
      'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process',
    ],
    ignores: ['OCI runtime: runc 1.1.9'],
  },
]);
