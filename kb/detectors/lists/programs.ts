import type { LogDetector } from '../../schemas/detector.ts';
import { checkpointRestores } from '../checkpoint-restores.ts';
import { collectiveChecks } from '../collective-checks.ts';
import { collectiveFrames } from '../collective-frames.ts';
import { compilerAssertions } from '../compiler-assertions.ts';
import { cudaErrorNames } from '../cuda-error-names.ts';
import { cudaErrors } from '../cuda-errors.ts';
import { cudaLibraries } from '../cuda-libraries.ts';
import { cudaToolchain } from '../cuda-toolchain.ts';
import { dataEnds } from '../data-ends.ts';
import { dataShares } from '../data-shares.ts';
import { deepspeed } from '../deepspeed.ts';
import { epochTotals } from '../epoch-totals.ts';
import { frameworkErrors } from '../framework-errors.ts';
import { gloo } from '../gloo.ts';
import { hostAllocations } from '../host-allocations.ts';
import { hubAccess } from '../hub-access.ts';
import { interfaceDrift } from '../interface-drift.ts';
import { jax } from '../jax.ts';
import { libraryAllocations } from '../library-allocations.ts';
import { tensorflowCluster } from '../tensorflow-cluster.ts';
import { libraryFailures } from '../library-failures.ts';
import { libraryFrames } from '../library-frames.ts';
import { libraryLimits } from '../library-limits.ts';
import { libraryVersions } from '../library-versions.ts';
import { mainProcessFirst } from '../main-process-first.ts';
import { memoryFiles } from '../memory-files.ts';
import { rankDevices } from '../rank-devices.ts';
import { rankOrder } from '../rank-order.ts';
import { rayEnds } from '../ray-ends.ts';
import { ray } from '../ray.ts';
import { receivedSizes } from '../received-sizes.ts';
import { rendezvous } from '../rendezvous.ts';
import { servingEngines } from '../serving-engines.ts';
import { servingWeights } from '../serving-weights.ts';
import { torchCollectives } from '../torch-collectives.ts';
import { torchCompile } from '../torch-compile.ts';
import { torchElastic } from '../torch-elastic.ts';
import { torchLaunch } from '../torch-launch.ts';
import { torchParallel } from '../torch-parallel.ts';
import { torchWatchdog } from '../torch-watchdog.ts';
import { trainingMonitors } from '../training-monitors.ts';
import { worldClaims } from '../world-claims.ts';
import { worldLayouts } from '../world-layouts.ts';

/** What frameworks and their libraries report of a program and of its ranks. */
export const programReaders: readonly LogDetector[] = [
  libraryLimits,
  libraryVersions,
  worldClaims,
  worldLayouts,
  rendezvous,
  torchParallel,
  memoryFiles,
  ray,
  rayEnds,
  trainingMonitors,
  servingEngines,
  servingWeights,
  rankDevices,
  checkpointRestores,
  libraryFailures,
  hubAccess,
  libraryAllocations,
  tensorflowCluster,
  hostAllocations,
  cudaToolchain,
  cudaLibraries,
  cudaErrors,
  cudaErrorNames,
  deepspeed,
  compilerAssertions,
  torchCompile,
  interfaceDrift,
  frameworkErrors,
  libraryFrames,
  jax,
  dataEnds,
  dataShares,
  epochTotals,
  rankOrder,
  mainProcessFirst,
  collectiveChecks,
  receivedSizes,
  collectiveFrames,
  torchCollectives,
  torchLaunch,
  gloo,
  torchWatchdog,
  torchElastic,
];
