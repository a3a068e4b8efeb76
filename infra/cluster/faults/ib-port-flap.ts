import { defineFault, restartEnded } from './fault.ts';

/** A cable was not pushed in far enough: its link goes down every half minute and comes back. */
export const ibPortFlap = defineFault({
  id: 'ib-port-flap',
  summary: 'the InfiniBand link of one HCA goes down for some seconds again and again',
  categories: ['rdma-link-fault'],
  place: 'hca',
  heals: 'pushing the cable in, or another one; disabling the port and a requeue contain it',
  causes: ({ node, hca }) => [{ kind: 'cable', node, hca, loose: true }],
  undo: ({ target: { node, hca = '' } }, world) => [
    { kind: 'cable', node, hca, loose: false },
    { kind: 'port-state', node, hca, up: true },
    ...restartEnded(world),
  ],
  // A disabled port does not flap, but its cable is as loose as before.
  present: (settings, { target: { node, hca } }) =>
    settings.links.get(`${node}/${hca}`)?.loose.at(-1)?.toMs === Infinity,
});
