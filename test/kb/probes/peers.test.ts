import fc from 'fast-check';
import { expect, it } from 'vitest';
import { peersOf } from '../../../kb/probes/peers.ts';
import { perSecond, ratesOf } from '../../../kb/probes/counter-difference.ts';

const site = (count: number) => ({
  nodes: Array.from({ length: count }, (_one, at) => ({ name: `node-${at}`, address: `10.0.0.${at}` })),
  mounts: [],
  interfaces: [],
  rendezvous: [],
});
const peers = (name: string, count: number) => peersOf({ name, gpus: [] }, site(count)).map((peer) => peer.name);

it('a node reaches for the next one and for one half of the list away', () => {
  expect(peers('node-3', 16)).toEqual(['node-4', 'node-11']);
  expect(peers('node-15', 16)).toEqual(['node-0', 'node-7']);
  expect(peers('node-0', 2)).toEqual(['node-1']);
});

it('a node that is alone or unknown reaches for nobody', () => {
  expect(peers('node-0', 1)).toEqual([]);
  expect(peers('node-99', 16)).toEqual([]);
});

it('never more than two, never itself, and every node is somebody’s peer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), (count) => {
      const all = site(count).nodes.map(({ name }) => ({ name, chosen: peers(name, count) }));
      for (const { name, chosen } of all) {
        expect(chosen.length).toBeLessThanOrEqual(2);
        expect(chosen).not.toContain(name);
      }
      expect(new Set(all.flatMap(({ chosen }) => chosen)).size).toBe(count);
    }),
  );
});

it('a counter grows by its difference a second, and one that was cleared tells nothing', () => {
  expect(perSecond(100, 150, 2_000)).toBe(25);
  expect(perSecond(150, 100, 2_000)).toBeNull();
  expect(perSecond(100, 150, 0)).toBeNull();
  expect(ratesOf({ a: 1, b: 9 }, { a: 3, b: 4, c: 5 }, 1_000)).toEqual({ a: 2 });
});
