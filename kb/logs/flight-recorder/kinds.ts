import type { FindingKind } from '../../schemas/finding-kind.ts';

const analyser = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/flight_recorder/components/types.py';
const tutorial = 'https://docs.pytorch.org/tutorials/unstable/flight_recorder_tutorial.html';
const recorder = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/FlightRecorderDetail.hpp';

/**
 * What a comparison of flight-recorder dumps can tell. Ranks that do different things are a cause; a rank that did not
 * come, or a collective that all have entered and none completes, may have any reason that stops a rank or a link.
 */
export const flightKinds: readonly FindingKind[] = [
  {
    id: 'torch.flight.collective-differs',
    summary: 'ranks of a group call different collectives at the same sequence number',
    role: 'cause',
    weighs: { 'collective-mismatch': 5.4, 'uneven-data': 1.2, 'framework-bug': 0.8, 'user-code-error': 0.8 },
    source: analyser,
  },
  {
    id: 'torch.flight.sizes-differ',
    summary: 'ranks of a group call the same collective with tensors of different sizes',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.8, 'uneven-data': 1.6, 'framework-bug': 0.8, 'user-code-error': 0.8 },
    source: analyser,
  },
  {
    id: 'torch.flight.dtypes-differ',
    summary: 'ranks of a group call the same collective with different data types',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.6, 'framework-bug': 1, 'user-code-error': 0.8 },
    source: analyser,
  },
  {
    id: 'torch.flight.p2p-sizes-differ',
    summary: 'a send and its receive have different sizes or data types',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.6, 'framework-bug': 1, 'user-code-error': 0.8 },
    source: analyser,
  },
  {
    id: 'torch.flight.waits-crossed',
    summary: 'ranks wait for one another in a circle, each in work that the other has not come to',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.2, 'framework-bug': 1.4, 'user-code-error': 0.8 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/usage/communicators.html',
  },
  {
    id: 'torch.flight.rank-not-entered',
    summary: 'a rank did not come to a collective in which the others of its group wait, and waits nowhere itself',
    role: 'symptom',
    weighs: {
      'collective-mismatch': 1,
      'uneven-data': 1,
      'long-rank0-work-timeout': 1,
      'dataloader-stall': 0.9,
      'user-code-error': 0.6,
      'shared-fs-problem': 0.5,
      'host-oom': 0.3,
      'gpu-fell-off-bus': 0.2,
      'gpu-driver-bug': 0.2,
    },
    source: tutorial,
  },
  {
    id: 'torch.flight.minority-entered',
    summary: 'few ranks of a group wait in a collective to which most have not come',
    role: 'symptom',
    weighs: { 'collective-mismatch': 1.4, 'uneven-data': 1.3, 'user-code-error': 0.5, 'dataloader-stall': 0.3 },
    source: tutorial,
  },
  {
    id: 'torch.flight.rank-not-started',
    summary: 'a rank has queued a collective but its GPU has not come to it, while others are in it',
    role: 'symptom',
    weighs: {
      'gpu-clock-throttle': 0.5,
      'collective-mismatch': 0.5,
      'foreign-gpu-process': 0.4,
      'gpu-driver-bug': 0.4,
      'nvlink-fabric-error': 0.3,
      'gpu-ecc-uncorrectable': 0.3,
      'framework-bug': 0.3,
    },
    source: recorder,
  },
  {
    id: 'torch.flight.rank-not-completed',
    summary: 'a rank has not completed a collective that others of its group have completed',
    role: 'symptom',
    weighs: { 'rdma-link-fault': 0.9, 'nvlink-fabric-error': 0.7, 'nccl-bug': 0.6, 'gpu-driver-bug': 0.4 },
    source: recorder,
  },
  {
    id: 'torch.flight.collective-stuck',
    summary: 'all ranks entered the same collective with the same sizes and none completes it',
    role: 'symptom',
    weighs: {
      'rdma-link-fault': 1,
      'nvlink-fabric-error': 0.7,
      'nccl-bug': 0.7,
      'acs-iommu-p2p-broken': 0.5,
      'nccl-env-misconfig': 0.5,
      'roce-gid-misconfig': 0.4,
      'gpu-driver-bug': 0.4,
      'gpu-fell-off-bus': 0.3,
      'collective-mismatch': -1,
      'uneven-data': -0.8,
      'long-rank0-work-timeout': -0.8,
    },
    source: tutorial,
  },
  {
    id: 'torch.flight.p2p-unmatched',
    summary: 'a rank waits in a send or receive whose other half was not called',
    role: 'symptom',
    weighs: { 'collective-mismatch': 1.3, 'framework-bug': 0.7, 'user-code-error': 0.5, 'dataloader-stall': 0.4 },
    source: analyser,
  },
  {
    id: 'torch.flight.rank-without-dump',
    summary: 'a rank left no flight-recorder dump while the others did: its process was gone, or could not write',
    role: 'symptom',
    weighs: {
      'user-code-error': 0.6,
      'host-oom': 0.6,
      'gpu-fell-off-bus': 0.4,
      'host-hardware-fault': 0.4,
      'scheduler-action': 0.3,
      'disk-full': 0.2,
    },
    source: tutorial,
  },
  {
    id: 'torch.flight.group-follows',
    summary: 'a group waits only because ranks that it misses wait in another group',
    role: 'context',
    weighs: {},
    source: tutorial,
  },
  {
    id: 'torch.flight.nothing-pending',
    summary: 'all recorded collectives are complete and the ranks agree on them',
    role: 'clean',
    weighs: { 'collective-mismatch': -0.9 },
    source: recorder,
  },
];
