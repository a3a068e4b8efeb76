import { lineDetector } from './line-patterns.ts';

/** Filters of devices on control groups that could not be read, loaded or attached, and units that list no GPU. */
export const deviceFilters = lineDetector('device-filters', [
  {
    id: 'cgroup.device-filter.failed',
    summary: 'the filter that says which devices a control group may open could not be read, loaded or attached',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 4.8, 'container-toolkit-misconfig': 0.8, 'permission-misconfig': 0.6 },
    source: 'https://github.com/opencontainers/runc/blob/main/libcontainer/cgroups/devices/ebpf_linux.go',
    literals: ['bpf', 'cgroup subsystem devices not found', 'device filter'],
    pattern:
      /\bbpf\b[^\n]{0,60}\b(?:attach|load|query|detach)\b[^\n]{0,40}\bdevices?\b[^\n]{0,80}(?:not permitted|denied|failed|[Ii]nvalid argument)|(?:BPF_PROG_(?:ATTACH|DETACH|QUERY)|BPF_CGROUP_DEVICE)\b[^\n]{0,60}(?:failed|not permitted|[Ii]nvalid argument)|cgroup subsystem devices not found|\b(?:unable|failed|cannot)\b[^\n]{0,24}\bdevice filters?\b[^\n]{0,40}\bcgroup\b/i,
    sees: [
      'bpf: failed to attach device program to cgroup: Operation not permitted',
      'slurmstepd: error: _attach_dev_filter: BPF_PROG_ATTACH failed',
      'nvidia-container-cli: container error: cgroup subsystem devices not found: unknown.',
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
