import { interfaceNames } from '../../physics/network/ethernet.ts';
import { roceDevice } from '../../physics/network/roce.ts';
import { printed, type NodeCommand } from '../command.ts';
import { lsTime } from './ls-time.ts';

/** `ls -l /sys/class/infiniband /sys/class/net` of coreutils 8.32: links to the devices behind the names, sorted by name. */
export const sysClass: NodeCommand = {
  name: 'ls',
  takes: (args) => args.join(' ') === '-l /sys/class/infiniband /sys/class/net',
  run({ node, nowMs }) {
    const stamp = lsTime(node.bootMs, nowMs);
    const link = (name: string, path: string) =>
      `lrwxrwxrwx 1 root root    0 ${stamp} ${name} -> ../../devices/${path}${name}\n`;
    const adapters = [
      ...node.hcas.map(({ name }, at) => link(name, `${pathOfHca(at)}infiniband/`)),
      link(roceDevice, `${pathOfEthernet}0/infiniband/`),
    ];
    const interfaces = interfaceNames
      .filter((name) => !name.startsWith('ib') || Number(name.slice(2)) < node.hcas.length)
      .map((name) => link(name, pathOfInterface(name)));
    const bonding = `-rw-r--r-- 1 root root 4096 ${stamp} bonding_masters\n`;
    return printed(
      `/sys/class/infiniband:\ntotal 0\n${adapters.join('')}\n/sys/class/net:\ntotal 0\n${[...interfaces, bonding]
        .toSorted((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1))
        .join('')}`,
    );
  },
};

/** One HCA below the second PCIe switch port of each group, as `lspci` shows them. */
const hcaPorts = [
  '00:02.0/0000:04:00.0/0000:05:04.0/0000:0c',
  '40:02.0/0000:43:00.0/0000:44:08.0/0000:54',
  '80:02.0/0000:83:00.0/0000:84:04.0/0000:8d',
  'b0:02.0/0000:b3:00.0/0000:b4:04.0/0000:ba',
] as const;

function pathOfHca(at: number): string {
  const port = hcaPorts[at % hcaPorts.length] ?? hcaPorts[0];
  // A fifth and further ones are second functions of the boards.
  return `pci0000:${port.slice(0, 2)}/0000:${port}:00.${Math.floor(at / hcaPorts.length)}/`;
}

/** Two ports of one board, which are the bond. */
const pathOfEthernet = 'pci0000:e0/0000:e0:03.1/0000:e1:00.';

function pathOfInterface(name: string): string {
  if (name.startsWith('ib')) return `${pathOfHca(Number(name.slice(2)))}net/`;
  if (name === 'eth0' || name === 'eth1') return `${pathOfEthernet}${name.slice(3)}/net/`;
  if (name === 'eth2') return 'pci0000:c0/0000:c0:03.5/0000:c8:00.0/net/';
  return 'virtual/net/';
}

function nameIn(line: string): string {
  return / (\S+)(?: -> .*)?\n$/.exec(line)?.[1] ?? '';
}
