import { printed, type ProbeCases } from '../probe-case.ts';

const sel = 'https://github.com/ipmitool/ipmitool/blob/master/lib/ipmi_sel.c';
const args = { bmc: '10.30.0.7' };
const events = (...lines: readonly string[]) =>
  printed(`${lines.map((line, at) => `${(at + 1).toString(16).padStart(4)} | ${line}\n`).join('')}`);
const boot = '11/20/2026 | 08:00:31 | System Boot Initiated #0xe5 | Initiated by power up | Asserted';
const noSession = printed('', 1, 'Error: Unable to establish IPMI v2 / RMCP+ session\n');
const ipmiGarbage = [
  printed('', 127, 'bash: ipmitool: command not found'),
  printed('Welcome to node-01\n'),
  printed('', 1, '> RAKP 2 HMAC is invalid\nError: Unable to establish IPMI v2 / RMCP+ session\n'),
  printed('', 1, 'Address lookup for bmc-07 failed\nError: Unable to establish IPMI v2 / RMCP+ session\n'.slice(0, 33)),
];

export const bmcEventLogCases: ProbeCases = {
  faulty: [
    {
      name: 'both supplies lost their input',
      source: 'SEL of a server as published with a Qumulo client; two supplies within a second',
      output: events(
        boot,
        '11/21/2026 | 03:12:59 | Power Supply PS1 Status | Power Supply AC lost | Asserted',
        '11/21/2026 | 03:12:59 | Power Supply PS2 Status | Power Supply AC lost | Asserted',
        '11/21/2026 | 03:12:59 | Power Unit Pwr Unit Status | AC lost | Asserted',
      ),
      args,
      means: ['bmc.event.power-lost', 'bmc.event.power-lost', 'bmc.event.power-lost'],
    },
    {
      name: 'one supply failed, as a server logs it',
      source: 'SEL of a server with one supply pulled (Failure detected, AC lost, Redundancy Lost)',
      output: events(
        '08/14/2023 | 11:25:37 | Power Supply #0x3c | Failure detected | Asserted',
        '08/14/2023 | 11:25:39 | Power Supply #0x3c | Power Supply AC lost | Asserted',
        '08/14/2023 | 11:25:39 | Power Supply #0x3e | Redundancy Lost | Asserted',
        '08/14/2023 | 11:25:41 | Power Supply #0x3e | Redundancy Lost | Deasserted',
      ),
      args,
      means: ['bmc.event.power-input-lost', 'bmc.event.redundancy-lost', 'bmc.event.power-supply-failed'],
    },
    {
      name: 'thermal trip',
      source: sel,
      output: events(
        '11/21/2026 | 03:12:20 | Temperature CPU1 Temp | Upper Critical going high | Asserted | Reading 96 > Threshold 95 degrees C',
        '11/21/2026 | 03:12:59 | Processor CPU1_Status | Thermal Trip | Asserted',
      ),
      args,
      means: ['bmc.event.thermal-trip', 'bmc.sensor.critical'],
    },
    {
      name: 'CATERR and IERR',
      source: sel,
      output: events(
        '11/21/2026 | 03:12:59 | Processor CATERR | State Asserted | Asserted',
        '11/21/2026 | 03:13:00 | Processor CPU1_Status | IERR | Asserted',
      ),
      args,
      means: ['bmc.event.processor-error', 'bmc.event.processor-error'],
    },
    {
      name: 'a module beyond correction, after many corrected',
      source: 'SEL of a server with a failing module (04/15/2023, Memory #0xb2, Correctable ECC), ipmitool 1.8.18',
      output: events(
        ...Array.from({ length: 12 }, () => '04/15/2023 | 19:49:31 | Memory #0xb2 | Correctable ECC | Asserted'),
        '04/15/2023 | 19:52:04 | Memory #0xb2 | Uncorrectable ECC | Asserted',
      ),
      args,
      means: ['bmc.event.memory-uncorrectable', 'bmc.event.memory-correctable'],
    },
    {
      name: 'newer versions name the zone',
      source: 'ipmitool 1.8.19, as published by the tool’s users (time with %X %Z)',
      output: events(
        '12/14/22 | 23:09:44 CET | Memory #0x88 | Correctable ECC (CPU0_G1) | Asserted',
        '02/25/25 | 04:50:09 PM EST | Memory #0x02 | Uncorrectable ECC (UnCorrectable ECC |  DIMMD7) | Asserted',
      ),
      args,
      means: ['bmc.event.memory-correctable-few', 'bmc.event.memory-uncorrectable'],
    },
    {
      name: 'a bus error',
      source: sel,
      output: events('11/21/2026 | 03:12:59 | Critical Interrupt #0x18 | Bus Fatal Error | Asserted'),
      args,
      means: ['bmc.hardware-error'],
    },
    { name: 'no controller', source: sel, output: noSession, args, means: ['bmc.silent'] },
  ],
  healthy: [
    {
      name: 'boots only',
      source: 'https://github.com/open-power/op-build/issues/594 (sel list), ipmitool 1.8.15',
      output: events(
        '11/20/2026 | 08:00:20 | Event Logging Disabled #0xe3 | Log area reset/cleared | Asserted',
        boot,
        '11/20/2026 | 08:02:03 | System ACPI Power State #0xd5 | S0/G0: working | Asserted',
        'OEM record dc | 000000',
      ),
      args,
      means: ['bmc.event.none'],
    },
    {
      name: 'before the clock was set, and a vendor’s own records',
      source: sel,
      output: printed(
        '   5 |  Pre-Init  |0000000123| System Event #0x01 | Timestamp Clock Sync | Asserted\n   9 | Linux kernel panic: Fatal excep\n',
      ),
      args,
      means: ['bmc.event.none'],
    },
    { name: 'nothing', source: sel, output: printed('SEL has no entries\n'), args, means: ['bmc.event.none'] },
    {
      name: 'switched off by its system, one corrected error',
      source: sel,
      output: events(
        '11/20/2026 | 07:00:00 | Memory #0x53 | Correctable ECC | Asserted',
        '11/20/2026 | 07:59:31 | System ACPI Power State #0xd5 | S4/S5: soft-off | Asserted',
        boot,
      ),
      args,
      means: ['bmc.event.switched-off', 'bmc.event.memory-correctable-few', 'bmc.event.none'],
    },
    {
      name: 'somebody pulled a cable and put it back: no spare for two seconds',
      source: 'SEL of a server with one supply pulled',
      output: events(
        '08/14/2023 | 11:25:39 | Power Supply #0x3e | Redundancy Lost | Asserted',
        '08/14/2023 | 11:25:41 | Power Supply #0x3e | Redundancy Lost | Deasserted',
      ),
      args,
      means: ['bmc.event.redundancy-lost', 'bmc.event.none'],
    },
  ],
  garbage: ipmiGarbage,
};

