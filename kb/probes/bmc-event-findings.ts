import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { bmcEventKind, bmcEventKinds, bmcQuiet, correctable, correctableMin, input } from './bmc-kinds.ts';
import { orClean } from './clean.ts';

/** One event of a controller's log, whichever way it was asked. */
export interface BmcEvent {
  readonly line: number | null;
  /** Milliseconds since 1970, where the controller's clock was set and its zone is known. */
  readonly atMs: number | null;
  readonly sensor: string;
  /** What is classified: sensor and event as the tool prints them. */
  readonly text: string;
  readonly asserted: boolean;
}

/** Events by kind and sensor, with how often and when first and last; an event that went away again says so. */
export function bmcEventFindings(events: readonly BmcEvent[]): readonly ProbeFinding[] {
  const told = together(
    events
      .filter(({ asserted }) => asserted)
      .flatMap((event) => {
        const kind = bmcEventKind(event.text);
        return kind === null ? [] : [{ event, kind }];
      }),
  );
  const seen = [...Map.groupBy(told, ({ event, kind }) => `${kind.id} ${event.sensor}`).values()].flatMap(
    (same): readonly ProbeFinding[] => {
      const first = same[0];
      const last = same.at(-1)?.event;
      if (first === undefined || last === undefined) return [];
      const all = same.map(({ event }) => event);
      const kind = first.kind === correctable.some && mostInADay(all) >= correctableMin ? correctable.many : first.kind;
      const recovered = events
        .slice(events.indexOf(last) + 1)
        .some((later) => !later.asserted && later.text === last.text);
      return [
        {
          kind: kind.id,
          text: `${last.text}${all.length === 1 ? '' : `, ${all.length} times`}${recovered ? ', over since' : ''}`.slice(
            0,
            textCharsMax,
          ),
          ...(first.event.line === null ? {} : { line: first.event.line }),
          ...(first.event.atMs === null ? {} : { atMs: first.event.atMs }),
          ...(last.atMs === null ? {} : { lastMs: last.atMs }),
          count: all.length,
          values: { sensor: last.sensor.slice(0, sensorCharsMax), recovered: recovered ? 'yes' : 'no' },
        },
      ];
    },
  );
  const newest = seen.toSorted((a, b) => (b.lastMs ?? 0) - (a.lastMs ?? 0)).slice(0, findingsMax);
  return orClean(newest, bmcEventKinds, { kind: bmcQuiet.id, text: `${events.length} events, none of a fault` });
}

const findingsMax = 20;
const textCharsMax = 200;
const sensorCharsMax = 64;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

interface Told {
  readonly event: BmcEvent;
  readonly kind: FindingKind;
}

/** All supplies that lose their input in the same minute leave a server without power; two of four do not. */
function together(told: readonly Told[]): readonly Told[] {
  const lost = told.filter(({ kind }) => kind === input.one);
  return told.map(({ event, kind }) => {
    const atOnce = lost.filter(({ event: other }) => Math.abs((other.atMs ?? 0) - (event.atMs ?? 0)) <= minuteMs);
    const supplies = new Set(atOnce.map(({ event: other }) => other.sensor)).size;
    const there = Math.max(2, ...atOnce.map(({ event: other }) => supplyNumber(other)));
    return { event, kind: kind === input.one && supplies >= there ? input.all : kind };
  });
}

/** 4 of `PSU4_Status`: a server has as many supplies, at the least; 0 where they have no number. */
function supplyNumber({ text }: BmcEvent): number {
  return Number(/\b(?:PSU|PS|Power Supply )[ _]?(\d{1,2})(?!\d)/i.exec(text)?.[1] ?? 0);
}

/** The most events within 24 hours; all of them where the controller does not know the time. */
function mostInADay(events: readonly BmcEvent[]): number {
  const times = events.flatMap(({ atMs }) => atMs ?? []).toSorted((a, b) => a - b);
  if (times.length < events.length) return events.length;
  return Math.max(0, ...times.map((start, at) => times.slice(at).filter((time) => time < start + dayMs).length));
}
