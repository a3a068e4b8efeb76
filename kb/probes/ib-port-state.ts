import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { portSwitchedOff, portUnstable } from './ib-port-kinds.ts';
import { mlxlink, mlxlinkAllowed, mlxlinkArgs, namedValues, portText, type MlxlinkArgs } from './mlxlink.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/networking/display/MFTv4180/mlxlink+Utility';

const down: FindingKind = {
  id: 'ib.port-state.no-link',
  summary: 'the adapter finds no link on the port and says why',
  role: 'cause',
  weighs: { 'rdma-link-fault': 4 },
  source,
};
const notActive: FindingKind = {
  id: 'ib.port-state.not-active',
  summary: 'the port has a physical link and is not active',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const troubled: FindingKind = {
  id: 'ib.port-state.troubled',
  summary: 'the port is active and its firmware reports trouble',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 2 },
  source,
};
const active: FindingKind = {
  id: 'ib.port-state.active',
  summary: 'the port is active and its firmware reports no trouble',
  role: 'clean',
  // A port that flaps is up most of the time: an active port says less against a fault than a low counter does.
  weighs: { 'rdma-link-fault': -0.7 },
  source,
};
const narrow: FindingKind = {
  id: 'ib.port-state.narrow',
  summary: 'the link of the port uses fewer lanes than those of its siblings',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3 },
  source,
};
const kinds = [down, notActive, troubled, narrow, portUnstable, portSwitchedOff, active];

interface Reading {
  readonly state: string;
  readonly physicalState: string;
  readonly speed: string;
  readonly width: string;
  readonly opcode: number | null;
  readonly recommendation: string;
  readonly line: number;
  readonly recommendationLine: number;
  /** The state on the first of two reads, where it was another one. */
  readonly before?: string;
}

/** What the firmware of an adapter says of its port. Reads registers of the adapter, so it needs root's rights. */
export const ibPortState: Probe<MlxlinkArgs, Reading> = {
  id: 'ib.port-state',
  platform: 'nvidia-linux',
  summary: 'state of an RDMA port, and why it is down, from the firmware of its adapter',
  question: 'Is this RDMA port up at its full rate, or who disabled it?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'root',
  impact: 'passive',
  costMs: 900,
  timeoutMs: 20_000,
  outputBytesMax: 16_384,
  args: mlxlinkArgs,
  devices: ({ hcas = [] }) => hcas.map(({ name, port }) => ({ hca: name, port })),
  argv: (given) => mlxlink(given),
  allow: mlxlinkAllowed(),
  parse(output) {
    const lines = requiredLines(output, 'mlxlink');
    const fields = namedValues(lines);
    const state = fields.get('State');
    const physical = fields.get('Physical state');
    const recommendation = fields.get('Recommendation');
    if (!lines.some(({ text }) => text === 'Operational Info') || state === undefined || physical === undefined)
      throw new ProbeParseError('no operational info of mlxlink');
    if (recommendation === undefined) throw new ProbeParseError('no troubleshooting info of mlxlink');
    const opcode = fields.get('Status Opcode')?.value ?? '';
    return {
      state: state.value,
      physicalState: physical.value,
      speed: fields.get('Speed')?.value ?? 'N/A',
      width: fields.get('Width')?.value ?? 'N/A',
      opcode: /^\d{1,6}$/.test(opcode) ? Number(opcode) : null,
      recommendation: recommendation.value,
      line: state.line,
      recommendationLine: recommendation.line,
    };
  },
  outcomes: kinds,
  meaning(reading, _node, read) {
    const kind = reading.before === undefined ? kindOf(reading) : portUnstable;
    const { state, physicalState, speed, width, opcode, recommendation } = reading;
    return [
      {
        kind: kind.id,
        ...(read === undefined ? {} : { device: { kind: 'hca' as const, name: read.hca } }),
        text: `${portText(read)}: ${state}, ${physicalState}, ${speed} ${width}; firmware: ${recommendation}${reading.before === undefined ? '' : `; ${reading.before} a moment before`}`,
        line: kind === down || kind === troubled ? reading.recommendationLine : reading.line,
        values: { state, physicalState, ...(opcode === null ? {} : { opcode }) },
      },
    ];
  },
  siblings: {
    numbers: ({ width, line, state }) => {
      const lanes = /^(\d{1,2})x$/.exec(width)?.[1];
      return state === 'Active' && lanes !== undefined
        ? [{ name: 'lanes', value: Number(lanes), unit: 'lanes', line }]
        : [];
    },
    // Lanes are whole; a link that lost one runs with one or two of four.
    rules: [{ name: 'lanes', side: 'low', relative: 0, absolute: 0, source }],
    kind: narrow,
  },
  again: {
    gapMs: 3_000,
    combine: (first, second) => (first.state === second.state ? second : { ...second, before: first.state }),
  },
};

// PDDR status opcodes: 0 no issue, 1 closed by command (tables of the mlxlink documentation; texts of opcode 1 and of
// an unplugged cable as Cumulus Linux' monitoring guide prints them).
const closedByCommand = 1;

function kindOf({ state, physicalState, opcode }: Reading): FindingKind {
  if (opcode === closedByCommand || /^Disabled?$/.test(state)) return portSwitchedOff;
  if (state === 'Active') return opcode === null || opcode === 0 ? active : troubled;
  return /^(LinkUp|Phy(sical)? ?(state )?Up)$/i.test(physicalState) || /^(Physical )?LinkUp$/i.test(state)
    ? notActive
    : down;
}
