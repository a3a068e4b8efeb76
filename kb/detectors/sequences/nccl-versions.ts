import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** NCCL's banner on every rank: all have to announce one version. */
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
        if (version === undefined || banners.size >= bannersMax) return;
        const key = `${line.node ?? ''}|${String(version)}`;
        if (!banners.has(key)) banners.set(key, { version: String(version), place: placeOfLine(line, values) });
      },
      summary: () => (banners.size === 0 ? null : [...banners.values()]),
    };
  },
  conclude(sources) {
    const banners = sources.flatMap(({ summary }) => summary);
    const byVersion = [...Map.groupBy(banners, ({ version }) => version).values()].toSorted(
      (a, b) => b.length - a.length,
    );
    // What most ranks announce is what the job was meant to run with; of two alike, the first one.
    const differs = byVersion[1]?.[0];
    return differs === undefined ? [] : [sequenceFinding('nccl.version.ranks-differ', 'cause', differs.place)];
  },
};

interface Banner {
  readonly version: string;
  readonly place: LinePlace;
}

const bannersMax = 256;