const sdr = 'https://github.com/ipmitool/ipmitool/blob/master/lib/ipmi_sdr.c; rows of Dell and Supermicro servers';
const sensors = (changes: Readonly<Record<string, string>> = {}) =>
  printed(
    Object.entries({
      'CPU1 Temp': '01h | ok  |  3.1 | 45 degrees C',
      'Inlet Temp': '04h | ok  |  7.1 | 21 degrees C',
      'Exhaust Temp': '05h | ok  |  7.1 | 38 degrees C',
      FAN1: '30h | ok  | 29.1 | 8400 RPM',
      FAN2: '31h | ok  | 29.2 | 8300 RPM',
      FAN5: '34h | ns  | 29.5 | No Reading',
      '12V': '37h | ok  |  7.17 | 12.30 Volts',
      VBAT: '38h | ok  |  7.18 | 3.22 Volts',
      'PSU1 Power In': '60h | ok  | 10.1 | 2450 Watts',
      'PSU2 Power In': '61h | ok  | 10.2 | 2430 Watts',
      ...changes,
    })
      .map(([name, rest]) => `${name.padEnd(16)} | ${rest}\n`)
      .join(''),
  );

export const bmcSensorsCases: ProbeCases = {
  faulty: [
    {
      name: 'a fan stands still',
      source: sdr,
      output: sensors({ FAN2: '31h | cr  | 29.2 | 0 RPM' }),
      args,
      means: ['bmc.fan.failed'],
    },
    {
      name: 'a processor too hot',
      source: sdr,
      output: sensors({ 'CPU1 Temp': '01h | ucr |  3.1 | 97 degrees C' }),
      args,
      means: ['bmc.sensor.critical'],
    },
    {
      name: 'a voltage too low',
      source: sdr,
      output: sensors({ '12V': '37h | lnr |  7.17 | 10.10 Volts' }),
      args,
      means: ['bmc.sensor.critical'],
    },
    {
      name: 'hot air at the inlet, which the server tolerates',
      source: sdr,
      output: sensors({ 'Inlet Temp': '04h | ok  |  7.1 | 39 degrees C' }),
      args,
      means: ['bmc.sensor.inlet-hot'],
    },
    {
      name: 'a supply draws nothing',
      source: sdr,
      output: sensors({ 'PSU2 Power In': '61h | ok  | 10.2 | 0 Watts' }),
      args,
      means: ['bmc.sensor.supply-idle'],
    },
    { name: 'no controller', source: sdr, output: noSession, args, means: ['bmc.silent'] },
  ],
  healthy: [
    { name: 'within limits', source: sdr, output: sensors(), args, means: ['bmc.sensor.within-limits'] },
    {
      name: 'a warning',
      source: sdr,
      output: sensors({ 'Exhaust Temp': '05h | nc  |  7.1 | 72 degrees C' }),
      args,
      means: ['bmc.sensor.warning', 'bmc.sensor.within-limits'],
    },
    {
      name: 'switched off: hardly a reading',
      source:
        'ipmitool sdr elist of a Dell server that is off (Temp | 01h | ns | 3.1 | No Reading; Ambient Temp | Disabled)',
      output: printed(
        'Temp             | 01h | ns  |  3.1 | No Reading\nAmbient Temp     | 07h | ns  | 10.1 | Disabled\nPlanar Temp      | 0Fh | ns  |  7.1 | No Reading\n',
      ),
      args,
      means: ['bmc.sensor.within-limits'],
    },
  ],
  garbage: ipmiGarbage,
};

