import { gpuKey, gpuPlace, gpuValues } from '../../../metrics/series.ts';
import { rising } from '../../../metrics/rising.ts';
import { comparePeers } from '../peers.ts';
import { isPlaceName, onePerGpu } from '../place-names.ts';
import { evidenceMax, type Scene, type Weighed } from '../scene.ts';

// Generation and width are whole numbers: any difference is one.
const anyDifference = { direction: 'below', apartMin: 0.1, sigmas: 0 } as const;
// Replays repair single transfers; DCGM's own check warns beyond 8 a minute (dcgm_errors.h, DCGM_LIMIT_MAX_PCIREPLAY_RATE).
const replaysPerMinuteMax = 8;

/** A link that trained to fewer lanes or a lower generation than the others', and replays. */
export function pcie(scene: Scene): readonly Weighed[] {
  return [...slowerLinks(scene), ...replays(scene), ...throughput(scene)].slice(0, evidenceMax);
}

function slowerLinks({ range, groups }: Scene): readonly Weighed[] {
  const all = { isBusy: groups.isBusy, groupOf: () => '' };
  const parts = [
    ['generation', 'DCGM_FI_DEV_PCIE_LINK_GEN'],
    ['width', 'DCGM_FI_DEV_PCIE_LINK_WIDTH'],
  ] as const;
  return parts.flatMap(([what, metric]) => {
    const comparison = comparePeers(onePerGpu(gpuValues(range, metric)), all, anyDifference);
    if (comparison.kind === 'none' || comparison.kind === 'split') return [];
    return comparison.outliers.map(({ node, device, value, likeMedian, likes }) => ({
      component: 'pcie' as const,
      node,
      device,
      // A generation doubles the rate, and so do twice the lanes; what a step pays for it depends on what goes over it.
      explains: null,
      strength: 2 as const,
      text: `${node} GPU ${device.index ?? '?'}: PCIe ${what} ${value}, ${likes} others ${likeMedian}`,
      values: { what, value, expected: likeMedian },
    }));
  });
}

function replays({ range, groups }: Scene): readonly Weighed[] {
  const minutes = Math.max(1, (range.toMs - range.fromMs) / 60_000);
  return rising(range, 'DCGM_FI_DEV_PCIE_REPLAY_COUNTER')
    .filter(({ by }) => by > replaysPerMinuteMax * minutes)
    .toSorted((a, b) => b.by - a.by)
    .flatMap(({ labels, by, atMs }): readonly Weighed[] => {
      const place = gpuPlace(labels);
      if (place === null || !isPlaceName(place.node) || !groups.isBusy(place)) return [];
      return [
        {
          component: 'pcie',
          ...place,
          explains: null,
          strength: 1,
          text: `${place.node} GPU ${place.device.index ?? '?'}: ${by} PCIe replays`,
          values: { replays: by, firstMs: atMs },
        },
      ];
    });
}

/** Little traffic alone follows from the work; beside a slower link it is shown with it. */
function throughput({ peers, range }: Scene): readonly Weighed[] {
  if (peers.pcie.kind !== 'single') return [];
  const replaying = new Set(
    rising(range, 'DCGM_FI_DEV_PCIE_REPLAY_COUNTER').flatMap(({ labels }) => {
      const place = gpuPlace(labels);
      return place === null ? [] : [gpuKey(place)];
    }),
  );
  return peers.pcie.outliers.map((gpu) => ({
    component: 'pcie' as const,
    node: gpu.node,
    device: gpu.device,
    explains: null,
    strength: replaying.has(gpuKey(gpu)) ? (1 as const) : (0 as const),
    text: `${gpu.node} GPU ${gpu.device.index ?? '?'} moves ${(gpu.value / 1e9).toFixed(2)} GB/s over PCIe, ${gpu.likes} like GPUs ${(gpu.likeMedian / 1e9).toFixed(2)} GB/s`,
    values: { bytesPerSecond: gpu.value, expectedBytesPerSecond: gpu.likeMedian },
  }));
}
