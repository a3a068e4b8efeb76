import type { Finding } from '../../../workflows/domain/finding.ts';
import type { Match } from '../../schemas/detector.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { FollowedSource, SequenceDetector } from '../../schemas/sequence-detector.ts';
import { attemptsOf, type Attempt, type AttemptEvent, type Told } from './attempts.ts';
import { processOf } from './process-slot.ts';
import { progressKinds } from './progress-track.ts';
import { placeOfLine, sequenceFinding } from './sequence-finding.ts';

const elastic = 'https://docs.pytorch.org/docs/stable/elastic/run.html';
const releases = 'https://docs.nvidia.com/deeplearning/nccl/release-notes/index.html';

const beganAnew: FindingKind = {
  id: 'job.attempt.began-anew',
  summary: 'The job began anew: another attempt of it ran before this one',
  role: 'context',
  weighs: {},
  source: elastic,
};
const ncclChanged: FindingKind = {
  id: 'job.attempt.nccl-changed',
  summary: 'The job runs with another release of NCCL than its attempt before, which made steps',
  role: 'context',
  weighs: {},
  source: releases,
};
const settingChanged: FindingKind = {
  id: 'job.attempt.setting-changed',
  summary: 'NCCL takes another setting from the environment than in the attempt before, which made steps',
  role: 'context',
  weighs: {},
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html',
};
const libraryChanged: FindingKind = {
  id: 'job.attempt.library-changed',
  summary: 'The job runs with another release of a library than its attempt before, which made steps',
  role: 'context',
  weighs: {},
  source: elastic,
};
const worldChanged: FindingKind = {
  id: 'job.attempt.world-changed',
  summary: 'The job runs with another number of ranks than its attempt before, which made steps',
  role: 'context',
  weighs: {},
  source: elastic,
};

/** Lines with which an attempt ends from outside, or because one of its processes has ended. */
export const attemptEnds: readonly string[] = [
  'scheduler.requeued',
  'scheduler.preempted',
  'scheduler.cancelled',
  'scheduler.step-ended',
  'scheduler.time-limit',
  'torch.elastic.sigterm',
  'torch.elastic.restart',
];
const ends: ReadonlySet<string> = new Set(attemptEnds);
const steps: ReadonlySet<string> = new Set([...progressKinds, 'job.progress.checkpoint-saved']);

/**
 * What processes say when they start, compared with what the same ones said in the attempt before. By itself no fault:
 * kb/reasoning/attempt-changes.ts weighs it where the later attempt comes to harm.
 */
export const jobAttempts: SequenceDetector<readonly AttemptEvent[]> = {
  id: 'job-attempts',
  kinds: [beganAnew, ncclChanged, settingChanged, libraryChanged, worldChanged],
  listens: [
    'nccl.version.banner',
    'nccl.start.setting',
    'nccl.start.plugin',
    'nccl.start.cuda-driver',
    'job.start.library',
    'job.world.announced',
    'nccl.comm.init',
    ...steps,
    ...attemptEnds,
  ],
  readsEarlier: true,
  follow() {
    const events: AttemptEvent[] = [];
    const slots = new Set<string>();
    const admits = (slot: string | null): boolean => {
      if (slot === null || slots.has(slot)) return true;
      if (slots.size >= slotsMax) return false;
      slots.add(slot);
      return true;
    };
    const keep = (event: AttemptEvent): void => {
      const last = events.at(-1);
      if (event.is === 'ended' && last?.is === 'ended' && last.slot === event.slot) events.pop();
      if (isRepeated(event, events)) return;
      events.push(event);
      // What came last tells of the attempt that runs now.
      if (events.length > eventsMax) events.splice(0, eventsMax / 2);
    };
    return {
      note(line, match) {
        const process = processOf(line);
        if (!admits(process.slot)) return;
        const { kind } = match;
        const time = line.atMs === undefined ? {} : { atMs: line.atMs };
        if (steps.has(kind)) keep({ is: 'ran', slot: process.slot, ...time });
        else if (ends.has(kind)) keep({ is: 'ended', slot: process.slot, ...time });
        else if (kind === 'nccl.comm.init') {
          const { state, nranks } = match.values ?? {};
          if (state === 'COMPLETE')
            keep({ is: 'joined', ...process, nranks: nranks === undefined ? null : Number(nranks) });
        } else {
          const said = saidBy(match);
          if (said !== null) keep({ is: 'told', ...process, ...said, place: placeOfLine(line) });
        }
      },
      summary: () => (events.length === 0 ? null : events),
    };
  },
  conclude(sources) {
    const compared = slotsOf(sources).flatMap(({ slot, events }) => {
      const attempts = attemptsOf(events);
      const now = attempts.at(-1);
      const before = attempts.slice(0, -1).findLast(({ ran }) => ran);
      return now === undefined ? [] : [{ slot, now, before, isFirst: attempts.length === 1 }];
    });
    return [...begun(compared), ...changes(compared)];
  },
};

