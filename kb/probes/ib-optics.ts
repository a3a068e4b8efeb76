import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding, type ProbeNumber } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { portSwitchedOff } from './ib-port-kinds.ts';
import { mlxlink, mlxlinkAllowed, mlxlinkArgs, namedValues, portText, type MlxlinkArgs } from './mlxlink.ts';
import { aboveLimit, belowLimit, opticMonitor, type OpticExcess, type OpticMonitor } from './optic-lanes.ts';
import { requiredLines } from './text-table.ts';

// Opcode 2: "Low Tx power: Check transceiver issue. Low Rx power: Check Tx power from peer side+ clean fiber and
// transceiver (both ends)."
const diagnosis =
  'https://docs.nvidia.com/networking/display/nvidiamlnxosusermanualv3122302lts/link+diagnostic+per+port';
// 350,000 links of data centers: of those that damage packets, 17 to 57 % had a contaminated connector, which loses light,
// and what both ends send and receive tells that from a weak laser and from a bad module, which may have it all in order.
const corruption = 'https://doi.org/10.1145/3098822.3098849';
const mlxlinkDocument = 'https://docs.nvidia.com/networking/display/MFTv4180/mlxlink+Utility';

const receivedLow: FindingKind = {
  id: 'ib.optics.received-low',
  summary: 'a module receives less light than its own limit: a dirty plug, a fibre, or the laser of the far end',
  role: 'cause',
  weighs: { 'rdma-link-fault': 4.2 },
  source: diagnosis,
};
const receivedBelowSiblings: FindingKind = {
  id: 'ib.optics.received-below-siblings',
  summary: 'a module receives less than half of the light that modules of its kind receive at the same moment',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.8 },
  echoes: ['ib.optics.received-low'],
  source: corruption,
};
const laserWeak: FindingKind = {
  id: 'ib.optics.laser-weak',
  summary: 'the laser of a module sends less light, or takes more current, than the module’s own limit',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.8 },
  source: diagnosis,
};
const laserUnlikeSiblings: FindingKind = {
  id: 'ib.optics.laser-unlike-siblings',
  summary: 'the laser of a module sends far less light, or takes far more current, than those of its kind',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3.2 },
  echoes: ['ib.optics.laser-weak'],
  source: corruption,
};
const hot: FindingKind = {
  id: 'ib.optics.hot',
  summary: 'a module is hotter than its own limit',
  role: 'cause',
  // What cools it may be the matter, and its adapter is in the same air.
  weighs: { 'rdma-link-fault': 2, 'facility-fault': 0.7, 'host-hardware-fault': 0.7 },
  source: mlxlinkDocument,
};
const outside: FindingKind = {
  id: 'ib.optics.outside-limits',
  summary: 'a module receives or sends more light than its own limit, or its supply is outside of it',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.2, 'host-hardware-fault': 0.3 },
  source: mlxlinkDocument,
};
const rawErrors: FindingKind = {
  id: 'ib.optics.raw-ber-high',
  summary: 'a port reads so many wrong bits before correction that little is missing to what cannot be corrected',
  role: 'symptom',
  // On average since the counters were cleared.
  weighs: { 'rdma-link-fault': 1.8 },
  echoes: ['ib.counter.growing', 'ib.counter.errors'],
  source:
    'https://www.dell.com/support/kbdoc/en-us/000286734/100-gb-nic (links of PAM4 have to stay below 2.4E-04 before correction, IEEE 802.3)',
};
const leftErrors: FindingKind = {
  id: 'ib.optics.effective-ber-high',
  summary: 'more wrong bits were left after correction, since the counters were cleared, than a link may show',
  // The same errors as in the counters of the port, and a burst that is over stays in it: it tells nothing more.
  role: 'context',
  weighs: { 'rdma-link-fault': 0.3 },
  echoes: ['ib.counter.growing', 'ib.counter.errors'],
  source:
    'https://docs.nvidia.com/networking/display/ibdiagnetusermanualv221/Bit+Error+Rate+(BER) (threshold of 10^-12; so the InfiniBand specification)',
};
const noLight: FindingKind = {
  id: 'ib.optics.none',
  summary: 'the cable of the port has no lasers, or a module that does not measure its light',
  role: 'context',
  weighs: {},
  source: mlxlinkDocument,
};
const sound: FindingKind = {
  id: 'ib.optics.sound',
  summary: 'light, current and temperature of the module of a port are within its own limits',
  role: 'clean',
  // Some bad modules, and all faults of the electrical side, have their powers as they should be.
  weighs: { 'rdma-link-fault': -0.8 },
  source: corruption,
};
const kinds = [
  receivedLow,
  receivedBelowSiblings,
  laserWeak,
  laserUnlikeSiblings,
  hot,
  outside,
  rawErrors,
  leftErrors,
  noLight,
  portSwitchedOff,
  sound,
];

/**
 * Before correction. Our judgement: a twentieth of the 2.4E-4 that IEEE 802.3 allows links of PAM4, and three hundred times
 * what sound ones print (2E-9 to 3E-8 in published outputs).
 */
