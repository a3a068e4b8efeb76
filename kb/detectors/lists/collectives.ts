import type { LogDetector } from '../../schemas/detector.ts';
import { addressesTold } from '../addresses-told.ts';
import { dynamicLinker } from '../dynamic-linker.ts';
import { gidEntries } from '../gid-entries.ts';
import { libfabricEfa } from '../libfabric-efa.ts';
import { mpi } from '../mpi.ts';
import { nameLookup } from '../name-lookup.ts';
import { ncclCuda } from '../nccl-cuda.ts';
import { ncclEnv } from '../nccl-env.ts';
import { ncclFailures } from '../nccl-failures.ts';
import { ncclGpuDirect } from '../nccl-gpudirect.ts';
import { ncclInternals } from '../nccl-internals.ts';
import { ncclRdma } from '../nccl-rdma.ts';
import { ncclRelease } from '../nccl-release.ts';
import { ncclSetup } from '../nccl-setup.ts';
import { ncclSockets } from '../nccl-sockets.ts';
import { ncclStart } from '../nccl-start.ts';
import { ncclTestsRows } from '../nccl-tests-rows.ts';
import { rayAddresses } from '../ray-addresses.ts';
import { rdmaDevicePlugin } from '../rdma-device-plugin.ts';
import { rdmaDriverFit } from '../rdma-driver-fit.ts';
import { transportChoices } from '../transport-choices.ts';
import { ucx } from '../ucx.ts';
import { verbsCalls } from '../verbs-calls.ts';

/** What NCCL, MPI and the transports below them report. */
export const collectiveReaders: readonly LogDetector[] = [
  nameLookup,
  libfabricEfa,
  transportChoices,
  ucx,
  mpi,
  ncclGpuDirect,
  ncclRdma,
  ncclEnv,
  ncclSockets,
  ncclStart,
  ncclSetup,
  dynamicLinker,
  ncclRelease,
  ncclCuda,
  ncclInternals,
  ncclFailures,
  ncclTestsRows,
  verbsCalls,
  gidEntries,
  rdmaDevicePlugin,
  rdmaDriverFit,
  addressesTold,
  rayAddresses,
];
