import type { ProbeCases } from '../probe-case.ts';
import { printed } from '../probe-case.ts';
import { here, notInstalled, welcome } from './host-kernel.ts';

const diskstats = (nvme: { reads: number; readMs: number; inFlight: number; busyMs: number }) =>
  printed(`   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0
   8       0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880 82621804
   8       1 sda1 250 0 2000 36 0 0 0 0 0 36 36
 252       0 dm-0 59910002 0 1003337218 46229572 39231014 0 505696880 1158557800 0 11325968 1206301256
 259       0 nvme0n1 ${nvme.reads} 4 4643973 ${nvme.readMs} 1078320 43950 39451633 1011053 ${nvme.inFlight} ${nvme.busyMs} 1032546
 259       1 nvme0n1p1 1140 0 9370 16 1 0 1 0 0 16 16
`);
const diskstatsSource = 'https://github.com/prometheus/node_exporter/blob/master/collector/fixtures/proc/diskstats';
const before = { reads: 47_114, readMs: 21_650, inFlight: 0, busyMs: 222_766 };

export const diskIoLatencyCases: ProbeCases = {
  faulty: [
    {
      name: 'slow',
      source: diskstatsSource,
      output: diskstats(before),
      second: diskstats({ reads: 47_154, readMs: 31_650, inFlight: 8, busyMs: 223_566 }),
      means: ['disk.io.slow disk nvme0n1'],
    },
    {
      name: 'busy all the time with little',
      source: diskstatsSource,
      output: diskstats(before),
      second: diskstats({ reads: 47_314, readMs: 22_450, inFlight: 8, busyMs: 224_766 }),
      means: ['disk.io.busy-with-little disk nvme0n1'],
    },
    {
      name: 'stuck',
      source: diskstatsSource,
      output: diskstats({ ...before, inFlight: 12 }),
      second: diskstats({ ...before, inFlight: 12, busyMs: 224_766 }),
      means: ['disk.io.stuck disk nvme0n1'],
    },
  ],
  healthy: [
    {
      name: 'quick',
      source: diskstatsSource,
      output: diskstats(before),
      second: diskstats({ reads: 57_114, readMs: 22_650, inFlight: 3, busyMs: 223_166 }),
      means: ['disk.io.quick'],
    },
    {
      name: 'idle',
      source: diskstatsSource,
      output: diskstats(before),
      second: diskstats(before),
      means: ['disk.io.quick'],
    },
    {
      name: 'read once, with the fields of kernel 5.5 and later',
      source: here,
      output: printed(`   7       7 loop7 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 4415993 338318 160877162 4469221 6639309 3479284 312035184 6229835 0 812192 10980376 3079861 152 165892272 239535 658544 41783
 253       0 zram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`),
      means: ['disk.io.read-once'],
    },
  ],
  garbage: [welcome, notInstalled('cat'), printed(' 259       0 nvme0n1 47114 4\n')],
};

const smart = (changed: Readonly<Record<string, unknown>> = {}) =>
  printed(
    `${JSON.stringify(
      {
        critical_warning: 0,
        temperature: 322,
        avail_spare: 100,
        spare_thresh: 10,
        percent_used: 0,
        data_units_read: 23_665_821,
        data_units_written: 7_000_791,
        power_on_hours: 4_221,
        unsafe_shutdowns: 0,
        media_errors: 0,
        num_err_log_entries: 0,
        warning_temp_time: 0,
        critical_comp_time: 0,
        temperature_sensor_1: 322,
        ...changed,
      },
      null,
      2,
    )}\n`,
  );
const smartSource =
  'https://github.com/netdata/netdata/issues/8594 (SAMSUNG MZQLB1T9HAJR); bits: NVMe base specification';

export const diskSmartCases: ProbeCases = {
  faulty: [
    {
      name: 'read-only, no spare left',
      source: smartSource,
      output: smart({ critical_warning: 9, avail_spare: 2 }),
      args: { drive: 'nvme1n1' },
      means: ['disk.smart.failing disk nvme1n1'],
    },
    {
      name: 'too hot',
      source: smartSource,
      output: smart({ critical_warning: 2, temperature: 361 }),
      args: { drive: 'nvme0n1' },
      means: ['disk.smart.hot disk nvme0n1'],
    },
    {
      name: 'lost data, and counters of 128 bits as text',
      source: smartSource,
      output: smart({ media_errors: '17', data_units_read: '23665821' }),
      means: ['disk.smart.media-errors'],
    },
  ],
  healthy: [
    {
      name: 'healthy',
      source: smartSource,
      output: smart(),
      args: { drive: 'nvme0n1' },
      means: ['disk.smart.healthy disk nvme0n1'],
    },
    {
      name: 'worn, and the warning as an object',
      source: `${smartSource}; nvme-cli 2.x with --human-readable`,
      output: smart({ critical_warning: { value: 0, available_spare: 0, temp_threshold: 0 }, percent_used: 104 }),
      means: ['disk.smart.worn', 'disk.smart.healthy'],
    },
  ],
  garbage: [
    welcome,
    printed('', 1, 'sudo: nvme: command not found\n'),
    printed('', 1, 'sudo: a password is required\n'),
    printed('', 1, '/dev/nvme0n1: No such file or directory\n'),
    printed('{"critical_warning": "none"}'),
  ],
};

