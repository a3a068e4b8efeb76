import { gpuGenerations, type CatalogueEntry } from './entry.ts';

const header = 'https://github.com/NVIDIA/nccl/blob/master/src/nccl.h.in';

/** `ncclResult_t`. NCCL has no guidance classes: the actions say where the cause is to be looked for. */
export const ncclResults: readonly CatalogueEntry[] = [
  row(0, 'ncclSuccess', 'success', 'The call did what it should.', 'nothing to do', 'nothing to do'),
  row(
    1,
    'ncclUnhandledCudaError',
    'unhandled cuda error',
    'A CUDA call inside NCCL failed; the CUDA error stands in the NCCL WARN line before it.',
    'read the CUDA error in the WARN line before it',
    'look for an Xid on the GPU of that rank, then for a driver that does not fit',
    ['xid 13', 'xid 31', 'xid 48', 'xid 79'],
  ),
  row(
    2,
    'ncclSystemError',
    'unhandled system error',
    'A system call, a socket, verbs or shared memory failed; the WARN line before it says which.',
    'read the call and errno in the WARN line before it',
    'check network, limits and /dev/shm as that call asks for; a peer that died first looks the same',
    ['ib 12'],
  ),
  row(
    3,
    'ncclInternalError',
    'internal error',
    'NCCL met a state that it does not expect: a bug of NCCL, corrupted memory, or a topology that it can not read.',
    'read the WARN line before it; run once with NCCL_DEBUG=INFO if there is none',
    'try another release of NCCL; check the topology and plugin files',
  ),
  row(
    4,
    'ncclInvalidArgument',
    'invalid argument',
    'An argument of the call is invalid, or ranks do not agree on it.',
    'check pointers, counts and types of the call',
    'with NCCL_CHECK_POINTERS=1 NCCL names the argument',
  ),
  row(
    5,
    'ncclInvalidUsage',
    'invalid usage',
    'NCCL is used wrongly: two ranks on one GPU, different versions, calls in the wrong order.',
    'check which GPU each rank uses',
    'compare NCCL versions and the order of calls between ranks',
  ),
  row(
    6,
    'ncclRemoteError',
    'remote process exited or there was a network error',
    'The other end of a connection is gone, or the network lost it. It follows the failure of another rank or of the network.',
    'find the rank that failed first',
    'if none failed before it, check the network between the two ranks',
    ['ib 12'],
  ),
  row(
    7,
    'ncclInProgress',
    'operation in progress',
    'A non-blocking call still runs; no error by itself.',
    'nothing to do',
    'ask again until the state changes',
  ),
  row(
    8,
    'ncclTimeout',
    'time-out',
    'An operation did not end in the time that it had.',
    'find the rank that did not take part',
    'check that rank, then the network to it',
  ),
];

function row(
  code: number,
  symbol: string,
  words: string,
  meaning: string,
  immediate: string,
  followUp: string,
  related: CatalogueEntry['related'] = [],
): CatalogueEntry {
  return {
    kind: 'nccl',
    code,
    name: symbol,
    symbol,
    words,
    meaning,
    gpus: gpuGenerations,
    immediate,
    followUp,
    related,
    source: header,
  };
}
