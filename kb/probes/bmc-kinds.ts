import { bmcEvents } from '../detectors/bmc-events.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';

const ipmi =
  'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html';

/** A management controller runs on standby power: one that is silent has none, or its network has failed. */
export const bmcSilent: FindingKind = {
  id: 'bmc.silent',
  summary: 'the management controller does not answer either: no standby power, or its network is down',
  role: 'symptom',
  weighs: { 'facility-fault': 1.8, 'host-hardware-fault': 1 },
  source: ipmi,
};
export const hostOff: FindingKind = {
  id: 'bmc.host-off',
  summary: 'the management controller says that the host is switched off',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.5, 'facility-fault': 1.5, 'scheduler-action': 0.7 },
  source: ipmi,
};

/** What a log line of a controller may mean; the detector of shipped logs knows the rest. */
const thermalTrip: FindingKind = {
  id: 'bmc.event.thermal-trip',
  summary: 'a processor or a board got so hot that the server switched itself off',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.4, 'facility-fault': 2.2, 'gpu-clock-throttle': 0.4 },
  source: ipmi,
};
const processorError: FindingKind = {
  id: 'bmc.event.processor-error',
  summary: 'a processor reported a catastrophic error (CATERR, IERR, machine check)',
  role: 'cause',
  weighs: { 'host-hardware-fault': 4.4 },
  source: ipmi,
};
const memoryUncorrectable: FindingKind = {
  id: 'bmc.event.memory-uncorrectable',
  summary: 'a memory module had an error that could not be corrected',
  role: 'cause',
  weighs: { 'host-hardware-fault': 4.4 },
  source: ipmi,
};
const memoryCorrectable: FindingKind = {
  id: 'bmc.event.memory-correctable',
  summary: 'a memory module had more corrected errors than a sound one has',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.8 },
  source: 'https://github.com/andikleen/mcelog/blob/master/mcelog.conf (ce-error-threshold = 10 / 24h)',
};
const memoryCorrectableFew: FindingKind = {
  id: 'bmc.event.memory-correctable-few',
  summary: 'a memory module had a few corrected errors, which is ordinary',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.2 },
  source: 'https://github.com/andikleen/mcelog/blob/master/mcelog.conf (ce-error-threshold = 10 / 24h)',
};
const supplyFailed: FindingKind = {
  id: 'bmc.event.power-supply-failed',
  summary: 'a power supply of the server failed',
  role: 'cause',
  weighs: { 'host-hardware-fault': 3.2, 'facility-fault': 0.4 },
  source: ipmi,
};
const inputLost: FindingKind = {
  id: 'bmc.event.power-input-lost',
  summary: 'a power supply of the server got no input',
  role: 'cause',
  // The supply, its cord or its feed; a feed that several servers share is seen on several.
  weighs: { 'facility-fault': 1, 'host-hardware-fault': 1.6 },
  source: ipmi,
};
const powerLost: FindingKind = {
  id: 'bmc.event.power-lost',
  summary: 'the server lost all its power',
  role: 'cause',
  weighs: { 'facility-fault': 2, 'host-hardware-fault': 1.5 },
  source: ipmi,
};
const redundancyLost: FindingKind = {
  id: 'bmc.event.redundancy-lost',
  summary: 'supplies or fans of the server have no spare left',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.7, 'facility-fault': 0.5 },
  source: ipmi,
};
const switchedOff: FindingKind = {
  id: 'bmc.event.switched-off',
  summary: 'the server was switched off by its system or by somebody',
  role: 'context',
  weighs: { 'scheduler-action': 1, 'host-hardware-fault': 0.4, 'facility-fault': 0.4 },
  source: ipmi,
};
export const bmcQuiet: FindingKind = {
  id: 'bmc.event.none',
  summary: 'the management controller has logged nothing that would stop a server',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.6, 'facility-fault': -0.5 },
  source: ipmi,
};
export const bmcEventKinds = [
  thermalTrip,
  processorError,
  memoryUncorrectable,
  memoryCorrectable,
  memoryCorrectableFew,
  supplyFailed,
  inputLost,
  powerLost,
  redundancyLost,
  switchedOff,
  ...bmcEvents.kinds,
];

/** Corrected errors of one module that a sound one does not reach: mcelog's default in 24 hours. */
export const correctableMin = 10;

export const correctable = { some: memoryCorrectableFew, many: memoryCorrectable };
/** One supply without input, and all of them. */
export const input = { one: inputLost, all: powerLost };

/** In order: what says more stands before what says less. */
const patterns: readonly (readonly [FindingKind, RegExp])[] = [
  [thermalTrip, /thermal ?trip|thermtrip|over-?temperature .*(?:shut|power(?:ed)? (?:off|down))/i],
  [processorError, /\bCATERR\b|\bIERR\b|\bMCERR\b|machine check|processor internal error/i],
  [memoryUncorrectable, /uncorrectable (?:memory )?(?:ECC|error)|multi-?bit (?:memory )?error/i],
  [memoryCorrectable, /ECC logging limit reached|correctable memory error (?:logging limit|rate exceeded)/i],
  [memoryCorrectableFew, /correctable (?:memory )?ECC|correctable memory error|single-?bit (?:memory )?error/i],
  [
    powerLost,
    /Power Unit.*\bAC lost|all power supplies .*lost|system power (?:lost|was lost)|unexpected loss of (?:AC )?power/i,
  ],
  [
    inputLost,
    /Power Supply AC lost|power input for (?:power supply|PSU) \S{1,20} is lost|(?:power )?input (?:lost|is lost|power lost)|AC lost or out-of-range|lost AC|loss of AC/i,
  ],
  [
    supplyFailed,
    /Power Supply[^|]*\| ?(?:Failure detected|Predictive failure|Config Error)|power supply \S{1,20} (?:has )?failed|PSU ?\d* (?:failure|failed)/i,
  ],
  [redundancyLost, /Redundancy (?:Lost|Degraded)|Non-Redundant|redundancy is lost/i],
  [switchedOff, /S4\/S5: ?soft-?off|Power Button pressed|Soft-power off|graceful shutdown/i],
];

/**
 * What an event says, whichever way it is worded; `null` where it says nothing of a fault. The text is a line of
 * ipmitool from the record number on, or a message of Redfish.
 */
export function bmcEventKind(text: string): FindingKind | null {
  // An uncorrectable PCI Express or bus error is no memory error: the detector knows it.
  if (!/PCI|\bbus\b/i.test(text)) {
    const known = patterns.find(([, pattern]) => pattern.test(text))?.[0];
    if (known !== undefined) return known;
  }
  const found = bmcEvents.match({ text })?.kind;
  return bmcEvents.kinds.find(({ id }) => id === found) ?? null;
}

/** Throws what is no answer of a controller; tells whether it was silent. */
export function isSilentController(output: ProbeOutput, tool: 'ipmitool' | 'curl'): boolean {
  requireTool(output, tool);
  if (output.exitCode === 0) return false;
  if (tool === 'curl') {
    // https://curl.se/libcurl/c/libcurl-errors.html: 7 could not connect, 28 timed out, 52 and 56 nothing came.
    if (output.exitCode !== null && [7, 28, 52, 56].includes(output.exitCode)) return true;
  } else if (/Unable to establish (?:IPMI v2 \/ RMCP\+|LAN) session|Get Auth Capabilities error/.test(output.stderr)) {
    // A wrong password is said otherwise: "RAKP 2 HMAC is invalid", "Unauthorized name".
    if (!/RAKP|Unauthorized|HMAC|password|privilege/i.test(output.stderr)) return true;
  }
  throw new ProbeParseError(
    `${tool} ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
  );
}
