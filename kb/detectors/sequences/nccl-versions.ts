import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { processOf } from './process-slot.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/**
 * NCCL's banner on every rank: all have to announce one version. A rank that announces another one than before has begun
 * anew with it (job-attempts.ts): its last word counts.
 */
export const ncclVersions: SequenceDetector<readonly Banner[]> = {
  id: 'nccl-versions',
  kinds: [
    {
      id: 'nccl.version.ranks-differ',
      summary: 'ranks announce different NCCL versions',
      role: 'cause',
      ofNode: true,
      weighs: { 'nccl-version-mismatch': 5 },
      source: 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc',
    },
  ],
  listens: ['nccl.version.banner'],
  follow() {
    const banners = new Map<string, Banner>();
    return {
      note(line, { values }) {
        const version = values?.['version'];
        if (version === undefined) return;
        const { slot } = processOf(line);
        const key = slot ?? `${line.node ?? ''}|${String(version)}`;
        if (!banners.has(key) && banners.size >= bannersMax) return;
        banners.set(key, { slot: key, version: String(version), place: placeOfLine(line, values) });
      },
      summary: () => (banners.size === 0 ? null : [...banners.values()]),
    };
  },
  conclude(sources) {
    const lastOfSlot = new Map(sources.flatMap(({ summary }) => summary).map((banner) => [banner.slot, banner]));
    const banners = onceOfNode([...lastOfSlot.values()]);
    const byVersion = [...Map.groupBy(banners, ({ version }) => version).values()].toSorted(
      (a, b) => b.length - a.length,
    );
    // What most ranks announce is what the job was meant to run with; of two alike, the first one.
    const differs = byVersion[1]?.[0];
    return differs === undefined ? [] : [sequenceFinding('nccl.version.ranks-differ', 'cause', differs.place)];
  },
};

function onceOfNode(banners: readonly Banner[]): readonly Banner[] {
  const ofNode = Map.groupBy(banners, ({ version, place }) => `${place.node ?? ''}|${version}`);
  return [...ofNode.values()].flatMap((alike) => alike.slice(0, 1));
}

interface Banner {
  /** Whose it is. */
  readonly slot: string;
  readonly version: string;
  readonly place: LinePlace;
}

// One for each rank of a large job that writes one log.
const bannersMax = 4_096;
