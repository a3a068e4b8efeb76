import type { LogLine } from '../../schemas/detector.ts';

/**
 * Whether a line is the error of the traceback in which a frame stands, and no other frame is between them.
 * @param linesBetweenMax Lines of source and marks that stand below the frame.
 */
export function isInnermost(frame: LogLine, error: LogLine, linesBetweenMax: number): boolean {
  const together = frame.rank === error.rank && frame.unit?.byteStart === error.unit?.byteStart;
  return together && error.line - frame.line - 1 <= linesBetweenMax;
}
