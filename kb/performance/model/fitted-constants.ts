import type { Constants } from './constants.ts';

/**
 * Written by `wardround bench performance --write-constants`; change the model or the rows, never these numbers.
 *
 * Fitted on 2026-11-21 on 109 runs of vtrain-multi,
 * 1440 runs of vtrain-single,
 * 216 runs of mosaicml,
 * 54 runs of internevo,
 * 127 runs of bloom-prequel,
 * 98 runs of dgxc.
 * SHA-256 of the rows: 2f4a68603907ca430d639675a6dae65b077701108924c1d37ca2bda971704524
 * Split: b83b6fa7
 */
export const fittedConstants: Constants = {
  values: {
    gemmShareVolta: 0.72,
    gemmShareAmpere: 0.8592,
    gemmShareHopper: 0.7376,
    gemmShareFp8: 0.7035,
    gemmTraffic: 0.8909,
    gemmWave: 0.4313,
    scoreShare: 0.4094,
    scoreTraffic: 1.184,
    misaligned: 6.631,
    flashShareAmpere: 0.458,
    flashShareHopper: 0.36,
    flashEagerHopper: 0.2453,
    vendorShareHopper: 0.5458,
    memoryClassic: 1.56,
    memoryEager: 1.678,
    memoryFused: 1.119,
    nvlinkShare: 0.8166,
    nvlinkLatencySeconds: 0.00003794,
    networkShare: 0.7222,
    omniPathShare: 0.3984,
    networkHopSeconds: 0.000005995,
    tensorExposed: 0.4719,
    pipelineExposed: 0.9461,
    pipelineOverlapped: 0.3737,
    gradientClassic: 0.9151,
    gradientExposed: 0.172,
    shardingExposed: 0.163,
    contextExposed: 0.2992,
    optimizerTraffic: 1.256,
    vocabularyTraffic: 1.286,
    launchClassicSeconds: 0.0008407,
    launchEagerSeconds: 0.0004002,
    launchFusedSeconds: 0.0001999,
    launchTensor: 0.2139,
    microBatchSeconds: 0.001004,
    stepSeconds: 0.0138,
    fp8Cast: 0.7958,
    spread: 0.01046,
  },
  residuals: {
    sigma: 0.1468,
    low: -0.1427,
    high: 0.2968,
  },
};
