import { bmcEvents } from '../detectors/bmc-events.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { bmcArgs, bmcDevices, ipmitool, ipmitoolAllowed, type BmcArgs } from './bmc-arguments.ts';
import { bmcSilent, isSilentController } from './bmc-kinds.ts';
import { median, orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://linux.die.net/man/1/ipmitool (sdr)';
// ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, class A2: 10 to 35 °C at the inlet.
const ashrae =
  'https://www.ashrae.org/file%20library/technical%20resources/bookstore/supplemental%20files/therm-gdlns-5th-r-e-refcard.pdf';

// What a shipped log of the controller says of the same fan and the same sensor.
const fanFailed = shared('bmc.fan.failed');
const beyondLimit = shared('bmc.sensor.critical');
const inletHot: FindingKind = {
  id: 'bmc.sensor.inlet-hot',
  summary: 'air enters the server warmer than servers are built for',
  role: 'cause',
  weighs: { 'facility-fault': 2.7, 'gpu-clock-throttle': 1 },
  source: ashrae,
};
const supplyIdle: FindingKind = {
  id: 'bmc.sensor.supply-idle',
  summary: 'a power supply draws nothing while others of the server carry its load',
  role: 'cause',
  // The supply, or the feed of this one supply.
  weighs: { 'host-hardware-fault': 2, 'facility-fault': 1 },
  source,
};
const warning: FindingKind = {
  id: 'bmc.sensor.warning',
  summary: 'a sensor of the server is in its warning range',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.4, 'gpu-clock-throttle': 0.4, 'facility-fault': 0.4 },
  source,
};
const unlike: FindingKind = {
  id: 'bmc.sensor.unlike-siblings',
  summary: 'the server is hotter, or its fans slower, than that of its siblings',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.2, 'facility-fault': 1, 'gpu-clock-throttle': 0.7 },
  source,
};
const powerBelow: FindingKind = {
  id: 'bmc.sensor.power-below-siblings',
  summary: 'the server drew less power than its siblings when it was read',
  // Controllers answer one after the other, and a checkpoint between two answers looks like that, too: it weighs, and is no
  // trouble by itself.
  role: 'context',
  weighs: { 'host-hardware-fault': 1.2, 'facility-fault': 1, 'gpu-clock-throttle': 0.7 },
  source,
};
const fanBehind: FindingKind = {
  id: 'bmc.fan.slower-than-siblings',
  summary: 'a fan turns far slower than the others of its server, and none does so in like servers',
  role: 'cause',
  // As one that the controller itself calls failed: what gets hot behind it is hot because of it.
  weighs: { 'host-hardware-fault': 3, 'gpu-clock-throttle': -2, 'facility-fault': -0.5 },
  source,
};
const fine: FindingKind = {
  id: 'bmc.sensor.within-limits',
  summary: 'temperatures, voltages, fans and supplies of the server are within their limits',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.8, 'facility-fault': -0.8 },
  source,
};
const kinds = [fanFailed, beyondLimit, inletHot, supplyIdle, warning, unlike, powerBelow, fanBehind, bmcSilent, fine];

interface Sensor {
  readonly line: number;
  readonly name: string;
  /** As ipmitool says: ok, ns (no reading), nc, cr, nr (beyond the non-critical, critical, last limit), or which of them. */
  readonly status: string;
  readonly value: number | null;
  /** `degrees C`, `RPM`, `Volts`, `Watts`, `Amps`, `percent`. */
  readonly unit: string | null;
}
interface Reading {
  readonly answers: boolean;
  readonly sensors: readonly Sensor[];
}

/** Sensors of the management controller: they answer although the node is dead. */
export const bmcSensors: Probe<BmcArgs, Reading> = {
  id: 'bmc.sensors',
  platform: 'nvidia-linux',
  summary: 'temperatures, fans, voltages and power of the server as its management controller measures them',
  question: 'Are heat, fans, voltages and power supplies of the server in order?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 5_000,
  timeoutMs: 40_000,
  outputBytesMax: 65_536,
  args: bmcArgs,
  devices: bmcDevices,
  argv: ({ bmc }) => ipmitool(bmc, 'sdr', 'elist', 'full'),
  allow: ipmitoolAllowed('sdr elist full'),
  parse(output) {
    if (isSilentController(output, 'ipmitool')) return { answers: false, sensors: [] };
    return { answers: true, sensors: requiredLines(output, 'ipmitool').map(({ text, line }) => sensorIn(text, line)) };
  },
  outcomes: kinds,
  meaning({ answers, sensors }) {
    if (!answers) return [{ kind: bmcSilent.id, text: 'the management controller does not answer' }];
    const seen = [...sensors.flatMap(judge), ...idleSupplies(sensors)];
    const read = sensors.filter(({ value }) => value !== null).length;
    return orClean(seen.slice(0, findingsMax), kinds, {
      kind: fine.id,
      text: `${read} of ${sensors.length} sensors read, none beyond a limit`,
    });
  },
  siblings: {
    numbers: ({ sensors }) => [
      ...most('inletCelsius', 'degrees C', sensors.filter(isInlet)),
      ...most('fanRpmLowest', 'RPM', sensors, Math.min),
      ...lowestFanShare(sensors),
      ...sum(
        'powerWatts',
        'Watts',
        sensors.filter(({ name }) => supplyName.test(name)),
      ),
    ],
    rules: [
      // A rack's inlets differ by a few degrees (ASHRAE, the same guideline: 5 °C an hour is the most it may change).
      { name: 'inletCelsius', side: 'high', relative: 0.15, absolute: 4, source: ashrae },
      {
        name: 'fanRpmLowest',
        side: 'low',
        relative: 0.4,
        absolute: 1_000,
        source: 'our judgement: fans of like servers follow like heat',
      },
      {
        name: 'fanLowestShare',
        side: 'low',
        relative: 0.4,
        absolute: 0.3,
        kind: fanBehind,
        // Those of a zone that is cooled less are slower in all like servers, and those of an idle server are slow together.
        source: 'our judgement: the fans of a server are driven alike',
      },
      {
        name: 'powerWatts',
        side: 'low',
        relative: 0.4,
        absolute: 800,
        source: 'our judgement: 800 W is two busy A800 of 400 W',
        kind: powerBelow,
      },
    ],
    kind: unlike,
  },
  // One of the two reads may meet a sensor that is just being scanned.
  again: {
    gapMs: 5_000,
    combine: (first, second) =>
      second.answers
        ? {
            answers: true,
            sensors: second.sensors.map((sensor) => {
              const before = first.sensors.find(({ name, line }) => name === sensor.name && line === sensor.line);
              return sensor.value === null && before !== undefined ? before : sensor;
            }),
          }
        : second,
  },
};

