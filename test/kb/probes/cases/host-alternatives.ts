import type { ProbeCases } from '../probe-case.ts';
import { printed } from '../probe-case.ts';
import { notInstalled, welcome } from './host-kernel.ts';

// A node with Rocky 8.5 that a question about the use of MIG by Slurm's jobs lists, with other versions where a case needs
// them; names of the fabric manager and of keys as Amazon Linux 2023's release notes and rpm itself print them.
const rpmSource = 'rpm -qa of a node with Rocky 8.5 and driver 535.54.03, published with a question on MIG and Slurm';
const rpm = (driver: string, module: string, manager: string | null) =>
  printed(
    [
      'gpg-pubkey-fd431d51-4ae0493b',
      'nvidia-mig-manager-0.5.3-1.x86_64',
      'datacenter-gpu-manager-3.1.8-1.x86_64',
      `nvidia-persistenced-${driver}-1.el8.x86_64`,
      `kmod-nvidia-latest-dkms-${module}-1.el8.x86_64`,
      `nvidia-libXNVCtrl-${driver}-1.el8.x86_64`,
      `nvidia-driver-cuda-libs-${driver}-1.el8.x86_64`,
      'nvidia-gds-12-2-12.2.0-1.x86_64',
      `nvidia-driver-${driver}-1.el8.x86_64`,
      `nvidia-driver-cuda-${driver}-1.el8.x86_64`,
      'dnf-plugin-nvidia-2.0-1.el8.noarch',
      `nvidia-kmod-common-${driver}-1.el8.noarch`,
      ...(manager === null ? [] : [`nvidia-fabric-manager-${manager}-1.x86_64`]),
      '',
    ].join('\n'),
  );

