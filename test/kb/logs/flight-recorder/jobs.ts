import type { DumpSource } from '../../../../kb/logs/flight-recorder/dump.ts';

/** Ranks of a small job and what their recorders keep, in the form of torch's JSON dumps. */
export const jobRanks: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7];
const startNs = 1_790_000_000_000_000_000;

export interface Call {
  readonly op: string;
  readonly state?: 'scheduled' | 'started' | 'completed';
  /** Seconds after the start. */
  readonly at?: number;
  readonly sizes?: readonly (readonly number[])[];
  readonly out?: readonly (readonly number[])[];
  readonly dtype?: string;
  readonly retired?: boolean;
  readonly frame?: string;
}

interface Entry {
  readonly [field: string]: unknown;
}

/** One rank's recorder. */
export class Recorder {
  readonly rank: number;
  /** Nanoseconds by which the host's clock is ahead. */
  aheadNs = 0;
  /** Newest entries kept. */
  ring = 2000;
  version = '2.10';
  entries: Entry[] = [];
  private readonly groups = new Map<string, { readonly desc: string; readonly ranks: readonly number[] }>();
  private readonly seqs = new Map<string, number>();
  private readonly p2pSeqs = new Map<string, number>();
  private readonly status = new Map<string, number>();

  constructor(rank: number) {
    this.rank = rank;
  }

  group(name: string, desc: string, ranks: readonly number[]): this {
    this.groups.set(name, { desc, ranks });
    return this;
  }

  collective(group: string, call: Call): this {
    this.seqs.set(group, (this.seqs.get(group) ?? 0) + 1);
    this.status.set(group, this.seqs.get(group) ?? 0);
    return this.add(group, call, false);
  }

  transfer(group: string, call: Call): this {
    this.p2pSeqs.set(group, (this.p2pSeqs.get(group) ?? 0) + 1);
    return this.add(group, call, true);
  }

  /** Several as one launch: single entries stay scheduled, the end carries the state. */
  batch(group: string, calls: readonly Call[], end: Call, isP2p: boolean): this {
    const counts = isP2p ? this.p2pSeqs : this.seqs;
    counts.set(group, (counts.get(group) ?? 0) + 1);
    for (const call of calls) this.add(group, { ...call, state: 'scheduled', retired: false }, isP2p);
    return this.add(group, { sizes: [], ...end }, isP2p);
  }

  private add(group: string, call: Call, isP2p: boolean): this {
    const { op, state = 'completed', at = this.entries.length, sizes = [[1024]], out = sizes, dtype = 'Float' } = call;
    const createdNs = startNs + at * 1e9 + this.aheadNs;
    this.entries.push({
      record_id: this.entries.length,
      pg_id: [...this.groups.keys()].indexOf(group),
      process_group: [group, this.groups.get(group)?.desc ?? 'undefined'],
      collective_seq_id: this.seqs.get(group) ?? 0,
      p2p_seq_id: this.p2pSeqs.get(group) ?? 0,
      op_id: this.entries.length + 1,
      profiling_name: `nccl:${op}`,
      time_created_ns: createdNs,
      input_sizes: sizes,
      input_dtypes: sizes.map(() => dtype),
      output_sizes: out,
      output_dtypes: out.map(() => dtype),
      state,
      time_discovered_started_ns: state === 'scheduled' ? 0 : createdNs + 1e7,
      time_discovered_completed_ns: state === 'completed' ? createdNs + 2e8 : 0,
      retired: call.retired ?? state === 'completed',
      timeout_ms: 600_000,
      is_p2p: isP2p,
      ...(call.frame === undefined ? {} : { frames: [{ name: call.frame, filename: 'train.py', line: 88 }] }),
    });
    return this;
  }

  dump(): Readonly<Record<string, unknown>> {
    const names = [...this.groups.keys()];
    return {
      version: this.version,
      comm_lib_version: '2.21.5',
      pg_config: Object.fromEntries(
        [...this.groups].map(([name, { desc, ranks }]) => [name, { name, desc, ranks: `[${ranks.join(', ')}]` }]),
      ),
      pg_status: Object.fromEntries(
        [...this.status].map(([group, seq]) => [
          String(names.indexOf(group)),
          {
            last_enqueued_collective: String(seq),
            last_started_collective: String(seq),
            last_completed_collective: '-1',
          },
        ]),
      ),
      entries: this.entries.slice(-this.ring),
    };
  }

  source(): DumpSource {
    return sourceOf(`/dumps/nccl_trace_rank_${this.rank}`, this.dump());
  }
}

export function sourceOf(source: string, dump: unknown): DumpSource {
  return { source, evidenceId: `ev_${source}`, bytes: new TextEncoder().encode(JSON.stringify(dump)) };
}

export function tensorGroup(rank: number): string {
  return rank < 4 ? '1' : '2';
}

export function dataGroup(rank: number): string {
  return String(3 + (rank % 4));
}

/** Eight ranks in one world, two tensor-parallel and four data-parallel groups, after some steps. */
export function job(stepCount = 4): readonly Recorder[] {
  const recorders = jobRanks.map((rank) =>
    new Recorder(rank)
      .group('0', 'default_pg', jobRanks)
      .group(
        tensorGroup(rank),
        'tp',
        jobRanks.filter((one) => tensorGroup(one) === tensorGroup(rank)),
      )
      .group(
        dataGroup(rank),
        'dp',
        jobRanks.filter((one) => one % 4 === rank % 4),
      ),
  );
  for (const recorder of recorders) steps(recorder, stepCount);
  return recorders;
}

export function steps(recorder: Recorder, count: number): void {
  const { rank } = recorder;
  for (let step = 0; step < count; step += 1)
    recorder
      .collective(tensorGroup(rank), { op: 'all_reduce', at: step, sizes: [[64, 64]] })
      .collective(dataGroup(rank), { op: '_reduce_scatter_base', at: step + 0.3, sizes: [[128]], out: [[64]] })
      .collective('0', { op: 'all_reduce', at: step + 0.6, sizes: [[1]] });
}
