/**
 * The watch over the speed of one job: what it carries from look to look, and what follows from a look. Times are
 * milliseconds of cluster time unless a name says `Wall`.
 */

export interface WatchSettings {
  /** Between two looks. */
  readonly intervalMs: number;
  /** Of all watches of the cluster together; the thresholds follow from it. */
  readonly falseAlarmsPerDay: number;
}

/** Half a minute is two scrapes of Prometheus' usual 15 s; a false alarm a week over all jobs is one that people read. */
export const defaultWatchSettings: WatchSettings = { intervalMs: 30_000, falseAlarmsPerDay: 1 / 7 };
export const intervalMsMin = 5_000;
export const intervalMsMax = 60 * 60_000;
export const falseAlarmsPerDayMin = 0.001;
export const falseAlarmsPerDayMax = 100;

/** The streaming detector's own state, written and read by activities alone; JSON of at most `historyBytesMax` bytes. */
export type CarriedHistory = Readonly<Record<string, unknown>>;
export const historyBytesMax = 4_096;

export interface LookInput {
  readonly cluster: string;
  readonly job: string;
  readonly settings: WatchSettings;
  readonly history: CarriedHistory | null;
  /** Of the rank layout that `history` belongs to. */
  readonly layout: string | null;
  readonly lastLookAtMs: number | null;
  /** Whether metrics of every GPU are read: they are many, and the steps alone show that a job is slow. */
  readonly gpus: 'always' | 'when-slow' | 'never';
  /** The newest step of the latest vote; on it nothing new can be decided. */
  readonly votedStepMs: number | null;
  /** Wall time that the activity lets pass first: the engine's timers tell nothing shorter than `timerWallMsMin`. */
  readonly restWallMs: number;
  /** From one look to the next, wall time. */
  readonly periodWallMs: number;
  /** What is no news: the activity looks again by itself as long as it sees this, within `quietWallMsMax`. */
  readonly expects: 'normal' | 'slow';
}

/** What a look measured, and what it was held against. Seconds a step, tokens a second, watts a GPU. */
export interface WatchedSpeed {
  readonly stepSeconds: number;
  readonly predictedStepSeconds: number | null;
  /** The job's own healthy step time, as learned. */
  readonly baselineStepSeconds: number | null;
  readonly tokensPerSecond: number | null;
  readonly predictedTokensPerSecond: number | null;
  readonly powerWattsPerGpu: number | null;
  readonly predictedPowerWattsPerGpu: number | null;
}

/** Why a look calls the job slow. */
export interface Suspicion {
  /** `absolute`: below the prediction; `history`: below the job's own past; `peers`: one GPU below its like. */
  readonly tier: 'absolute' | 'history' | 'peers';
  readonly component: string;
  readonly node?: string;
  readonly gpu?: number;
  /** Measured step time over the expected one. */
  readonly ratio: number;
  readonly sinceMs: number | null;
  /** Throughput and power, measured against predicted, in one or two sentences. */
  readonly summary: string;
}

export type Look =
  /** The inventory has no such job or cluster. */
  | { readonly kind: 'gone'; readonly why: string }
  | {
      readonly kind: 'looked';
      /** How many, of which this is the last. */
      readonly looks: number;
      readonly atMs: number;
      /** Cluster seconds in a wall second. */
      readonly rate: number;
      readonly verdict: 'normal' | 'slow' | 'stopped' | 'interrupted' | 'suppressed' | 'unmeasured';
      readonly speed: WatchedSpeed | null;
      /** When the newest step ended; `null` where none is told. */
      readonly newestStepMs: number | null;
      /** The newest step alone was slow: the next look comes sooner. */
      readonly uneasy: boolean;
      /** Given with every `slow`. */
      readonly suspicion: Suspicion | null;
      readonly history: CarriedHistory | null;
      readonly layout: string | null;
      /** What could not be used, in words. */
      readonly degraded: readonly string[];
    };
type Looked = Extract<Look, { kind: 'looked' }>;

