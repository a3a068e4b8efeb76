import { factAt } from '../state/facts/fact-at.ts';
import type { WorldNode } from '../world.ts';
import { hostShm } from './shm.ts';
import type { Timeline } from './timeline.ts';

export interface Mount {
  readonly device: string;
  readonly mount: string;
  readonly fstype: string;
  readonly options: string;
}

/** What is mounted on a node, in the order in which it was. */
export function mountsOf(timeline: Timeline, node: WorldNode, ms: number): readonly Mount[] {
  const { settings } = timeline.segmentAt(ms);
  if (!settings.facts.has('storage.mount')) return usual;
  return usual.flatMap((one) => {
    const state = factAt(settings, { fact: 'storage.mount', place: node.name, key: one.mount }, ms);
    if (state === 'missing') return [];
    return [state === 'read-only' ? { ...one, options: one.options.replace(/^rw/, 'ro') } : one];
  });
}

/** `mounted`, `missing`, `read-only` or `stale`. */
export function mountState(timeline: Timeline, node: WorldNode, mount: string, ms: number): string {
  const { settings } = timeline.segmentAt(ms);
  return settings.facts.has('storage.mount')
    ? factAt(settings, { fact: 'storage.mount', place: node.name, key: mount }, ms)
    : 'mounted';
}

/** Ubuntu 22.04 with an XFS stripe for scratch and a Lustre client. */
const usual: readonly Mount[] = [
  { device: 'sysfs', mount: '/sys', fstype: 'sysfs', options: 'rw,nosuid,nodev,noexec,relatime' },
  { device: 'proc', mount: '/proc', fstype: 'proc', options: 'rw,nosuid,nodev,noexec,relatime' },
  {
    device: 'udev',
    mount: '/dev',
    fstype: 'devtmpfs',
    options: 'rw,nosuid,relatime,size=528102144k,nr_inodes=132025536,mode=755,inode64',
  },
  {
    device: 'devpts',
    mount: '/dev/pts',
    fstype: 'devpts',
    options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000',
  },
  {
    device: 'tmpfs',
    mount: '/run',
    fstype: 'tmpfs',
    options: 'rw,nosuid,nodev,noexec,relatime,size=105629184k,mode=755,inode64',
  },
  { device: '/dev/nvme0n1p2', mount: '/', fstype: 'ext4', options: 'rw,relatime,errors=remount-ro' },
  {
    device: 'securityfs',
    mount: '/sys/kernel/security',
    fstype: 'securityfs',
    options: 'rw,nosuid,nodev,noexec,relatime',
  },
  { device: 'tmpfs', mount: '/dev/shm', fstype: 'tmpfs', options: `rw,nosuid,nodev,size=${hostShm.kib}k,inode64` },
  {
    device: 'tmpfs',
    mount: '/run/lock',
    fstype: 'tmpfs',
    options: 'rw,nosuid,nodev,noexec,relatime,size=5120k,inode64',
  },
  {
    device: 'cgroup2',
    mount: '/sys/fs/cgroup',
    fstype: 'cgroup2',
    options: 'rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot',
  },
  { device: 'hugetlbfs', mount: '/dev/hugepages', fstype: 'hugetlbfs', options: 'rw,relatime,pagesize=2M' },
  { device: 'tracefs', mount: '/sys/kernel/tracing', fstype: 'tracefs', options: 'rw,nosuid,nodev,noexec,relatime' },
  {
    device: '/dev/nvme0n1p1',
    mount: '/boot/efi',
    fstype: 'vfat',
    options: 'rw,relatime,fmask=0077,dmask=0077,codepage=437,iocharset=iso8859-1,shortname=mixed,errors=remount-ro',
  },
  {
    device: '/dev/nvme1n1',
    mount: '/raid',
    fstype: 'xfs',
    options: 'rw,noatime,attr2,inode64,logbufs=8,logbsize=32k,noquota',
  },
  { device: 'lustre01@o2ib:/scratch', mount: '/lustre', fstype: 'lustre', options: 'rw,flock,lazystatfs,noencrypt' },
];
