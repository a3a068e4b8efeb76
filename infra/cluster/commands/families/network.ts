import type { Tool } from '../command.ts';
import { ibstat } from '../ibstat.ts';
import { ip } from '../ip.ts';
import { mlxlink } from '../mlxlink.ts';
import { devInfiniband, ibvDevinfo, rdma, showGids } from '../network/devices.ts';
import { ethtool } from '../network/ethtool.ts';
import { iptables, nft } from '../network/firewall.ts';
import { sysClass } from '../network/sys-class.ts';
import { getent } from '../network/names.ts';
import { nc } from '../network/nc.ts';
import { iommuUnits, lspci } from '../network/pci.ts';
import { ping } from '../network/ping.ts';
import { ss } from '../network/sockets.ts';
import { perfquery } from '../perfquery.ts';

/** InfiniBand and Ethernet, as a node sees them. */
export const networkTools: readonly Tool[] = [
  ibstat,
  perfquery,
  mlxlink,
  ip,
  showGids,
  ibvDevinfo,
  rdma,
  devInfiniband,
  sysClass,
  ethtool,
  ping,
  nc,
  getent,
  ss,
  iptables,
  nft,
  lspci,
  iommuUnits,
];
