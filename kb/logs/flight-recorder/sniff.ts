/** Keys that stand near the beginning of every flight-recorder dump, whatever its version. */
const keys = [
  'pg_config',
  'pg_status',
  'nccl_comm_state',
  'comm_lib_version',
  'nccl_version',
  'record_id',
  'collective_seq_id',
  'profiling_name',
  'process_group',
  'input_sizes',
  'time_created_ns',
];

/** Names that torch gives, `…trace_rank_` and the rank, unless told otherwise. */
const usualName = /(?:nccl|comm_lib|xccl|hccl)_trace_(?:rank_)?\d+(?:\.(?:json|pkl|pickle|bin))?$/i;

// Keys of one dump that stand in its first kilobytes; other pickles and JSON files have none of them, or one by chance.
const keysMin = 2;

/**
 * Whether the first bytes of a file (8 KiB are plenty) look like a dump of torch's NCCL flight recorder, as pickle or
 * JSON. Cheap, and no promise: `readFlightDump` decides.
 */
export function looksLikeFlightDump(head: Uint8Array, name: string): boolean {
  if (!isPickle(head) && !isJson(head)) return false;
  const text = latin1.decode(head.subarray(0, headBytesMax));
  const seen = keys.filter((key) => text.includes(key)).length;
  return seen >= (usualName.test(name) ? 1 : keysMin);
}

/** A pickle of protocol 2 and later says so; earlier ones begin with the opcodes of a dictionary. */
export function isPickle(head: Uint8Array): boolean {
  const [first, second] = head;
  if (first === 0x80) return second !== undefined && second <= 5;
  return (
    (first === 0x28 && (second === 0x64 || second === 0x6c)) ||
    (first === 0x7d && second !== undefined && second > 0x60)
  );
}

export function isJson(head: Uint8Array): boolean {
  return /^(?:\u00ef\u00bb\u00bf)?\s{0,64}\{\s{0,64}["}]/.test(latin1.decode(head.subarray(0, 160)));
}

const headBytesMax = 65_536;
const latin1 = new TextDecoder('latin1');
