import type { LinePattern } from './line-patterns.ts';

/** Lines of kernels and of their services that healthy nodes print at every start, or whenever strangers knock. */
export const harmlessKernel: readonly LinePattern[] = [
  {
    id: 'harmless.kernel.firmware-method',
    summary: "the kernel could not run a method of the firmware's tables, which on most servers changes nothing",
    role: 'clean',
    weighs: {},
    source: 'https://docs.kernel.org/firmware-guide/acpi/index.html',
    literals: [
      'acpi error: ',
      'acpi bios error (bug)',
      'acpi exception: ',
      'failed to evaluate _dsm',
      'acpi warning: ',
      'acpi bios warning (bug)',
    ],
    pattern:
      /ACPI Error: (?:Aborting method|AE_NOT_EXIST, Returned by Handler|No handler for Region|Region (?:IPMI|POWR)|Method parse\/execution failed|Skipping While)|ACPI (?:BIOS Error|BIOS Warning) \(bug\): |ACPI Exception: AE_|ACPI: \S{1,40} failed to evaluate _DSM|ACPI Warning: /,
    sees: [
      'ACPI Error: Aborting method \\_SB.PMI0._GHL due to previous error (AE_NOT_EXIST) (20220331/psparse-529)',
      'ACPI Error: No handler for Region [POWR] (00000000a1b2c3d4) [IPMI] (20220331/evregion-130)',
      'ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PCI0.SAT0], AE_NOT_FOUND (20220331/psargs-330)',
    ],
    ignores: [
      'ACPI: Thermal Zone [TZ00] (28 C)',
      'thermal thermal_zone0: acpitz: critical temperature reached, shutting down',
    ],
  },
  {
    id: 'harmless.kernel.feature-absent',
    summary: 'a driver does without a feature that the server does not have',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/torvalds/linux/blob/master/drivers/thermal/thermal_core.c',
    literals: [
      'failed to read out thermal zone (-61)',
      'unable to reset no_reboot flag',
      'missing or invalid subnqn',
      'ignoring unsafe software power cap',
      'fwtracer: failed to acquire ownership',
    ],
    pattern:
      /failed to read out thermal zone \(-61\)|[Uu]nable to reset NO_REBOOT flag|missing or invalid SUBNQN field|Ignoring unsafe software power cap|FWTracer: Failed to acquire ownership/,
    sees: [
      'thermal thermal_zone0: failed to read out thermal zone (-61)',
      'iTCO_wdt iTCO_wdt.1.auto: Unable to reset NO_REBOOT flag, device disabled by hardware/BIOS',
      'nvme nvme0: missing or invalid SUBNQN field.',
    ],
    ignores: ['thermal thermal_zone0: critical temperature reached (105 C), shutting down'],
  },
  {
    id: 'harmless.kernel.took-long',
    summary: 'the kernel remarks that an interrupt or a piece of work took long',
    role: 'clean',
    weighs: {},
    source: 'https://docs.kernel.org/core-api/workqueue.html',
    literals: [
      'hrtimer: interrupt took',
      'took too long to run',
      'hogged cpu for',
      'took a split_lock trap',
      'long readout interval, skipping',
    ],
    pattern:
      /hrtimer: interrupt took \d{1,12} ns|INFO: NMI handler \(\w{3,60}\) took too long to run|workqueue: \S{1,60} hogged CPU for >\d|took a split_lock trap at address|Long readout interval, skipping watchdog check/,
    sees: [
      'hrtimer: interrupt took 1234567 ns',
      'workqueue: drm_fb_helper_damage_work hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND',
      'INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.234 msecs',
    ],
    ignores: ['BUG: workqueue lockup - pool cpus=12 node=0 flags=0x0 nice=0 stuck for 41s!'],
  },
  {
    // Scanners of the network knock on every ssh server that they reach.
    id: 'harmless.ssh.strangers',
    summary: 'an ssh server tells of connections that ended before a login',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/openssh/openssh-portable/blob/master/kex.c',
    literals: ['sshd'],
    pattern:
      /sshd(?:-session)?\[\d{1,8}\]: (?:error: kex_exchange_identification: |error: maximum authentication attempts exceeded for (?:invalid user|root)|Failed password for (?:invalid user|root)|Invalid user |Connection (?:closed|reset) by (?:authenticating user root|invalid user)|banner exchange: Connection from )/,
    sees: [
      'sshd[4242]: error: kex_exchange_identification: Connection closed by remote host',
      'sshd[4242]: error: maximum authentication attempts exceeded for root from 10.0.0.5 port 43210 ssh2 [preauth]',
      'sshd[4242]: Failed password for invalid user admin from 10.0.0.5 port 43210 ssh2',
    ],
    ignores: [
      'kex_exchange_identification: Connection closed by remote host',
      'sshd[4242]: Failed password for user1 from 10.0.0.5 port 43210 ssh2',
      'sshd[4242]: Authentication refused: bad ownership or modes for directory /export/user1',
    ],
  },
  {
    id: 'harmless.service.not-needed',
    summary: 'a service that waits for all networks, or for a screen, gave up, as it does on many nodes',
    role: 'clean',
    weighs: {},
    source: 'https://systemd.io/NETWORK_ONLINE/',
    literals: ['wait-online', 'wait online', 'wait for network to be configured'],
    pattern:
      /(?:NetworkManager|systemd-networkd)-wait-online(?:\.service)?(?:\[\d{1,8}\])?: (?:Timeout occurred|Failed with result|Main process exited)|Failed to start (?:Network Manager Wait Online|Wait for Network to be Configured)/,
    sees: [
      'systemd[1]: Failed to start Network Manager Wait Online.',
      'systemd-networkd-wait-online[812]: Timeout occurred while waiting for network connectivity.',
    ],
    ignores: ['systemd[1]: Failed to start openibd - configure Mellanox devices.'],
  },
];
