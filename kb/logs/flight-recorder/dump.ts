import {
  entryFields,
  millisecondsOf,
  rankField,
  ranksOf,
  recordOf,
  sizesOf,
  statusFields,
  textOrNumber,
  typesOf,
} from './dump-fields.ts';
import { userFrameFinder } from './user-frame.ts';
import { PickleError, readPickle } from './pickle.ts';
import { rankOfName } from './ranks.ts';
import { isJson, isPickle } from './sniff.ts';

/** A file, or the like, that should hold a dump. */
export interface DumpSource {
  /** A path or key; the rank may stand in it. */
  readonly source: string;
  readonly evidenceId: string;
  readonly bytes: Uint8Array;
}

/** What one rank's flight recorder kept. */
export interface FlightDump {
  readonly source: string;
  readonly evidenceId: string;
  /** `null` where neither content nor name tell. */
  readonly rank: number | null;
  readonly format: 'pickle' | 'json';
  /** `major.minor` as torch writes it; empty where it is missing. */
  readonly version: string;
  readonly groups: readonly FlightGroup[];
  /** By `pg_id`, which counts groups in the process, not across ranks. */
  readonly status: ReadonlyMap<number, FlightStatus>;
  /** In the order in which they were recorded. */
  readonly entries: readonly FlightEntry[];
  /** The ring has not run over: nothing that was recorded is missing. */
  readonly isWhole: boolean;
}

export interface FlightGroup {
  readonly name: string;
  /** What the program calls it; empty where it has not said. */
  readonly desc: string;
  /** Global ranks in the order of their group ranks; empty where torch did not write them. */
  readonly ranks: readonly number[];
}

/** Sequence numbers of the newest work; -1 for none. Collectives and point-to-point share the fields. */
export interface FlightStatus {
  readonly enqueued: number;
  readonly started: number;
  readonly completed: number;
}

export type FlightState = 'scheduled' | 'started' | 'completed';

/** One recorded operation. Times are milliseconds since 1970 by the clock of the rank's host. */
export interface FlightEntry {
  readonly recordId: number;
  readonly pgId: number;
  readonly group: string;
  readonly desc: string;
  readonly seq: number;
  readonly p2pSeq: number;
  /** Without the library's prefix: `all_reduce`, `send`. */
  readonly op: string;
  /** Group ranks, of a send or receive. */
  readonly from: number | null;
  readonly to: number | null;
  readonly isP2p: boolean;
  readonly state: FlightState;
  /** No longer watched. Retired and not completed: its time ran out, or its communicator failed. */
  readonly retired: boolean;
  readonly createdMs: number | null;
  readonly startedMs: number | null;
  readonly completedMs: number | null;
  readonly timeoutMs: number | null;
  readonly shape: FlightShape;
  /** The innermost frame of the user's own program: `step at train.py:88`. */
  readonly frame: string | null;
  /** Where the entry's bytes stand; unknown in JSON. */
  readonly place: { readonly from: number; readonly to: number } | null;
}

/** Sizes and data types of the tensors; equal ones of a dump are one object. */
export interface FlightShape {
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  readonly inputTypes: readonly string[];
  readonly outputTypes: readonly string[];
}

