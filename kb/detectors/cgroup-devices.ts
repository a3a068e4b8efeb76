import { lineDetector } from './line-patterns.ts';

/** Control groups that do not, or no longer, let a job open its GPUs, or that cannot be made at all. */
export const cgroupDevices = lineDetector('cgroup-devices', [
  {
    id: 'container.cgroup.rootless',
    summary:
      'a container without rights of root is to set its own control group: the toolkit was not told to leave that',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5, 'cgroup-device-loss': 2.4, 'permission-misconfig': 1.4 },
    source: 'https://github.com/NVIDIA/nvidia-docker/issues/1155',
    literals: ['devices.allow: permission denied'],
    pattern: /nvidia-container-cli: mount error: [^\n]{0,200}devices\.allow: permission denied/,
    sees: [
      'nvidia-container-cli: mount error: open failed: /sys/fs/cgroup/devices/user.slice/devices.allow: permission denied: unknown.',
    ],
    ignores: ['echo "c 195:* rwm" > /sys/fs/cgroup/devices/devices.allow'],
  },
  {
    id: 'container.cgroup.device-denied',
    summary: 'the control group of a container does not allow the GPU nodes',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 5.8, 'container-toolkit-misconfig': 1 },
    source: 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html',
    literals: [
      'devices.allow',
      'devices.deny',
      'device_cgroup',

      'devicecgroup',
      'bpf_cgroup_device',
      '/dev/nvidia',
      'bpf_prog_query',
      'bpf_prog_attach',
      'failed to add device rules',
    ],
    pattern:
      /(?:devices\.(?:allow|deny)|[Dd]evice[_ ]?cgroup|BPF_CGROUP_DEVICE|bpf_prog_(?:query|attach))[^\n]{0,160}(?:[Oo]peration not permitted|denied|failed|[Ii]nvalid argument|missing)|\/dev\/nvidia(?:\d{1,2}|ctl|-uvm)[^\n]{0,80}(?:[Oo]peration not permitted|EPERM)|failed to add device rules|cgroup[^\n]{0,60}\/dev\/nvidia[^\n]{0,60}(?:denied|missing|not allowed)/,
    sees: [
      'nvidia-container-cli: mount error: failed to add device rules: unable to find any existing device filters attached to the cgroup: bpf_prog_query(BPF_CGROUP_DEVICE) failed: operation not permitted: unknown',
      'open /dev/nvidia0: Operation not permitted',
      'openat(AT_FDCWD, "/dev/nvidiactl", O_RDWR|O_CLOEXEC) = -1 EPERM (Operation not permitted)',
    ],
    ignores: ['cgroup v2 in use', '/dev/nvidia0 present', 'crw-rw-rw- 1 root root 195, 0 /dev/nvidia0'],
  },
  {
    id: 'container.cgroup.device-file-mode',
    summary: 'the files of the GPUs may not be opened by this user',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.2, 'cgroup-device-loss': 2.8, 'container-toolkit-misconfig': 1 },
    source: 'https://github.com/NVIDIA/nvidia-modprobe',
    literals: ['/dev/nvidia'],
    pattern: /\/dev\/nvidia(?:\d{1,2}|ctl|-uvm|-caps)[^\n]{0,80}(?:[Pp]ermission denied|EACCES)/,
    sees: [
      'open /dev/nvidiactl: permission denied',
      'openat(AT_FDCWD, "/dev/nvidia0", O_RDWR) = -1 EACCES (Permission denied)',
    ],
    ignores: ['/dev/nvidia0 present'],
  },
  {
    id: 'slurm.cgroup.device-constraint-failed',
    summary: 'the scheduler cannot set which devices a step may open',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 5, 'ulimit-too-low': 0.4 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/plugins/task/cgroup/task_cgroup_devices.c',
    literals: [
      'unable to set access constraint for device',
      'could not apply device constrain',
      'enabling device enforcement',
    ],
    pattern:
      /Unable to set access constraint for device|Could not apply device constrain|failure enabling device enforcement/,
    sees: [
      'slurmstepd: error: Unable to set access constraint for device c 195:0 rwm(/dev/nvidia0)',
      'slurmstepd: error: Could not apply device constrain to step',
    ],
    ignores: ['slurmstepd: debug: task/cgroup: device /dev/nvidia0 allowed'],
  },
  {
    id: 'slurm.cgroup.filter-not-loaded',
    summary: 'the filter that guards the devices of a step cannot be loaded, most often for want of locked memory',
    role: 'cause',
    weighs: { 'ulimit-too-low': 3.6, 'cgroup-device-loss': 2.4 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/plugins/cgroup/v2/ebpf.c',
    literals: ['bpf load error'],
    pattern: /BPF load error/,
    sees: [
      'slurmstepd: error: load_ebpf_prog: BPF load error (Operation not permitted). Please check your system limits (MEMLOCK).',
    ],
    ignores: ['BPF loaded'],
  },
  {
    id: 'slurm.cgroup.cpuset-empty',
    summary: 'processes cannot enter their CPU set: it holds no processors or memory nodes that exist',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4.8, 'container-toolkit-misconfig': 0.6 },
    source: 'https://docs.kernel.org/admin-guide/cgroup-v1/cpusets.html',
    literals: ['no space left on device'],
    pattern: /cpuset[^\n]{0,200}[Nn]o space left on device/,
    sees: [
      "slurmstepd: error: common_file_write_uints: write value '39981' to '/sys/fs/cgroup/cpuset/slurm/uid_20006/job_6457/step_batch/cgroup.procs' failed: No space left on device",
      'failed to write 4242 to cgroup.procs: write /sys/fs/cgroup/cpuset/kubepods/cgroup.procs: no space left on device',
    ],
    ignores: ["touch: cannot touch '/scratch/x': No space left on device"],
  },
  {
    id: 'slurm.cgroup.plugin-failed',
    summary: 'slurmd cannot use control groups on this node',
    role: 'cause',
    weighs: {
      'permission-misconfig': 1.8,
      'container-toolkit-misconfig': 1.8,
      'cgroup-device-loss': 0.8,
      unlisted: 0.8,
    },
    source: 'https://slurm.schedmd.com/cgroup_v2.html',
    literals: [
      'initialize cgroup plugin',
      'cannot initialize cgroup directory',
      'cannot create cgroup context',
      "' not mounted. aborting",
    ],
    pattern:
      /Unable to initialize cgroup plugin|cannot initialize cgroup directory for stepds|cannot create cgroup context for cgroup\/|cgroup namespace '\w{1,20}' not mounted\. aborting/,
    sees: [
      'slurmd: error: Unable to initialize cgroup plugin',
      "error: cgroup namespace 'freezer' not mounted. aborting",
    ],
    ignores: ['slurmd: cgroup plugin loaded'],
  },
  {
    id: 'slurm.cgroup.no-room',
    summary: 'a control group cannot be made: the kernel has no ids left for it; neither a disk nor memory is full',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 1, 'framework-bug': 0.8, unlisted: 1 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/plugins/cgroup/common/cgroup_common.c',
    literals: ['unable to create cgroup', '/sys/fs/cgroup/'],
    pattern:
      /unable to create cgroup ['‘][^'’\n]{1,200}['’] ?: (?:No space left on device|Cannot allocate memory)|\/sys\/fs\/cgroup\/[^\n]{0,160}[Nn]o space left on device/,
    sees: [
      "slurmstepd: error: common_cgroup_instantiate: unable to create cgroup '/sys/fs/cgroup/memory/slurm/uid_1000/job_4242' : No space left on device",
      'slurmstepd: error: xcgroup_instantiate: unable to create cgroup ‘/sys/fs/cgroup/memory/slurm/uid_819800’ : Cannot allocate memory',
    ],
    ignores: ["touch: cannot touch '/scratch/x': No space left on device"],
  },
  {
    // Printed by those who look for it: services that need few devices have such a filter, sessions of users have none.
    id: 'cgroup.device-filter.attached',
    summary: 'systemd has attached a filter of devices to a control group',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 2.6, 'container-toolkit-misconfig': 0.4 },
    source: 'https://github.com/systemd/systemd/blob/main/src/core/bpf-devices.c',
    literals: ['sd_devices'],
    pattern: /^\s{0,4}\d{1,8}\s{1,16}(?:cgroup_)?device\s{1,16}(?:multi\s{1,16}|override\s{1,16})?sd_devices\b/,
    sees: ['20       cgroup_device   multi           sd_devices', '1342     device          multi          sd_devices'],
    ignores: ['ID       AttachType      AttachFlags     Name', '21: cgroup_device  name sd_devices  tag 03b4'],
  },
  {
    id: 'cgroup.units-reloaded',
    summary: 'systemd read its units anew, upon which running containers may lose their GPUs',
    role: 'context',
    weighs: { 'cgroup-device-loss': 1.4 },
    source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/48',
    literals: ['systemd[1]: reloading', 'systemctl daemon-reload'],
    pattern:
      /systemd\[1\]: Reloading(?:\.{1,3}$| requested from| finished)|(?:^|[\s;+])(?:sudo )?systemctl daemon-reload\b/,
    sees: [
      'Nov 21 03:12:59 node-03 systemd[1]: Reloading.',
      "systemd[1]: Reloading requested from client PID 4242 ('systemctl') (unit session-4.scope)...",
    ],
    ignores: ['systemd[1]: Reloading OpenBSD Secure Shell server...'],
  },
]);
