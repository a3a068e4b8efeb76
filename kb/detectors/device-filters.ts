import { lineDetector } from './line-patterns.ts';

/** Filters of devices on control groups that could not be read, loaded or attached, and units that list no GPU. */
export const deviceFilters = lineDetector('device-filters', [
  {
    // The library of the container tools looks for the hierarchy of version 1 (before release 1.8), or for one of
    // version 2 alone: the host has the other, or both.
    id: 'container.cgroup.hierarchy-unknown',
    summary: 'the container tool does not find the control group of devices as this host keeps it',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5, 'cgroup-device-loss': 0.8 },
    source: 'https://github.com/NVIDIA/nvidia-docker/issues/1447',
    literals: ['container error: cgroup subsystem', 'device cgroup', 'malformed cgroup entry'],
    pattern:
      /container error: (?:cgroup subsystem \w{1,40} not found|failed to get device cgroup (?:mount|root) path)|malformed cgroup entry/i,
    sees: [
      'nvidia-container-cli: container error: cgroup subsystem devices not found: unknown.',
      'nvidia-container-cli: container error: failed to get device cgroup root path: malformed cgroup entry: 1:net_cls:/: unknown.',
    ],
    ignores: ['cgroup subsystem devices is mounted', 'device cgroup root path: /system.slice'],
  },
  {
    // The container tool itself may not change the filter: without root, in a container of another kind, or with a
    // filter that it cannot extend. A container that never started has lost nothing.
    id: 'container.device-rules.not-added',
    summary: 'the container tool could not add the GPUs to the device filter of the new container',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5.2, 'permission-misconfig': 0.8, 'cgroup-device-loss': 0.6 },
    source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/139',
    literals: ['failed to add device rules'],
    pattern: /nvidia-container-cli[^\n]{0,40}mount error: failed to add device rules/,
    sees: [
      'nvidia-container-cli: mount error: failed to add device rules: unable to find any existing device filters attached to the cgroup: bpf_prog_query(BPF_CGROUP_DEVICE) failed: operation not permitted: unknown.',
      'nvidia-container-cli: mount error: failed to add device rules: unable to generate new device filter program from existing programs: load program: invalid argument',
    ],
    ignores: [
      'nvidia-container-cli: mount error: open failed: /sys/fs/cgroup/devices/user.slice/devices.allow: permission denied',
      'device rules were added',
    ],
  },
  {
    id: 'cgroup.device-filter.failed',
    summary: 'the filter that says which devices a control group may open could not be read, loaded or attached',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 4.8, 'container-toolkit-misconfig': 0.8, 'permission-misconfig': 0.6 },
    source: 'https://github.com/opencontainers/runc/blob/main/libcontainer/cgroups/devices/ebpf_linux.go',
    literals: ['bpf', 'device filter'],
    pattern:
      /\bbpf\b[^\n]{0,60}\b(?:attach|load|query|detach)\b[^\n]{0,40}\bdevices?\b[^\n]{0,80}(?:not permitted|denied|failed|[Ii]nvalid argument)|(?:BPF_PROG_(?:ATTACH|DETACH|QUERY)|BPF_CGROUP_DEVICE)\b[^\n]{0,60}(?:failed|not permitted|[Ii]nvalid argument)|\b(?:unable|failed|cannot)\b[^\n]{0,24}\bdevice filters?\b[^\n]{0,40}\bcgroup\b/i,
    sees: [
      'bpf: failed to attach device program to cgroup: Operation not permitted',
      'slurmstepd: error: _attach_dev_filter: BPF_PROG_ATTACH failed',
      'runc: unable to find any existing device filters attached to the cgroup',
    ],
    ignores: ['bpf: attached device program', 'BPF_PROG_ATTACH is supported'],
  },
  {
    // A unit that may make the nodes of all devices (m) and open none of the GPUs': what remains after a reload.
    id: 'cgroup.device-rules.without-gpus',
    summary: "a unit's list of devices lets the GPUs be made and not opened",
    role: 'cause',
    weighs: { 'cgroup-device-loss': 4.2 },
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html',
    literals: ['c 195:* m', 'deviceallow=char-* m', 'c *:* m'],
    pattern: /\bc 195:\* m\b|^DeviceAllow=char-\* m$/,
    sees: ['systemd, 1, c 195:* m, cri-containerd-d254b91e9b76d5e6', 'DeviceAllow=char-* m'],
    ignores: ['c 195:* rwm', 'DeviceAllow=char-* rwm'],
  },
]);
