import { lineDetector } from './line-patterns.ts';

const nvmeFabrics = 'https://github.com/torvalds/linux/blob/master/drivers/nvme/host/multipath.c';
const nvmePci = 'https://github.com/torvalds/linux/blob/master/drivers/nvme/host/pci.c';
const ext4 = 'https://github.com/torvalds/linux/blob/master/fs/ext4/page-io.c';

/** Controllers, paths and watchers of disks, and file systems that lose what was written. */
export const diskDrivers = lineDetector('disk-drivers', [
  {
    id: 'nvmeof.path-lost',
    summary: 'a disk over the network lost its path',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3, 'rdma-link-fault': 1.4, 'facility-fault': 0.4 },
    source: nvmeFabrics,
    literals: [
      'failed reconnect attempt',
      'starting error recovery',
      'no usable path - requeuing i/o',
      'no available path - failing i/o',
      'nvme_keep_alive_end_io',
      ': timeout request 0x',
      'rdma connection establishment failed',
      'failed to connect queue: ',
    ],
    pattern:
      /nvme nvme\d{1,3}: (?:Failed reconnect attempt \d|starting error recovery|failed nvme_keep_alive_end_io|queue \d{1,4}: timeout request 0x|RDMA connection establishment failed|failed to connect queue: \d)|block nvme\w{2,12}: (?:no usable path - requeuing|no available path - failing) I\/O/,
    sees: [
      'nvme nvme4: Failed reconnect attempt 3',
      'block nvme4n1: no usable path - requeuing I/O',
      'nvme nvme4: RDMA connection establishment failed (-104)',
    ],
    ignores: ['nvme nvme4: Successfully reconnected (3 attempts)', 'nvme nvme4: creating 64 I/O queues.'],
  },
  {
    // The command was done and its interrupt never came.
    id: 'disk.nvme.interrupt-missed',
    summary: 'a disk had served a command whose interrupt got lost',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.4, 'shared-fs-problem': 0.3 },
    source: nvmePci,
    literals: ['timeout, completion polled'],
    pattern: /nvme nvme\d{1,3}: I\/O [^\n]{1,40}timeout, completion polled/,
    sees: [
      'nvme nvme0: I/O 512 QID 12 timeout, completion polled',
      'nvme nvme0: I/O tag 512 (1200) QID 12 timeout, completion polled',
    ],
    ignores: ['nvme nvme0: I/O 512 QID 12 timeout, aborting'],
  },
  {
    id: 'disk.controller.failed',
    summary: 'a disk, or the controller in front of it, does not answer',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.8, 'shared-fs-problem': 0.5, 'checkpoint-corruption': 0.3 },
    echoes: ['disk.io-error'],
    source: 'https://github.com/torvalds/linux/blob/master/drivers/ata/libata-eh.c',
    literals: [
      'persistent internal error',
      'failed to mark controller live',
      'pci recovery was ineffective',
      'identify descriptors failed',
      'i/o error (sct',
      'comreset failed',
      'error: { ',
      'failed to identify (',
      'revalidation failed',
      'not ready after error recovery',
      'capacity change from ',
      'fw in fault state',
      'fault_state(0x',
      'sending diag reset',
      'protection error, dev',
      'read-error on swap-device',
      'attempting task abort',
    ],
    pattern:
      /nvme nvme\d{1,3}: (?:resetting controller due to persistent internal error|failed to mark controller live|PCI recovery was ineffective|Identify Descriptors failed)|nvme\d{1,3}c\d{1,3}n\d{1,3}: [^\n]{0,80}I\/O Error \(sct|\bata\d{1,3}(?:\.\d\d)?: (?:COMRESET failed|error: \{ [^\n}]{0,30}(?:UNC|IDNF|AMNF)|failed to IDENTIFY \((?!INIT_DEV)|revalidation failed)|Device offlined - not ready after error recovery|\w{2,12}: detected capacity change from [1-9]\d{3,20} to 0$|FW in FAULT state|mpt\d?\w{0,4}sas_cm\d{1,2}: (?:fault_state\(0x|sending diag reset)|protection error, dev \w|Read-error on swap-device|sd \S{7,12}: (?:\[\w{2,6}\] )?(?:tag#\d{1,5} )?attempting task abort/,
    sees: [
      'nvme nvme0: resetting controller due to persistent internal error',
      'nvme0c0n1: I/O Cmd(0x1) @ LBA 1562824, 8 blocks, I/O Error (sct 0x3 / sc 0x71)',
      'ata1.00: error: { UNC }',
      'nvme0n1: detected capacity change from 3750748848 to 0',
      'mpt3sas_cm0: fault_state(0x5854)!',
    ],
    ignores: [
      'loop3: detected capacity change from 0 to 123456',
      'ata1: SATA link down (SStatus 0 SControl 300)',
      'ata1.00: status: { DRDY }',
    ],
  },
  {
    id: 'disk.foretells-its-end',
    summary: 'a disk foretells its end, or an array lost its protection',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3 },
    echoes: ['disk.array.degraded'],
    source: 'https://github.com/smartmontools/smartmontools/blob/main/src/smartd.cpp',
    literals: [
      'smartd[',
      'mdadm[',
      'md/raid',
      'md: kicking non-fresh',
      'super_written gets error',
      'is now degraded',
      'is now offline',
      'predictive failure',
      'unrecoverable medium error',
      'multipath: ',
    ],
    pattern:
      /smartd\[\d{1,8}\]: Device: \S{3,40}(?: \[\w{2,20}\])?, (?:[1-9]\d{0,6} Offline uncorrectable|SMART Failure: |Failed SMART usage Attribute|Self-Test Log error count increased|ATA error count increased|Temperature \d{2,3} Celsius reached critical limit)|mdadm\[\d{1,8}\]: (?:DeviceDisappeared|FailSpare) event|md\/raid\w{0,4}:md\d{1,4}: (?:not enough operational|too few disks|cannot start dirty degraded)|md: (?:super_written gets error=-5|kicking non-fresh)|\) - VD \S{2,8} is now (?:DEGRADED|OFFLINE)|\) - (?:PD \S{2,16} Predictive failure|Unrecoverable medium error)|multipath: \d{1,4}:\d{1,4}: Failing path/,
    sees: [
      'smartd[812]: Device: /dev/sda [SAT], 8 Offline uncorrectable sectors',
      'megaraid_sas 0000:65:00.0: 12345 (812345678s/0x0020/CRIT) - VD 00/0 is now DEGRADED',
      'md/raid:md5: not enough operational devices (2/4 failed)',
      'device-mapper: multipath: 253:3: Failing path 8:16.',
    ],
    ignores: [
      'smartd[812]: Device: /dev/nvme0, number of Error Log entries increased from 12 to 15',
      'md: md0: recovery done.',
    ],
  },
  {
    id: 'disk.filesystem.write-lost',
    summary: 'a local file system could not write what it had taken',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3, 'disk-full': 1, 'checkpoint-corruption': 0.8 },
    echoes: ['disk.io-error', 'disk.filesystem.damaged'],
    source: ext4,
    literals: [
      'i/o error',
      'potential data loss',
      'writeback error on inode',
      'failing async write',
      'csum failed root',
      'parent transid verify failed',
      'transaction aborted (error -5)',
      'while writing superblock',
      'read_only or fail mode',
      'is corrupted',
      'mounting fs with errors',
    ],
    pattern:
      /EXT4-fs[^\n]{0,40}: (?:ext4_end_bio:\d{1,5}: I\/O error|failed to convert unwritten extents[^\n]{0,60}potential data loss|I\/O error while writing superblock|previous I\/O error to superblock|warning: mounting fs with errors)|XFS \(\S{1,30}\): (?:log I\/O error|writeback error on inode|Failing async write)|BTRFS[^\n]{0,40}: (?:csum failed root|parent transid verify failed)|Transaction aborted \(error -5\)|in READ_ONLY or FAIL mode|verity: \d{1,4}:\d{1,4}: data block \d{1,12} is corrupted/i,
    sees: [
      'EXT4-fs warning (device nvme0n1p2): ext4_end_bio:343: I/O error 10 writing to inode 1234 starting block 5678)',
      'XFS (nvme1n1): writeback error on inode 1234, offset 0, sector 5678',
      'BTRFS warning (device sda2): csum failed root 5 ino 257 off 0 csum 0x98f94189 expected csum 0x94a5b2c3 mirror 1',
    ],
    ignores: ['EXT4-fs (sda1): recovery complete', 'XFS (nvme1n1): Ending clean mount'],
  },
]);