const chassis =
  'https://github.com/ipmitool/ipmitool/blob/master/lib/ipmi_chassis.c; printed by ipmitool 1.8.18 and 1.8.19';
const status = (changes: Readonly<Record<string, string>> = {}) =>
  printed(
    Object.entries({
      'System Power': 'on',
      'Power Overload': 'false',
      'Power Interlock': 'inactive',
      'Main Power Fault': 'false',
      'Power Control Fault': 'false',
      'Power Restore Policy': 'always-off',
      'Last Power Event': 'command',
      'Chassis Intrusion': 'inactive',
      'Front-Panel Lockout': 'inactive',
      'Drive Fault': 'false',
      'Cooling/Fan Fault': 'false',
      'Sleep Button Disable': 'not allowed',
      ...changes,
    })
      .map(([name, value]) => `${name.padEnd(20)} : ${value}\n`)
      .join(''),
  );

export const bmcPowerCases: ProbeCases = {
  faulty: [
    { name: 'off', source: chassis, output: status({ 'System Power': 'off' }), args, means: ['bmc.host-off'] },
    {
      name: 'off since its input failed',
      source: chassis,
      output: status({ 'System Power': 'off', 'Last Power Event': 'ac-failed' }),
      args,
      means: ['bmc.host-off', 'bmc.chassis.input-failed'],
    },
    {
      name: 'off by a fault',
      source: 'https://github.com/vapor-ware/ipmi-simulator (Main Power Fault : true)',
      output: status({ 'System Power': 'off', 'Main Power Fault': 'true', 'Last Power Event': 'power-fault' }),
      args,
      means: ['bmc.chassis.power-fault', 'bmc.host-off'],
    },
    {
      name: 'its fans',
      source: chassis,
      output: status({ 'Cooling/Fan Fault': 'true' }),
      args,
      means: ['bmc.chassis.cooling-fault'],
    },
    { name: 'no controller', source: chassis, output: noSession, args, means: ['bmc.silent'] },
  ],
  healthy: [
    { name: 'on', source: chassis, output: status(), args, means: ['bmc.chassis.on'] },
    {
      name: 'on, event unknown',
      source: chassis,
      output: status({ 'Last Power Event': '' }),
      args,
      means: ['bmc.chassis.on'],
    },
    {
      name: 'on again after its input had failed',
      source: 'ipmitool chassis status as published (Last Power Event : ac-failed, Front Panel Control : none)',
      output: status({ 'Last Power Event': 'ac-failed', 'Front Panel Control': 'none' }),
      args,
      means: ['bmc.chassis.input-failed-before', 'bmc.chassis.on'],
    },
    {
      name: 'a drive',
      source: chassis,
      output: status({ 'Drive Fault': 'true' }),
      args,
      means: ['bmc.chassis.drive-fault', 'bmc.chassis.on'],
    },
  ],
  garbage: [...ipmiGarbage, printed('Chassis Power is on\n')],
};

