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
    // The list of files was made for another release of the driver: it has to be made anew after each change of it.
    id: 'container.devices.list-stale',
    summary: 'a file of the driver that the container should be given is no longer there: the list of devices is old',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5, 'driver-version-mismatch': 2.2 },
    source: 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/cdi-support.html',
    literals: [
      'libnvidia-',
      'libcuda',
      'nvidia.so',
      '/nvidia',
      'host device "/dev/',
      'nvidia_drv',
      '/dev/dri/',
      '/dev/nvidia',
      'libnvcuvid',
      'libnvoptix',
    ],
    pattern:
      /(?:\bcrun: (?:cannot stat|error stat'?ing(?: file)?|open|cannot find)|error mounting|failed to fulfil mount request: open|error during container init:|failed to stat CDI host device|nvidia-container-cli: mount error: (?:stat|open|file)[^\n]{0,20})[^\n]{0,200}(?:\blib(?:nvidia-|cuda|nvcuvid|nvoptix)[\w.-]{1,60}|_nvidia\.so[\d.]{0,20}|\/dev\/(?:nvidia|dri\/)\w{0,20}|\/(?:usr|run|etc|lib\d{0,2})\/(?:[\w.-]{1,40}\/){0,4}nvidia[\w./-]{0,80})[^\n]{0,300}no such file or directory/i,
    sees: [
      'Error: crun: cannot stat `/usr/lib/libnvidia-egl-wayland.so.1.1.13`: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      "Error: crun: error stat'ing file `/usr/lib/libEGL_nvidia.so.550.54.14`: No such file or directory: OCI runtime attempted to invoke a command that was not found",
      'runc create failed: error mounting "/usr/lib/x86_64-linux-gnu/libcuda.so.535.54.03" to rootfs at "/usr/lib/x86_64-linux-gnu/libcuda.so.535.54.03": open: no such file or directory: unknown',
      'Error: setting up CDI devices: failed to inject devices: failed to stat CDI host device "/dev/dri/renderD129": no such file or directory',
    ],
    ignores: [
      'Error: crun: cannot stat `/data/run`: No such file or directory',
      'error mounting "/data/nvidia-apex" to rootfs at "/data": no such file or directory',
      'ImportError: libcuda.so.1: cannot open shared object file: No such file or directory',
    ],
  },
  {
    id: 'container.engine.default-runtime-unknown',
    summary:
      'the container engine names a default runtime that its settings do not describe, or lacks its part for pods',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 4.8, 'user-code-error': 0.6 },
    source: 'https://github.com/containerd/containerd/blob/main/internal/cri/config/config.go',
    literals: [
      'no corresponding runtime configured in',
      'unknown service runtime.v1',
      'default runtime',
      'default_runtime_name',
    ],
    pattern:
      /no corresponding runtime configured in|unknown service runtime\.v1(?:alpha2)?\.(?:Runtime|Image)Service|(?:specified )?default runtime "?(?:nvidia|runc)"?[^\n]{0,30}(?:not found|does not exist|is not (?:defined|configured))/i,
    sees: [
      'error="invalid plugin config: no corresponding runtime configured in `containerd.runtimes` for `containerd` `default_runtime_name = \\"runc\\"`"',
      'rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService',
      'unable to configure the Docker daemon with file /etc/docker/daemon.json: specified default runtime "nvidia" does not exist',
    ],
    ignores: [' Default Runtime: nvidia', '      default_runtime_name = "nvidia"'],
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
