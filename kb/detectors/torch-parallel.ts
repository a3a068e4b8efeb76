import { lineDetector } from './line-patterns.ts';

const c10d = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/distributed_c10d.py';
const mesh = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/device_mesh.py';
const fsdpOrder = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/fsdp/_exec_order_utils.py';

/** DDP, FSDP, groups and meshes of torch: calls that cannot fit the ranks that are there. */
export const torchParallel = lineDetector('torch-parallel', [
  {
    id: 'torch.ddp.models-differ',
    summary: 'ranks build models with different parameters',
    role: 'cause',
    weighs: { 'collective-mismatch': 5, 'user-code-error': 2.2, 'framework-bug': 0.8, 'shared-fs-problem': 0.5 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/reducer.cpp',
    literals: ['ddp expects same model across all ranks', 'of the same param in process'],
    pattern:
      /DDP expects same model across all ranks|appears not to match (?:sizes|strides) of the same param in process/,
    sees: [
      'RuntimeError: DDP expects same model across all ranks, but Rank 0 has 148 params, while rank 1 has inconsistent 146 params.',
      'RuntimeError: [1]: params[0] in this process with sizes [10, 4] appears not to match sizes of the same param in process 0.',
    ],
    ignores: ['the same model is used on all ranks'],
  },
  {
    id: 'torch.fsdp.order-differs',
    summary: 'ranks gather the parameters of FSDP in different order or number',
    role: 'cause',
    weighs: { 'collective-mismatch': 5.2, 'user-code-error': 1.2, 'framework-bug': 1 },
    source: fsdpOrder,
    literals: ['forward order differs across ranks', 'is all-gathering '],
    pattern:
      /Forward order differs across ranks|rank \d{1,6} is all-gathering [^\n]{1,2000}? while rank \d{1,6} is all-gathering/,
    sees: [
      'RuntimeError: Forward order differs across ranks: rank 0 is all-gathering 4 parameters while rank 1 is all-gathering 2 parameters',
    ],
    ignores: ['rank 0 is all-gathering 4 parameters'],
  },
  {
    id: 'torch.fsdp.order-changed',
    summary: 'the order of FSDP modules changed between iterations; torch warns that this may hang',
    role: 'context',
    weighs: { 'collective-mismatch': 1.8 },
    source: fsdpOrder,
    literals: ['forward order differs from that of the first iteration'],
    pattern: /Forward order differs from that of the first iteration on rank (?<rank>\d{1,6})/,
    sees: [
      'UserWarning: Forward order differs from that of the first iteration on rank 3. Collectives are unchecked and may give incorrect results or hang.',
    ],
    ignores: ['forward order recorded'],
  },
  {
    id: 'torch.join.skew',
    summary: 'a rank has far fewer inputs than the others',
    role: 'context',
    weighs: { 'uneven-data': 2.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/algorithms/join.py',
    literals: ['uneven input skew'],
    pattern: /Detected uneven input skew of greater than \d{1,9}[^\n]{0,80}rank (?<rank>\d{1,6}) has/,
    sees: [
      'UserWarning: Detected uneven input skew of greater than 1000. This means that rank 2 has at least 1000 fewer inputs than other currently-active ranks.',
    ],
    ignores: ['uneven inputs are allowed'],
  },
  {
    id: 'torch.group.world-too-small',
    summary: 'a group or mesh asks for more, or other, ranks than the launch has',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.8, 'user-code-error': 2.4, 'framework-bug': 0.5 },
    source: mesh,
    literals: [
      'mesh should not be bigger than default world size',
      'devicemesh only support homogeneous',
      "the new group's world size should be",
      "the new group's rank should be within",
      'the world size must be divisible by',
      'must not exceed the world size',
      'global rank is not part of group',
    ],
    pattern:
      /Mesh should not be bigger than default world size|DeviceMesh only support homogeneous hardware|the new group's world size should be less or equal|The new group's rank should be within the world_size|The world size must be divisible by 'group_size'|'group_size' \(\d{1,9}\) must not exceed the world size/i,
    sees: ['RuntimeError: Mesh should not be bigger than default world size 8, but found 16 ranks!'],
    ignores: ['world size 8, mesh (2, 4)'],
  },
  {
    id: 'torch.group.misused',
    summary: 'the program uses process groups that it has not set up, or sets them up twice',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'launcher-rank-misconfig': 1.4, 'framework-bug': 1.4 },
    source: c10d,
    literals: [
      'default process group has not been initialized',
      'initialize the default process group twice',
      'invalid process group specified',
      'is not registered, please create group with',
      'is not part of ',
      'group name has already been created',
      'process group object is not compiled',
    ],
    pattern:
      /Default process group has not been initialized|trying to initialize the default process group twice|Invalid process group specified|is not registered, please create group with torch\.distributed|[Rr]ank \d{1,6} is not part of (?:the parent )?group|specified group name has already been created/,
    sees: [
      'ValueError: Default process group has not been initialized, please make sure to call init_process_group.',
      'ValueError: Global rank 3 is not part of group <torch.distributed.distributed_c10d.ProcessGroup object at 0x7f>',
    ],
    ignores: ['default process group initialized'],
  },
  {
    id: 'torch.backend.not-built',
    summary: 'this build of torch lacks the backend that the program asks for',
    role: 'cause',
    weighs: { 'user-code-error': 4.4, 'nccl-version-mismatch': 1.8, 'driver-version-mismatch': 0.6 },
    source: c10d,
    literals: ["distributed package doesn't have", 'is not built with nccl'],
    pattern: /Distributed package doesn't have (?:NCCL|MPI|UCC|XCCL) built in/,
    sees: ["RuntimeError: Distributed package doesn't have NCCL built in"],
    ignores: ['distributed package has NCCL built in'],
  },
  {
    id: 'torch.collective.argument-wrong',
    summary: 'a collective was called with tensors that it cannot take',
    role: 'cause',
    weighs: { 'user-code-error': 4.6, 'framework-bug': 1.8, 'collective-mismatch': 0.9 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/Utils.hpp',
    literals: [
      'tensors must be cuda and dense',
      'no backend type associated with device type',
      "split sizes doesn't match total dim 0",
      'does not divide equally across group',
      'tensor size must be equal to world_size times',
      'duplicate gpu devices',
      'tensors must be contiguous',
      'tensor list must be on the same device',
      'number of tensor splits not equal to group size',
      'tensor list must be nonempty',
      "tensor list mustn't be larger",
      '_list`` must',
      'must have the same type as',
      'must be the same size as output size times',
    ],
    pattern:
      /Tensors must be CUDA and dense|No backend type associated with device type \w{2,12}|Split sizes doesn't match total dim 0|Tensor's dim 0 does not divide equally across group size|(?:in|out)put tensor size must be equal to world_size times|Number of tensor splits not equal to group size|Tensor list (?:must be nonempty|mustn't be larger)|Argument ``(?:gather|scatter)_list`` must|output tensor must have the same type as input|input tensor must be the same size as output size times/i,
    sees: [
      'RuntimeError: Tensors must be CUDA and dense',
      'RuntimeError: No backend type associated with device type cpu',
    ],
    ignores: ['tensors are dense'],
  },
  {
    id: 'torch.ddp.nothing-to-train',
    summary: 'DDP was given a module without trainable parameters',
    role: 'cause',
    weighs: { 'user-code-error': 4.5, 'framework-bug': 0.7 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/nn/parallel/distributed.py',
    literals: ['distributeddataparallel is not needed when'],
    pattern: /DistributedDataParallel is not needed when a module doesn't have any parameters/,
    sees: [
      "RuntimeError: DistributedDataParallel is not needed when a module doesn't have any parameters that require a gradient.",
    ],
    ignores: ['DistributedDataParallel is used'],
  },
]);
