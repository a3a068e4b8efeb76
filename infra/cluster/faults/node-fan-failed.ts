import { integer } from '../noise.ts';
import { fanModules } from '../physics/airflow.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, growing } from './rhythms.ts';

/** A fan module stands, or turns too slowly; the one GPU behind it gets the least air. */
export const nodeFanFailed = defineFault({
  id: 'node-fan-failed',
  summary: 'one fan module of a node stands or crawls, and the GPUs behind it throttle',
  categories: ['host-hardware-fault'],
  place: 'node',
  onsets: [atOnce, growing],
  ranges: { speed: { min: 0, max: 0.3, unit: 'share' } },
  heals: 'another fan module',
  causes: ({ place }, { speed }, { seed }) => [
    setFact('hardware.fan-speed', place, speed, {
      key: fanModules[integer(seed, fanModules.length, 'fan', place)] ?? 'FAN1',
    }),
  ],
});