export const packagesVersionsRpmCases: ProbeCases = {
  faulty: [
    {
      name: 'a module that was updated alone',
      source: `${rpmSource}; https://github.com/negativo17/nvidia-driver/issues/167`,
      output: rpm('535.54.03', '535.86.10', null),
      means: ['packages.driver.mixed'],
    },
    {
      name: 'the fabric manager of another release',
      source: rpmSource,
      output: rpm('535.54.03', '535.54.03', '535.86.10'),
      means: ['packages.fabricmanager.unlike-driver'],
    },
  ],
  healthy: [
    {
      name: 'of one release',
      source: rpmSource,
      output: rpm('535.54.03', '535.54.03', '535.54.03'),
      means: ['packages.driver.consistent'],
    },
    {
      name: 'no NVSwitch',
      source: rpmSource,
      output: rpm('535.54.03', '535.54.03', null),
      means: ['packages.driver.consistent'],
    },
    {
      name: 'no driver',
      source: rpmSource,
      output: printed('gpg-pubkey-fd431d51-4ae0493b\nglibc-2.34-168.el9_6.23.x86_64\n'),
      means: ['packages.driver.none'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('rpm'),
    // Of a Debian node with rpm: nothing is installed by it.
    printed(''),
    printed('', 1, 'error: cannot open Packages database in /var/lib/rpm\n'),
    printed('zlib1g\t1:1.2.11\n'),
  ],
};

const timesyncSource = 'a guide to the clock of the reMarkable tablet (timedatectl timesync-status)';
const timesync = (offset: string, leap = 'normal') =>
  printed(
    [
      '       Server: 192.168.4.1 (192.168.4.1)',
      'Poll interval: 34min 8s (min: 32s; max 34min 8s)',
      `         Leap: ${leap}`,
      '      Version: 4',
      '      Stratum: 2',
      '    Reference: 81060F1E',
      '    Precision: 2us (-19)',
      'Root distance: 47.667ms (max: 5s)',
      `       Offset: ${offset}`,
      '        Delay: 5.008ms',
      '       Jitter: 1.134ms',
      ' Packet count: 3',
      '    Frequency: -6.507ppm',
      '',
    ].join('\n'),
  );

export const hostClockTimesyncdCases: ProbeCases = {
  faulty: [
    {
      name: 'no server has answered',
      source: 'https://github.com/systemd/systemd/issues/34220',
      output: printed('       Server: n/a (n/a)\nPoll interval: 0 (min: 32s; max 34min 8s)\n Packet count: 0\n'),
      means: ['host.clock.not-synchronised'],
    },
    {
      name: 'a server that is not synchronised itself',
      source: `${timesyncSource}; leap texts of src/timedate/timedatectl.c`,
      output: timesync('+1.085ms', 'not synchronized'),
      means: ['host.clock.not-synchronised'],
    },
    {
      name: 'a minute off',
      source: timesyncSource,
      output: timesync('-1min 2.345s'),
      means: ['host.clock.off'],
    },
  ],
  healthy: [
    { name: 'right', source: timesyncSource, output: timesync('-1.666ms'), means: ['host.clock.right'] },
    { name: 'exactly right', source: timesyncSource, output: timesync('+0'), means: ['host.clock.right'] },
    {
      name: 'a leap second is due',
      source: `${timesyncSource}; leap texts of src/timedate/timedatectl.c`,
      output: timesync('+28us', 'last minute of the day has 61 seconds'),
      means: ['host.clock.right'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('timedatectl'),
    printed('', 1, 'Failed to query server: Unit dbus-org.freedesktop.timesync1.service not found.\n'),
    printed('', 1, 'Command requires systemd-timesyncd.service, but it is not available: Unknown service\n'),
    // Printed here, in a container.
    printed(
      '',
      1,
      "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
    ),
    timesync('soon'),
    printed('       Server: n/a (n/a)\n'),
  ],
};

const ntpSource = 'https://github.com/perfsonar/toolkit/pull/259, https://github.com/alphagov/pp-puppet/pull/621';
const ntpq = (...peers: readonly string[]) =>
  printed(
    [
      '     remote           refid      st t when poll reach   delay   offset  jitter',
      '==============================================================================',
      ...peers,
      '',
    ].join('\n'),
  );
const other = '+161.53.123.9     161.53.123.8     2 u  399 1024  377    0.736   -0.021   0.049';

export const hostClockNtpdCases: ProbeCases = {
  faulty: [
    {
      name: 'no server is reached',
      source: 'https://huataihuang.gitbooks.io/cloud-atlas (ntpq timed out)',
      output: ntpq(
        ' 59.37.9.151     .INIT.          16 u    -   64    0    0.000    0.000   0.000',
        '*127.127.1.0     .LOCL.           5 l    8   64  177    0.000    0.000   0.000',
      ),
      means: ['host.clock.not-synchronised'],
    },
    {
      name: 'no servers at all',
      source: 'ntpq of ntp 4.2.8',
      output: printed("No association ID's returned\n"),
      means: ['host.clock.not-synchronised'],
    },
    {
      name: 'far off',
      source: 'https://github.com/naparuba/check-linux-by-ssh/issues/16',
      output: ntpq(
        '+138.195.130.1   138.195.130.62   3 u   71 1024  377  306.726   33.223 187.520',
        '*145.238.203.10  145.238.203.14   2 u  147 1024  377  279.106  -122.38  43.577',
      ),
      means: ['host.clock.off'],
    },
  ],
  healthy: [
    {
      name: 'right',
      source: ntpSource,
      output: ntpq('*161.53.123.8     161.53.123.8     2 u  117 1024  377    0.417    0.011   0.058', other),
      means: ['host.clock.right'],
    },
    {
      name: 'by a pulse a second, beside a pool that has no peer yet',
      source: 'a guide to a GPS receiver as time source (ntpq -c peers); pool lines of ntp 4.2.8',
      output: ntpq(
        ' 0.debian.pool.n .POOL.          16 p    -   64    0    0.000    0.000   0.000',
        'o127.127.22.0    .PPS.            0 l    9   16  377    0.000   +0.002   0.002',
      ),
      means: ['host.clock.right'],
    },
    {
      name: 'one of its servers is wrong',
      source: 'https://github.com/monitoring-plugins/monitoring-plugins/issues/163',
      output: ntpq(
        'x128.118.46.3    .WWV.            1 u  510 1024  377   79.120  -36.329   1.130',
        '*132.246.168.3   .PPS.            1 u  851 1024  377   25.010   -0.283   0.200',
      ),
      means: ['host.clock.right'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('ntpq'),
    printed('', 1, 'ntpq: read: Connection refused\n'),
    printed('localhost: timed out, nothing received\n***Request timed out\n', 1),
    ntpq('*161.53.123.8     161.53.123.8     2 u  117 1024'),
    printed('A29FC87B,162.159.200.123,4,17952\n'),
  ],
};
