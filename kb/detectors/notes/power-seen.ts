import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of power and cooling of rooms and racks. */
export const powerSeen = noteDetector('notes-power', [
  {
    id: 'seen.power.of-site',
    summary: 'power of the building, the room or a power strip was gone',
    role: 'cause',
    weighs: { 'facility-fault': 5 },
    source: 'https://www.se.com/us/en/download/document/SPD_VAVR-9UCLHS_EN/',
    pattern: any(
      /\bpower (?:outage|cut|event|failure|loss|interruption|problem|issue)s?\b.{0,60}\b(?:building|room|site|campus|cent(?:re|er)|rack|row|cluster|all nodes|storm)\b/,
      /\b(?:building|room|site|campus|cent(?:re|er)|rack|row|cluster)\b.{0,40}\bpower (?:outage|cut|event|failure|loss|interruption|problem|issue)s?\b/,
      /\b(?:power strip|pdu|power distribution|circuit breaker|fuse)\b.{0,60}\b(?:off|blown|tripped|dead|failed|down)\b/,
      /\b(?:nodes|servers|machines)\b.{0,30}\bon (?:one|the same|that) (?:power strip|pdu|circuit|phase)\b/,
    ),
    sees: [
      'there was a power outage in the building',
      'the computing centre had a power event',
      'several GPU nodes on one power strip are off',
      'the circuit breaker tripped',
    ],
    ignores: ['the power supply of node-03 failed', 'the PDU shows 12 kW'],
  },
]);
