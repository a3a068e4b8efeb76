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
  | { readonly is: 'joined'; readonly slot: string | null; readonly pid: string | null }
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
  joined: boolean;
  ran: boolean;
  ended: boolean;
  endedMs: number | null;
  readonly endedBeforeMs: number | null;
}

/**
 * The attempts of one process, from its events in the order of time. Another process id is another attempt; where none
 * is told, what a start says after steps or after an end is.
 */
export function attemptsOf(events: readonly AttemptEvent[]): readonly Attempt[] {
  let open = begin(null);
  const attempts: Open[] = [open];
  for (const event of events) {
    switch (event.is) {
      case 'ran':
        open.ran = true;
        break;
      case 'ended':
        open.ended = true;
        open.endedMs = Math.max(event.atMs ?? 0, open.endedMs ?? 0) || null;
        break;
      case 'joined':
        if (open.pid === null || event.pid === open.pid) open.joined = true;
        break;
      case 'told':
        if (isAnother(event, open)) {
          open = begin(open.endedMs);
          attempts.push(open);
        }
        tell(open, event);
    }
  }
  return attempts.filter(({ told, ran }) => told.size > 0 || ran);
}

function begin(endedBeforeMs: number | null): Open {
  return {
    told: new Map(),
    first: null,
    pid: null,
    joined: false,
    ran: false,
    ended: false,
    endedMs: null,
    endedBeforeMs,
  };
}

function isAnother({ pid }: Told, open: Open): boolean {
  if (pid !== null && open.pid !== null) return pid !== open.pid;
  return open.ran || open.ended;
}

function tell(open: Open, told: Told): void {
  open.pid ??= told.pid;
  open.first ??= told.place;
  // Later settings are those of what the process came to use: two attempts that came not equally far differ in them.
  if (open.joined && told.what.startsWith('setting ')) return;
  open.told.set(told.what, [...(open.told.get(told.what) ?? []), told].slice(0, sayingsMax));
}

// Of one thing: more than one value is said by a log of several processes that nothing tells apart.
const sayingsMax = 4;