const redfish = 'https://redfish.dmtf.org/redfish/mockups/v1 (DSP2043), and systems of iDRAC and XCC as published';
const json = (value: unknown) => printed(`${JSON.stringify(value, null, 2)}\n`);
const system = (changes: Readonly<Record<string, unknown>> = {}) =>
  json({
    '@odata.id': '/redfish/v1/Systems/1',
    '@odata.type': '#ComputerSystem.v1_16_0.ComputerSystem',
    Id: '1',
    Name: 'System',
    BiosVersion: '1.12.1',
    PowerState: 'On',
    ProcessorSummary: {
      Count: 2,
      Model: 'Intel(R) Xeon(R) Platinum 8358',
      Status: { Health: 'OK', HealthRollup: 'OK', State: 'Enabled' },
    },
    MemorySummary: { TotalSystemMemoryGiB: 1024, Status: { Health: 'OK', HealthRollup: 'OK', State: 'Enabled' } },
    Status: { Health: 'OK', HealthRollup: 'OK', State: 'Enabled' },
    ...changes,
  });
const critical = { Health: 'OK', HealthRollup: 'Critical', State: 'Enabled' };
const curlGarbage = [
  printed('', 127, 'bash: curl: command not found'),
  printed('', 60, 'curl: (60) SSL certificate problem: unable to get local issuer certificate'),
  printed('', 6, 'curl: (6) Could not resolve host: bmc-07'),
  printed('<html><body>401 Unauthorized</body></html>\n'),
  json({ error: { code: 'Base.1.8.GeneralError', message: 'A general error has occurred.' } }),
];
const timedOut = printed('', 28, 'curl: (28) Connection timed out after 10001 milliseconds\n');

export const bmcRedfishSystemCases: ProbeCases = {
  faulty: [
    {
      name: 'memory',
      source: redfish,
      output: system({ MemorySummary: { TotalSystemMemoryGiB: 992, Status: critical }, Status: critical }),
      args,
      means: ['bmc.system.memory-unhealthy', 'bmc.system.unhealthy'],
    },
    {
      name: 'a processor, older spelling, switched off',
      source: 'https://github.com/canonical/maas (driver tests: PowerEdge R630, HealthRollUp)',
      output: system({
        PowerState: 'Off',
        ProcessorSummary: { Count: 2, Status: { Health: 'Critical', HealthRollUp: 'Critical', State: 'Enabled' } },
        Status: { Health: 'Critical', HealthRollUp: 'Critical', State: 'Offline' },
      }),
      args,
      means: ['bmc.host-off', 'bmc.system.processor-unhealthy', 'bmc.system.unhealthy'],
    },
    { name: 'some part', source: redfish, output: system({ Status: critical }), args, means: ['bmc.system.unhealthy'] },
    {
      name: 'no answer',
      source: 'https://curl.se/libcurl/c/libcurl-errors.html',
      output: timedOut,
      args,
      means: ['bmc.silent'],
    },
    {
      name: 'not there',
      source: 'https://curl.se/libcurl/c/libcurl-errors.html',
      output: printed('', 7, 'curl: (7) Failed to connect to 10.30.0.7 port 443 after 3068 ms: No route to host\n'),
      args,
      means: ['bmc.silent'],
    },
  ],
  healthy: [
    { name: 'healthy', source: redfish, output: system(), args, means: ['bmc.system.healthy'] },
    {
      name: 'a warning',
      source: redfish,
      output: system({ Status: { Health: 'Warning', State: 'Enabled' } }),
      args,
      means: ['bmc.system.warning', 'bmc.system.healthy'],
    },
    {
      name: 'hardly anything said',
      source: redfish,
      output: json({
        Id: '1',
        PowerState: 'On',
        Status: { Health: null, HealthRollup: null, State: 'Enabled' },
        MemorySummary: null,
      }),
      args,
      means: ['bmc.system.healthy'],
    },
  ],
  garbage: curlGarbage,
};

