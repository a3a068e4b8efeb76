import { rising } from '../../../metrics/rising.ts';
import { gpuPlace } from '../../../metrics/series.ts';
import { isPlaceName } from '../place-names.ts';
import { evidenceMax, type Scene, type Weighed } from '../scene.ts';
import { explainedShare, slowdownOfBandwidth } from '../slowdown.ts';

// Links correct a bit error now and then and count it. DCGM's own check fails at 100 CRC errors a second
// (dcgm_errors.h, DCGM_LIMIT_MAX_NVLINK_CRC_ERROR); as many in some minutes are more than noise.
const errorsMin = 100;

const counters = [
  'DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL',
  'DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL',
  'DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL',
  'DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL',
];

/** Errors of NVLink that rise, and GPUs that move less over it than the ranks that do the same work. */
export function nvlink(scene: Scene): readonly Weighed[] {
  return [...errors(scene), ...throughput(scene)].slice(0, evidenceMax);
}

function errors({ range, groups }: Scene): readonly Weighed[] {
  return counters
    .flatMap((metric) => rising(range, metric).map((rise) => ({ ...rise, metric })))
    .filter(({ by }) => by >= errorsMin)
    .toSorted((a, b) => b.by - a.by)
    .flatMap(({ labels, by, atMs, metric }): readonly Weighed[] => {
      const place = gpuPlace(labels);
      if (place === null || !isPlaceName(place.node) || !groups.isBusy(place)) return [];
      return [
        {
          component: 'nvlink',
          ...place,
          explains: null,
          strength: 2,
          text: `${place.node} GPU ${place.device.index ?? '?'}: ${metric} rose by ${by}`,
          values: { errors: by, metric, firstMs: atMs },
        },
      ];
    });
}

function throughput({ peers, shares, slowdown }: Scene): readonly Weighed[] {
  if (peers.nvlink.kind === 'none' || peers.nvlink.kind === 'split') return [];
  return peers.nvlink.outliers.map(({ node, device, value, likeMedian, likes }) => {
    const predictedSlowdown = slowdownOfBandwidth(likeMedian / Math.max(1, value), 'nvlink', shares);
    return {
      component: 'nvlink',
      node,
      device,
      explains: explainedShare(predictedSlowdown, slowdown),
      strength: 1,
      text: `${node} GPU ${device.index ?? '?'} moves ${gigabytes(value)} GB/s over NVLink, ${likes} like GPUs ${gigabytes(likeMedian)} GB/s`,
      values: { bytesPerSecond: value, expectedBytesPerSecond: likeMedian, predictedSlowdown },
    };
  });
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