const needed = { needed: '/lustre,/raid' };
const mounts = (...rows: readonly string[]) =>
  printed(
    [
      'proc /proc proc rw,relatime 0 0',
      'tmpfs /dev/shm tmpfs rw,relatime,size=24684092k 0 0',
      '/dev/vda / ext4 rw,relatime,discard 0 0',
      ...rows,
      '',
    ].join('\n'),
  );
const lustre =
  '10.0.0.1@o2ib:10.0.0.2@o2ib:/scratch /lustre lustre rw,checksum,flock,user_xattr,lruresize,lazystatfs,nouser_fid2path,verbose,encrypt 0 0';
const raid = '/dev/md0 /raid ext4 rw,relatime,stripe=512 0 0';
const mountsSource = `${here}; Lustre: mount.lustre(8); NFS: https://github.com/prometheus/procfs/issues/450`;

export const fsMountsCases: ProbeCases = {
  faulty: [
    {
      name: 'Lustre is not mounted',
      source: mountsSource,
      output: mounts(raid),
      args: needed,
      means: ['fs.mounts.missing'],
    },
    {
      name: 'the root was remounted read-only',
      source: mountsSource,
      output: printed(`/dev/vda / ext4 ro,relatime,discard 0 0\n${lustre}\n${raid}\n`),
      args: needed,
      means: ['fs.mounts.read-only'],
    },
    {
      name: 'shared storage is read-only',
      source: mountsSource,
      output: mounts(raid, lustre.replace(' rw,', ' ro,')),
      args: needed,
      means: ['fs.mounts.read-only'],
    },
  ],
  healthy: [
    {
      name: 'as needed',
      source: mountsSource,
      output: mounts(lustre, raid),
      args: needed,
      means: ['fs.mounts.complete'],
    },
    {
      name: 'NFS that gives up',
      source: mountsSource,
      output: mounts(
        '10.0.0.3:/files /srv/nfs/files nfs rw,relatime,vers=3,rsize=1048576,wsize=1048576,namlen=255,soft,proto=tcp,timeo=600,retrans=2,sec=sys 0 0',
      ),
      means: ['fs.mounts.nfs-soft', 'fs.mounts.complete'],
    },
    {
      name: 'images and names with blanks',
      source: 'https://man7.org/linux/man-pages/man5/proc_mounts.5.html',
      output: mounts(
        '/dev/loop0 /snap/core20/1974 squashfs ro,nodev,relatime 0 0',
        '/dev/sdb1 /media/my\\040disk ext4 ro,relatime 0 0',
      ),
      means: ['fs.mounts.complete'],
    },
  ],
  garbage: [welcome, notInstalled('cat'), printed('/dev/vda on / type ext4 (rw)\n')],
};

const statSource = `stat and timeout of coreutils 9.1, ${here}`;
const cannot = (said: string) => printed('', 1, `stat: cannot read file system information for '/lustre': ${said}\n`);

export const fsStaleCases: ProbeCases = {
  faulty: [
    {
      name: 'hangs',
      source: statSource,
      output: printed('', 124),
      args: { mount: '/lustre' },
      means: ['fs.stale.hangs'],
    },
    {
      name: 'hangs and had to be killed',
      source: statSource,
      output: printed('', 137),
      args: { mount: '/lustre' },
      means: ['fs.stale.hangs'],
    },
    {
      name: 'a stale handle, at both reads',
      source: 'https://www.simplified.guide/_export/xhtml/nfs/stale-file-handle-troubleshoot; words of stat -f here',
      output: cannot('Stale file handle'),
      second: cannot('Stale file handle'),
      args: { mount: '/lustre' },
      means: ['fs.stale.handle'],
    },
    {
      name: 'its server is gone',
      source: statSource,
      output: cannot('Transport endpoint is not connected'),
      means: ['fs.stale.handle'],
    },
    { name: 'not there', source: statSource, output: cannot('No such file or directory'), means: ['fs.stale.absent'] },
  ],
  healthy: [
    {
      name: 'answers',
      source: statSource,
      output: printed('/ 673a9aeb93841b33 255 ef53 4096 4096 66053021 58990120 16812415 16777216 16081792\n'),
      means: ['fs.stale.answers'],
    },
    {
      name: 'Lustre',
      source: `${statSource}; type 0xbd00bd0 of Lustre`,
      output: printed(
        '/lustre 77d9f33600000000 255 bd00bd0 4096 4096 366210937500 184105468750 165794921875 3221225472 2990812311\n',
      ),
      args: { mount: '/lustre' },
      means: ['fs.stale.answers'],
    },
    {
      name: 'is back at the second read',
      source: statSource,
      output: printed('', 124),
      second: printed('/ 673a9aeb93841b33 255 ef53 4096 4096 66053021 58990120 16812415 16777216 16081792\n'),
      means: ['fs.stale.answers'],
    },
  ],
  garbage: [
    welcome,
    printed('', 127, 'timeout: failed to run command ‘stat’: No such file or directory\n'),
    printed('/lustre 77d9f336 255\n'),
    printed('', null),
  ],
};