// Of one source: eight processes of one node that all write to one log.
const slotsMax = 8;
const eventsMax = 1_024;

function isRepeated(event: AttemptEvent, events: readonly AttemptEvent[]): boolean {
  if (event.is === 'told' || event.is === 'joined') return isSaidAgain(event, events);
  if (event.is === 'ended') return false;
  const last = events.at(-1);
  return last !== undefined && last.is === event.is && last.slot === event.slot;
}

function isSaidAgain(
  event: Extract<AttemptEvent, { is: 'told' | 'joined' }>,
  events: readonly AttemptEvent[],
): boolean {
  const recent = events.slice(-repeatsWithin);
  // Of a line that names no process, steps and ends tell that another attempt says it.
  const since = event.pid === null ? recent.findLastIndex(({ is }) => is === 'ran' || is === 'ended') + 1 : 0;
  return recent.slice(since).some((one) => {
    if ((one.is !== 'told' && one.is !== 'joined') || one.slot !== event.slot || one.pid !== event.pid) return false;
    if (one.is === 'joined') return event.is === 'joined' && one.nranks === event.nranks;
    return event.is === 'told' && one.what === event.what && one.value === event.value;
  });
}

// A start prints some dozens of settings, and each of a process's communicators may print them again.
const repeatsWithin = 256;

function saidBy({ kind, values }: Match): Pick<Told, 'what' | 'value'> | null {
  const said = (what: string, value: number | string | undefined) =>
    value === undefined ? null : { what, value: String(value).slice(0, valueCharsMax) };
  switch (kind) {
    case 'nccl.version.banner':
      return said('nccl', values?.['version']);
    case 'job.world.announced':
      return said('world', values?.['world']);
    case 'nccl.start.plugin':
      return said('library network plugin', values?.['plugin']);
    case 'nccl.start.cuda-driver':
      return said('library CUDA driver', values?.['driver']);
    case 'job.start.library':
      return said(`library ${String(values?.['library'] ?? '').toLowerCase()}`, values?.['version']);
    default: {
      const setting = String(values?.['setting'] ?? '');
      return setting === '' || ofOneStart.test(setting) ? null : said(`setting ${setting}`, values?.['value']);
    }
  }
}

const valueCharsMax = 160;

// What differs from start to start by itself, and what concerns only the output.
const ofOneStart = /^NCCL_(?:DEBUG\w*|\w*DUMP\w*|COMM_ID|HOSTID|SET_THREAD_NAME|CONF_FILE)$/;

interface SlotEvents {
  readonly slot: string;
  readonly events: readonly AttemptEvent[];
}

