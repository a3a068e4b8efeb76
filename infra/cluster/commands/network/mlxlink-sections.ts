import { hexDigits, spread } from '../../noise.ts';
import { linkCounters, linkState } from '../../physics/link.ts';
import { hcaSymbols } from '../../physics/network/link-errors.ts';
import { trainedLink } from '../../physics/network/link-rate.ts';
import { opticLanes, opticReading } from '../../physics/network/optics.ts';
import type { WorldHca } from '../../world.ts';
import type { CommandContext } from '../command.ts';

/** A row of mlxlink 4.22. */
export function row(name: string, value: string): string {
  return `${name.padEnd(32)}: ${value}`;
}

/** What mlxlink adds when it is asked for more; every section begins with an empty line. */
export const moreSections: Readonly<Record<string, (context: CommandContext, hca: WorldHca) => readonly string[]>> = {
  '-m': moduleInfo,
  '--show_module': moduleInfo,
  '-c': counters,
  '--show_counters': counters,
  '-e': eye,
  '--show_eye': eye,
};

/** Bits a minute of a lane at HDR, with error correction. */
const laneBits = 53.125e9 * 60;
/** Bits that were wrong for one symbol that correction could not mend. Assumed. */
const wrongBitsOfSymbol = 16_000;

/**
 * `-m`: the nodes' cables are fibres between HDR transceivers (MMA1T00-HS, SR4). Rows are those of `showModuleInfo` in
 * mstflint's mlxlink_commander.cpp, thresholds those of public read-outs of such modules. A module without a link is
 * read as well, one that is not seen is not.
 */
function moduleInfo(context: CommandContext, hca: WorldHca): readonly string[] {
  const { world, timeline, node, nowMs } = context;
  const state = stateOf(context, hca);
  const plugged = (value: string) => (state === 'polling' ? 'N/A' : value);
  const { temperatureC, voltageMv, biasMa, receivedDbm, sentDbm } = opticReading(timeline, node, hca, nowMs);
  // A link that came up with fewer lanes has no others for mlxlink.
  const used = usedLanes(context, hca);
  const perLane = (values: readonly number[], digits: number) =>
    values
      .slice(0, used)
      .map((value) => String(Number(value.toFixed(digits))))
      .join(',');
  return titled('Module Info', [
    row('Temperature [C]', plugged(`${temperatureC} [-5..75]`)),
    row('Voltage [mV]', plugged(`${voltageMv.toFixed(1)} [2970..3630]`)),
    row('Bias Current [mA]', plugged(`${perLane(biasMa, 3)} [2..15]`)),
    row('Rx Power Current [dBm]', plugged(`${perLane(receivedDbm, 3)} [-10.41..6]`)),
    row('Tx Power Current [dBm]', plugged(`${perLane(sentDbm, 3)} [-8.508..5]`)),
    row('Identifier', plugged('QSFP28')),
    row('Compliance', plugged('HDR,EDR,FDR,QDR,DDR,SDR')),
    row('Cable Technology', plugged('850 nm VCSEL')),
    row('Cable Type', plugged('Optical Module (separated)')),
    row('OUI', plugged('Mellanox')),
    row('Vendor Name', plugged('Mellanox')),
    row('Vendor Part Number', plugged('MMA1T00-HS')),
    row('Vendor Serial Number', plugged(serialOf(world.seed, node.index, hca.name))),
    row('Rev', plugged('A5')),
    row('Wavelength [nm]', plugged('850')),
    row('Transfer Distance [m]', plugged('100')),
    row('Attenuation (5g,7g,12g)[dB]', plugged('N/A')),
    row('FW Version', plugged('38.100.121')),
    row('Digital Diagnostic Monitoring', plugged('Yes')),
    row('Power Class', plugged('5.0 W max')),
    row('CDR RX', plugged('ON,ON,ON,ON')),
    row('CDR TX', plugged('ON,ON,ON,ON')),
    row('LOS Alarm', 'N/A'),
  ]);
}

