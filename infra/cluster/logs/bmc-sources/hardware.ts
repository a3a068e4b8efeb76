import { correctedReachedMs, dimmRule, wornModules } from '../../physics/dimm.ts';
import { lostSupplies } from '../../physics/fixed-cap.ts';
import { strikesOn } from '../../physics/strikes.ts';
import { factSpans, type FactSpan } from '../../state/facts/spans.ts';
import type { FactName } from '../../state/facts/index.ts';
import type { BmcSource, SelEntry } from './bmc-source.ts';

/** Asserted when a stretch begins, deasserted when it ends. */
function lasting(
  span: Pick<FactSpan<FactName>, 'fromMs' | 'toMs'>,
  sensor: string,
  event: string,
): readonly SelEntry[] {
  const up: SelEntry = { atMs: span.fromMs, sensor, event, direction: 'Asserted' };
  return span.toMs === Infinity ? [up] : [up, { ...up, atMs: span.toMs, direction: 'Deasserted' }];
}

/** Share of its speed below which a fan passes its lower critical threshold. */
const fanCriticalShare = 0.15;

export const fanEntries: BmcSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'hardware.fan-speed', fromMs, toMs)
    .filter(({ place, value }) => place === node.name && value < fanCriticalShare)
    .flatMap((span) => lasting(span, `Fan ${span.key ?? ''}_Speed`, 'Lower Critical going low '));

/** Offsets of sensor type 08h: `Failure detected`, `Power Supply AC lost`; and that redundancy is lost (type 0Bh). */
export const supplyEntries: BmcSource = (timeline, node, fromMs, toMs) => {
  const spans = factSpans(timeline, 'hardware.psu', fromMs, toMs).filter(({ place }) => place === node.name);
  return [
    ...spans.flatMap((span) =>
      lasting(
        span,
        `Power Supply ${span.key ?? ''}_Status`,
        span.value === 'no-input' ? 'Power Supply AC lost' : 'Failure detected',
      ),
    ),
    // Two that go at once are one loss of redundancy.
    ...spans
      .filter((span, at) => spans.findIndex((one) => one.fromMs === span.fromMs) === at)
      .flatMap((span) => {
        const { settings } = timeline.segmentAt(span.fromMs);
        const two = lostSupplies(settings, node.name, span.fromMs) > 1;
        return [
          ...lasting(span, 'Power Unit PSU_Redundancy', 'Redundancy Lost'),
          ...lasting(span, 'Power Unit GPU_Power_Limit', two ? 'Limit Exceeded' : 'Limit Not Exceeded'),
        ].filter(({ event }) => event !== 'Limit Not Exceeded');
      }),
  ];
};

/** The power unit of the rack asks for less. */
export const brakeEntries: BmcSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'power-unit.brake', fromMs, toMs)
    .filter(({ place }) => place === node.powerUnit)
    .flatMap((span) => lasting(span, 'Power Unit PDU_Power_Brake', 'Limit Exceeded'));

/** Offset 0Ah of sensor type 07h. */
export const processorEntries: BmcSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'hardware.cpu-mhz-max', fromMs, toMs)
    .filter(({ place }) => place === node.name)
    .flatMap((span) => [
      ...lasting(span, 'Processor CPU0_Prochot', 'Throttled'),
      ...lasting(span, 'Processor CPU1_Prochot', 'Throttled'),
    ]);

/** A controller notes single uncorrectable errors, and corrected ones when their limit is reached. */
export const memoryEntries: BmcSource = (timeline, node, _fromMs, toMs) => [
  ...strikesOn(timeline, node, dimmRule, toMs).map(({ key = '', atMs }): SelEntry => ({
    atMs: atMs + 400,
    sensor: `Memory ${key}_Status`,
    event: 'Uncorrectable ECC',
    direction: 'Asserted',
  })),
  ...[...wornModules(timeline, node, toMs)].flatMap(([slot, spans]): readonly SelEntry[] => {
    const atMs = correctedReachedMs(spans, correctedMax, toMs);
    const sensor = `Memory ${slot}_Status`;
    const event = 'Correctable ECC logging limit reached';
    return atMs === null ? [] : [{ atMs, sensor, event, direction: 'Asserted' }];
  }),
];

const correctedMax = 100;

/** The main rail went away by itself; `powerEntries` tells that the system is off. */
export const trippedEntries: BmcSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'host.power', fromMs, toMs)
    .filter(({ place, value }) => place === node.name && value === 'tripped')
    .flatMap((span): readonly SelEntry[] => [
      { atMs: span.fromMs - 20, sensor: 'Power Unit PWR_Fault', event: 'Failure detected', direction: 'Asserted' },
      { atMs: span.fromMs - 10, sensor: 'Power Unit PWR_Status', event: 'Power off/down', direction: 'Asserted' },
    ]);