const log = (...entries: readonly Readonly<Record<string, unknown>>[]) =>
  json({
    '@odata.id': '/redfish/v1/Systems/1/LogServices/SEL/Entries',
    '@odata.type': '#LogEntryCollection.LogEntryCollection',
    Members: entries.map((entry, at) => ({
      '@odata.type': '#LogEntry.v1_10_0.LogEntry',
      Id: String(at + 1),
      EntryType: 'SEL',
      ...entry,
    })),
    'Members@odata.count': entries.length,
  });
const logSource = 'DSP0268 LogEntry (EntryCode, SensorType), messages as iDRAC 9 and OpenBMC word them';

export const bmcRedfishLogCases: ProbeCases = {
  faulty: [
    {
      name: 'in words',
      source: logSource,
      output: log(
        { Created: '2026-11-21T03:12:59+00:00', Message: 'CPU 1 machine check error detected.', Severity: 'Critical' },
        {
          Created: '2026-11-21T03:10:00+00:00',
          Message: 'Multi-bit memory errors detected on a memory device at location(s) DIMM_A1.',
          Severity: 'Critical',
        },
      ),
      args,
      means: ['bmc.event.processor-error', 'bmc.event.memory-uncorrectable'],
    },
    {
      name: 'power',
      source: logSource,
      output: log({
        Created: '2026-11-21T03:12:59Z',
        Message: 'The power input for power supply 2 is lost.',
        Severity: 'Critical',
      }),
      args,
      means: ['bmc.event.power-input-lost'],
    },
    {
      name: 'by codes of the standard',
      source: logSource,
      output: log({
        Created: '2026-11-21T03:12:59Z',
        Message: 'FAN4',
        SensorType: 'Fan',
        EntryCode: 'Lower Critical - going low',
        Severity: 'Critical',
      }),
      args,
      means: ['bmc.fan.failed'],
    },
    {
      name: 'no answer',
      source: 'https://curl.se/libcurl/c/libcurl-errors.html',
      output: timedOut,
      args,
      means: ['bmc.silent'],
    },
  ],
  healthy: [
    { name: 'nothing', source: logSource, output: log(), args, means: ['bmc.event.none'] },
    {
      name: 'ordinary',
      source: 'https://github.com/facebook/openbmc (redfish log service test)',
      output: log({
        EventTimestamp: '2021-11-10 02:43:41',
        EntryType: 'ipmid',
        Name: 'slot1:1',
        Message:
          'SEL Entry: FRU: 1, Record: Standard (0x02), Sensor: SYSTEM_STATUS (0x10), Event Data: (07FFFF) Platform_Reset Deassertion',
      }),
      args,
      means: ['bmc.event.none'],
    },
    {
      name: 'a corrected error',
      source: logSource,
      output: log({
        Created: '2026-11-21T03:12:59Z',
        Message: 'Correctable memory error occurred on DIMM_A1.',
        Severity: 'Warning',
      }),
      args,
      means: ['bmc.event.memory-correctable-few', 'bmc.event.none'],
    },
  ],
  garbage: [...curlGarbage, log({}, {})],
};