/** The events of each process of the job in the order of time; none of those whose order is not known. */
function slotsOf(sources: readonly FollowedSource<readonly AttemptEvent[]>[]): readonly SlotEvents[] {
  const bySlot = new Map<string, { readonly source: FollowedSource<unknown>['source']; events: AttemptEvent[] }[]>();
  for (const [at, { source, summary }] of sources.entries()) {
    const named = new Set(summary.flatMap(({ slot }) => slot ?? []));
    const slots = named.size === 0 ? [null] : [...named];
    for (const slot of slots) {
      const key = slot ?? `source ${at}`;
      // Who writes no process beside it speaks of all that write here.
      const events = summary.filter((event) => event.slot === slot || event.slot === null);
      bySlot.set(key, [...(bySlot.get(key) ?? []), { source, events }]);
    }
  }
  return [...bySlot].flatMap(([slot, parts]) =>
    isInOrder(parts.map(({ source }) => source)) ? [{ slot, events: parts.flatMap(({ events }) => events) }] : [],
  );
}

/** Sources come by time or by name; where their lines tell times, these must not go back. */
function isInOrder(sources: readonly FollowedSource<unknown>['source'][]): boolean {
  const starts = sources.flatMap(({ firstMs }) => firstMs ?? []);
  return starts.every((startMs, at) => at === 0 || startMs >= (starts[at - 1] ?? startMs));
}

interface Compared {
  readonly slot: string;
  readonly now: Attempt;
  readonly before: Attempt | undefined;
  readonly isFirst: boolean;
}

/** One finding for the job: of the process that tells most. */
function begun(compared: readonly Compared[]): readonly Finding[] {
  const anew = compared.filter(({ before, now }) => before !== undefined && now.first !== null);
  const best = anew.toSorted((a, b) => Number(b.now.ran) - Number(a.now.ran) || (a.slot < b.slot ? -1 : 1))[0];
  if (best === undefined || best.now.first === null) return [];
  // Agents of all nodes tell of the same end, each at its own moment.
  const endedMs = Math.max(...anew.map(({ now }) => now.endedBeforeMs ?? Number.NEGATIVE_INFINITY));
  const values = {
    steps: best.now.ran ? 1 : 0,
    ...(Number.isFinite(endedMs) ? { endedMs } : {}),
  };
  return [sequenceFinding(beganAnew.id, beganAnew.role, { ...best.now.first, values }, anew.length)];
}

function changes(compared: readonly Compared[]): readonly Finding[] {
  const whats = new Set(compared.flatMap(({ now, before }) => [...now.told.keys(), ...(before?.told.keys() ?? [])]));
  return [...whats].toSorted().flatMap((what) => {
    const told = compared.flatMap((one) => changeIn(what, one) ?? []);
    const [first] = told.filter(({ before }) => before !== null);
    if (first === undefined || first.before === null || first.before === first.after) return [];
    // Ranks that differ at one start are another matter.
    const alike = told.every(
      ({ before, after }) => after === first.after && (before === null || before === first.before),
    );
    if (!alike) return [];
    const { id, role } = kindOf(what);
    const name = what.replace(/^(?:setting|library) /, '');
    const values = { what: name === 'nccl' ? 'NCCL' : name, before: first.before, after: first.after };
    const processes = told.filter(({ before }) => before !== null).length;
    return [sequenceFinding(id, role, { ...first.place, values }, processes, what)];
  });
}

function kindOf(what: string): FindingKind {
  if (what === 'nccl') return ncclChanged;
  if (what === 'world') return worldChanged;
  return what.startsWith('setting ') ? settingChanged : libraryChanged;
}

interface Change {
  /** `null` where the attempt before is not known. */
  readonly before: string | null;
  readonly after: string;
  readonly place: NonNullable<Attempt['first']>;
}

/** `null` where the attempt that runs now does not say, or says several things. */
function changeIn(what: string, { now, before }: Compared): Change | null {
  const after = valueIn(what, now);
  if (after === null || now.first === null) return null;
  const place = now.told.get(what)?.[0]?.place ?? now.first;
  return { before: before === undefined ? null : valueIn(what, before), after, place };
}

/** What is not set is told by who tells its other settings. */
function valueIn(what: string, { told, joined }: Attempt): string | null {
  const said = new Set(told.get(what)?.map(({ value }) => value));
  const [only] = said;
  if (said.size === 1 && only !== undefined) return only;
  return said.size === 0 && joined && what.startsWith('setting ') ? 'not set' : null;
}
