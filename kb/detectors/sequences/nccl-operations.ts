import type { LogLine, Match } from '../../schemas/detector.ts';
import { numberIn, withoutUndefined } from './progress-track.ts';
import { placeOfLine, type LinePlace } from './sequence-finding.ts';

/** What one process has entered in one communicator of NCCL. Plain JSON. */
export interface CommPosition {
  readonly nranks: number;
  readonly commId?: string;
  readonly commRank?: number;
  /** The last ones, oldest first. */
  readonly operations: readonly Operation[];
  readonly lastMs?: number;
  readonly place?: LinePlace;
}

export interface Operation {
  readonly count: number;
  readonly op: string;
  readonly elements: number;
  readonly datatype: number;
}

/** Follows NCCL's own account of collectives (NCCL_DEBUG_SUBSYS=INIT,COLL), which may be one line a millisecond. */
export interface CommFollower {
  note(line: LogLine, match: Match): void;
  positions(): readonly CommPosition[];
}

interface Open {
  nranks: number;
  commId: string | undefined;
  commRank: number | undefined;
  operations: Operation[];
  last: LogLine | undefined;
}

// Processes and communicators of one source: 8 GPUs of 64 nodes with 8 communicators each.
const commsMax = 4_096;
// Ranks are a few collectives apart while they work; what is compared has to reach back that far.
export const operationsMax = 16;

export function followComms(): CommFollower {
  const comms = new Map<string, Open>();
  const commOf = (line: LogLine, { values }: Match): Open | null => {
    const key = `${line.node ?? ''}|${values?.['pid'] ?? ''}|${values?.['comm'] ?? ''}`;
    const known = comms.get(key);
    if (known !== undefined) return known;
    if (comms.size >= commsMax) return null;
    const nranks = numberIn(values, 'nranks') ?? 0;
    const opened: Open = { nranks, commId: undefined, commRank: undefined, operations: [], last: undefined };
    comms.set(key, opened);
    return opened;
  };
  return {
    note(line, match) {
      const comm = commOf(line, match);
      if (comm === null) return;
      if (match.kind === 'nccl.comm.init') {
        const id = match.values?.['commId'];
        comm.commId = id === undefined ? comm.commId : String(id);
        comm.commRank = numberIn(match.values, 'commRank') ?? comm.commRank;
        return;
      }
      const operation = operationOf(match);
      if (operation === null) return;
      comm.operations.push(operation);
      if (comm.operations.length > operationsMax) comm.operations.shift();
      comm.last = line;
    },
    positions: () => [...comms.values()].filter(({ operations }) => operations.length > 0).map(closed),
  };
}

function closed({ nranks, commId, commRank, operations, last }: Open): CommPosition {
  const place = last === undefined ? undefined : placeOfLine(last);
  return { nranks, operations, ...withoutUndefined({ commId, commRank, lastMs: last?.atMs, place }) };
}

/** `opCount` is hexadecimal, and comes as a number where it has no letters. */
function operationOf({ values }: Match): Operation | null {
  const count = Number.parseInt(String(values?.['opCount'] ?? ''), 16);
  const elements = numberIn(values, 'elements');
  const datatype = numberIn(values, 'datatype');
  const op = values?.['op'];
  if (Number.isNaN(count) || elements === undefined || datatype === undefined || op === undefined) return null;
  return { count, op: String(op), elements, datatype };
}
