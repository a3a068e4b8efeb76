import { detectors } from '../../kb/detectors/index.ts';
import { localEvidenceId } from '../../kb/logs/fingerprint.ts';
import { compileMatchers } from '../../kb/logs/matchers.ts';
import { openSourceScan, scanLiterals, type LineObserver, type SourceScan } from '../../kb/logs/source-scan.ts';
import type { LogLine, Match } from '../../kb/schemas/detector.ts';

/** One match of a followed log, as it is read. */
export interface LineMatch {
  readonly line: LogLine;
  readonly match: Match;
}

export interface LineScan {
  /** Whole lines; or, for the last one of a log that stays without its break, all there is and then `end`. */
  feed(bytes: Uint8Array): void;
  end(): void;
  /** It has found so many places that it should be opened anew. */
  readonly isFull: () => boolean;
}

export type OpenLineScan = (name: string, onMatch: (found: LineMatch) => void) => LineScan;

/**
 * Opens scans with all line detectors, compiled once. What only the comparison of sources shows is left to the
 * incident, which reads them all.
 */
export function lineScans({ nowMs }: { readonly nowMs: () => number }): OpenLineScan {
  const matchers = compileMatchers(detectors, scanLiterals);
  return (name, onMatch) => {
    let places = 0;
    const observer: LineObserver = {
      routine() {},
      matched(_view, _text, line, matches, seen) {
        if (seen === 1) places += 1;
        for (const match of matches) {
          const role = matchers.roleOf(match.kind);
          if (role === 'cause' || role === 'symptom') onMatch({ line, match });
        }
      },
      blockEnd() {},
      end() {},
    };
    const source = {
      source: name,
      evidenceId: localEvidenceId(name),
      // Times without a year are near now, also when a log is followed into the next one.
      get referenceMs() {
        return nowMs();
      },
    };
    const scan: SourceScan = openSourceScan(source, matchers, [], observer);
    return { feed: (bytes) => scan.feed(bytes), end: () => void scan.end(), isFull: () => places >= placesMax };
  };
}

/** A finding takes about 1 KB: thousands of logs in a storm stay below a few gigabytes' worth of places. */
const placesMax = 64;
