/** What ProcessGroupNCCL.cpp of PyTorch 2.5 writes on a rank at one moment. */
export interface ProcessGroupLog {
  /** Of this moment, without the line of the source. */
  readonly stamp: string;
  /** By its line of the source. */
  readonly at: (line: number, text: string) => string;
  /** The end of a process whose watchdog has found an error; `rest` follows the error each time. */
  readonly takenDown: (group: string, error: string, rest: readonly string[]) => readonly string[];
}

/** @param nanos 0 to 999,999: what c10 adds to the milliseconds. */
export function processGroupLog(rank: number, atMs: number, nanos: number): ProcessGroupLog {
  const time = new Date(atMs).toISOString();
  // c10 writes the month without a zero, the day with one, and nanoseconds.
  const clock = `${time.slice(11, 23)}${String(nanos).padStart(6, '0')}`;
  const stamp = `E${Number(time.slice(5, 7))}${time.slice(8, 10)} ${clock} ProcessGroupNCCL.cpp`;
  const at = (line: number, text: string) => `[rank${rank}]:[${stamp}:${line}] ${text}`;
  return {
    stamp,
    at,
    takenDown(group, error, rest) {
      const terminated = `${group} Process group watchdog thread terminated with exception: ${error}`;
      return [
        at(
          630,
          `[Rank ${rank}] Some NCCL operations have failed or timed out. Due to the asynchronous nature of CUDA kernels, subsequent GPU operations might run on corrupted/incomplete data.`,
        ),
        at(636, `[Rank ${rank}] To avoid data inconsistency, we are taking the entire process down.`),
        at(1595, terminated),
        ...rest,
        "terminate called after throwing an instance of 'c10::DistBackendError'",
        `  what():  ${terminated}`,
        ...rest,
      ];
    },
  };
}
