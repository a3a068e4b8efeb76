import { createHashingEmbedder } from '../../../../activities/adapters/hashing-embedder.ts';
import { recallLibrary } from '../../../../activities/recall-library.ts';
import { searchLibrary } from '../../../../activities/recall-search.ts';
import { findingId } from '../../../../kb/logs/fold.ts';
import type { Graph } from '../../../../kb/reasoning/graph.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import type { ReasonInput } from '../../../../kb/reasoning/scene.ts';
import { reason } from '../../../../kb/reasoning/rounds.ts';
import { queryOfFindings } from '../../../../kb/retrieval/query.ts';
import type { Recallable } from '../../../../kb/retrieval/recallable.ts';
import { recalledWeights } from '../../../../kb/retrieval/recalled-weights.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import { exactIndex } from '../cluster/exact-index.ts';
import { seededRandom } from '../random.ts';

export interface RoundTimes {
  readonly records: number;
  readonly findings: number;
  readonly nodes: number;
  /** Milliseconds of one recall and of each round, run by run; the first run is as cold as the process. */
  readonly recallMs: readonly number[];
  readonly rounds: readonly (readonly number[])[];
}

export interface RoundCase {
  readonly records: number;
  readonly findings: number;
  readonly nodes: number;
  readonly runs: number;
  readonly seed: number;
}

/** A recall and three rounds over drawn findings, each timed by itself. */
export async function measureRounds(all: readonly Recallable[], wanted: RoundCase): Promise<RoundTimes> {
  const recallables = all.slice(0, wanted.records);
  const opened = await recallLibrary(async () => recallables)();
  const embedder = createHashingEmbedder();
  const readOnly = () => Promise.reject(new Error('this index is only read'));
  const index = { ...(await exactIndex(embedder, recallables)), sync: readOnly, drop: readOnly };
  const recallMs: number[] = [];
  const rounds: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < wanted.runs; run += 1) {
    const { nodes, findings } = drawCase(wanted, wanted.seed + run);
    let startedMs = performance.now();
    const lap = (into: number[]): void => {
      const nowMs = performance.now();
      into.push(nowMs - startedMs);
      startedMs = nowMs;
    };
    const query = queryOfFindings(findings, knowledge.kinds);
    const vectors = { kind: 'open', embedder, index } as const;
    const { hits } = await searchLibrary(opened, query, {
      vectors,
      filter: {},
      count: 10,
      nowMs: () => performance.now(),
    });
    const recalled = recalledWeights(
      hits.flatMap(({ id, score }) => {
        const category = opened.library.entries.get(id)?.category ?? null;
        return category === null ? [] : [{ problemkey: id, category, score }];
      }),
    );
    lap(recallMs);
    let previousGraph: Graph | null = null;
    for (const round of [1, 2, 3] as const) {
      const asked = { firstProbes: [], probesRun: [], evidence: new Map<string, number>() };
      const input: ReasonInput = {
        round,
        findings,
        recalled,
        nodes,
        gpus: [],
        ranks: [],
        window: null,
        previousGraph,
        ...asked,
      };
      previousGraph = reason(input, knowledge).graph;
      lap(rounds[round - 1] ?? []);
    }
  }
  return { records: recallables.length, findings: wanted.findings, nodes: wanted.nodes, recallMs, rounds };
}

/** Findings of all kinds that weigh something, over some nodes and their GPUs. */
function drawCase(
  { findings, nodes }: RoundCase,
  seed: number,
): { readonly nodes: readonly string[]; readonly findings: readonly Finding[] } {
  const random = seededRandom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const names = Array.from({ length: nodes }, (_, at) => `node-${String(at + 1).padStart(2, '0')}`);
  const kinds = [...knowledge.kinds.values()].filter(({ weighs }) => Object.keys(weighs).length > 0);
  const drawn = Array.from({ length: findings }, (_, at): Finding | null => {
    const kind = kinds[below(kinds.length)];
    const node = names[below(names.length)];
    if (kind === undefined || node === undefined) return null;
    const range = { evidenceId: `ev_${below(20)}`, source: `logs/${node}.log`, line: at + 1 };
    const atMs = Date.UTC(2026, 10, 20, 3) + below(600_000);
    const device = { kind: 'gpu', index: below(8) } as const;
    const id = findingId(kind.id, node, range);
    return { id, kind: kind.id, role: kind.role, node, device, atMs, count: 1 + below(5), range, text: kind.summary };
  });
  return { nodes: names, findings: drawn.filter((one) => one !== null) };
}