export type ReadDump =
  | { readonly kind: 'read'; readonly dump: FlightDump; readonly notes: readonly string[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Newest entries kept of a dump. torch keeps 2,000 unless told otherwise (TORCH_FR_BUFFER_SIZE). */
export const entriesMax = 20_000;

/** As the pickle reader has it; JSON takes several times its size in memory while it is read. */
const jsonBytesMax = 128 * 1024 * 1024;

/** Reads a dump, pickle or JSON, of any version from 1.4 to 2.10. Never throws: what can't be read is told. */
export function readFlightDump({ source, evidenceId, bytes }: DumpSource): ReadDump {
  const parsed = contentOf(bytes);
  if (parsed.kind === 'unreadable') return parsed;
  const top = recordOf(parsed.value);
  if (top === null) return unreadable('not a dump of the flight recorder: no dictionary at its top');
  if (!['entries', 'pg_config', 'pg_status'].some((key) => key in top))
    return unreadable('not a dump of the flight recorder: neither entries nor pg_config');
  const given = Array.isArray(top['entries']) ? top['entries'] : [];
  const read = entryReader(parsed.placeOf);
  const entries: FlightEntry[] = [];
  let broken = 0;
  let firstBroken = '';
  for (const one of given.slice(-entriesMax)) {
    const entry = read(one);
    if (typeof entry !== 'string') entries.push(entry);
    else {
      broken += 1;
      firstBroken ||= entry;
    }
  }
  const left = Math.max(0, given.length - entriesMax);
  const status = statusOf(top['pg_status']);
  const dump: FlightDump = {
    source,
    evidenceId,
    rank: rankField.safeParse(top['rank'] ?? top['global_rank']).data ?? rankOfName(source),
    format: parsed.format,
    version: textOrNumber.safeParse(top['version']).data ?? '',
    groups: groupsOf(top['pg_config']),
    status,
    entries,
    isWhole: left === 0 && broken === 0 && isFromStart(top, entries, status),
  };
  const notes = [
    ...(left > 0 ? [`only the newest ${entriesMax} of ${given.length} entries are read`] : []),
    ...(broken > 0 ? [`${broken} of ${given.length} entries are not as torch writes them (${firstBroken})`] : []),
  ];
  return { kind: 'read', dump, notes };
}

/** An empty list is a start only where no work was ever begun: dumps of active work alone leave out the rest. */
function isFromStart(
  top: Readonly<Record<string, unknown>>,
  entries: readonly FlightEntry[],
  status: FlightDump['status'],
): boolean {
  if (entries.length > 0) return entries[0]?.recordId === 0;
  return Array.isArray(top['entries']) && [...status.values()].every(({ enqueued }) => enqueued <= 0);
}

type Content =
  | { readonly kind: 'unreadable'; readonly reason: string }
  | {
      readonly kind: 'value';
      readonly value: unknown;
      readonly format: FlightDump['format'];
      readonly placeOf: (container: object) => FlightEntry['place'];
    };

function contentOf(bytes: Uint8Array): Content {
  if (bytes.length === 0) return unreadable('the file is empty');
  const head = bytes.subarray(0, 160);
  if (isJson(head)) return jsonOf(bytes);
  if (!isPickle(head)) return unreadable('neither a pickle nor JSON');
  try {
    const { value, placeOf } = readPickle(bytes);
    return { kind: 'value', value, format: 'pickle', placeOf: (container) => placeOf(container) ?? null };
  } catch (error) {
    if (error instanceof PickleError) return unreadable(`no readable pickle: ${error.message}`);
    throw error;
  }
}

function jsonOf(bytes: Uint8Array): Content {
  if (bytes.length > jsonBytesMax) return unreadable(`more than ${jsonBytesMax} bytes of JSON`);
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return { kind: 'value', value, format: 'json', placeOf: () => null };
  } catch (error) {
    return unreadable(`broken JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unknown'}`);
  }
}

function unreadable(reason: string): { readonly kind: 'unreadable'; readonly reason: string } {
  return { kind: 'unreadable', reason };
}

/** Answers what is wrong with an entry that can't be read. Lists that entries share are read once. */
function entryReader(placeOf: (container: object) => FlightEntry['place']): (value: unknown) => FlightEntry | string {
  const frameOf = userFrameFinder();
  const shapes = new Map<string, FlightShape>();

  const shapeOf = (shape: FlightShape): FlightShape => {
    const key = JSON.stringify(shape);
    const known = shapes.get(key);
    if (known === undefined) shapes.set(key, shape);
    return known ?? shape;
  };

  return (value) => {
    const record = recordOf(value);
    if (record === null || typeof value !== 'object' || value === null) return 'no dictionary';
    const parsed = entryFields.safeParse(record);
    if (!parsed.success)
      return `${parsed.error.issues[0]?.path.join('.') ?? ''}: ${parsed.error.issues[0]?.message ?? ''}`;
    const fields = parsed.data;
    const seq = fields.collective_seq_id ?? fields.seq_id;
    if (seq === undefined) return 'collective_seq_id: missing';
    const { op, from, to } = operationOf(fields.profiling_name);
    const pgId = fields.pg_id ?? 0;
    const startedMs = millisecondsOf(fields.time_discovered_started_ns);
    const completedMs = millisecondsOf(fields.time_discovered_completed_ns);
    const named: readonly unknown[] = Array.isArray(fields.process_group)
      ? fields.process_group
      : [fields.process_group];
    const [name, desc] = named;
    return {
      recordId: fields.record_id ?? 0,
      pgId,
      group: textOrNumber.safeParse(name).data ?? String(pgId),
      desc: descOf(desc),
      seq,
      p2pSeq: fields.p2p_seq_id ?? seq,
      op,
      from,
      to,
      isP2p: fields.is_p2p ?? from !== null,
      state: stateOf(fields.state, startedMs, completedMs),
      retired: fields.retired ?? false,
      createdMs: millisecondsOf(fields.time_created_ns),
      startedMs,
      completedMs,
      timeoutMs: fields.timeout_ms ?? null,
      shape: shapeOf({
        inputs: sizesOf(fields.input_sizes),
        outputs: sizesOf(fields.output_sizes),
        inputTypes: typesOf(fields.input_dtypes),
        outputTypes: typesOf(fields.output_dtypes),
      }),
      frame: frameOf(fields.frames),
      place: placeOf(value),
    };
  };
}

function stateOf(state: string | undefined, startedMs: number | null, completedMs: number | null): FlightState {
  if (state === 'completed' || state === 'started' || state === 'scheduled') return state;
  if (completedMs !== null) return 'completed';
  return startedMs === null ? 'scheduled' : 'started';
}

/** `nccl:send 1->2`, `nccl:recv 3<-0`, `xccl:all_reduce`. */
function operationOf(profilingName: string): Pick<FlightEntry, 'op' | 'from' | 'to'> {
  const [, name = profilingName] = /^[a-z0-9_]{1,20}:(.{0,100})/i.exec(profilingName) ?? [];
  const sent = /^send (\d{1,7})->(\d{1,7})/.exec(name);
  if (sent !== null) return { op: 'send', from: Number(sent[1]), to: Number(sent[2]) };
  const received = /^recv (\d{1,7})<-(\d{1,7})/.exec(name);
  if (received !== null) return { op: 'recv', from: Number(received[2]), to: Number(received[1]) };
  return { op: name.split(' ')[0] ?? name, from: null, to: null };
}

function groupsOf(config: unknown): readonly FlightGroup[] {
  return Object.entries(recordOf(config) ?? {})
    .slice(0, groupsMax)
    .map(([key, value]) => {
      const fields = recordOf(value);
      if (fields === null) return { name: key, desc: '', ranks: ranksOf(value) };
      return { name: key, desc: descOf(fields['desc']), ranks: ranksOf(fields['ranks']) };
    });
}

// Expert, tensor, pipeline and data parallel jobs make tens of groups a rank; split_group makes more.
const groupsMax = 10_000;

function statusOf(status: unknown): ReadonlyMap<number, FlightStatus> {
  return new Map(
    Object.entries(recordOf(status) ?? {})
      .slice(0, groupsMax)
      .flatMap(([key, value]): [number, FlightStatus][] => {
        const fields = statusFields.safeParse(recordOf(value) ?? undefined).data;
        if (fields === undefined || !/^\d{1,9}$/.test(key)) return [];
        return [
          [
            Number(key),
            {
              enqueued: fields.last_enqueued_collective ?? -1,
              started: fields.last_started_collective ?? -1,
              completed: fields.last_completed_collective ?? -1,
            },
          ],
        ];
      }),
  );
}

/** torch writes `undefined` where the program gave none. */
function descOf(desc: unknown): string {
  return typeof desc === 'string' && desc !== 'undefined' ? desc : '';
}
