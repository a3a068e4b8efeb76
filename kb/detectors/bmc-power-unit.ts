import { lineDetector } from './line-patterns.ts';

/**
 * The power unit of a server as IPMI's sensors of type 09h tell it: what switches the board on and off and watches its
 * power-good signal. Its inputs are another thing: those may be lost to the room.
 */
export const bmcPowerUnit = lineDetector('bmc-power-unit', [
  {
    id: 'bmc.power-unit.failed',
    summary: 'the power control of a board failed: it went off by itself or did not do what it was told',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.2, 'facility-fault': 0.8 },
    echoes: ['bmc.host-off'],
    source:
      'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html',
    literals: ['power unit'],
    pattern:
      /\bPower Unit [^|\n]{1,40}\| (?:Soft-power control failure|Failure detected|Power Unit Failure detected|240VA power down|Interlock power down)(?![^\n]{0,60}Deasserted)/i,
    sees: [
      ' 2d | 11/21/2026 | 03:12:59 | Power Unit Pwr Unit Status | Soft-power control failure | Asserted',
      '52b | 11/21/2026 | 03:12:59 | Power Unit #0x01 | Failure detected | Asserted',
      '  7 | 11/21/2026 | 03:12:59 | Power Unit Pwr Unit Status | 240VA power down | Asserted',
    ],
    ignores: [
      '7 | 11/21/2026 | 03:12:59 | Power Unit #0x01 | Redundancy lost | Asserted',
      '8 | 11/21/2026 | 03:12:59 | Power Unit #0x01 | AC lost | Asserted',
      '9 | 11/21/2026 | 03:13:59 | Power Unit #0x01 | Failure detected | Deasserted',
    ],
  },
]);
