import { defineFault, restartEnded } from './fault.ts';

/** The worse contacts are the ones that somebody notices. Assumed. */
const rhythms = [24_000, 24_000, 36_000, 60_000, 48_000, 24_000] as const;
/** Most links train at once; one that has to try again and again is gone for longer than the retries last. Assumed. */
const outages = [9_000, 9_000, 9_000, 9_000, 9_000, 9_000, 9_000, 39_000] as const;

/**
 * A cable was not pushed in far enough: its link goes down once or more a minute (assumed, so that one can watch it) and comes
 * back when it is trained and swept (OpenSM sweeps every 10 s, `sweep_interval` in its manual). An outage that the retries of
 * reliable connections outlast makes a step longer, a longer one ends the job.
 */
export const ibPortFlap = defineFault({
  id: 'ib-port-flap',
  summary: 'the InfiniBand link of one HCA goes down for some seconds again and again',
  categories: ['rdma-link-fault'],
  place: 'hca',
  ranges: {
    everyMs: { min: 24_000, max: 60_000, unit: 'ms', integer: true, usual: rhythms, clear: 24_000 },
    downMs: { min: 9_000, max: 45_000, unit: 'ms', integer: true, usual: outages, clear: 9_000 },
  },
  heals: 'pushing the cable in, or another one; disabling the port and a requeue contain it',
  // A link that is away for most of its rhythm is up for a while all the same.
  causes: ({ node, hca }, { everyMs, downMs }) => [
    { kind: 'cable', node, hca, loose: true, everyMs: Math.max(everyMs, 2 * downMs), downMs },
  ],
  undo: ({ target: { node, hca = '' } }, world) => [
    { kind: 'cable', node, hca, loose: false },
    { kind: 'port-state', node, hca, up: true },
    ...restartEnded(world),
  ],
  // A disabled port does not flap, but its cable is as loose as before.
  present: (settings, { target: { node, hca } }) =>
    settings.links.get(`${node}/${hca}`)?.loose.at(-1)?.toMs === Infinity,
});
