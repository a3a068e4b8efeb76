import { lineDetector } from './line-patterns.ts';

const blk = 'https://github.com/torvalds/linux/blob/master/block/blk-core.c';

/** Disks of the node, the file systems on them and their arrays. Floppy and CD drives fail on every virtual machine. */
export const blockIo = lineDetector('block-io', [
  {
    id: 'disk.image.unreadable',
    summary: 'an image that is mounted as a disk cannot be read',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.4, 'container-toolkit-misconfig': 1.6, 'host-hardware-fault': 0.6 },
    source: 'https://github.com/torvalds/linux/blob/master/fs/squashfs/block.c',
    literals: ['dev loop', 'squashfs error'],
    pattern:
      /I\/O error, dev loop\d{1,4}, sector|SQUASHFS error: (?:squashfs_read_data failed|Failed to read|Unable to read|xz decompression|zlib decompression)/,
    sees: [
      'blk_update_request: I/O error, dev loop3, sector 123456',
      'SQUASHFS error: Unable to read fragment cache entry [1a2b3c]',
    ],
    ignores: ['loop3: detected capacity change from 0 to 123456'],
  },
  {
    id: 'disk.io-error',
    summary: 'a disk of the node does not read or write',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.2, 'shared-fs-problem': 0.8, 'checkpoint-corruption': 0.5 },
    source: blk,
    literals: [
      'i/o error, dev',
      'nvme nvme',
      'media error',
      'hardware error [current]',
      'i/o error (sct',
      'medium error',
      'buffer i/o error',
      'lost async page write',
      'unrecovered read error',
      'critical target error',
      'exception emask',
      'failed command',
      'rejecting i/o to',
      'hostbyte=did_',
    ],
    pattern:
      /(?:critical (?:medium|target) error|I\/O error), dev (?!fd\d|sr\d|loop)\w{1,20}|Buffer I\/O error on dev(?:ice)? (?!fd\d|sr\d)|lost async page write|nvme nvme\d+: (?:I\/O (?:tag )?\d[^\n]{0,80}timeout|controller is down|Removing after probe failure|Device not ready|Disabling device after reset failure|frozen state error detected|Identify (?:Controller|namespace) failed|failed to (?:enable|reset) controller)|nvme\d+n\d+: [^\n]{0,80}(?:I\/O Error \(sct|Media Error|failed command)|\[current\][^\n]{0,40}Unrecovered read error|Add\. Sense: Unrecovered read error|Sense Key : Medium Error|Sense Key : Hardware Error \[current\]|ata\d{1,3}(?:\.\d\d)?: (?:exception Emask 0x[^\n]{0,60}(?:frozen|action)|failed command: (?:READ|WRITE|FLUSH))|rejecting I\/O to (?:offline|dead) device|FAILED Result: hostbyte=DID_(?:BAD_TARGET|NO_CONNECT|ERROR|TIME_OUT|TRANSPORT)/i,
    sees: [
      'blk_update_request: I/O error, dev sda, sector 123456 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0',
      'nvme nvme0: I/O 128 QID 3 timeout, aborting',
      'nvme nvme0: I/O tag 128 (1080) opcode 0x2 (I/O Cmd) QID 3 timeout, aborting req_op:READ(0) size:4096',
      'nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0xffff',
      'nvme nvme0: Disabling device after reset failure: -19',
      'nvme0n1: Read(0x2) @ LBA 1562824, 8 blocks, Unrecovered Read Error (sct 0x2 / sc 0x81) I/O Error (sct 0x2 / sc 0x81) DNR',
      'Buffer I/O error on dev nvme0n1p2, logical block 1234, lost async page write',
      'ata1.00: exception Emask 0x0 SAct 0x40000000 SErr 0x0 action 0x6 frozen',
      'ata1.00: failed command: READ FPDMA QUEUED',
      'sd 0:0:0:0: [sda] tag#12 Sense Key : Medium Error [current]',
      'sd 0:0:0:0: rejecting I/O to offline device',
    ],
    ignores: [
      'nvme nvme0: 32/0/0 default/read/poll queues',
      'blk_update_request: I/O error, dev fd0, sector 0',
      'print_req_error: I/O error, dev sr0, sector 0',
      'nvme nvme0: Shutdown timeout set to 10 seconds',
    ],
  },
  {
    id: 'disk.filesystem.damaged',
    summary: 'a local file system found damage or went read-only',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4, 'checkpoint-corruption': 0.5, 'shared-fs-problem': 0.6 },
    source: 'https://github.com/torvalds/linux/blob/master/fs/ext4/super.c',
    literals: [
      'ext4-fs error (device',
      'xfs (',
      'xfs: internal error',
      'remounting filesystem read-only',
      'aborting journal on device',
      'jbd2: ',
      'btrfs',
      'forced readonly',
    ],
    pattern:
      /EXT4-fs error \(device|XFS \([\w-]{1,30}\): (?:Corruption|Internal error|[Mm]etadata (?:I\/O error|corruption|CRC error)|[Ll]og I\/O [Ee]rror|Filesystem has been shut down|xfs_do_force_shutdown|I\/O Error Detected)|XFS: Internal error|Remounting filesystem read-only|Aborting journal on device|JBD2: (?:Detected IO errors|I\/O error)|BTRFS[^\n]{0,30}: (?:error|critical) \(device(?![^\n]{0,160}errno=-28)|BTRFS (?:error|critical) \(device(?![^\n]{0,160}errno=-28)|BTRFS[^\n]{0,80}: forced readonly/,
    sees: [
      'EXT4-fs error (device nvme0n1p2): ext4_find_entry:1455: inode #2: comm python: reading directory lblock 0',
      'EXT4-fs (sda1): Remounting filesystem read-only',
      'XFS (nvme1n1): Metadata corruption detected at xfs_inode_buf_verify+0x7c/0x130 [xfs], xfs_inode block 0x1a2b',
      'XFS (nvme1n1): xfs_do_force_shutdown(0x8) called from line 1439 of file fs/xfs/xfs_buf.c.',
      'BTRFS error (device sda2): bdev /dev/sda2 errs: wr 0, rd 5, flush 0, corrupt 0, gen 0',
      'BTRFS info (device sda2 (state E)): forced readonly',
    ],
    ignores: [
      'EXT4-fs (md127p3): re-mounted r/w. Quota mode: none.',
      'XFS (nvme1n1): Mounting V5 Filesystem',
      'XFS (nvme1n1): Ending clean mount',
      'BTRFS info (device sda2): using free space tree',
    ],
  },
  {
    id: 'disk.array.degraded',
    summary: 'an array lost a disk, or a disk foretells its end',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.4 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/md/raid1.c',
    literals: [
      'md/raid',
      'degradedarray event',
      'fail event had been detected',
      'currently unreadable (pending) sectors',
      'failed smart self-check',
      'self-assessment test result: failed',
      'multipath: failing path',
      'critical warning (0x',
    ],
    pattern:
      /md\/raid\w{0,4}:md\d{1,4}: (?:Disk failure on|Operation continuing on \d|[^\n]{0,40}unrecoverable I\/O)|A (?:DegradedArray|Fail) event had been detected|[1-9]\d{0,6} Currently unreadable \(pending\) sectors|FAILED SMART self-check|self-assessment test result: FAILED|multipath: Failing path|Critical Warning \(0x(?!00)/i,
    sees: [
      'md/raid1:md0: Disk failure on sdb1, disabling device.',
      'smartd[812]: Device: /dev/sda [SAT], 8 Currently unreadable (pending) sectors',
      'SMART overall-health self-assessment test result: FAILED!',
      'smartd[812]: Device: /dev/nvme0, Critical Warning (0x04): Reliability',
    ],
    ignores: [
      'md/raid1:md0: active with 2 out of 2 mirrors',
      'SMART overall-health self-assessment test result: PASSED',
    ],
  },
]);