const findingsMax = 20;
const inletMaxCelsius = 35;
const supplyName = /^PS(?:U|_|\d| )|Power ?Supply|_PIN\b|Input Power/i;
const limitStatuses = new Set(['cr', 'nr', 'lcr', 'lnr', 'ucr', 'unr']);
const warningStatuses = new Set(['nc', 'lnc', 'unc']);

function judge(sensor: Sensor): readonly ProbeFinding[] {
  const { name, status, value, unit, line } = sensor;
  const found = (kind: FindingKind): readonly ProbeFinding[] => [
    {
      kind: kind.id,
      text: `${name}: ${value ?? 'no reading'} ${unit ?? ''}, ${status}`,
      line,
      values: { sensor: name, ...(value === null ? {} : { value }) },
    },
  ];
  if (limitStatuses.has(status)) return found(unit === 'RPM' ? fanFailed : beyondLimit);
  if (isInlet(sensor) && value !== null && value > inletMaxCelsius) return found(inletHot);
  return warningStatuses.has(status) ? found(warning) : [];
}

function idleSupplies(sensors: readonly Sensor[]): readonly ProbeFinding[] {
  const supplies = sensors.filter(
    ({ name, unit, value }) => supplyName.test(name) && unit === 'Watts' && value !== null,
  );
  if (!supplies.some(({ value }) => (value ?? 0) > 0)) return [];
  return supplies
    .filter(({ value }) => value === 0)
    .map(({ name, line }) => ({
      kind: supplyIdle.id,
      text: `${name}: 0 W, ${supplies.length - 1} others of the server`,
      line,
      values: { sensor: name },
    }));
}

function isInlet({ name, unit }: Sensor): boolean {
  return unit === 'degrees C' && /inlet|ambient|intake/i.test(name);
}

function most(name: string, unit: string, sensors: readonly Sensor[], of: (...values: number[]) => number = Math.max) {
  const values = sensors.filter((sensor) => sensor.unit === unit).flatMap(({ value }) => value ?? []);
  return values.length === 0 ? [] : [{ name, value: of(...values), unit }];
}

/** The slowest fan as a share of the usual one of its server; of fewer than three, none is usual. */
function lowestFanShare(sensors: readonly Sensor[]) {
  const speeds = sensors.filter(({ unit }) => unit === 'RPM').flatMap(({ value }) => value ?? []);
  const usual = (speeds.length < fansMin ? null : median(speeds)) ?? 0;
  return usual <= 0 ? [] : [{ name: 'fanLowestShare', value: Math.min(...speeds) / usual, unit: 'share' }];
}

const fansMin = 3;

function sum(name: string, unit: string, sensors: readonly Sensor[]) {
  const values = sensors.filter((sensor) => sensor.unit === unit).flatMap(({ value }) => value ?? []);
  return values.length === 0 ? [] : [{ name, value: values.reduce((total, value) => total + value, 0), unit }];
}

// Inlet Temp       | 04h | ok  |  7.1 | 21 degrees C · FAN3 | 30h | ns  |  7.1 | No Reading · Fan 4 | 33h | cr | 29.4 | 0 RPM
function sensorIn(text: string, line: number): Sensor {
  const match =
    /^(.{1,32}?)\s*\|\s*[0-9A-Fa-f]{1,4}h\s*\|\s*(\w{2,3})\s*\|\s*\d{1,3}\.\d{1,3}\s*\|\s*(.{0,60}?)\s*$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a sensor of ipmitool sdr elist`);
  const value = /^(-?\d{1,9}(?:\.\d{1,6})?) (degrees C|RPM|Volts|Volt|Watts|Amps|percent)/.exec(match[3] ?? '');
  return {
    line,
    name: match[1] ?? '',
    status: (match[2] ?? '').toLowerCase(),
    value: value === null ? null : Number(value[1]),
    unit: value === null ? null : value[2] === 'Volt' ? 'Volts' : (value[2] ?? null),
  };
}

function shared(id: string): FindingKind {
  const kind = bmcEvents.kinds.find((one) => one.id === id);
  if (kind === undefined) throw new Error(`the detector of a controller's log reports no ${id}`);
  return kind;
}