export interface OpenWarning {
  readonly suspicion: Suspicion;
  /** Start of the alert: the look that found it. What began before it is in `suspicion.sinceMs`. */
  readonly startsAtMs: number;
  /** Since when the job is fast again, without a slow look in between. */
  readonly backSinceMs: number | null;
  readonly resolvedAtMs: number | null;
  readonly why: string | null;
  /** What the API took last. */
  readonly told: { readonly stage: Stage; readonly atLook: number; readonly incidents: readonly string[] } | null;
  /** Not tried again before this look. */
  readonly notBeforeLook: number;
  /** Why the API did not take the latest word; absent where it did, or was not asked yet. */
  readonly trouble?: string;
}

export interface PastWarning {
  readonly suspicion: Suspicion;
  readonly startsAtMs: number;
  readonly resolvedAtMs: number;
  readonly incidents: readonly string[];
}

export interface WatchState {
  /** Of all runs. */
  readonly looks: number;
  /** Looks in a row that did not find the job in the inventory. */
  readonly goneLooks: number;
  readonly lastLookAtMs: number | null;
  readonly rate: number;
  readonly verdict: Looked['verdict'] | null;
  /** Since when there is no step to measure. */
  readonly silentSinceMs: number | null;
  readonly speed: WatchedSpeed | null;
  readonly history: CarriedHistory | null;
  readonly layout: string | null;
  /** Whether the latest looks that could tell saw a slow job; oldest first. */
  readonly votes: readonly boolean[];
  readonly votedStepMs: number | null;
  /** Looks in a row that came sooner than the settings say. */
  readonly hurried: number;
  /** The look after which metrics of every GPU are read again. */
  readonly gpusDueLook: number;
  readonly warning: OpenWarning | null;
  /** Newest first. */
  readonly past: readonly PastWarning[];
  readonly degraded: readonly string[];
  readonly paused: WatchOrder | null;
}

/** A person's word about a watch. */
export interface WatchOrder {
  readonly by: string;
  readonly reason: string;
}

export type Stage = 'firing' | 'resolved';

/** One alert to be brought to the API; the same one however often it is sent. */
export interface EarlyWarning {
  readonly cluster: string;
  readonly job: string;
  readonly stage: Stage;
  readonly startsAtMs: number;
  readonly endsAtMs: number | null;
  readonly why: string | null;
  readonly suspicion: Suspicion;
}

export type RaiseResult =
  | { readonly kind: 'accepted'; readonly incidents: readonly string[] }
  /** It will not be taken before somebody changes something. */
  | { readonly kind: 'refused'; readonly why: string };

// One look may fall on steps that a checkpoint and an evaluation held up; two of three that saw other steps do not.
const votesKept = 3;
const votesNeeded = 2;
/** Of a job that was slow: it is back when no look saw it slow for this long. */
export const backMs = 120_000;
// A restart with its warm-up takes some minutes; a job that does no step for longer than this runs no more.
export const silentMsMax = 15 * 60_000;
const degradedMax = 6;
/**
 * While workers are replaced, an old one may not know a new job yet, or a new one an old job any more: a watch ends when so
 * many looks in a row say so.
 */
export const goneLooksMax = 5;
export const textCharsMax = 300;
// With 30 s between looks, ten minutes: what people see of power is no older.
const gpusEvery = 20;
/** A look costs some 11 events and a query of a server; a faster cluster clock must not make it more than one a second. */
export const lookWallMsMin = 1_000;
/** A slow step is looked at again in a third of the time, so often in a row, and no sooner than this. */
const hurryShare = 3;
const hurriedMax = 12;
export const hurryWallMsMin = 400;
// Seen with server 1.31: a timer of half a second fires after one.
export const timerWallMsMin = 1_000;
/**
 * Looks that see nothing new are made in one activity for so long: with a fast cluster clock an event in the history for
 * each would cost more than the look itself. An order to a watch waits no longer than this either.
 */
export const quietWallMsMax = 10_000;

