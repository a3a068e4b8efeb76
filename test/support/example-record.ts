import { recordSchema, type IncidentRecord } from '../../kb/schemas/record.ts';

/** A record as it stands in a file, which tests change. */
export const exampleRecordValue = {
  schema: 1,
  id: 'slow-steps-locked-clock',
  revision: 1,
  status: 'accepted',
  kind: 'incident',
  category: 'gpu-clock-throttle',
  signature: 'slow-steps',
  problemkey: ['locked clock', 'slow steps'],
  platform: { generations: ['ampere'], components: ['gpu'], software: {} },
  rawtext:
    'Steps take three times as long since the morning. One GPU runs at 210 MHz while all report 100 % utilisation, and no Xid was logged.',
  function: 'gpu.clocks: the SM clock is far below its maximum under load if present, equal to its siblings if absent.',
  result: 'The clocks of one GPU had been locked and forgotten.',
  signals: [{ seenIn: 'probe', kind: 'gpu.clock.locked-low', strength: 'strong' }],
  notThisIf: ['All GPUs of the job run at the same clock.'],
  probes: [{ id: 'gpu.clocks', present: 'SM clock at the lock', absent: 'SM clock as its siblings' }],
  remedy: { remediations: ['gpu.clocks.unlock'] },
  confirmedBy: { who: 'comparison', how: 'Steps were quick again when the lock alone was taken away.' },
  source: 'https://docs.example.com/thread/1',
};

export function exampleRecord(more: Readonly<Record<string, unknown>> = {}): IncidentRecord {
  const record = recordSchema.parse({ ...exampleRecordValue, ...more });
  if (record.kind !== 'incident') throw new Error('the example is an incident');
  return record;
}