/** `-c`: an optic that is dirty breaks bits long before symbols are lost. */
function counters(context: CommandContext, hca: WorldHca): readonly string[] {
  const { world, timeline, node, nowMs } = context;
  const minutes = (nowMs - node.bootMs) / 60_000;
  const counted = linkCounters(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs);
  const symbols = counted.symbolErrors + hcaSymbols(timeline, node, hca, nowMs).symbolErrors;
  const { rawErrorRate, usualErrorRate, laneShares } = opticReading(timeline, node, hca, nowMs);
  const used = usedLanes(context, hca);
  const bits = laneBits * minutes;
  const raw = laneShares
    .slice(0, used)
    .map((share) => Math.round(usualErrorRate * bits * share + wrongBitsOfSymbol * symbols * share));
  const state = stateOf(context, hca);
  const whenUp = (value: string) => (state === 'active' || state === 'initializing' ? value : 'N/A');
  const lost = rate(symbols / (bits * used));
  return titled('Physical Counters and BER Info', [
    row('Time Since Last Clear [Min]', whenUp(minutes.toFixed(1))),
    row('Symbol Errors', whenUp(String(symbols))),
    row('Symbol BER', whenUp(lost)),
    row('Effective Physical Errors', whenUp(String(symbols))),
    row('Effective Physical BER', whenUp(lost)),
    row('Raw Physical Errors Per Lane', whenUp(raw.join(','))),
    row('Raw Physical BER', whenUp(rate(rawErrorRate))),
    row('Link Down Counter', whenUp(String(counted.downed))),
    row('Link Error Recovery Counter', whenUp(String(counted.recoveries))),
  ]);
}

/**
 * `-e`: the electrical side between adapter and module, which has a clock recovery of its own: light is not seen here, a
 * bad contact is.
 */
function eye(context: CommandContext, hca: WorldHca): readonly string[] {
  const { world, timeline, node, nowMs } = context;
  const { electricalLossDb } = opticReading(timeline, node, hca, nowMs);
  const open = (values: readonly number[]) =>
    values.map((value, lane) => value * 10 ** (-(electricalLossDb[lane] ?? 0) / 20));
  const own = (quantity: string) =>
    Array.from({ length: usedLanes(context, hca) }, (_, lane) =>
      spread(world.seed, quantity, node.index, hca.name, lane, Math.floor(nowMs / 60_000)),
    );
  const state = stateOf(context, hca);
  const shown = (values: readonly number[]) =>
    state === 'active' || state === 'initializing'
      ? values.map((value) => String(Math.round(value)).padStart(6)).join(',')
      : 'N/A';
  return titled('EYE Opening Info', [
    row('Physical Grade', shown(open(own('eye-grade').map((one) => 8_900 + 700 * one)))),
    row('Height Eye Opening [mV]', shown(open(own('eye-height').map((one) => 42 + 6 * one)))),
    row('Phase  Eye Opening [psec]', shown(open(own('eye-phase').map((one) => 11 + 2 * one)))),
  ]);
}

function titled(title: string, rows: readonly string[]): readonly string[] {
  return ['', title, '-'.repeat(title.length), ...rows];
}

function stateOf({ world, timeline, node, nowMs }: CommandContext, hca: WorldHca) {
  return linkState(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs);
}

function usedLanes({ timeline, node, nowMs }: CommandContext, hca: WorldHca): number {
  return Math.min(opticLanes, trainedLink(timeline.segmentAt(nowMs).settings, node, hca, nowMs).lanes);
}

/** `3E-8`; no error at all is the smallest that the register can say. */
function rate(value: number): string {
  if (value <= 0) return '15E-255';
  const magnitude = Math.ceil(-Math.log10(value));
  const coefficient = Math.round(value * 10 ** magnitude);
  return coefficient >= 10 ? `1E-${magnitude - 1}` : `${coefficient}E-${magnitude}`;
}

function serialOf(seed: number, node: number, hca: string): string {
  return `MT2213FT${String(Number.parseInt(hexDigits(4, seed, 'optic-serial', node, hca), 16)).padStart(5, '0')}`;
}
