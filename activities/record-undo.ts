import { cancellationSignal } from '@temporalio/activity';
import type { RecordUndoInput, UndoRecord } from '../workflows/domain/phase-data.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { Clock, EvidenceStore } from './ports.ts';

/** How to take the repair back, written down before it starts: in evidence, and in the history as the result. */
export function createRecordUndo(ports: { readonly evidence: EvidenceStore; readonly clock?: Clock }) {
  const clock = ports.clock ?? { nowMs: () => Date.now() };
  return async function recordUndo({ key, proposal, before }: RecordUndoInput): Promise<UndoRecord> {
    try {
      const record: UndoRecord = {
        proposal: proposal.number,
        digest: proposal.digest,
        undo: proposal.undo,
        before: before.evidence,
        recordedAtMs: clock.nowMs(),
      };
      await putJson(
        ports.evidence,
        'undo-record',
        key.cluster,
        { key, ...record, severity: before.severity },
        cancellationSignal(),
      );
      return record;
    } catch (error) {
      return rethrow(error);
    }
  };
}
