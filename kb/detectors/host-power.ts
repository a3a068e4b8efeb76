import { lineDetector } from './line-patterns.ts';

/** Watchers of uninterruptible power supplies. */
export const hostPower = lineDetector('host-power', [
  {
    id: 'facility.ups.on-battery',
    summary: 'an uninterruptible power supply reports that its mains are gone',
    role: 'cause',
    weighs: { 'facility-fault': 5.2, 'host-hardware-fault': 0.4 },
    source: 'https://networkupstools.org/docs/man/upsmon.html',
    literals: ['apcupsd', 'upsmon', 'nut-monitor'],
    pattern:
      /apcupsd[^\n]{0,60}(?:Power failure|[Rr]unning on UPS batter|Battery (?:power )?exhausted)|(?:upsmon|nut-monitor)[^\n]{0,80}(?:on battery|battery is low|shutdown in progress)/,
    sees: ['Nov 21 03:12:59 node-03 apcupsd[712]: Power failure.', 'upsmon[812]: UPS ups@localhost on battery'],
    ignores: ['apcupsd[712]: Power is back. UPS running on mains.', 'upsmon[812]: UPS ups@localhost on line power'],
  },
]);
