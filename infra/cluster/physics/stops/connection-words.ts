import type { DyingRank } from '../job.ts';
import { processGroupLog } from '../process-group-log.ts';

/** Where a release of NCCL says that a work request failed. */
interface Release {
  /** Lines in `transport/net_ib.cc`, in `transport/net.cc` for what was sent and received, and in `proxy.cc`. */
  readonly warned: number;
  readonly tested: { readonly Send: number; readonly Recv: number };
  readonly proxy: readonly [operations: number, thread: number];
  readonly thread: 'Proxy Thread' | 'Progress Thread';
}

/** Of the sources of NVIDIA/nccl at the tags v2.18.5-1, v2.19.3-1, v2.20.3-1, v2.21.5-1 and v2.22.3-1. */
const releases: Readonly<Record<string, Release>> = {
  '2.18': { warned: 1295, tested: { Send: 1008, Recv: 1134 }, proxy: [679, 858], thread: 'Proxy Thread' },
  '2.19': { warned: 1333, tested: { Send: 1117, Recv: 1245 }, proxy: [692, 872], thread: 'Progress Thread' },
  '2.20': { warned: 1696, tested: { Send: 1133, Recv: 1298 }, proxy: [694, 874], thread: 'Progress Thread' },
  '2.21': { warned: 1909, tested: { Send: 1137, Recv: 1302 }, proxy: [698, 878], thread: 'Progress Thread' },
};
const newest: Release = {
  warned: 1984,
  tested: { Send: 1150, Recv: 1314 },
  proxy: [638, 819],
  thread: 'Progress Thread',
};

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/**
 * In 2.18 the thread that moves data ends with its error, and `ncclCommGetAsyncError` never looks at it: 2.19 brought that
 * back (`src/init.cc`, `src/proxy.cc`; facebookresearch/nccl pull request 53 tells of the time-outs that came of it).
 */
export function tellsOfErrors(version: string): boolean {
  return minorOf(version) !== '2.18';
}

export interface LostConnection {
  readonly version: string;
  /** Address and port of the other end. */
  readonly peer: string;
  readonly request: 'Send' | 'Recv';
  readonly hca: string;
  /** The collective that was on its way, as `WorkNCCL` prints itself. */
  workOf(iteration: number): { readonly text: string; readonly sequence: number };
}

/** `IBV_WC_RETRY_EXC_ERR` is status 12, and the adapter's own code for it is 129; each release words it a little differently. */
function completionText({ version, peer, request, hca }: LostConnection): string {
  switch (minorOf(version)) {
    case '2.18':
    case '2.19':
      return `NET/IB : Got completion from peer ${peer} with error 12, opcode 0, len 0, vendor err 129 (${request})`;
    case '2.20':
    case '2.21':
      return `NET/IB : Got completion from peer ${peer} with status=12 opcode=0 len=0 vendor err 129 (${request})`;
    default:
      return `NET/IB: Got completion from peer ${peer} with status=12 opcode=0 len=0 vendor err 129 (${request}) hca ${hca}`;
  }
}

/** What NCCL itself prints, on the rank whose work request failed. */
export function ncclLostWords({ host, gpu, pid }: DyingRank, lost: LostConnection): readonly string[] {
  const { warned, tested, proxy, thread } = releases[minorOf(lost.version)] ?? newest;
  const said = `${host}:${pid}:${pid + 262} [${gpu}]`;
  return [
    '',
    `${said} transport/net_ib.cc:${warned} NCCL WARN ${completionText(lost)}`,
    `${said} NCCL INFO transport/net.cc:${tested[lost.request]} -> 6`,
    `${said} NCCL INFO proxy.cc:${proxy[0]} -> 6`,
    `${said} NCCL INFO proxy.cc:${proxy[1]} -> 6 [${thread}]`,
  ];
}

/**
 * And what the watchdog makes of it: `checkAndSetException`, `watchdogHandler` and `handleException` of ProcessGroupNCCL.cpp in
 * PyTorch 2.5. The order of the lines of both is that of deepspeedai/DeepSpeed issue 6875 (NCCL 2.22.3).
 */
export function connectionLost(who: DyingRank, lost: LostConnection): readonly string[] {
  const { rank, atMs, pid, iteration } = who;
  const { at, takenDown } = processGroupLog(rank, atMs, (pid * 7_919) % 1_000_000);
  const group = `[PG ID 2 PG GUID 2(DATA_PARALLEL_GROUP_WITH_CP) Rank ${rank}]`;
  const { text, sequence } = lost.workOf(iteration);
  const error = `NCCL error: remote process exited or there was a network error, NCCL version ${lost.version}`;
  const rest = [
    'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.',
    'Last error:',
    completionText(lost),
    ...nativeFrames,
  ];
  return [
    ...ncclLostWords(who, lost),
    at(542, `[Rank ${rank}] Collective ${text} raised the following async exception: ${error}`),
    ...rest,
    at(
      1785,
      `${group} Exception (either an error or timeout) detected by watchdog at work: ${sequence}, last enqueued NCCL work: ${sequence + 2}, last completed NCCL work: ${sequence - 1}.`,
    ),
    ...takenDown(group, error, rest),
  ];
}

/** As torch 2.5 prints them, abridged to what leads to the check. */
const nativeFrames: readonly string[] = [
  'Exception raised from checkForNCCLErrorsInternal at ../torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:2027 (most recent call first):',
  'frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x96 (0x7f6b1f4b9446 in /usr/local/lib/python3.10/dist-packages/torch/lib/libc10.so)',
  'frame #1: c10d::ProcessGroupNCCL::checkForNCCLErrorsInternal(std::shared_ptr<c10d::NCCLComm>&) + 0x220 (0x7f6ad4a1ef80 in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  'frame #2: c10d::ProcessGroupNCCL::WorkNCCL::checkAndSetException() + 0x7c (0x7f6ad4a1f1cc in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  'frame #3: c10d::ProcessGroupNCCL::watchdogHandler() + 0x213 (0x7f6ad4a26b93 in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  'frame #4: c10d::ProcessGroupNCCL::ncclCommWatchdog() + 0x14d (0x7f6ad4a2861d in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  '',
];
