import { detectors } from '../kb/detectors/index.ts';
import { sequenceDetectors } from '../kb/detectors/sequences/index.ts';
import { reportFold, type ReportFold } from '../kb/logs/combine.ts';
import { anyOf } from '../kb/logs/filter-rules/rule-set.ts';
import { compileMatchers } from '../kb/logs/matchers.ts';
import { lineReducer, type LineReducer, type ReducedEntry } from '../kb/logs/reduce.ts';
import {
  openSourceScan,
  scanLiterals,
  type LineObserver,
  type LogSource,
  type SourceScan,
} from '../kb/logs/source-scan.ts';

export interface LogScans {
  open(source: LogSource, observer?: LineObserver): SourceScan;
  /** `filters`: checked patterns of lines that are routine even when they come for the first time. */
  reducer(emit: (entry: ReducedEntry) => void, filters: readonly string[]): LineReducer;
}

/** All detectors of the house, compiled once for many sources. */
export function logScans(): LogScans {
  const matchers = compileMatchers(detectors, scanLiterals);
  return {
    open: (source, observer) => openSourceScan(source, matchers, sequenceDetectors, observer),
    reducer: (emit, filters) => lineReducer(matchers.roleOf, emit, anyOf(filters)),
  };
}

/** What the sources say together, report by report in their order. */
export function foldReports(): ReportFold {
  return reportFold(sequenceDetectors);
}
