import type { Finding } from '../../workflows/domain/finding.ts';
import type { LogDetector } from '../schemas/detector.ts';
import type { SequenceDetector } from '../schemas/sequence-detector.ts';
import { combineReports } from './combine.ts';
import { compileMatchers } from './matchers.ts';
import { openSourceScan, scanLiterals, type LogSource } from './source-scan.ts';

/** Scans bytes that are in memory already; one finding a kind and place, with a count. */
export function scanBytes(
  sources: Iterable<LogSource & { readonly bytes: Uint8Array }>,
  detectors: readonly LogDetector[],
  sequences: readonly SequenceDetector[] = [],
): readonly Finding[] {
  const matchers = compileMatchers(detectors, scanLiterals);
  const reports = Array.from(sources, ({ bytes, ...source }) => {
    const scan = openSourceScan(source, matchers, sequences);
    scan.feed(bytes);
    return scan.end();
  });
  return combineReports(reports, sequences);
}
