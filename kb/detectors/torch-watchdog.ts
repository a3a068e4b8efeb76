import { lineDetector } from './line-patterns.ts';

const processGroup = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp';
const desync = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/TraceUtils.h';

/** What torch's watchdogs say about who was late: only hints, since a late rank may be late for any reason. */
export const torchWatchdog = lineDetector('torch-watchdog', [
  {
    id: 'torch.nccl.barrier-timed-out',
    summary: 'ranks waited in a barrier, which torch does as a sum of one number, until their time was over',
    role: 'symptom',
    weighs: {
      'long-rank0-work-timeout': 1.4,
      'uneven-data': 0.7,
      'collective-mismatch': 0.5,
      'dataloader-stall': 0.4,
      'shared-fs-problem': 0.3,
    },
    source: processGroup,
    literals: ['watchdog caught collective operation timeout'],
    pattern:
      /Watchdog caught collective operation timeout: WorkNCCL\(SeqNum=(?<seq>\d{1,12}), OpType=(?:BARRIER|ALLREDUCE, NumelIn=1, NumelOut=1),/,
    sees: [
      '[rank3]:[E321 02:07:08.414640780 ProcessGroupNCCL.cpp:607] [Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=12, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600067 milliseconds before timing out.',
    ],
    ignores: [
      '[Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=12, OpType=ALLREDUCE, NumelIn=466119168, NumelOut=466119168, Timeout(ms)=600000) ran for 600067 milliseconds before timing out.',
    ],
  },
  {
    id: 'torch.nccl.first-collectives-timed-out',
    summary: 'one of the first collectives of the run never finished: the path, or a rank that was not there yet',
    role: 'symptom',
    weighs: {
      'long-rank0-work-timeout': 0.9,
      'socket-interface-mismatch': 0.5,
      'acs-iommu-p2p-broken': 0.5,
      'nccl-env-misconfig': 0.4,
      'rdma-link-fault': 0.3,
      'roce-gid-misconfig': 0.3,
      'launcher-rank-misconfig': 0.3,
    },
    source: processGroup,
    literals: ['watchdog caught collective operation timeout'],
    pattern: /Watchdog caught collective operation timeout: WorkNCCL\(SeqNum=(?<seq>[1-5]), /,
    sees: [
      '[E ProcessGroupNCCL.cpp:828] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1, OpType=BROADCAST, Timeout(ms)=1800000) ran for 1806986 milliseconds before timing out.',
    ],
    ignores: [
      '[Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=12, OpType=BROADCAST, Timeout(ms)=600000) ran for 600067 milliseconds before timing out.',
    ],
  },
  {
    id: 'torch.nccl.work-position',
    summary: 'how far a rank had come when its watchdog gave up',
    role: 'symptom',
    weighs: {},
    source: processGroup,
    literals: ['last enqueued '],
    pattern:
      /(?:Timeout at NCCL work: |detected by watchdog at work(?: sequence id)?: |failure detected by watchdog at work sequence id: )(?<work>-?\d{1,12})\b[^\n]{0,40}last enqueued (?:NCCL )?work: (?<enqueued>-?\d{1,12}), last (?:started NCCL work: -?\d{1,12}, last )?completed (?:NCCL )?work: (?<completed>-?\d{1,12})/i,
    sees: [
      '[rank2]:[E909 09:55:46.996672294 ProcessGroupNCCL.cpp:1709] [PG 0 (default_pg) Rank 2] Timeout at NCCL work: 2070, last enqueued NCCL work: 2082, last completed NCCL work: 2069.',
      '[rank2]:[E318 07:39:53 ProcessGroupNCCL.cpp:1785] [PG ID 2 PG GUID 9 Rank 2] failure detected by watchdog at work sequence id: 610 PG status: last enqueued work: 616, last completed work: 609',
    ],
    ignores: ['last enqueued 12 jobs'],
  },
  {
    id: 'torch.nccl.async-error',
    summary: 'the watchdog found that a communicator had failed; NCCL tells why, if anybody does',
    role: 'symptom',
    weighs: {},
    source: processGroup,
    literals: [
      'found async exception when checking',
      'an async error is detected',
      'nccl error: remote process exited',
    ],
    pattern:
      /found async exception when checking for NCCL errors|NCCL error: remote process exited or there was a network error/,
    sees: [
      '[Rank 3] found async exception when checking for NCCL errors: NCCL error: remote process exited or there was a network error, NCCL version 2.14.3',
    ],
    ignores: ['checking for NCCL errors'],
  },
  {
    id: 'torch.nccl.ranks-never-joined',
    summary: 'torch names ranks that took part in no collective at all',
    role: 'symptom',
    weighs: { 'long-rank0-work-timeout': 1.2, 'collective-mismatch': 0.8, 'launcher-rank-misconfig': 0.5 },
    source: desync,
    literals: ['are the lagging ranks that caused this timeout'],
    pattern: /ranks \[(?<lagging>[\d, ]{1,100})[^\]\n]{0,4000}\] are the lagging ranks that caused this timeout/,
    sees: [
      '	 - To our best knowledge, ranks [0] are the lagging ranks that caused this timeout. They never joined any collectives',
    ],
    ignores: ['ranks [0, 1] joined'],
  },
  {
    id: 'torch.nccl.ranks-left-behind',
    summary: 'torch names ranks that finished one collective and did not come to the next',
    role: 'symptom',
    weighs: {
      'collective-mismatch': 1.2,
      'uneven-data': 1,
      'long-rank0-work-timeout': 0.7,
      'dataloader-stall': 0.6,
      'shared-fs-problem': 0.3,
    },
    source: desync,
    literals: ["but didn't join", "joined but didn't finish collective"],
    pattern:
      /\[(?<lagging>[\d, ]{1,100})[^\]\n]{0,4000}\] (?:finished collective #(?<seq>\d{1,12}), but didn't join|joined but didn't finish collective #\d{1,12})/,
    sees: ["	     [3, 7] finished collective #1202, but didn't join collective #1203 (count from 1)"],
    ignores: ['[0] finished ALLREDUCE'],
  },
  {
    id: 'torch.monitored-barrier.told-elsewhere',
    summary: 'a rank passed the monitored barrier and learnt from rank 0 that another did not',
    role: 'symptom',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupGloo.cpp',
    literals: ['reached monitoredbarrier, but received errors', 'timed out in monitoredbarrier'],
    pattern:
      /Rank (?<rank>\d{1,6}) successfully reached monitoredBarrier, but received errors|Rank \d{1,6} timed out in monitoredBarrier after/,
    sees: [
      'RuntimeError: Rank 1 successfully reached monitoredBarrier, but received errors while waiting for send/recv from rank 0. Please check rank 0 logs for faulty rank.',
    ],
    ignores: ['Rank 1 successfully reached monitoredBarrier'],
  },
  {
    id: 'torch.watchdog.gil-held',
    summary: 'the watchdog could not get the Python interpreter lock while the process ended',
    role: 'symptom',
    weighs: { 'framework-bug': 1.2, 'dataloader-stall': 0.3 },
    source: processGroup,
    literals: ['possible gil induced hang', 'could not acquire gil within'],
    pattern: /Could not acquire GIL within \d{1,6} ms on exit|possible GIL induced hang/,
    sees: ['[E ProcessGroupNCCL.cpp:1274] Could not acquire GIL within 300 ms on exit, possible GIL induced hang'],
    ignores: ['GIL released'],
  },
]);
