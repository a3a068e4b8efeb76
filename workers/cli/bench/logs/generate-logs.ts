import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '../random.ts';
import { jobOf } from './fields.ts';
import { logFiles, type LogFile } from './log-files.ts';
import { plantedLines, type FaultName, type PlantedFault } from './planted.ts';

/** What has been written, for those who are to find it. */
export interface GeneratedLogs {
  readonly dir: string;
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  readonly planted: readonly PlantedFault[];
}

/**
 * Writes the logs of one training job of about so many bytes into the folder; the same seed and size give the same bytes.
 * Memory stays constant. `onFile` is told of the bytes after each file.
 */
export function generateLogs(
  dir: string,
  { bytes, seed }: { readonly bytes: number; readonly seed: number },
  onFile: (bytesSoFar: number) => void = () => {},
): GeneratedLogs {
  const job = jobOf(seededRandom(seed));
  const files = logFiles(job, seededRandom(seed + 1));
  const weights = files.reduce((sum, { weight }) => sum + weight, 0);
  const planted: PlantedFault[] = [];
  let written = 0;
  let lines = 0;
  for (const [at, file] of files.entries()) {
    const told = writeFile(dir, file, Math.round((bytes * file.weight) / weights), seededRandom(seed + 2 + at));
    planted.push(...told.planted);
    written += told.bytes;
    lines += told.lines;
    onFile(written);
  }
  return { dir, files: files.length, lines, bytes: written, planted };
}

const blockChars = 1024 * 1024;

function writeFile(dir: string, file: LogFile, bytesWanted: number, random: () => number) {
  const full = path.join(dir, file.path);
  mkdirSync(path.dirname(full), { recursive: true });
  const handle = openSync(full, 'w');
  const planted: PlantedFault[] = [];
  /** Where each fault goes: spread over the file, in their order. */
  const due = file.faults.map((fault, at) => ({ fault, from: (bytesWanted * (at + 0.5)) / file.faults.length }));
  let block = '';
  let bytes = 0;
  let lines = 0;
  const flush = (): void => {
    if (block === '') return;
    const written = Buffer.from(block);
    writeSync(handle, written);
    bytes += written.length;
    lines += countLines(written);
    block = '';
  };
  try {
    for (const one of file.head) block += one(random);
    while (bytes + block.length < bytesWanted) {
      const next = due[0];
      if (next !== undefined && bytes + block.length >= next.from) {
        due.shift();
        flush();
        const { text, start } = faultText(next.fault, file);
        block = text;
        const { kind, lines: told } = plantedLines[next.fault];
        // A bar that is being drawn may stand before it; the fault begins on a line of its own.
        planted.push({
          fault: next.fault,
          kind,
          path: file.path,
          line: lines + told.length + 1,
          blockStart: bytes + 1,
          byteStart: bytes + start,
          byteEnd: bytes + text.length - 1,
        });
        flush();
      }
      block += file.next(random);
      if (block.length >= blockChars) flush();
    }
    flush();
  } finally {
    closeSync(handle);
  }
  return { bytes, lines, planted };
}

/** With a line break before the first, so that whatever was being written does not run into it. */
function faultText(fault: FaultName, { frame }: LogFile): { readonly text: string; readonly start: number } {
  const lines = plantedLines[fault].lines.map(frame);
  const text = `\n${lines.join('\n')}\n`;
  return { text, start: text.length - (lines.at(-1)?.length ?? 0) - 1 };
}

function countLines(buffer: Buffer): number {
  let lines = 0;
  for (let at = buffer.indexOf(10); at !== -1; at = buffer.indexOf(10, at + 1)) lines += 1;
  return lines;
}
