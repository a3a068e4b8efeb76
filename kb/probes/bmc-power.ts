import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { bmcArgs, bmcDevices, ipmitool, ipmitoolAllowed, type BmcArgs } from './bmc-arguments.ts';
import { bmcSilent, hostOff, isSilentController } from './bmc-kinds.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source =
  'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html (section 28.2, get chassis status)';

const powerFault: FindingKind = {
  id: 'bmc.chassis.power-fault',
  summary: 'the server’s main power failed, or more was drawn than it can give',
  role: 'cause',
  // What several servers share is seen on several.
  weighs: { 'host-hardware-fault': 3.2, 'facility-fault': 0.9 },
  source,
};
const inputFailed: FindingKind = {
  id: 'bmc.chassis.input-failed',
  summary: 'the server is off and its last power event was that its input failed',
  role: 'cause',
  weighs: { 'facility-fault': 3, 'host-hardware-fault': 1 },
  source,
};
const coolingFault: FindingKind = {
  id: 'bmc.chassis.cooling-fault',
  summary: 'the server reports a fault of its fans or its cooling',
  role: 'cause',
  // What gets hot behind a fan that stands is hot because of it.
  weighs: { 'host-hardware-fault': 3, 'gpu-clock-throttle': -2.5 },
  source,
};
const driveFault: FindingKind = {
  id: 'bmc.chassis.drive-fault',
  summary: 'the server reports a fault of a drive',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.9, 'disk-full': 0.2 },
  source,
};
const inputBefore: FindingKind = {
  id: 'bmc.chassis.input-failed-before',
  summary: 'the server is on and came up after its input had failed, some time ago',
  role: 'context',
  weighs: { 'facility-fault': 0.5 },
  source,
};
const on: FindingKind = {
  id: 'bmc.chassis.on',
  summary: 'the server is on and reports no fault of power or cooling',
  role: 'clean',
  weighs: { 'facility-fault': -0.7, 'host-hardware-fault': -0.5 },
  source,
};
const kinds = [hostOff, powerFault, inputFailed, coolingFault, driveFault, inputBefore, bmcSilent, on];

interface Reading {
  readonly answers: boolean;
  readonly on: boolean | null;
  /** Faults that read `true` or `active`, by the name that ipmitool gives them, lower case. */
  readonly faults: readonly { readonly name: string; readonly line: number }[];
  /** `command`, `ac-failed`, `power-overload` and the like; empty where the controller does not know. */
  readonly lastEvent: string;
  readonly line: number | null;
}

/** Whether the server is on, and why it last changed. */
export const bmcPower: Probe<BmcArgs, Reading> = {
  id: 'bmc.power',
  platform: 'nvidia-linux',
  summary: 'whether the server is on, its last power event, faults of power and cooling',
  question: 'Is the server on, and if not, did somebody switch it off or did its power fail?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 1_000,
  timeoutMs: 40_000,
  outputBytesMax: 8_192,
  args: bmcArgs,
  devices: bmcDevices,
  argv: ({ bmc }) => ipmitool(bmc, 'chassis', 'status'),
  allow: ipmitoolAllowed('chassis status'),
  parse(output) {
    if (isSilentController(output, 'ipmitool'))
      return { answers: false, on: null, faults: [], lastEvent: '', line: null };
    const fields = requiredLines(output, 'ipmitool').map(({ text, line }) => {
      const match = /^([A-Za-z][A-Za-z/ -]{2,40}?)\s*:\s?(.{0,60})$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a field of ipmitool chassis status`);
      return { name: (match[1] ?? '').toLowerCase(), value: (match[2] ?? '').trim(), line };
    });
    const power = fields.find(({ name }) => name === 'system power');
    if (power === undefined || !/^(?:on|off)$/.test(power.value))
      throw new ProbeParseError('no system power in ipmitool chassis status');
    return {
      answers: true,
      on: power.value === 'on',
      faults: fields
        .filter(({ name, value }) => /fault|overload|interlock/.test(name) && /^(?:true|active)$/.test(value))
        .map(({ name, line }) => ({ name, line })),
      lastEvent: fields.find(({ name }) => name === 'last power event')?.value ?? '',
      line: power.line,
    };
  },
  outcomes: kinds,
  meaning(reading) {
    if (!reading.answers) return [{ kind: bmcSilent.id, text: 'the management controller does not answer' }];
    const { lastEvent, faults } = reading;
    const line = reading.line ?? 1;
    const values = { power: reading.on === true ? 'on' : 'off', lastEvent };
    const inputLost = /ac-failed/.test(lastEvent);
    const seen: ProbeFinding[] = faults.flatMap(({ name, line: at }) => {
      const kind = /cooling|fan/.test(name) ? coolingFault : /drive/.test(name) ? driveFault : powerFault;
      return [{ kind: kind.id, text: `the controller reports: ${name}`, line: at, values }];
    });
    if (reading.on === false)
      seen.push(
        {
          kind: hostOff.id,
          text: `the server is off; last power event: ${lastEvent === '' ? 'unknown' : lastEvent}`,
          line,
          values,
        },
        ...(inputLost
          ? [{ kind: inputFailed.id, text: 'the last power event is that the input failed', line, values }]
          : []),
        ...(/overload|fault/.test(lastEvent) && faults.length === 0
          ? [{ kind: powerFault.id, text: `the last power event is ${lastEvent}`, line, values }]
          : []),
      );
    else if (inputLost)
      seen.push({ kind: inputBefore.id, text: 'the last power event is that the input failed', line, values });
    return orClean(seen, kinds, { kind: on.id, text: 'the server is on', line, values });
  },
  again: {
    gapMs: 5_000,
    // A server that is off at both reads is off; one that was switched on meanwhile is read as it is now.
    combine: (_first, second) => second,
  },
};
