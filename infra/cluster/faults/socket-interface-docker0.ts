import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, relaunch } from './launched.ts';

/** Somebody tried something in a container and left NCCL_SOCKET_IFNAME in the node's /etc/nccl.conf. */
export const socketInterfaceDocker0 = defineFault({
  id: 'socket-interface-docker0',
  summary: '/etc/nccl.conf of one node sends NCCL to docker0, where no other node can reach it',
  categories: ['socket-interface-mismatch'],
  place: 'node',
  heals: 'the recorded configuration (`nccl-conf`), and a new launch',
  draw: memberOfLargestJob,
  causes: ({ place, node }, _drawn, { world }) => [
    ...relaunch(world, node),
    setFact('nccl.conf', place, 'docker0', { key: 'NCCL_SOCKET_IFNAME' }),
  ],
});