const mountstats = (read: string, mount = '/srv/nfs/files') =>
  printed(`device proc mounted on /proc with fstype proc
device 10.0.0.3:/files mounted on ${mount} with fstype nfs statvers=1.1
\topts:\trw,vers=3,rsize=1048576,wsize=1048576,namlen=255,hard,nocto,proto=tcp,nconnect=16,timeo=600,retrans=2,sec=sys
\tage:\t186
\tcaps:\tcaps=0x1000000f,wtmult=4096,dtsize=1048576,bsize=0,namlen=255
\tsec:\tflavor=1,pseudoflavor=1
\tevents:\t15 45 0 0 55 6 386 0 0 5241 0 0 3 0 44 0 0 44 0 0 0 0 0 0 0 0 0 
\tbytes:\t49163927552 0 0 0 41916993536 0 10262313 0 
\tRPC iostats version: 1.1  p/v: 100003/3 (nfs)
\txprt:\ttcp 689 1 2 0 0 2826 2818 0 24955 0 10 0 22129
\txprt:\ttcp 815 1 2 0 0 2819 2811 0 24942 0 10 0 22123
\tper-op statistics
\t        NULL: 1 1 0 44 24 0 0 0 0
\t        READ: ${read}
\t       WRITE: 0 0 0 0 0 0 0 0 0
`);
const nfsSource = 'https://github.com/prometheus/procfs/issues/450, https://github.com/prometheus/procfs/issues/275';
const usual = '1298 1298 0 207680 1210292152 6 7938 7940 0';

export const fsNfsCases: ProbeCases = {
  faulty: [
    {
      name: 'requests time out between two reads',
      source: nfsSource,
      output: mountstats(usual),
      second: mountstats('1299 1303 2 207840 1210292152 6 7938 67940 0'),
      means: ['fs.nfs.no-answer'],
    },
    {
      name: 'slow between two reads',
      source: nfsSource,
      output: mountstats(usual),
      second: mountstats('1398 1398 0 223680 1310292152 6 57938 57940 0'),
      means: ['fs.nfs.slow'],
    },
    {
      name: 'slow since the mount',
      source: nfsSource,
      output: mountstats('1298 1298 0 207680 1210292152 6 379386 379407 0'),
      means: ['fs.nfs.slow'],
    },
    {
      name: 'many requests sent again',
      source: nfsSource,
      output: mountstats('1298 1498 3 207680 1210292152 6 7938 7940 0'),
      means: ['fs.nfs.retransmits'],
    },
  ],
  healthy: [
    { name: 'quick', source: nfsSource, output: mountstats(usual), second: mountstats(usual), means: ['fs.nfs.quick'] },
    {
      name: 'a kernel before 5.3, without the count of errors',
      source: 'https://github.com/prometheus/procfs/blob/master/mountstats_test.go',
      output: mountstats('1298 1298 0 207680 1210292152 6 7938 7940'),
      means: ['fs.nfs.quick'],
    },
    {
      name: 'none is mounted',
      source: here,
      output: printed('device proc mounted on /proc with fstype proc\ndevice /dev/vda mounted on / with fstype ext4\n'),
      means: ['fs.nfs.none-mounted'],
    },
  ],
  garbage: [welcome, notInstalled('cat'), printed('\topts:\trw,vers=3\n')],
};

const lustreSource =
  'lustre/obdclass/obd_sysfs.c of lustre-release; with devices, as its procfs form before 2.12 printed them';

export const fsLustreHealthCases: ProbeCases = {
  faulty: [
    { name: 'not healthy', source: lustreSource, output: printed('NOT HEALTHY\n'), means: ['fs.lustre.unhealthy'] },
    {
      name: 'not healthy, with devices',
      source: lustreSource,
      output: printed('device lustre-OST0003-osc-ffff8e2 reported unhealthy\nNOT HEALTHY\n'),
      means: ['fs.lustre.unhealthy'],
    },
    { name: 'an internal error', source: lustreSource, output: printed('LBUG\n'), means: ['fs.lustre.bug'] },
  ],
  healthy: [
    {
      name: 'healthy',
      source: 'https://github.com/HewlettPackard/lustre_exporter/issues/46',
      output: printed('healthy\n'),
      means: ['fs.lustre.healthy'],
    },
    {
      name: 'no Lustre',
      source: here,
      output: printed('', 1, 'cat: /sys/fs/lustre/health_check: No such file or directory\n'),
      means: ['fs.lustre.not-loaded'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('cat'),
    printed('healthy?\n'),
    printed('', 1, 'cat: /sys/fs/lustre/health_check: Input/output error\n'),
  ],
};
