import { z } from 'zod';
import { excerpt } from '../excerpt.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Sighting } from './sighting.ts';

/** Times in milliseconds of the watcher's clock. */
export interface WatchPolicy {
  /** A symptom, or a cause that is not telling, waits this long: what it follows may still be written. */
  readonly settleMs: number;
  /** What goes on is told again this often; the API knows it as the same. */
  readonly repeatMs: number;
  /** Over when nothing of it was seen for this long. */
  readonly resolveMs: number;
  /** Further places of a kind are counted in the newest alert of their kind and job. */
  readonly alertsMax: number;
}

export const watchPolicy: WatchPolicy = {
  // Ranks that die of one cause log within seconds of each other, and shippers flush every 1 to 10 s.
  settleMs: 30_000,
  repeatMs: 15 * 60_000,
  // Two incidents of one job and node count as one when they begin within this time (workflows/domain/cluster-state.ts).
  resolveMs: 30 * 60_000,
  alertsMax: 2_000,
};

const listMax = 16;

/** One alert: trouble of one category on one node of one job, however many lines tell of it. Plain JSON. */
export const watchAlertSchema = z.object({
  /** The same for the same cluster, job, node and category. */
  fingerprint: z.string(),
  /** Of what is delivered together: one job, else one node. One group is one incident. */
  group: z.string(),
  stage: z.enum(['settling', 'firing', 'resolved']),
  role: z.enum(['cause', 'symptom']),
  category: z.string(),
  /** Its first line alone would have been told at once, or a later one. */
  telling: z.boolean(),
  kind: z.string(),
  summary: z.string(),
  kinds: z.array(z.string()),
  node: z.string().optional(),
  job: z.string().optional(),
  rank: z.number().optional(),
  ranks: z.array(z.number()),
  device: z.string().optional(),
  devices: z.array(z.string()),
  /** Cluster time. */
  startsAtMs: z.number(),
  lastAtMs: z.number(),
  /** The watcher's time. */
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
  count: z.number(),
  /** Symptoms that came after it, in its group. */
  followers: z.number(),
  file: z.string(),
  line: z.number().optional(),
  byte: z.number(),
  /** Redacted. */
  excerpt: z.string(),
  /** When the API last took it, and as what. */
  told: z.object({ atMs: z.number(), stage: z.enum(['firing', 'resolved']) }).nullable(),
});
export type WatchAlert = Readonly<z.infer<typeof watchAlertSchema>>;
type OpenAlert = z.infer<typeof watchAlertSchema>;

/** What is to be delivered in one body: a group as it stands. */
export interface Delivery {
  readonly group: string;
  /** Firing first, those that the API does not know yet before the others. */
  readonly alerts: readonly WatchAlert[];
  /** Further alerts of the group that do not fit. */
  readonly leftOut: number;
}

export interface AlertTable {
  note(sighting: Sighting, nowMs: number): void;
  /** Ends waits that are over; answers whether anything has changed. */
  tick(nowMs: number): boolean;
  /** Ends all settling: nothing more will be read. */
  settleAll(): void;
  due(nowMs: number): readonly Delivery[];
  /** The API has taken it, or will never take it: nothing of it is sent again before it is repeated. */
  told(delivery: Delivery, nowMs: number): void;
  alerts(): readonly WatchAlert[];
}

/** Alerts in one body: below the API's own bound of 1,000, and of 1 MiB at 2 KB an alert. */
export const alertsPerBodyMax = 400;

