/** What sort of bytes a piece of evidence holds. Part of the stored key: never renamed. */
export type EvidenceKind =
  | 'log-window'
  | 'log-manifest'
  | 'metric-range'
  | 'findings'
  | 'scan-part'
  | 'recall'
  | 'embedding'
  | 'prediction'
  | 'performance'
  | 'probe-output'
  | 'probe-results'
  | 'step-output'
  | 'graph'
  | 'model-exchange'
  | 'severity'
  | 'undo-record'
  | 'chart'
  | 'history'
  | 'manifest'
  | 'record-candidate'
  | 'analysis';

/**
 * Immutable bytes in S3. The id is `ev_` and the first 24 hex digits of the content hash, so the same bytes
 * always have the same id, on any worker and on any attempt.
 */
export interface EvidenceRef {
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly bucket: string;
  readonly key: string;
  /** Set for objects that we did not write ourselves (raw logs in a versioned bucket). */
  readonly versionId?: string;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A place inside evidence. Lines count from 1, bytes from 0; the end is exclusive. */
export interface EvidenceRange {
  readonly evidenceId: string;
  /** Where a person finds it: a file path, an S3 key, or `probe gpu.clocks on node-07`. */
  readonly source: string;
  readonly line?: number;
  readonly byteStart?: number;
  readonly byteEnd?: number;
}
