import { lineDetector } from './line-patterns.ts';

const processGroup = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp';
const wrapper = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupWrapper.cpp';

/** torch.distributed at work: mismatched collectives, the watchdog (a symptom), DDP and DeepSpeed bookkeeping. */
export const torchCollectives = lineDetector('torch-collectives', [
  {
    // A gather of batches: the last of a data set, or one with broken samples, is smaller on some ranks.
    id: 'torch.collective.gather-sizes-differ',
    summary: 'ranks bring tensors of different sizes to the same gather',
    role: 'cause',
    weighs: { 'collective-mismatch': 3.2, 'uneven-data': 2.6, 'user-code-error': 0.5 },
    source: wrapper,
    literals: ['is running inconsistent collective', 'is running collective'],
    pattern:
      /is running inconsistent collective: CollectiveFingerPrint\((?:SequenceNumber=\d{1,12}, ?)?OpType=(?:ALLGATHER|GATHER),|is running collective: CollectiveFingerPrint\(SequenceNumber=\d{1,12}, ?OpType=(?:ALLGATHER|GATHER),[^\n]{1,900}differ in the following aspects: {1,4}\t? {0,4}Tensor Tensor shapes: /,
    sees: [
      'RuntimeError: Detected mismatch between collectives on ranks. Rank 0 is running inconsistent collective: CollectiveFingerPrint(OpType=ALLGATHER, TensorShape=[12, 256], TensorDtypes=Float,',
      'RuntimeError: Detected mismatch between collectives on ranks. Rank 0 is running collective: CollectiveFingerPrint(SequenceNumber=9, OpType=ALLGATHER, TensorShape=[12, 256], TensorDtypes=Float), but Rank 1 is running collective: CollectiveFingerPrint(SequenceNumber=9, OpType=ALLGATHER, TensorShape=[11, 256], TensorDtypes=Float).Collectives differ in the following aspects:   Tensor Tensor shapes: 12 256vs 11 256',
    ],
    ignores: [
      'RuntimeError: Detected mismatch between collectives on ranks. Rank 0 is running collective: CollectiveFingerPrint(SequenceNumber=21, OpType=ALLREDUCE, TensorShape=[1]), but Rank 1 is running collective: CollectiveFingerPrint(SequenceNumber=21, OpType=ALLGATHER).',
    ],
  },
  {
    id: 'torch.collective.mismatch',
    summary: 'torch saw ranks enter different collectives',
    role: 'cause',
    weighs: { 'collective-mismatch': 6, 'uneven-data': 1, 'user-code-error': 0.5 },
    source: wrapper,
    literals: [
      'mismatch between collectives',
      'is running collective',
      'collectivefingerprint',
      'collective mismatch',
      'tensor shapes do not match',
      'not same across ranks',
      'inconsistent across ranks',
      'across ranks',
      'across all ranks',
      'in this process with sizes',
      'not the same across',
    ],
    pattern:
      /[Dd]etected mismatch between collectives|Rank \d+ is running collective: CollectiveFingerPrint|CollectiveFingerPrint\([^\n]{0,300}but Rank \d+ is running|[Cc]ollective mismatch|params\[\d+\] in this process with sizes|tensor shapes? (?:do not match|mismatch)[^\n]{0,40}across ranks|^(?![^\n]{0,400}(?:\bseeds?\b|random|\brng\b|may be|can be|if you))[^\n]{0,2000}?(?:not the same|inconsistent|differs?) across (?:all )?ranks/,
    sees: [
      'RuntimeError: Detected mismatch between collectives on ranks. Rank 0 is running collective: CollectiveFingerPrint(SequenceNumber=21, OpType=ALLREDUCE, TensorShape=[1]), but Rank 1 is running collective: CollectiveFingerPrint(SequenceNumber=21, OpType=ALLGATHER).',
    ],
    ignores: ['all collectives match', 'the random seed differs across ranks'],
  },
  {
    id: 'torch.ddp.unused-parameters',
    summary: 'DDP waits for gradients that this forward pass did not make',
    role: 'cause',
    weighs: { 'collective-mismatch': 3.6, 'user-code-error': 1.7, 'framework-bug': 1.2 },
    source: 'https://pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html',
    literals: [
      'finished reduction in the prior iteration',
      'did not receive grad',
      'mark a variable ready only once',
      'ready more than once',
      'unused parameters',
      'ready twice',
    ],
    pattern:
      /Expected to have finished reduction in the prior iteration|Parameter indices which did not receive grad|Expected to mark a variable ready only once|marked (?:as )?ready (?:more than once|twice)/i,
    sees: [
      'RuntimeError: Expected to have finished reduction in the prior iteration before starting a new one. This error indicates that your module has parameters that were not used in producing loss.',
    ],
    ignores: ['find_unused_parameters=True was specified in DDP constructor, but did not find any unused parameters'],
  },
  {
    id: 'torch.join.rank-exhausted',
    summary: 'a rank ran out of data before the others',
    role: 'cause',
    weighs: { 'uneven-data': 6 },
    source: 'https://pytorch.org/tutorials/advanced/generic_join.html',
    literals: [
      'exhausted inputs',
      'exhausted all its data',
      'ran out of data',
      'uneven input',
      'uneven number of',
      'different number of batches',
      'across ranks is zero',
      'zero length',
      'no data for rank',
      'dataset is exhausted',
      'exhausted',
      'ran out of',
      'different number of',
      ' 0 batches',
      ' 0 samples',
      ' 0 data',
      'has no data',
      'has no batches',
      'got no ',
      'received no ',
      'has zero',
      'got zero',
      'received zero',
      'fewer batches',
      'fewer samples',
      'fewer data',
    ],
    pattern:
      /Detected at least one rank that exhausted inputs|[Rr]ank \d+[^\n]{0,60}(?:exhausted (?:all )?(?:its |the )?(?:data|inputs|iterator)|ran out of (?:data|batches|samples)|(?:has|got|received) (?:0|zero|no|fewer) (?:batches|samples|data))|uneven (?:inputs?|number of (?:batches|samples|inputs))[^\n]{0,60}(?:rank|detected|across)|different number of (?:batches|samples|steps)[^\n]{0,40}rank|`?DataLoader`? across ranks is zero/i,
    sees: [
      'RuntimeError: Detected at least one rank that exhausted inputs. Throwing across all ranks.',
      'Total length of `DataLoader` across ranks is zero. Please make sure this was your intention.',
      'rank 3 ran out of data after 1203 batches',
    ],
    ignores: ['Training with uneven inputs is supported through Join'],
  },
  {
    id: 'torch.monitored-barrier.failed',
    summary: 'a named rank did not reach a barrier',
    role: 'symptom',
    weighs: { 'long-rank0-work-timeout': 0.8, 'collective-mismatch': 0.6, 'uneven-data': 0.4 },
    source: 'https://pytorch.org/docs/stable/distributed.html',
    literals: ['monitoredbarrier', 'monitored_barrier'],
    pattern:
      /\[Rank \d+\]:? ?Ranks? [\d, ]{1,60} failed to pass monitoredBarrier|monitored_?barrier[^\n]{0,40}(?:timed out|timeout|failed)/i,
    sees: ['[Rank 0]: Rank 3 failed to pass monitoredBarrier in 1800000 ms'],
    ignores: ['monitoredBarrier passed'],
  },
  {
    id: 'torch.nccl.watchdog-timeout',
    summary: 'a collective did not finish in time; it does not say why',
    role: 'symptom',
    weighs: {},
    source: processGroup,
    literals: ['watchdog caught collective operation timeout'],
    pattern:
      /(?:\[(?:PG (?:ID )?\S{1,40} PG GUID (?<pg>[^\s(]{1,40})(?:\([^)]{0,60}\))? )?Rank (?<rank>\d{1,6})\] )?Watchdog caught collective operation timeout(?:: WorkNCCL\((?:SeqNum=(?<seq>\d{1,12}), )?(?:OpType=(?<op>\w{1,30}))?(?:, NumelIn=(?<numelIn>\d{1,15}), NumelOut=(?<numelOut>\d{1,15}))?)?/,
    sees: [
      '[E ProcessGroupNCCL.cpp:737] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=469508, OpType=ALLREDUCE, Timeout(ms)=1800000) ran for 1802212 milliseconds before timing out.',
      '[rank4]:[E321 02:07:08.414640780 ProcessGroupNCCL.cpp:607] [Rank 4] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1580, OpType=ALLREDUCE, NumelIn=466119168, NumelOut=466119168, Timeout(ms)=600000) ran for 600067 milliseconds before timing out.',
    ],
    ignores: ['watchdog: BUG: soft lockup - CPU#3 stuck for 22s!'],
  },
  {
    id: 'torch.nccl.watchdog-follows',
    summary: 'what torch prints after a collective timed out or another rank failed',
    role: 'symptom',
    weighs: {},
    source: processGroup,
    literals: [
      'some nccl operations have failed or timed out',
      'to avoid data inconsistency',
      'heartbeat monitor timed out',
      'watchdog got stuck',
      'watchdog thread terminated',
      'received a dump signal',
      'timeout at nccl work',
      'detected by watchdog at work',
      'failed to check the "should dump" flag',
      'nccl watchdog thread',
      'collective operation timeout',
      'preparing to dump debug info',
      'flight recorder dump signal',
      'attempting to dump debug info',
      'stack trace of the failed collective',
      'stack trace of the timedout collective',
      'first pg on this rank to signal dumping',

      'global dump signal',
    ],
    pattern:
      /Some NCCL operations have failed or timed out|To avoid data inconsistency|Heartbeat monitor timed out|watchdog got stuck for|watchdog thread terminated with exception|Received a (?:global )?dump signal|Timeout at NCCL work|detected by watchdog at work|Failed to check the "should dump" flag|preparing to dump debug info|flight recorder dump signal|attempting to dump debug info|Stack trace of the (?:failed|timedout) collective|First PG on this rank to signal dumping/i,
    sees: [
      '[E ProcessGroupNCCL.cpp:475] Some NCCL operations have failed or timed out. Due to the asynchronous nature of CUDA kernels, subsequent GPU operations might run on corrupted/incomplete data.',
    ],
    ignores: ['watchdog started'],
  },
  {
    id: 'torch.internal-assert',
    summary: 'torch failed one of its own assertions',
    role: 'cause',
    weighs: { 'framework-bug': 4, 'nccl-bug': 0.3 },
    source: 'https://github.com/pytorch/pytorch/blob/main/c10/util/Exception.h',
    literals: [
      'internal assert failed',
      'report a bug to pytorch',
      'internaltorchdynamoerror',
      'backendcompilerfailed',
      'inductorerror',
      'please file an issue',
      'please report a bug',
      'loweringexception',
    ],
    pattern:
      /INTERNAL ASSERT FAILED|[Pp]lease report a bug to PyTorch|InternalTorchDynamoError|BackendCompilerFailed|InductorError|LoweringException/,
    sees: [
      'RuntimeError: !handles_.at(i) INTERNAL ASSERT FAILED at "../c10/cuda/driver_api.cpp":15, please report a bug to PyTorch.',
    ],
    ignores: ['assertions enabled'],
  },
  {
    id: 'deepspeed.state.inconsistent',
    summary: 'DeepSpeed trips over its own bookkeeping of parameters or states',
    role: 'cause',
    weighs: { 'framework-bug': 3.4, 'collective-mismatch': 1.4, 'user-code-error': 0.7 },
    source:
      'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/zero/partitioned_param_coordinator.py',
    literals: [
      'inflight',
      'zeroparamstatus',
      'ds_status',
      'invalidate trace cache',
      'deepspeedzerooffload',
      'tracing error at step',
    ],
    pattern:
      /still have inflight params|ZeroParamStatus\.\w+[^\n]{0,80}(?:assert|error|must be|already)|ds_status[^\n]{0,60}NOT_AVAILABLE|tracing error at step/i,
    sees: [
      'RuntimeError: still have inflight params [<bound method ZeroParamStatus of 12>]',
      'RuntimeError: tracing error at step 55: ',
    ],
    ignores: ['Invalidate trace cache @ step 0: expected module 1, but got module 5'],
  },
]);
