import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { redfishIdWord } from '../schemas/inventory.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { redfish, redfishAllowed, redfishArgs, redfishDevices, type RedfishArgs } from './bmc-arguments.ts';
import { bmcEventFindings, type BmcEvent } from './bmc-event-findings.ts';
import { bmcEventKinds, bmcQuiet, bmcSilent, isSilentController } from './bmc-kinds.ts';
import { jsonIn } from './json-output.ts';

interface Reading {
  readonly answers: boolean;
  /** Oldest first. */
  readonly events: readonly BmcEvent[];
}

const kinds: readonly FindingKind[] = [...bmcEventKinds, bmcSilent, bmcQuiet];

// DSP0268, LogEntry; of Members, some controllers give links alone.
const entrySchema = z.object({
  Created: z.string().max(40).optional(),
  EventTimestamp: z.string().max(40).optional(),
  Message: z.string().max(4_000).optional(),
  SensorType: z.string().max(100).nullish(),
  EntryCode: z.string().max(200).nullish(),
  Name: z.string().max(200).optional(),
  MessageArgs: z.array(z.unknown()).max(20).optional(),
});
const collectionSchema = z.object({ Members: z.array(entrySchema).max(5_000) });

/** The same log by Redfish, whose messages many controllers word in full. */
export const bmcRedfishLog: Probe<RedfishArgs, Reading> = {
  id: 'bmc.redfish-log',
  platform: 'nvidia-linux',
  summary: 'events of the management controller by Redfish',
  question: 'What does the management controller say happened, in its own words?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 3_000,
  timeoutMs: 20_000,
  outputBytesMax: 4 * 1024 * 1024,
  quotes: true,
  args: redfishArgs,
  devices: redfishDevices,
  argv: (given) => redfish(given, `/LogServices/${given.log}/Entries`),
  allow: redfishAllowed(`/LogServices/${redfishIdWord}/Entries`),
  parse(output) {
    if (isSilentController(output, 'curl')) return { answers: false, events: [] };
    const { Members } = jsonIn(output, 'the log of Redfish', collectionSchema);
    if (
      Members.length > 0 &&
      Members.every(({ Message, EntryCode }) => Message === undefined && typeof EntryCode !== 'string')
    )
      throw new ProbeParseError('this controller lists its log entries by link alone');
    return {
      answers: true,
      events: Members.map(eventOf).toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)),
    };
  },
  outcomes: kinds,
  meaning: ({ answers, events }) =>
    answers ? bmcEventFindings(events) : [{ kind: bmcSilent.id, text: 'the management controller does not answer' }],
};

function eventOf({
  Created,
  EventTimestamp,
  Message = '',
  SensorType,
  EntryCode,
  Name = '',
  MessageArgs,
}: z.infer<typeof entrySchema>): BmcEvent {
  const at = Date.parse(Created ?? EventTimestamp ?? '');
  const message = Message.replaceAll(/\s+/g, ' ').trim();
  const sensor = SensorType ?? (typeof MessageArgs?.[0] === 'string' ? MessageArgs[0] : Name);
  // Entry codes are words of the standard: Assert, Deassert, Lower Critical - going low.
  const code = typeof EntryCode !== 'string' || /^(?:De)?assert$/i.test(EntryCode) ? null : EntryCode;
  const text = code === null ? `| ${sensor} | ${message} | Asserted` : `| ${sensor} ${message} | ${code} | Asserted`;
  return {
    line: null,
    atMs: Number.isFinite(at) ? at : null,
    sensor,
    text: text
      .replaceAll(/\s+\b(?:De)?assert(?:ion|ed)?\b(?= \|)/gi, '')
      .replaceAll(' - going', ' going')
      .slice(0, eventCharsMax),
    asserted: !/^deassert/i.test(EntryCode ?? '') && !/\bdeassert(?:ed|ion)?\b/i.test(message),
  };
}

const eventCharsMax = 500;
