import { moduleLoaded } from '../physics/driver-state.ts';
import { printed, type NodeCommand } from './command.ts';

/** `lsmod`. */
export const lsmod: NodeCommand = {
  name: 'lsmod',
  run({ timeline, node, nowMs }) {
    const { settings } = timeline.segmentAt(nowMs);
    const isLoaded = (name: string) => moduleLoaded(settings, node.name, name, nowMs);
    const gone = modules.map(([name]) => name).filter((name) => !isLoaded(name));
    const rows = modules
      .filter(([name]) => isLoaded(name))
      .map(([name, size, used]) => {
        const [count = '', by] = used.split(' ');
        const users = by?.split(',').filter((one) => !gone.includes(one));
        const left = users === undefined || users.length === 0 ? count : `${count} ${users.join(',')}`;
        return `${name.padEnd(20)}${String(size).padStart(8)}  ${left}\n`;
      });
    return printed(`${'Module'.padEnd(22)}Size  Used by\n${rows.join('')}`);
  },
};

const modules: readonly (readonly [string, number, string])[] = [
  ['nvidia_peermem', 16_384, '0'],
  ['nvidia_uvm', 1_531_904, '24'],
  ['nvidia_drm', 73_728, '0'],
  ['nvidia_modeset', 1_314_816, '1 nvidia_drm'],
  ['nvidia', 56_897_536, '1128 nvidia_uvm,nvidia_peermem,nvidia_modeset'],
  ['rdma_ucm', 32_768, '0'],
  ['rdma_cm', 122_880, '1 rdma_ucm'],
  ['ib_ipoib', 139_264, '0'],
  ['ib_umad', 40_960, '8'],
  ['mlx5_ib', 466_944, '0'],
  ['ib_uverbs', 163_840, '18 nvidia_peermem,rdma_ucm,mlx5_ib'],
  ['ib_core', 434_176, '9 nvidia_peermem,rdma_cm,ib_ipoib,rdma_ucm,ib_umad,mlx5_ib,ib_uverbs'],
  ['mlx5_core', 2_109_440, '1 mlx5_ib'],
  ['overlay', 151_552, '3'],
  ['nvme', 49_152, '4'],
  ['nvme_core', 139_264, '6 nvme'],
];