export function newWatch(): WatchState {
  return {
    looks: 0,
    goneLooks: 0,
    lastLookAtMs: null,
    rate: 1,
    verdict: null,
    silentSinceMs: null,
    speed: null,
    history: null,
    layout: null,
    votes: [],
    votedStepMs: null,
    hurried: 0,
    gpusDueLook: 0,
    warning: null,
    past: [],
    degraded: [],
    paused: null,
  };
}

/** What an earlier run carried over, also one of a version that knew less. */
export function carriedWatch(carried: WatchState | undefined): WatchState {
  return { ...newWatch(), ...carried };
}

/** Wall time from one look to the next. */
export function periodWallMs({ rate, hurried }: Pick<WatchState, 'rate' | 'hurried'>, settings: WatchSettings): number {
  const wallMs = settings.intervalMs / Math.max(rate, rateMin);
  return Math.ceil(hurried > 0 ? Math.max(hurryWallMsMin, wallMs / hurryShare) : Math.max(lookWallMsMin, wallMs));
}

// A cluster clock that stands still would never be looked at again.
const rateMin = 0.01;

/**
 * While a warning is open, its incident looks at the GPUs; but one that only the GPUs show would be taken back by looks at
 * the steps alone. Before that, the look that may open one needs to know the place.
 */
export function gpusAt({
  looks,
  gpusDueLook,
  warning,
  votes,
}: Pick<WatchState, 'looks' | 'gpusDueLook' | 'warning' | 'votes'>): LookInput['gpus'] {
  if (warning !== null) return warning.suspicion.tier === 'peers' ? 'always' : 'never';
  if (looks >= gpusDueLook || votes.at(-1) === true) return 'always';
  return votes.filter((slow) => slow).length >= votesNeeded - 1 ? 'when-slow' : 'never';
}

function gpusDueAfter(state: WatchState): number {
  return gpusAt(state) === 'always' ? state.looks + gpusEvery : state.gpusDueLook;
}

/** What a look changes: the votes, and with them the warning. */
export function noteLook(before: WatchState, look: Looked): WatchState {
  const state = isContinuous(before, look) ? before : forgetVotes(before);
  const silent = look.verdict === 'stopped' || look.verdict === 'unmeasured';
  const noted: WatchState = {
    ...state,
    looks: state.looks + look.looks,
    goneLooks: 0,
    lastLookAtMs: look.atMs,
    rate: look.rate,
    verdict: look.verdict,
    silentSinceMs: silent ? (state.silentSinceMs ?? look.atMs) : null,
    speed: withPower(look.speed, state.speed),
    history: look.history,
    layout: look.layout,
    ...votesAfter(state, look),
    hurried: isHurry(state, look) ? state.hurried + 1 : 0,
    gpusDueLook: gpusDueAfter(state),
    degraded: look.degraded.slice(0, degradedMax).map((text) => text.slice(0, textCharsMax)),
  };
  return { ...noted, warning: noted.warning === null ? openedBy(noted, look) : goneOn(noted, noted.warning, look) };
}

/** Power is not read at every look: the one of the latest look that read it stands. */
export function withPower(now: WatchedSpeed | null, before: WatchedSpeed | null): WatchedSpeed | null {
  if (now === null || before === null) return now;
  return { ...now, powerWattsPerGpu: now.powerWattsPerGpu ?? before.powerWattsPerGpu };
}

/** A look that did not come about: nothing is known, and nothing is concluded from it. The next one asks for less. */
export function missLook(state: WatchState, why: string): WatchState {
  return {
    ...state,
    looks: state.looks + 1,
    hurried: 0,
    gpusDueLook: gpusDueAfter(state),
    degraded: [`no look: ${why}`.slice(0, textCharsMax)],
  };
}

/** A look at an inventory without the job. */
export function noteGone(state: WatchState, why: string): WatchState {
  return { ...missLook(state, why), goneLooks: state.goneLooks + 1 };
}

export function isGone({ goneLooks }: Pick<WatchState, 'goneLooks'>): boolean {
  return goneLooks >= goneLooksMax;
}