const rawBerMax = 1e-5;
/** After correction: InfiniBand specification, and the threshold of ibdiagnet. */
const effectiveBerMax = 1e-12;

interface BitErrors {
  readonly rate: number;
  readonly line: number;
}

interface Reading {
  readonly state: string;
  /** Lanes that the link uses. */
  readonly width: number | null;
  readonly partNumber: string;
  /** A cable of copper, of which no monitor means light. */
  readonly isCopper: boolean;
  readonly received: OpticMonitor | null;
  readonly sent: OpticMonitor | null;
  readonly bias: OpticMonitor | null;
  readonly temperature: OpticMonitor | null;
  readonly voltage: OpticMonitor | null;
  readonly rawBer: BitErrors | null;
  readonly effectiveBer: BitErrors | null;
  readonly line: number;
}

/**
 * What the optical module of an adapter's port measures. A dirty plug still loses light when nothing is counted just now,
 * and a burst of errors that is over has left the light as it was: that is what it is for.
 */
export const ibOptics: Probe<MlxlinkArgs, Reading> = {
  id: 'ib.optics',
  platform: 'nvidia-linux',
  summary: 'received and sent light, laser current and temperature of the optical module of an RDMA port',
  question: 'Does the optical module of this RDMA port lose light, or is its laser or its temperature out of bounds?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'root',
  impact: 'passive',
  // Pages of the module come over a bus of 100 to 400 kHz through the firmware (SFF-8636, CMIS): a second and more for a
  // port, eight ports a node. It is asked with a reason, not of every node.
  costMs: 9_000,
  timeoutMs: 30_000,
  outputBytesMax: 32_768,
  args: mlxlinkArgs,
  devices: ({ hcas = [] }) => hcas.map(({ name, port }) => ({ hca: name, port })),
  argv: (given) => mlxlink(given, '-m', '-c'),
  allow: mlxlinkAllowed(' -m -c'),
  parse(output) {
    const lines = requiredLines(output, 'mlxlink');
    const values = namedValues(lines);
    const state = values.get('State');
    if (!lines.some(({ text }) => text === 'Operational Info') || state === undefined)
      throw new ProbeParseError('no operational info of mlxlink');
    const missing = ['Identifier', ...Object.values(monitors), 'Raw Physical BER'].find((name) => !values.has(name));
    if (!lines.some(({ text }) => text === 'Module Info') || missing !== undefined)
      throw new ProbeParseError(`no module and counter info of mlxlink: ${missing ?? 'Module Info'} is not there`);
    const monitor = (name: string): OpticMonitor | null => {
      const field = values.get(name);
      return field === undefined ? null : opticMonitor(field.value, field.line);
    };
    const bitErrors = (name: string): BitErrors | null => {
      const field = values.get(name);
      const rate = /^\d{1,4}(?:\.\d{1,4})?[eE][-+]?\d{1,3}$/.test(field?.value ?? '') ? Number(field?.value) : NaN;
      return field === undefined || !Number.isFinite(rate) ? null : { rate, line: field.line };
    };
    const width = /^(\d{1,2})x$/.exec(values.get('Width')?.value ?? '')?.[1];
    return {
      state: state.value,
      width: width === undefined ? null : Number(width),
      partNumber: values.get('Vendor Part Number')?.value ?? '',
      isCopper: ['Cable Technology', 'Cable Type'].some((name) =>
        /^(?:passive )?copper/i.test(values.get(name)?.value ?? ''),
      ),
      received: monitor(monitors.received),
      sent: monitor(monitors.sent),
      bias: monitor(monitors.bias),
      temperature: monitor(monitors.temperature),
      voltage: monitor(monitors.voltage),
      rawBer: bitErrors('Raw Physical BER'),
      effectiveBer: bitErrors('Effective Physical BER'),
      line: values.get('Identifier')?.line ?? 1,
    };
  },
  outcomes: kinds,
  meaning(reading, _node, read) {
    const device = read === undefined ? {} : { device: { kind: 'hca' as const, name: read.hca } };
    const of = portText(read);
    const place = (found: Omit<ProbeFinding, 'device'>): ProbeFinding => ({ ...found, ...device });
    // Its own laser is dark, and nothing of that is a fault.
    if (isSwitchedOff(reading))
      return [place({ kind: portSwitchedOff.id, text: `${of} is switched off: ${reading.state}`, line: reading.line })];
    const seen = [...lightOf(reading, of), ...bitErrorsOf(reading, of)].map(place);
    if (!hasLight(reading)) {
      const what = reading.isCopper ? 'a cable of copper' : 'nothing that measures light';
      const cable = `${of} has ${what}${reading.partNumber === '' ? '' : `, ${reading.partNumber}`}`;
      return [...seen, place({ kind: noLight.id, text: cable, line: reading.line })];
    }
    const { received, sent } = reading;
    return orClean(
      seen,
      kinds,
      place({
        kind: sound.id,
        text: `${of} receives ${shown(received)} dBm and sends ${shown(sent)} dBm, within the limits of its module`,
        line: received?.line ?? reading.line,
      }),
    );
  },
  siblings: {
    numbers: (reading, _node, read) => {
      if (isSwitchedOff(reading) || !hasLight(reading)) return [];
      const { partNumber: like, received, sent, bias } = reading;
      const hca = read?.['hca'];
      const device = typeof hca === 'string' ? { device: { kind: 'hca' as const, name: hca } } : {};
      const figure = (name: string, unit: string, monitor: OpticMonitor | null, worst: typeof Math.min) =>
        monitor === null ? [] : [{ name, unit, value: worst(...monitor.lanes), like, line: monitor.line, ...device }];
      const figures: readonly ProbeNumber[] = [
        // A link that is down is told by its own module, and a far end that was switched off by nobody's light.
        ...(reading.state === 'Active' ? figure('receivedDbm', 'dBm', received, Math.min) : []),
        ...figure('sentDbm', 'dBm', sent, Math.min),
        ...figure('biasMilliamps', 'mA', bias, Math.max),
      ];
      return figures;
    },
    rules: [
      // Half of the light. A whole channel of 200GBASE-SR4 may lose 1.9 dB, plugs included (OM4,
      // https://www.china-tscom.com/introduction-of-the-fiber-loss-budget-standard.html): two links that are built alike
      // differ by less. A dirty plug alone has cost 3.8 dB
      // (https://atlasofengineering.com/telecommunications-engineering/fiber-connector-contamination-optical-loss-case-study/).
      { name: 'receivedDbm', side: 'low', relative: 0, absolute: 3, kind: receivedBelowSiblings, source: corruption },
      // What two lanes of one sound SR4 module may differ by
      // (https://ontolt.com/product/qsfp-100g-sr4-duplex-lc-100g-100m-qsfp28-sr4-receiver-module).
      { name: 'sentDbm', side: 'low', relative: 0, absolute: 4, kind: laserUnlikeSiblings, source: corruption },
      // A laser that ages takes more current for the same light; our judgement: half more is much.
      { name: 'biasMilliamps', side: 'high', relative: 0.5, absolute: 2, source: diagnosis },
    ],
    kind: laserUnlikeSiblings,
  },
};

