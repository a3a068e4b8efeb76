import { evidenceMax, type Scene, type Weighed } from '../scene.ts';
import { explainedShare, slowdownOfBandwidth } from '../slowdown.ts';

/** The memory's clock is its bandwidth: a GPU whose memory clock is below the others' reads and writes slower. */
export function memory({ peers: { memoryClock }, shares, slowdown }: Scene): readonly Weighed[] {
  if (memoryClock.kind === 'none' || memoryClock.kind === 'split') return [];
  return memoryClock.outliers.slice(0, evidenceMax).map(({ node, device, value, likeMedian, likes }) => {
    const predictedSlowdown = slowdownOfBandwidth(likeMedian / Math.max(1, value), 'memory', shares);
    return {
      component: 'memory',
      node,
      device,
      explains: explainedShare(predictedSlowdown, slowdown),
      strength: 2,
      text: `${node} GPU ${device.index ?? '?'}: memory clock ${value.toFixed(0)} MHz, ${likes} like GPUs ${likeMedian.toFixed(0)} MHz; that alone makes steps ${predictedSlowdown.toFixed(2)} times as long`,
      values: { memoryMhz: value, expectedMhz: likeMedian, predictedSlowdown, memoryShare: shares.memory },
    };
  });
}
