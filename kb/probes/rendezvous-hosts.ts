import type { ProbedSite } from '../schemas/probe.ts';

/** More meeting points than this are of more jobs than one incident is about. */
const rendezvousMax = 4;

/** Where the jobs of the cluster meet, each place once. */
export function rendezvousOf(site: ProbedSite): ProbedSite['rendezvous'] {
  const places = new Map(site.rendezvous.map((place) => [`${place.host} ${place.port}`, place]));
  return [...places.values()].slice(0, rendezvousMax);
}
