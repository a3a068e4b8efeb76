import type { Finding } from '../../workflows/domain/finding.ts';
import { momentsOf, nodeClocks, type NodeMoments } from '../detectors/sequences/node-clocks.ts';
import type { FollowedSource, ScanContext, SequenceDetector, SourceFacts } from '../schemas/sequence-detector.ts';
import { aheadByNode, alignTimes, clockSkews } from './align.ts';
import { findingFold } from './fold.ts';
import type { SourceReport } from './source-scan.ts';

/** Puts together what sources say, one by one: of each report only what the comparison of all needs is kept. */
export interface ReportFold {
  /** In the order of the sources, whichever was read first: the same sources give the same findings. */
  add(report: SourceReport): void;
  /** Of a window far before the others: only what is compared with it is kept (`SequenceDetector.readsEarlier`). */
  addEarlier(report: SourceReport): void;
  /**
   * What all sources say together: their findings, folded by kind and place, and what only their comparison shows. All
   * times are those of the cluster: what a node's clock is wrong by is taken off where it could be estimated.
   */
  findings(shippedUntilMs?: number | null): readonly Finding[];
}

export function reportFold(sequences: readonly SequenceDetector[]): ReportFold {
  const fold = findingFold();
  const read: Followed[] = [];
  const earlier: Followed[] = [];
  return {
    add({ facts, followed, findings }) {
      read.push({ facts, followed });
      for (const finding of findings) fold.merge(finding);
    },
    addEarlier({ facts, followed }) {
      earlier.push({ facts, followed });
    },
    findings(shippedUntilMs = null) {
      const clockAheadMs = sequences.includes(nodeClocks) ? aheadByNode(clockSkews(sharedMoments(read))) : {};
      const context: ScanContext = { shippedUntilMs, sources: read.map(({ facts }) => facts), clockAheadMs };
      const compared = sequences.flatMap((sequence) => {
        const heard = sequence.readsEarlier === true ? [...earlier, ...read] : read;
        return sequence.conclude(followedBy(sequence, heard), context);
      });
      return [...fold.findings(), ...compared].map((finding) => alignTimes(finding, clockAheadMs));
    },
  };
}

/** The same for reports that are all there. */
export function combineReports(
  reports: readonly SourceReport[],
  sequences: readonly SequenceDetector[],
  shippedUntilMs: number | null = null,
): readonly Finding[] {
  const fold = reportFold(sequences);
  for (const report of reports) fold.add(report);
  return fold.findings(shippedUntilMs);
}

interface Followed {
  readonly facts: SourceFacts;
  readonly followed: SourceReport['followed'];
}

function followedBy(sequence: SequenceDetector, read: readonly Followed[]): readonly FollowedSource<unknown>[] {
  return read.flatMap(({ facts, followed }) =>
    followed[sequence.id] === undefined ? [] : [{ source: facts, summary: followed[sequence.id] }],
  );
}

function sharedMoments(read: readonly Followed[]) {
  // What a detector finds under its own id is what it has put there.
  return momentsOf(read.flatMap(({ followed }) => (followed[nodeClocks.id] ?? []) as readonly NodeMoments[]));
}
