import { lineDetector } from './line-patterns.ts';

/** Air and power that reach the servers from outside, as sensors, UPS daemons and power strips report them. */
export const roomSensors = lineDetector('room-sensors', [
  {
    id: 'facility.air.hot',
    summary: 'the air that a server draws in is too warm',
    role: 'cause',
    weighs: { 'facility-fault': 5, 'host-hardware-fault': 1, 'gpu-clock-throttle': 0.6 },
    source: 'https://github.com/ipmitool/ipmitool/blob/master/lib/ipmi_sel.c',
    literals: [
      'amb',
      'inlet',
      'intake',
      'front panel',
      'cold aisle',
      'room',
      'supply air',
      'return air',
      'frontpanel',
      'external',
      'hot aisle',
      'data cent',
      'datacent',
    ],
    pattern:
      /\| Temperature [^|\n]{0,30}(?:\bamb(?:ient)?\b|_amb\b|\bamb_|[Aa]mbient|AMBIENT|[Ii]nlet|INLET|[Ii]ntake|INTAKE|[Ff]ront ?[Pp]anel|[Ee]xternal)[^|\n]{0,30}\| Upper (?:Non-critical|Critical|Non-recoverable) going high(?![^\n]{0,60}Deasserted)|(?:[Aa]mbient|[Ii]nlet|[Ii]ntake|[Cc]old aisle|[Hh]ot aisle|[Rr]oom|[Ss]upply air|[Rr]eturn air)[^\n]{0,40}(?:[Tt]emperature|\btemp\b)?[^\n]{0,30}(?:exceed(?:s|ed) (?:the |its )?(?:critical|warning|upper)|(?:is |too )(?:hot|high) ?\(?\d|above \d{2} ?(?:C|°|deg)|over[- ]?temp)|\btemperature in (?:the )?(?:cold aisle|hot aisle|room|data ?cent(?:er|re)|machine room)[^\n]{0,40}(?:above|exceed|over|high)/,
    sees: [
      '281 | 11/01/2026 | 22:23:20 | Temperature dbp.t_amb | Upper Critical going high | Reading 34 > Threshold 33 degrees C',
      '1 | 11/01/2026 | 22:23:20 | Temperature Ambient | Upper Critical going high | Asserted',
      '2 | 07/01/2026 | 02:23:20 | Temperature #0x30 System Inlet | Upper Non-critical going high | Asserted',
      'hpasmlited: Temperature sensor 1 (Ambient) exceeded critical threshold',
      'trap: temperature in cold aisle 3 above 40 C',
    ],
    ignores: [
      '3 | 11/01/2026 | 22:33:20 | Temperature Ambient | Upper Critical going high | Deasserted',
      '8 | 11/21/2026 | 03:12:59 | Temperature CPU1 Temp | Upper Critical going high | Asserted',
      'Inlet Temp | 24.000 | degrees C | ok',
      'no room left in the queue',
    ],
  },
  {
    id: 'facility.power.ups',
    summary: 'the supply of the room failed: the UPS or the power strip says so',
    role: 'cause',
    weighs: { 'facility-fault': 5.6 },
    source: 'https://github.com/networkupstools/nut/blob/master/clients/upsmon.c',
    literals: [
      'ups',
      'apcupsd',
      'pdu',
      'power strip',
      'powerstrip',
      'powerbar',
      'power bar',
      'bus bar',
      'busbar',
      'outlet group',
      'power-fail',
    ],
    pattern:
      /\bupsmon\b[^\n]{0,60}(?:on battery|battery is low|power-fail shutdown|[Ff]orced shutdown|FSD)|apcupsd\b[^\n]{0,40}(?:Power failure|Running on UPS batteries|Battery (?:power )?exhausted|Initiating system shutdown)|Executing automatic power-fail shutdown|\br?PDU\w{0,4}\b[^\n]{0,60}(?:breaker (?:is )?open|overload|phase \w{1,3} (?:lost|loss)|outlets? (?:group )?\w{0,4} ?(?:is |turned |switched )?off\b|fuse|lost (?:input|feed|communication))|(?:power ?(?:strip|bar)|bus ?bar)[^\n]{0,40}(?:fuse|tripped|failed|dead|no power)/i,
    sees: [
      'upsmon[321]: UPS rack12@localhost on battery',
      'upsmon[321]: Executing automatic power-fail shutdown',
      'apcupsd[123]: Running on UPS batteries.',
      'PDU-12: Outlet group 1 circuit breaker open',
      'rPDU2: Phase L2 overload alarm',
    ],
    ignores: [
      'upsmon[321]: UPS rack12@localhost on line power',
      'rack-12 PDU: load 4.2 kW',
      'cups: scheduler not running',
    ],
  },
]);
