import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const releaseDecides: FindingKind = {
  id: 'nvidia.driver.release-decides',
  summary: 'with one branch of the driver the GPUs are found, with another one they are not',
  role: 'cause',
  weighs: {
    'gpu-driver-bug': 4,
    'container-toolkit-misconfig': -1.5,
    'launcher-rank-misconfig': -1.5,
    'gpu-fell-off-bus': -1,
    'host-hardware-fault': -1,
  },
  source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/774',
};

/** Releases of the driver that were installed one after the other, each followed by whether the GPUs are there. */
export const driverReleasesTried: SequenceDetector<Tried> = {
  id: 'driver-releases-tried',
  kinds: [releaseDecides],
  listens: ['nvidia.driver.install-asked', 'nvidia.driver.absent-for-program', 'nvidia.gpus.told-found'],
  follow() {
    let branch: string | null = null;
    const found = new Set<string>();
    const none = new Map<string, LinePlace>();
    return {
      note(line, { kind, values }) {
        if (kind === 'nvidia.driver.install-asked') {
          branch = String(values?.['branch'] ?? values?.['run'] ?? '');
          return;
        }
        if (branch === null || found.size + none.size >= branchesMax) return;
        if (kind === 'nvidia.gpus.told-found') found.add(branch);
        else if (!none.has(branch)) none.set(branch, placeOfLine(line));
      },
      summary: () => (found.size === 0 || none.size === 0 ? null : { found: [...found], none: [...none] }),
    };
  },
  // Of one source: another one may be of another machine.
  conclude(sources) {
    return sources.flatMap(({ summary }) => {
      const odd = summary.none.find(([branch]) => !summary.found.includes(branch));
      return odd === undefined ? [] : [sequenceFinding(releaseDecides.id, releaseDecides.role, odd[1])];
    });
  },
};

interface Tried {
  readonly found: readonly string[];
  readonly none: readonly (readonly [string, LinePlace])[];
}

const branchesMax = 32;
