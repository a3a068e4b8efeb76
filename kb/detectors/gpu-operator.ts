import { lineDetector } from './line-patterns.ts';

const toolkit = 'https://github.com/NVIDIA/nvidia-container-toolkit';
const devicePlugin = 'https://github.com/NVIDIA/k8s-device-plugin';
const validator = 'https://github.com/NVIDIA/gpu-operator/blob/main/cmd/nvidia-validator/main.go';
const driverContainer = 'https://github.com/NVIDIA/gpu-driver-container/blob/main/ubuntu22.04/nvidia-driver';
const migParted = 'https://github.com/NVIDIA/mig-parted';

/** The services that bring GPUs into clusters: toolkit, device plugin, operator, driver container, MIG manager. */
export const gpuOperator = lineDetector('gpu-operator', [
  {
    id: 'container.toolkit.spec-failed',
    summary: "NVIDIA's container runtime could not describe the GPUs for a container",
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 4.6, 'driver-version-mismatch': 1.4 },
    source: toolkit,
    literals: [
      'nvidia container runtime',
      'cdi',
      'modifying oci spec',
      'modification to oci specification',
      'toolkit.pid',
    ],
    pattern:
      /failed to create NVIDIA Container Runtime|invoking the NVIDIA Container Runtime Hook directly|(?:failed to (?:gene?rate|create|save) (?:a )?CDI (?:spec|library|cache)|[Ff]ailed to initialize CDI|could not resolve CDI devices|failed to inject CDI devices)(?![^\n]{0,300}[Dd]river [Nn]ot [Ll]oaded)|error modifying OCI spec|could not apply required modification to OCI specification|Unable to get exclusive lock on '[^'\n]{0,60}toolkit\.pid|Failed to start nvidia-cdi-refresh/,
    sees: [
      'level=error msg="failed to create NVIDIA Container Runtime: failed to create discoverer for driver libraries: failed to locate libcuda.so"',
      'invoking the NVIDIA Container Runtime Hook directly (e.g. specifying the docker --gpus flag) is not supported.',
      'level=error msg="failed to generate CDI spec: failed to create edits common for entities: failed to get driver version"',
    ],
    ignores: [
      'Generated CDI spec with version 0.8.0',
      'failed to generate CDI spec: failed to initialize NVML: Driver Not Loaded',
    ],
  },
  {
    id: 'container.toolkit.request-ignored',
    summary: 'a container without privileges asked for GPUs by its environment, and the runtime ignores that',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 4.4 },
    source: toolkit,
    literals: ['in unprivileged container'],
    pattern: /Ignoring (?:devices requested|request) by environment variable\(s\) in unprivileged container/,
    sees: [
      'level=warning msg="Ignoring devices requested by environment variable(s) in unprivileged container: [all]"',
      'Ignoring request by environment variable(s) in unprivileged container: [0 1]',
    ],
    ignores: ['started an unprivileged container'],
  },
  {
    id: 'container.toolkit.module-not-loaded',
    summary: 'the container toolkit could not load the kernel modules of the driver',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.2, 'container-toolkit-misconfig': 1, 'permission-misconfig': 0.4 },
    source: 'https://github.com/NVIDIA/libnvidia-container/blob/main/src/nvc.c',
    literals: ['could not load kernel module nvidia', 'failed to load nvidia kernel modules'],
    pattern: /could not load kernel module nvidia(?:_uvm)?\s*$|failed to load NVIDIA kernel modules/,
    sees: [
      'E0512 12:00:00.000000 4411 nvc.c:292] could not load kernel module nvidia',
      'E0512 12:00:00.000000 4411 nvc.c:292] could not load kernel module nvidia_uvm',
    ],
    ignores: ['could not load kernel module nvidia_modeset'],
  },
  {
    id: 'container.device-plugin.not-serving',
    summary: 'the device plugin does not run, or kubelet does not take what it offers',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.2, 'driver-version-mismatch': 0.6, 'permission-misconfig': 0.4 },
    source: devicePlugin,
    literals: [
      'start device plugin',
      'could not register device plugin',
      "grpc server for '",
      'one or more plugins',
      'error starting plugins',
      'invalid allocation request for',
      'are not discovered by the node',
      'error validating plugin installation',
    ],
    pattern:
      /Could not (?:start|register) device plugin\b(?! for '(?!nvidia|amd))|GRPC server for '\S{1,60}' (?:crashed|has repeatedly crashed)|Failed to start one or more plugins|error starting plugins: |invalid allocation request for "\S{1,60}": |GPU resources are not discovered by the node|error validating plugin installation/,
    sees: [
      'Could not register device plugin: context deadline exceeded',
      "GRPC server for 'nvidia.com/gpu' has repeatedly crashed recently. Quitting",
      'invalid allocation request for "nvidia.com/gpu": maximum request size for shared resources is 1; found 2',
      'Error: error validating plugin installation: GPU resources are not discovered by the node',
    ],
    ignores: [
      "Starting GRPC server for 'nvidia.com/gpu'",
      "Registered device plugin for 'nvidia.com/gpu' with Kubelet",
    ],
  },
  {
    id: 'mig.layout.refused',
    summary: 'the layout of GPU instances (MIG) that is asked for could not be made, or does not fit',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.8, 'foreign-gpu-process': 1.2 },
    source: migParted,
    literals: [
      'migenabled',
      'mig device type present',
      'invalid mig configuration',
      'mps is not supported for mig',
      'non mig-capable gpu',
      'mig mode disabled',
      'mig-config not present',
      'migconfig',
      'apply mig configuration',
      'mig.config.state',
      'gpu client pods did not shutdown',
      'has no mig devices configured',
      'creating mig devices',
    ],
    pattern:
      /at least one device with migEnabled=true was not configured correctly|all devices on the node must be configured with the same migEnabled value|more than one MIG device type present on node|invalid MIG configuration|MPS is not supported for MIG devices(?!;)|cannot set MIG (?:mode|config) on non MIG-capable GPU|unable to apply MIG config with MIG mode disabled|selected mig-config not present|error (?:setting|clearing) (?:existing )?M[Ii][Gg]Config|(?:[Ff]ailed to|could not) apply MIG configuration|'nvidia\.com\/mig\.config\.state' node label to 'failed'|gpu client pods did not shutdown|has no MIG devices configured/,
    sees: [
      'at least one device with migEnabled=true was not configured correctly: device 0 has no MIG devices configured',
      "error setting MIGConfig: error creating GPU instance for '1g.10gb': Insufficient Resources",
      'selected mig-config not present: all-foo',
      "Changing the 'nvidia.com/mig.config.state' node label to 'failed'",
    ],
    ignores: [
      'MIG configuration applied successfully',
      "Changing the 'nvidia.com/mig.config.state' node label to 'success'",
    ],
  },
  {
    id: 'container.operator.peermem-not-ready',
    summary: "NVIDIA's operator could not validate the peer-memory module on a node",
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 4.6, 'driver-version-mismatch': 0.8 },
    source: validator,
    literals: ['validating nvidia-peermem', 'failed to load nvidia-peermem', 'failed to start nvidia-peermem'],
    pattern: /error validating nvidia-peermem driver installation|[Ff]ailed to (?:load|start) nvidia-peermem/,
    sees: [
      'Error: error validating nvidia-peermem driver installation: exit status 1',
      'failed to load nvidia-peermem module',
    ],
    ignores: ['nvidia-peermem module loaded'],
  },
  {
    id: 'container.operator.part-not-ready',
    summary: "NVIDIA's operator could not validate an extra driver on a node (network, GDRCopy, storage)",
    role: 'cause',
    weighs: {
      'driver-version-mismatch': 1.4,
      'net-plugin-mismatch': 1.2,
      'gdr-peermem-missing': 0.8,
      'rdma-link-fault': 0.3,
    },
    source: validator,
    literals: ['error validating gdrcopy', 'error validating nvidia-fs', 'error validating mofed'],
    pattern: /error validating (?:gdrcopy|nvidia-fs|MOFED) driver installation/,
    sees: [
      'Error: error validating MOFED driver installation: exit status 1',
      'Error: error validating gdrcopy driver installation: exit status 1',
    ],
    ignores: ['MOFED driver is ready', 'waiting for mofed to be installed'],
  },
  {
    id: 'container.operator.cuda-not-ready',
    summary: "NVIDIA's operator could not run a first CUDA program on a node, or the driver does not answer it",
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 1.8,
      'driver-version-mismatch': 1.8,
      'fabricmanager-not-running': 1.2,
      'gpu-driver-bug': 0.5,
      'gpu-fell-off-bus': 0.4,
    },
    source: validator,
    literals: ['error validating cuda workload', 'failed to validate the driver'],
    pattern: /error validating cuda workload|[Ff]ailed to validate the driver\b(?!, retrying)/,
    sees: ['Error: error validating cuda workload: pod failed', 'failed to validate the driver: exit status 1'],
    ignores: ['cuda workload validation is successful', 'failed to validate the driver, retrying after 5 seconds'],
  },
  {
    id: 'nvidia.driver.container-build-failed',
    summary: "the container that installs the driver finds no headers, sources or packages for the node's kernel",
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.2, 'firewall-blocked': 0.5, 'container-toolkit-misconfig': 0.6 },
    source: driverContainer,
    literals: [
      'linux kernel version',
      'no nvidia driver generated',
      'nvidia driver source',
      'rhel package repositories',
      'linux-headers-',
      'kernel-headers-',
      'kernel-devel-',
    ],
    pattern:
      /Could not (?:locate|resolve) Linux kernel version|FATAL: no NVIDIA driver generated|Failed to find NVIDIA driver source|FATAL: failed to reach RHEL package repositories|Unable to locate package linux-headers-|(?:No match for argument|Unable to find a match): kernel-(?:headers|devel)-/,
    sees: [
      'Could not resolve Linux kernel version',
      'E: Unable to locate package linux-headers-6.8.0-1009-aws',
      'FATAL: failed to reach RHEL package repositories. Ensure that the cluster can access the proper networks.',
    ],
    ignores: ['Resolving Linux kernel version...', 'linux-headers-6.8.0 is already the newest version'],
  },
  {
    id: 'harmless.container.toolkit-notices',
    summary:
      'the container toolkit names libraries and programs of the driver that this node does not have, as nearly always',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/libnvidia-container/blob/main/src/nvc_info.c',
    literals: ['nvc_info.c', 'nvidia_modeset'],
    pattern:
      /nvc_info\.c:\d{1,5}\] missing (?:compat32 )?(?:library|binary|ipc path|firmware path|device) |could not load kernel module nvidia_modeset/,
    sees: [
      'W0512 12:00:00.000000 4411 nvc_info.c:401] missing library libnvidia-fatbinaryloader.so',
      'W0512 12:00:00.000000 4411 nvc_info.c:423] missing binary nvidia-fabricmanager',
    ],
    ignores: ['nvc_info.c:767] requesting driver information with'],
  },
]);