const monitors = {
  received: 'Rx Power Current',
  sent: 'Tx Power Current',
  bias: 'Bias Current',
  temperature: 'Temperature',
  voltage: 'Voltage',
} as const;

function isSwitchedOff({ state }: Reading): boolean {
  return /^Disabled?$/.test(state);
}

function hasLight({ isCopper, received, sent }: Reading): boolean {
  return !isCopper && (received !== null || sent !== null);
}

function lightOf(reading: Reading, of: string): readonly Omit<ProbeFinding, 'device'>[] {
  if (!hasLight(reading)) return [];
  const { received, sent, bias, temperature, voltage, state } = reading;
  const used = state === 'Active' ? reading.width : null;
  const found = (kind: FindingKind, what: string, unit: string, excess: OpticExcess | null) =>
    excess === null
      ? []
      : [
          {
            kind: kind.id,
            text: `${of}: ${what} is ${excess.value} ${unit} on lane ${excess.lane}, the limit of its module ${excess.limit}`,
            line: excess.line,
            values: { value: excess.value, limit: excess.limit, lane: excess.lane, unit },
          },
        ];
  const all = [
    ...found(receivedLow, 'received light', 'dBm', belowLimit(received, used)),
    ...found(laserWeak, 'sent light', 'dBm', belowLimit(sent, used)),
    ...found(laserWeak, 'laser current', 'mA', aboveLimit(bias)),
    ...found(hot, 'temperature', 'degrees Celsius', aboveLimit(temperature)),
    ...found(outside, 'received light', 'dBm', aboveLimit(received)),
    ...found(outside, 'sent light', 'dBm', aboveLimit(sent)),
    ...found(outside, 'supply', 'mV', aboveLimit(voltage) ?? belowLimit(voltage, null)),
  ];
  // One finding of a kind is enough.
  return all.filter(({ kind }, at) => all.findIndex((one) => one.kind === kind) === at);
}

function bitErrorsOf({ rawBer, effectiveBer }: Reading, of: string): readonly Omit<ProbeFinding, 'device'>[] {
  const found = (kind: FindingKind, what: string, errors: BitErrors | null, max: number) =>
    errors === null || errors.rate <= max
      ? []
      : [
          {
            kind: kind.id,
            text: `${of}: bit error rate ${what} correction is ${errors.rate.toExponential()}, limit ${max.toExponential()}`,
            line: errors.line,
            values: { rate: errors.rate, limit: max },
          },
        ];
  return [
    ...found(rawErrors, 'before', rawBer, rawBerMax),
    ...found(leftErrors, 'after', effectiveBer, effectiveBerMax),
  ];
}

function shown(monitor: OpticMonitor | null): string {
  return monitor === null ? 'unknown' : monitor.lanes.join(', ');
}
