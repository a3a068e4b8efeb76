import type { OnsetRange } from './fault.ts';

/*
 * How causes that are not simply there come. Times are cluster time and short, so that one can watch them: a laser ages for
 * weeks. That the same parts fail at once, grow worse or come and go is what was seen:
 *
 * - "Fail-Slow at Scale" (FAST 2018) has all four forms (permanent, transient, partial, stops and starts) of drives, memory,
 *   networks, processors (regulators, PROCHOT), fans and power supplies, one often the other's consequence.
 * - "FALCON" (arXiv:2410.12588) measured slow phases of training jobs from tens of seconds to nearly ten hours.
 * - "Understanding and Mitigating Packet Corruption in Data Center Networks" (SIGCOMM 2017) has links whose errors grow with
 *   a decaying transmitter or dirt, and loose ones whose errors come and go.
 */

/** It was done, or it broke. */
export const atOnce: OnsetRange = { shape: 'sudden' };

/** Wear, dirt, heat: from five minutes to half an hour. */
export const growing: OnsetRange = { shape: 'creeping', rampMs: { min: 300_000, max: 1_800_000, unit: 'ms' } };

/** Something fills up or slows down while somebody else works: from two minutes to ten. */
export const buildingUp: OnsetRange = { shape: 'creeping', rampMs: { min: 120_000, max: 600_000, unit: 'ms' } };

/** Contacts, temperatures, load of others: stretches of one to eight minutes with pauses. */
export const inStretches: OnsetRange = {
  shape: 'intermittent',
  periodMs: { min: 150_000, max: 600_000, unit: 'ms' },
  onShare: { min: 0.4, max: 0.8, unit: 'share' },
};
