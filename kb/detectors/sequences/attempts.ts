import type { LinePlace } from './sequence-finding.ts';

/** What one process says of itself when it starts. Plain JSON, as all of these. */
export interface Told {
  readonly is: 'told';
  /** `null`: nothing tells which process it is of. */
  readonly slot: string | null;
  readonly pid: string | null;
  /** `nccl`, `world`, `setting NCCL_ALGO`, `library torch`. */
  readonly what: string;
  readonly value: string;
  readonly place: LinePlace;
}

export type AttemptEvent =
  | Told
  /** It has joined a communicator: what it says afterwards depends on how far it comes. */
  | { readonly is: 'joined'; readonly slot: string | null; readonly pid: string | null; readonly nranks: number | null }
  | { readonly is: 'ran' | 'ended'; readonly slot: string | null; readonly atMs?: number };

/** One life of one process of a job. */
export interface Attempt {
  readonly told: ReadonlyMap<string, readonly Told[]>;
  /** The first line of its start that was read. */
  readonly first: LinePlace | null;
  readonly joined: boolean;
  /** It told of steps or checkpoints. */
  readonly ran: boolean;
  /** When the attempt before it was last seen to end. */
  readonly endedBeforeMs: number | null;
}

interface Open {
  readonly told: Map<string, Told[]>;
  first: LinePlace | null;
  pid: string | null;
  /** Of its largest communicator; `null` before it has joined one. */
  nranks: number | null;
  joined: boolean;
  ran: boolean;
  ended: boolean;
  endedMs: number | null;
  endedBeforeMs: number | null;
  /** What was said after its last step by nobody knows whom. */
  loose: Told[];
  /** Begun without an end of the one before: only the size of its communicator tells that it is the job's. */
  bySize: boolean;
}

/** The last is the attempt that runs; there always is one. */
interface Lives {
  attempts: Open[];
  /** Other processes that write here, and are not known to be the job's: a test, an evaluation, a worker. */
  readonly beside: Map<string, Open>;
}

/**
 * The attempts of one process of a job, from its events in the order of time. Who starts after an end was seen is the next
 * one. Without an end another process may as well be a child of the one that runs: it is the next attempt only where its
 * communicator is as large as the job's was, and only while the one before stays quiet. A line that names no process
 * tells of none.
 */
export function attemptsOf(events: readonly AttemptEvent[]): readonly Attempt[] {
  const lives: Lives = { attempts: [begin(null)], beside: new Map() };
  for (const event of events) {
    switch (event.is) {
      case 'ran':
        run(lives);
        break;
      case 'ended':
        end(lastOf(lives), event.atMs);
        break;
      case 'joined':
        join(lives, event);
        break;
      case 'told': {
        const open = tellerOf(lives, event.pid);
        if (event.pid === null && open.ran) open.loose.push(event);
        else tell(open, event);
      }
    }
  }
  return lives.attempts.filter(({ told, ran }) => told.size > 0 || ran);
}

function begin(endedBeforeMs: number | null): Open {
  return {
    told: new Map(),
    first: null,
    pid: null,
    nranks: null,
    joined: false,
    ran: false,
    ended: false,
    endedMs: null,
    endedBeforeMs,
    loose: [],
    bySize: false,
  };
}

function lastOf({ attempts }: Lives): Open {
  const last = attempts.at(-1);
  if (last === undefined) throw new Error('a job without an attempt');
  return last;
}

function run(lives: Lives): void {
  const open = lastOf(lives);
  if (!open.ran) {
    // Which of them makes the steps nothing tells, where one does not say how large its communicator is.
    for (const { nranks, told } of lives.beside.values())
      if (nranks === null) for (const one of [...told.values()].flat()) tell(open, one);
  }
  open.ran = true;
  open.loose = [];
}

function end(open: Open, atMs: number | undefined): void {
  open.ended = true;
  open.endedMs = Math.max(atMs ?? 0, open.endedMs ?? 0) || null;
  open.loose = [];
}

/** Whose word it is: that of an attempt, of a new one, or of a process beside. */
function tellerOf(lives: Lives, pid: string | null): Open {
  const { attempts, beside } = lives;
  const open = lastOf(lives);
  if (pid !== null) {
    const known = attempts.findLastIndex((one) => one.pid === pid);
    if (known >= 0) return speaksAgain(lives, known);
    const other = beside.get(pid);
    if (other !== undefined) return other;
    if (!open.ended && (open.pid !== null || open.ran)) {
      const stranger = { ...begin(null), pid };
      beside.set(pid, stranger);
      return stranger;
    }
  }
  if (!open.ended) {
    open.pid ??= pid;
    return open;
  }
  const next = { ...begin(open.endedMs), pid };
  attempts.push(next);
  return next;
}

/** One that lives on was not followed by another: who was taken for that runs beside it. */
function speaksAgain(lives: Lives, at: number): Open {
  const later = lives.attempts.slice(at + 1);
  const known = lives.attempts[at] ?? lastOf(lives);
  if (later.length === 0 || !later.every(({ bySize }) => bySize)) return known;
  lives.attempts = lives.attempts.slice(0, at + 1);
  for (const one of later) {
    if (one.pid !== null) lives.beside.set(one.pid, one);
    known.ran ||= one.ran;
    if (one.ended) end(known, one.endedMs ?? undefined);
  }
  return known;
}

function join(lives: Lives, { pid, nranks }: Extract<AttemptEvent, { is: 'joined' }>): void {
  const open = lastOf(lives);
  if (pid === null) {
    if (open.pid === null) open.joined = true;
    return;
  }
  const one = tellerOf(lives, pid);
  one.joined = true;
  one.nranks = Math.max(nranks ?? 0, one.nranks ?? 0) || null;
  if (lives.beside.get(pid) !== one || !isOfJob(one, lives)) return;
  const last = lastOf(lives);
  lives.beside.delete(pid);
  one.bySize = true;
  one.endedBeforeMs = last.endedMs;
  // With its first lines come those in which it does not name itself.
  for (const said of last.loose) tell(one, said);
  last.loose = [];
  lives.attempts.push(one);
}

function isOfJob({ nranks }: Open, lives: Lives): boolean {
  if (nranks === null || nranks < nranksMin) return false;
  const open = lastOf(lives);
  // Before the first step: a test is smaller than the job that comes after it.
  if (!open.ran && nranks > (open.nranks ?? 0)) return true;
  const sized = lives.attempts.findLast(({ ran }) => ran) ?? open;
  return nranks === sized.nranks;
}

// A communicator of one rank has any process.
const nranksMin = 2;

function tell(open: Open, told: Told): void {
  open.pid ??= told.pid;
  open.first ??= told.place;
  // Later settings are those of what the process came to use: two attempts that came not equally far differ in them.
  if (open.joined && told.what.startsWith('setting ')) return;
  open.told.set(told.what, [...(open.told.get(told.what) ?? []), told].slice(0, sayingsMax));
}

// Of one thing: more than one value is said by a log of several processes that nothing tells apart.
const sayingsMax = 4;
