import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Processes that take the same rank, while others of the world are taken by none. */
export const rankClaims: SequenceDetector<Claims> = {
  id: 'rank-claims',
  kinds: [
    {
      id: 'launcher.rank.claimed-twice',
      summary: 'as many processes as the job has ranks came up, and several of them took the same rank',
      role: 'cause',
      weighs: { 'launcher-rank-misconfig': 4.8 },
      source: 'https://lightning.ai/docs/pytorch/stable/clouds/cluster_advanced.html',
    },
  ],
  listens: ['job.world.announced'],
  follow() {
    let world = 0;
    let announced = 0;
    let first: LinePlace | null = null;
    let twice: LinePlace | null = null;
    let knownAtTwice = 0;
    const ranks = new Set<number>();
    return {
      note(line) {
        const [, rank, of] = claim.exec(line.text) ?? [];
        if (rank === undefined || of === undefined) return;
        // A start with another world counts anew.
        if (Number(of) !== world) {
          world = Number(of);
          announced = 0;
          first = null;
          twice = null;
          ranks.clear();
        }
        announced += 1;
        const place = (): LinePlace => placeOfLine(line, { claimed: Number(rank), world });
        first ??= place();
        if (ranks.has(Number(rank))) {
          if (twice === null) knownAtTwice = ranks.size;
          twice ??= place();
        } else if (ranks.size < ranksMax) ranks.add(Number(rank));
      },
      summary: () => (first === null ? null : { world, announced, ranks: [...ranks], first, twice, knownAtTwice }),
    };
  },
  conclude(sources) {
    const all = sources.map(({ summary }) => summary);
    const place = all.flatMap((one) => inOneSource(one) ?? [])[0] ?? acrossNodes(all);
    if (place === null) return [];
    const { rank: _rank, ...cited } = place;
    return [sequenceFinding('launcher.rank.claimed-twice', 'cause', cited)];
  },
};

interface Claims {
  readonly world: number;
  readonly announced: number;
  /** Different ones. */
  readonly ranks: readonly number[];
  readonly first: LinePlace;
  readonly twice: LinePlace | null;
  /** How many ranks had been taken when the first was taken again. */
  readonly knownAtTwice: number;
}

const ranksMax = 4_096;

// sees: initializing ddp: GLOBAL_RANK: 1, MEMBER: 2/8
const claim = /\bGLOBAL_RANK: (\d{1,6}), MEMBER: \d{1,6}\/(\d{1,6})\b/;

/** Where a job was started again, its ranks come once more only after all of them have come: that is no clash. */
function inOneSource({ world, announced, ranks, twice, knownAtTwice }: Claims): LinePlace | null {
  return announced >= world && ranks.length < world && knownAtTwice < ranks.length ? twice : null;
}

/** Each node counts its ranks from 0: together there are enough processes, and too few ranks. */
function acrossNodes(all: readonly Claims[]): LinePlace | null {
  const nodes = Map.groupBy(all, ({ first }) => first.node);
  if (nodes.has(undefined) || nodes.size < 2) return null;
  const world = all[0]?.world ?? 0;
  const union = new Set(all.flatMap(({ ranks }) => ranks));
  const announced = all.reduce((sum, one) => sum + one.announced, 0);
  if (world < 2 || all.some((one) => one.world !== world || one.twice !== null)) return null;
  return announced === world && union.size < world ? (all[1]?.first ?? null) : null;
}
