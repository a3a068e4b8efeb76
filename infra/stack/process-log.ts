import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

/** One process's output: in a file of bounded size, and its last lines at hand for error messages. */
export interface ProcessLog {
  readonly file: string;
  write(chunk: Buffer): void;
  lastLines(): readonly string[];
  close(): void;
}

/** Appends to `file`; one that has grown beyond the bound becomes `file.1`, of which one is kept. */
export function openProcessLog(file: string, bytesMax = logBytesMax): ProcessLog {
  let bytes = sizeOf(file);
  let descriptor: number | null = open();
  let tail = '';

  function open(): number {
    if (bytes > bytesMax) {
      renameSync(file, `${file}.1`);
      bytes = 0;
    }
    return openSync(file, 'a', 0o600);
  }

  return {
    file,
    write(chunk) {
      tail = (tail + chunk.toString('utf8')).slice(-tailCharsMax);
      if (descriptor === null) return;
      try {
        if (bytes > bytesMax) {
          closeSync(descriptor);
          descriptor = open();
        }
        bytes += writeSync(descriptor, chunk);
      } catch {
        // A full disk loses log lines; it must not take the supervisor down with it.
      }
    },
    lastLines() {
      const lines = tail.split(/\r?\n/).filter((line) => line.trim() !== '');
      return lines.slice(-tailLinesMax);
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}

const logBytesMax = 16 * 1024 * 1024;
const tailCharsMax = 4_000;
const tailLinesMax = 12;

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
