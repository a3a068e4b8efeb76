import { lineDetector } from './line-patterns.ts';

const ipmi =
  'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html';

/** The event log of a management controller: as ipmitool prints it, and as iDRAC, iLO and Redfish word it. */
export const bmcEvents = lineDetector('bmc-events', [
  {
    id: 'bmc.hardware-error',
    summary: 'the management controller logged a failed part of the server',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.4, 'gpu-fell-off-bus': 0.8 },
    source: ipmi,
    literals: [
      '| ierr',
      'internal error (ierr)',
      'is improperly connected',
      'high-severity issue has occurred',
      'caterr',
      'uncorrectable ecc',
      'bus fatal error',
      'bus uncorrectable error',
      'pci serr',
      'pci perr',
      'drive fault',
      'frb2/hang in post',
      'uncorrectable machine check',
      'fatal error was detected on a component',
      'machine check error detected',
      'multi-bit memory error',
      'uncorrectable pci express error',
      'uncorrectable memory error',
      'uncorrectable machine',
      'critical interrupt',
    ],
    pattern:
      /\| IERR|CPU \d has an internal error \(IERR\)|cable is not connected, or is improperly connected|high-severity issue has occurred at the Power-On Self-Test|CATERR[^\n]{0,40}(?:\bassert|detected|occurred)|\| Uncorrectable ECC(?![^\n]{0,60}Deasserted)|Bus (?:Fatal|Uncorrectable) [Ee]rror(?![^\n]{0,60}Deasserted)|\| PCI (?:SERR|PERR)|\| Drive Fault[^\n]{0,20}\| Asserted|FRB2\/Hang in POST failure|Uncorrectable [Mm]achine [Cc]heck|(?:bus )?fatal error was detected on a component|machine check error detected|[Mm]ulti-bit memory errors? (?:detected|occurred)|Uncorrectable PCI Express Error|Uncorrectable Memory Error[^\n]{0,60}(?:DIMM|Processor|Slot)/,
    sees: [
      '3 | 11/21/2026 | 03:12:59 | Processor CPU1_Status | IERR () | Asserted',
      '5 | 11/21/2026 | 03:12:59 | Memory #0x53 | Uncorrectable ECC (@DIMM_A1) | Asserted',
      '8 | 11/21/2026 | 03:12:59 | Critical Interrupt #0x18 | Bus Fatal Error | Asserted',
      'A fatal error was detected on a component at bus 23 device 0 function 0.',
      'Multi-bit memory errors detected on a memory device at location(s) DIMM_A1.',
      'CPU 1 machine check error detected.',
      'CPU 2 has an internal error (IERR).',
      'The storage BP1 SAS A0 cable is not connected, or is improperly connected.',
    ],
    ignores: [
      '4 | 11/21/2026 | 03:12:59 | Memory #0x53 | Correctable ECC (@DIMM_A1) | Asserted',
      '1 | 11/21/2026 | 03:00:00 | Event Logging Disabled #0x07 | Log area reset/cleared | Asserted',
      'DRAM Uncorrectable ECC errors: 0',
    ],
  },
  {
    id: 'bmc.fan.failed',
    summary: 'a fan of the server stands still or turns too slowly',
    role: 'cause',
    // What gets hot behind a fan that stands is hot because of it.
    weighs: { 'host-hardware-fault': 3.2, 'gpu-clock-throttle': -2, 'facility-fault': 0.3 },
    source: ipmi,
    literals: ['fan'],
    pattern:
      /\| Fan [^|\n]{1,40}\| (?:Lower (?:Critical|Non-recoverable) going low|Lower (?:Critical|Non-recoverable)|Failure detected|Transition to (?:Critical|Off Line))(?![^\n]{0,60}Deasserted)|\bFan \w{1,8} RPM is (?:less|lower) than the (?:lower )?critical threshold|\b[Ff]an (?:module )?\w{0,8} ?(?:has failed|failure detected|redundancy (?:is )?lost|removed)/,
    sees: [
      '6 | 11/21/2026 | 03:12:59 | Fan FAN4 | Lower Critical going low | Asserted | Reading 0 < Threshold 500 RPM',
      'Fan 3A RPM is less than the lower critical threshold.',
    ],
    ignores: [
      'FAN4 | 7980.000 | RPM | ok',
      '7 | 11/21/2026 | 03:22:59 | Fan FAN4 | Lower Critical going low | Deasserted',
    ],
  },
  {
    id: 'bmc.sensor.critical',
    summary: 'a temperature or voltage of the server is beyond its limit',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.4, 'gpu-clock-throttle': 1, 'facility-fault': 1.2 },
    source: ipmi,
    literals: ['going high', 'going low'],
    pattern:
      /\| (?:Temperature|Voltage|Current) [^|\n]{1,40}\| (?:Upper (?:Critical|Non-recoverable) going high|Lower (?:Critical|Non-recoverable) going low)(?![^\n]{0,60}Deasserted)/,
    sees: [
      '8 | 11/21/2026 | 03:12:59 | Temperature CPU1 Temp | Upper Critical going high | Asserted | Reading 96 > Threshold 95 degrees C',
      '9 | 11/21/2026 | 03:12:59 | Voltage P12V | Lower Critical going low | Asserted',
    ],
    ignores: ['10 | 11/21/2026 | 03:22:59 | Temperature CPU1 Temp | Upper Critical going high | Deasserted'],
  },
  {
    id: 'bmc.power.off',
    summary: 'the management controller saw the server lose power or be reset',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.4, 'facility-fault': 1.4, 'scheduler-action': 0.4 },
    echoes: ['bmc.host-off'],
    source: ipmi,
    literals: [
      'power off/down',
      'ac lost | asserted',
      'hard reset',
      '| power down',
      'power cycle | asserted',
      'run-time critical stop',
      'unexpectedly powered off',
    ],
    pattern:
      /\| Power Unit [^|\n]{1,40}\| (?:Power off\/down|AC lost) \| Asserted|\| Watchdog2? [^|\n]{1,40}\| (?:Hard reset|Power (?:down|cycle)) \| Asserted|\| Run-time critical stop|unexpectedly powered off/,
    sees: [
      '11 | 11/21/2026 | 03:12:59 | Power Unit #0x01 | Power off/down | Asserted',
      '12 | 11/21/2026 | 03:12:59 | Watchdog2 #0xca | Hard reset | Asserted',
    ],
    ignores: ['2 | 11/21/2026 | 03:00:00 | System ACPI Power State #0x08 | S0/G0: working | Asserted'],
  },
]);