/** Nobody looks any more, as when an alert rule is deleted: what was raised is over, and the API hears of it at once. */
export function endOfWatch(state: WatchState, why: string): WatchState {
  const { warning } = state;
  if (warning === null) return state;
  const over =
    warning.resolvedAtMs === null ? resolvedAt(warning, state.lastLookAtMs ?? warning.startsAtMs, why) : warning;
  return { ...state, warning: { ...over, notBeforeLook: 0 } };
}

/** Time went backwards, or the ranks are placed anew: what was seen before says nothing of now. */
function isContinuous({ lastLookAtMs, layout }: WatchState, look: Looked): boolean {
  return (lastLookAtMs === null || look.atMs >= lastLookAtMs) && (layout === null || layout === look.layout);
}

function forgetVotes(state: WatchState): WatchState {
  const { warning } = state;
  return {
    ...state,
    votes: [],
    votedStepMs: null,
    silentSinceMs: null,
    warning: warning === null ? null : { ...warning, backSinceMs: null },
  };
}

/** A checkpoint, a warm-up or a silence is no vote for either side, and neither is the same step seen again. */
function votesAfter(
  { votes, votedStepMs }: WatchState,
  { verdict, newestStepMs }: Looked,
): Pick<WatchState, 'votes' | 'votedStepMs'> {
  const isNew = newestStepMs === null || newestStepMs !== votedStepMs;
  if (!isNew || (verdict !== 'slow' && verdict !== 'normal')) return { votes, votedStepMs };
  return { votes: [...votes, verdict === 'slow'].slice(-votesKept), votedStepMs: newestStepMs };
}

function isHurry({ warning, hurried }: WatchState, { verdict, uneasy }: Looked): boolean {
  return warning === null && hurried < hurriedMax && (uneasy || verdict === 'slow');
}

function openedBy({ votes }: WatchState, { suspicion, atMs }: Looked): OpenWarning | null {
  if (suspicion === null || votes.filter((slow) => slow).length < votesNeeded) return null;
  return {
    suspicion,
    startsAtMs: atMs,
    backSinceMs: null,
    resolvedAtMs: null,
    why: null,
    told: null,
    notBeforeLook: 0,
  };
}

function goneOn(state: WatchState, warning: OpenWarning, { verdict, atMs }: Looked): OpenWarning {
  // Slow again before the API heard of the end: the same warning goes on.
  if (verdict === 'slow') return { ...warning, backSinceMs: null, resolvedAtMs: null, why: null };
  if (warning.resolvedAtMs !== null) return warning;
  if (verdict === 'normal') {
    const backSinceMs = warning.backSinceMs ?? atMs;
    const back = { ...warning, backSinceMs };
    return atMs - backSinceMs >= backMs ? resolvedAt(back, atMs, 'the speed is back') : back;
  }
  const silentMs = state.silentSinceMs === null ? 0 : atMs - state.silentSinceMs;
  const why = verdict === 'unmeasured' ? 'no step of the job is measured any more' : 'the job does no step any more';
  return silentMs > silentMsMax ? resolvedAt(warning, atMs, why) : warning;
}

function resolvedAt(warning: OpenWarning, atMs: number, why: string): OpenWarning {
  return { ...warning, resolvedAtMs: atMs, why };
}

/** Settings as a person may type them; `null` when they are none. What is left out stays as it is. */
export function readSettings(value: unknown, now: WatchSettings): WatchSettings | null {
  const { intervalMs = now.intervalMs, falseAlarmsPerDay = now.falseAlarmsPerDay } = fieldsOf(value);
  if (!isWithin(intervalMs, intervalMsMin, intervalMsMax)) return null;
  if (!isWithin(falseAlarmsPerDay, falseAlarmsPerDayMin, falseAlarmsPerDayMax)) return null;
  return { intervalMs, falseAlarmsPerDay };
}

export function readOrder(value: unknown): WatchOrder {
  const { by, reason } = fieldsOf(value);
  const text = (given: unknown, otherwise: string) =>
    typeof given === 'string' && given !== '' ? given.slice(0, textCharsMax) : otherwise;
  return { by: text(by, 'somebody'), reason: text(reason, 'no reason given') };
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // Each field is checked where it is read.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
