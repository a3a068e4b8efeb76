import type { EvidenceRef } from './evidence.ts';
import type { Verdict } from './finding.ts';
import type { Notification } from './notification.ts';
import type { IncidentKey } from './phase-data.ts';
import type { Proposal } from './proposal.ts';
import type { Severity } from './severity.ts';

/** What goes into the activities of an incident's end and comes out of them; in histories, as `phase-data.ts` is. */

export interface LearnInput {
  readonly key: IncidentKey;
  readonly verdict: Verdict;
  readonly proposal: Proposal;
  readonly findings: readonly EvidenceRef[];
  readonly before: Severity;
  readonly after: Severity;
  /** Stays the same when the incident is reset; absent in older histories, as is all below. */
  readonly firstRunId?: string;
  readonly approvedBy?: readonly string[];
  /** What had been recalled for it, best first. */
  readonly recalled?: readonly { readonly problemkey: string; readonly category: string }[];
}
export interface LearnResult {
  readonly candidate: EvidenceRef;
  /** Id of the candidate record. */
  readonly problemkey: string;
}

export interface ChartInput {
  readonly key: IncidentKey;
  readonly chart: unknown;
}
export interface ChartResult {
  readonly chart: EvidenceRef;
}

export interface NotifyInput {
  readonly key: IncidentKey;
  readonly notification: Notification;
}
export interface NotifyResult {
  /** Names of the configured targets that took it; none when none are configured. */
  readonly sent: readonly string[];
  /** Targets that did not, with the reason; a secret is never part of it. */
  readonly failed: readonly { readonly target: string; readonly reason: string }[];
}

/** One execution to archive after its end. */
export interface ArchiveInput {
  readonly cluster: string;
  readonly workflowId: string;
  readonly runId: string;
}
export interface ArchiveResult {
  readonly manifest: EvidenceRef;
  readonly histories: number;
  readonly evidence: number;
  /** Lower-case hex SHA-256 of the signing key's public half. */
  readonly keyId: string;
}
