import { atLaunch } from '../physics/launch-state.ts';
import type { Attempt } from '../physics/job.ts';
import { isOnSockets, ncclSetting } from '../physics/nccl-settings.ts';
import { dockerAddress } from '../physics/network/ethernet.ts';
import { roceDevice } from '../physics/network/roce.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';

/** What NCCL says of the network that it finds on a node (NCCL 2.22, `src/net.cc`, `transport/net_ib.cc`, `bootstrap.cc`). */
export interface NcclNetwork {
  /** `bond0:10.64.0.1<0>` */
  readonly socket: string;
  /** Lines between its version and its first communicator, without their prefix. */
  readonly lines: readonly string[];
}

export function ncclNetwork(world: World, attempt: Attempt, node: WorldNode, open: readonly WorldHca[]): NcclNetwork {
  const asked = ncclSetting(world, attempt, node, 'NCCL_SOCKET_IFNAME');
  const socket = asked === 'docker0' ? `docker0:${dockerAddress}<0>` : `bond0:${node.managementIp}<0>`;
  const roce = atLaunch(world, attempt, { fact: 'job.transport', place: world.job.name }) === 'roce';
  const plugin = atLaunch(world, attempt, { fact: 'nccl.net-plugin', place: node.name });
  const hcas = roce ? `[0]${roceDevice}:1/RoCE` : open.map((hca, at) => `[${at}]${hca.name}:1/IB`).join(' ');
  if (isOnSockets(world, attempt, node))
    return {
      socket,
      lines: [
        'NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.',
        // A network that was named is the only one that is tried.
        ...(ncclSetting(world, attempt, node, 'NCCL_IB_DISABLE') === '1'
          ? ['NCCL_IB_DISABLE set by environment to 1.']
          : ncclSetting(world, attempt, node, 'NCCL_NET') === 'Socket'
            ? []
            : ['NET/IB : No device found.']),
        `NET/Socket : Using [0]${socket}`,
        'Using network Socket',
      ],
    };
  const using = `NET/IB : Using ${hcas} [RO]; OOB ${socket}`;
  return {
    socket,
    lines:
      plugin === ''
        ? ['NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.', using, 'Using network IB']
        : [
            'Plugin Path : /opt/hpcx/nccl_rdma_sharp_plugin/lib/libnccl-net.so',
            `P2P plugin IBext_${plugin}`,
            using,
            `Using network IBext_${plugin}`,
          ],
  };
}
