import { integer, spread, uniform } from '../../noise.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { during } from '../../state/link-settings.ts';
import { hcaPlace } from '../../state/place.ts';
import type { WorldHca, WorldNode } from '../../world.ts';
import { linkState } from '../link.ts';
import type { Timeline } from '../timeline.ts';
import { leafPortOf } from './fabric.ts';

/** What the transceiver of an HCA measures of itself; one value a lane. */
interface OpticReading {
  readonly temperatureC: number;
  readonly voltageMv: number;
  readonly biasMa: readonly number[];
  readonly receivedDbm: readonly number[];
  readonly sentDbm: readonly number[];
  /** Share of the bits that arrive wrong, before error correction. */
  readonly rawErrorRate: number;
  /** The same while nothing is wrong with it. */
  readonly usualErrorRate: number;
  /** How the wrong ones are spread over the lanes; the shares add up to 1. */
  readonly laneShares: readonly number[];
  /** What the electrical side loses between module and adapter. */
  readonly electricalLossDb: readonly number[];
}

export const opticLanes = 4;
/** What a photodiode shows in the dark: the smallest value that SFF-8636 can tell, 0.1 uW. */
const darkDbm = -40;
/** A laser of 850 nm sends about so much in such a current; lanes and makes differ. Assumed after public read-outs of SR4 modules. */
const laser = { dbm: 1.1, spreadDb: 0.9, biasMa: 7.5, biasMaMax: 13.6 };
/** Two connectors and some metres of fibre. Assumed. */
const pathDb = { usual: 1.1, spread: 0.9 };
/** A module that is not pushed in has contacts that hardly touch, not always the same; its fibre sits in it as before. Assumed. */
const looseContactDb = { usual: 2.6, spread: 1 };
/** Sensors are read anew once a second. */
const sensorTickMs = 1_000;

/**
 * Light at both ends of the cable of an HCA. Of an optic that is dirty less arrives: errors grow with a power of what is
 * lost, so the loss follows from their number. Bad contacts and an unclean supply spoil as many, and dim nothing. A laser
 * that ages is given more current until there is no more to give, and sends less all the same.
 */
export function opticReading(timeline: Timeline, node: WorldNode, hca: WorldHca, ms: number): OpticReading {
  const { world } = timeline;
  const { settings } = timeline.segmentAt(ms);
  const own = [node.index, hca.name] as const;
  const end = leafPortOf(world, node, hca);
  const errors = factAt(settings, { fact: 'ib.receive-errors', place: hcaPlace(node, hca) }, ms);
  const electrical = factAt(settings, { fact: 'ib.electrical-errors', place: hcaPlace(node, hca) }, ms);
  const aged = factAt(settings, { fact: 'switch.port-errors', place: end.switch, key: String(end.port) }, ms);
  const loose = during(settings.links.get(`${node.name}/${hca.name}`)?.loose ?? [], ms);
  const off = linkState(world, settings, node, hca, ms) === 'disabled';
  const tick = Math.floor(ms / sensorTickMs);
  const noise = (quantity: string, lane: number) => spread(world.seed, quantity, ...own, lane, tick);
  const fixed = (quantity: string, lane: number) => spread(world.seed, quantity, ...own, lane);
  const worst = integer(world.seed, opticLanes, 'optic-lane', ...own);
  const weights = lanes((lane) =>
    lane === worst ? 1 : 0.15 + 0.5 * uniform(world.seed, 'optic-weight', ...own, lane),
  );
  const looseDb = loose
    ? looseContactDb.usual + looseContactDb.spread * spread(world.seed, 'loose-contact', ...own, tick)
    : 0;
  const lostDb = (lane: number) => lossOf(errors) * (weights[lane] ?? 0);
  const electricalLossDb = lanes((lane) => lossOf(electrical) * (weights[lane] ?? 0) + looseDb);
  const agedDb = (lane: number) => lossOf(aged) * (weights[lane] ?? 0);
  const inletC = factAt(settings, { fact: 'rack.inlet-c', place: node.rack }, ms);
  const usualErrorRate = 10 ** (-8.6 + 0.6 * fixed('optic-errors', 0));
  const all = weights.reduce((sum, one) => sum + one, 0);
  return {
    temperatureC: Math.round(inletC + 21 + 6 * fixed('optic-temperature', 0) + noise('optic-temperature', 0)),
    voltageMv: 3_280 + 40 * fixed('optic-voltage', 0) + 3 * noise('optic-voltage', 0),
    biasMa: lanes((lane) => {
      if (off) return 0;
      const usual = laser.biasMa + 0.3 * fixed('optic-bias', lane);
      return Math.min(laser.biasMaMax, usual * (1 + 0.15 * agedDb(lane)));
    }),
    receivedDbm: lanes((lane) => {
      const sent = laser.dbm + laser.spreadDb * fixed('far-laser', lane);
      return Math.max(
        darkDbm,
        sent - pathDb.usual - pathDb.spread * fixed('optic-path', lane) - lostDb(lane) + 0.06 * noise('received', lane),
      );
    }),
    sentDbm: lanes((lane) =>
      off
        ? darkDbm
        : laser.dbm + laser.spreadDb * fixed('near-laser', lane) - agedDb(lane) + 0.04 * noise('sent', lane),
    ),
    rawErrorRate: Math.min(
      2e-4,
      usualErrorRate * 10 ** (0.5 * Math.max(...electricalLossDb.map((db, lane) => db + lostDb(lane)))),
    ),
    usualErrorRate,
    laneShares: weights.map((one) => one / all),
    electricalLossDb,
  };
}

/** Decibels behind so many broken symbols a minute: 5 dB for 900, 7.4 dB for 9,000. Assumed. */
function lossOf(errors: number): number {
  return 2.5 * Math.log10(1 + errors / 10);
}

function lanes(of: (lane: number) => number): readonly number[] {
  return Array.from({ length: opticLanes }, (_, lane) => of(lane));
}