/** Decides which sightings are alerts and when each is told; pure: whoever calls says what time it is. */
export function alertTable(
  cluster: string,
  policy: WatchPolicy = watchPolicy,
  restored: readonly WatchAlert[] = [],
): AlertTable {
  const alerts = new Map<string, OpenAlert>(restored.map((one) => [one.fingerprint, structuredClone(one)]));
  const newest = new Map<string, string>();
  for (const one of alerts.values()) newest.set(familyOf(one), one.fingerprint);

  const firingCause = (group: string): OpenAlert | undefined => {
    for (const one of alerts.values())
      if (one.group === group && one.stage === 'firing' && one.role === 'cause') return one;
    return undefined;
  };
  // Asked for every symptom of a storm: answered from here until an alert comes, goes or changes its stage.
  const causes = new Map<string, OpenAlert | null>();
  const causeOf = (group: string): OpenAlert | null => {
    const known = causes.get(group);
    if (known !== undefined) return known;
    const found = firingCause(group) ?? null;
    causes.set(group, found);
    return found;
  };

  const put = (one: OpenAlert): void => {
    alerts.set(one.fingerprint, one);
    newest.set(familyOf(one), one.fingerprint);
    causes.delete(one.group);
  };
  const drop = (one: OpenAlert): void => {
    alerts.delete(one.fingerprint);
    if (newest.get(familyOf(one)) === one.fingerprint) newest.delete(familyOf(one));
    causes.delete(one.group);
  };
  const fire = (one: OpenAlert): void => {
    one.stage = 'firing';
    causes.delete(one.group);
  };

  const known = (key: string, sighting: Sighting): OpenAlert | undefined =>
    alerts.get(key) ?? (alerts.size >= policy.alertsMax ? alerts.get(newest.get(familyOf(sighting)) ?? '') : undefined);

  const settle = (one: OpenAlert): void => {
    const cause = one.role === 'symptom' ? causeOf(one.group) : null;
    if (cause === null) return fire(one);
    cause.followers += one.count;
    drop(one);
  };

  /** Causes first: what follows from one of them needs no alert of its own. */
  const settleWhere = (isOver: (one: OpenAlert) => boolean): boolean => {
    const over = [...alerts.values()].filter((one) => one.stage === 'settling' && isOver(one));
    for (const role of ['cause', 'symptom'] as const) for (const one of over) if (one.role === role) settle(one);
    return over.length > 0;
  };

  return {
    note(sighting, nowMs) {
      const group = groupOf(cluster, sighting);
      const key = fingerprint(`${group}|${sighting.node ?? ''}|${familyOf(sighting)}`);
      const one = known(key, sighting);
      if (one !== undefined && one.stage !== 'resolved') {
        add(one, sighting, nowMs);
        if (one.stage === 'settling' && sighting.telling) fire(one);
        return;
      }
      const cause = sighting.role === 'symptom' ? causeOf(group) : null;
      if (cause !== null) cause.followers += 1;
      // One that is over and begins again is another alert: it starts now.
      else put(opened(key, group, sighting, nowMs));
    },

    tick(nowMs) {
      let changed = settleWhere((one) => nowMs - one.firstSeenMs >= policy.settleMs);
      for (const one of alerts.values()) {
        // What the API has never heard of is told first, however long that takes.
        if (one.stage === 'firing' && one.told !== null && nowMs - one.lastSeenMs >= policy.resolveMs) {
          one.stage = 'resolved';
          causes.delete(one.group);
          changed = true;
        }
      }
      return changed;
    },

    settleAll() {
      settleWhere(() => true);
    },

    due(nowMs) {
      const groups = new Map<string, OpenAlert[]>();
      for (const one of alerts.values())
        if (one.stage !== 'settling') groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
      return [...groups]
        .filter(([, members]) => members.some((one) => isNews(one, nowMs, policy.repeatMs)))
        .map(([group, members]) => deliveryOf(group, members));
    },

    told(delivery, nowMs) {
      for (const { fingerprint: key, stage, startsAtMs } of delivery.alerts) {
        const one = alerts.get(key);
        // It may have ended and begun anew while the delivery was on its way.
        if (one === undefined || one.startsAtMs !== startsAtMs || stage === 'settling') continue;
        one.told = { atMs: nowMs, stage };
        if (stage === 'resolved' && one.stage === 'resolved') drop(one);
      }
    },

    alerts: () => [...alerts.values()],
  };
}

function opened(key: string, group: string, sighting: Sighting, nowMs: number): OpenAlert {
  const { kind, summary, role, category, telling, node, job, rank, atMs, file, line, byte } = sighting;
  const device = deviceText(sighting);
  return {
    fingerprint: key,
    group,
    stage: telling ? 'firing' : 'settling',
    role,
    category,
    telling,
    kind,
    summary,
    kinds: [kind],
    ...(node === undefined ? {} : { node }),
    ...(job === undefined ? {} : { job }),
    ...(rank === undefined ? {} : { rank }),
    ranks: rank === undefined ? [] : [rank],
    ...(device === undefined ? {} : { device }),
    devices: device === undefined ? [] : [device],
    startsAtMs: atMs,
    lastAtMs: atMs,
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    count: 1,
    followers: 0,
    file,
    ...(line === undefined ? {} : { line }),
    byte,
    excerpt: excerpt(sighting.text),
    told: null,
  };
}

function add(one: OpenAlert, sighting: Sighting, nowMs: number): void {
  one.count += 1;
  one.lastSeenMs = nowMs;
  one.lastAtMs = Math.max(one.lastAtMs, sighting.atMs);
  one.telling ||= sighting.telling;
  remember(one.kinds, sighting.kind);
  remember(one.ranks, sighting.rank);
  remember(one.devices, deviceText(sighting));
}

function remember<T>(list: T[], value: T | undefined): void {
  if (value !== undefined && list.length < listMax && !list.includes(value)) list.push(value);
}

/** `gpu 3`, `hca mlx5_2`, as people say it. */
function deviceText({ device }: Sighting): string | undefined {
  if (device === undefined || device.kind === 'host') return undefined;
  const name = device.index ?? device.name;
  return name === undefined ? undefined : `${device.kind} ${name}`;
}

/** Symptoms of one place are one trouble, whatever each of them might hint at. */
function familyOf({ role, category, job }: Pick<Sighting | WatchAlert, 'role' | 'category' | 'job'>): string {
  return `${job ?? ''}|${role === 'symptom' ? 'symptom' : category}`;
}

/** A fault in a synchronous job shows on many of its nodes: they are one group. Without a job, a node is one. */
function groupOf(cluster: string, { job, node }: Sighting): string {
  const parts = [
    ...(cluster === '' ? [] : [`cluster=${JSON.stringify(cluster)}`]),
    ...(job === undefined
      ? node === undefined
        ? []
        : [`node=${JSON.stringify(node)}`]
      : [`job=${JSON.stringify(job)}`]),
  ];
  return `wardround-watch:{${parts.join(', ')}}`;
}

function isNews(one: OpenAlert, nowMs: number, repeatMs: number): boolean {
  if (one.told === null || one.told.stage !== one.stage) return true;
  return one.stage === 'firing' && nowMs - one.told.atMs >= repeatMs && one.lastSeenMs > one.told.atMs;
}

function deliveryOf(group: string, members: readonly OpenAlert[]): Delivery {
  const rank = (one: OpenAlert): number => (one.told === null ? 0 : one.told.stage !== one.stage ? 1 : 2);
  const ordered = members.toSorted((a, b) => rank(a) - rank(b) || a.startsAtMs - b.startsAtMs);
  return {
    group,
    alerts: structuredClone(ordered.slice(0, alertsPerBodyMax)),
    leftOut: Math.max(0, ordered.length - alertsPerBodyMax),
  };
}
