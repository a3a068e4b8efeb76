import { lineDetector } from './line-patterns.ts';

/** Containers that were started without GPUs, or by an engine that does not know how to pass them on. */
export const containerGpus = lineDetector('container-gpus', [
  {
    id: 'container.engine.no-nvidia',
    summary: 'the container engine does not know the NVIDIA runtime, or no option for GPUs',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5.6, 'user-code-error': 0.6 },
    source: 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html',
    literals: ['nvidia', '--gpus'],
    pattern:
      /[Uu]nknown runtime specified "?nvidia|[Rr]untime ?[Hh]andler "nvidia"[^\n]{0,20}not supported|\b(?:runtime|handler) "?nvidia"? ?(?:is )?(?:not (?:found|known|configured|installed|supported)|unknown|missing)|unknown (?:flag|shorthand flag|option): '?--gpus|exec: "nvidia-smi": executable file not found|nvidia-container-runtime"?: executable file not found/,
    sees: [
      'docker: Error response from daemon: Unknown runtime specified nvidia.',
      'Failed to create pod sandbox: RuntimeHandler "nvidia" not supported',
      'unknown flag: --gpus',
      'OCI runtime create failed: exec: "nvidia-smi": executable file not found in $PATH: unknown',
    ],
    ignores: ['Runtimes: io.containerd.runc.v2 nvidia runc', 'docker run --gpus all nvidia/cuda'],
  },
  {
    id: 'container.image.no-driver-seen',
    summary: 'the start script of the image finds no driver: the container was given no GPUs',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 3.2,
      'driver-version-mismatch': 1.2,
      'user-code-error': 1,
      'launcher-rank-misconfig': 0.5,
    },
    source: 'https://docs.nvidia.com/deeplearning/frameworks/user-guide/index.html',
    literals: ['the nvidia driver was not detected'],
    pattern: /The NVIDIA Driver was not detected/,
    sees: ['WARNING: The NVIDIA Driver was not detected.  GPU functionality will not be available.'],
    ignores: ['The NVIDIA Driver was detected'],
  },
  {
    id: 'container.nvml.not-permitted',
    summary: 'a tool of the container toolkit may not open the GPUs',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 3.4, 'container-toolkit-misconfig': 2.8, 'permission-misconfig': 2.8 },
    source: 'https://github.com/NVIDIA/nvidia-docker/issues/393',
    literals: ['nvml: insufficient permissions'],
    // Without root, containers often lack the rights that the toolkit wants to set; with root it is the control group.
    pattern: /\bNVML: Insufficient Permissions/i,
    sees: [
      'nvidia-docker | 2017/06/02 17:35:05 Error: nvml: Insufficient Permissions',
      'Failed to initialize NVML: Insufficient Permissions',
    ],
    ignores: ['nvml: initialised'],
  },
]);
