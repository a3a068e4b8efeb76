import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { median } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { pathValues, type PathValue } from './path-values.ts';

const source = 'https://docs.kernel.org/admin-guide/pm/cpufreq.html';

const heldBack: FindingKind = {
  id: 'host.cpu-governor.held-back',
  summary: 'CPUs are to run at their highest clock and run far below it: heat, power or firmware holds them back',
  role: 'cause',
  weighs: { 'host-hardware-fault': 4, 'facility-fault': 1, 'dataloader-stall': 0.4 },
  // What else leaves the median of all CPUs that low under this governor is hardly known.
  source: 'https://docs.kernel.org/admin-guide/pm/intel_pstate.html',
};
const saving: FindingKind = {
  id: 'host.cpu-governor.saving',
  summary: 'CPUs run under a governor that saves power',
  role: 'context',
  weighs: { 'dataloader-stall': 0.4 },
  source,
};
const otherSlow: FindingKind = {
  id: 'host.cpu-governor.slower-than-siblings',
  summary: 'the CPUs of this node alone are under another governor, and run slowly',
  role: 'cause',
  weighs: { 'cpu-affinity-misconfig': 3.4, 'dataloader-stall': 0.7 },
  source,
};
const otherFast: FindingKind = {
  id: 'host.cpu-governor.other-than-siblings',
  summary: 'the CPUs of this node alone are under another governor, at a clock that harms nobody',
  role: 'context',
  weighs: { 'cpu-affinity-misconfig': 0.5 },
  source,
};
const notScaled: FindingKind = {
  id: 'host.cpu-governor.not-scaled',
  summary: 'the kernel does not set the clocks of the CPUs: firmware or a hypervisor does',
  role: 'context',
  weighs: {},
  source,
};
const fast: FindingKind = {
  id: 'host.cpu-governor.fast',
  summary: 'CPUs are free to run at their highest clock',
  role: 'clean',
  weighs: { 'dataloader-stall': -0.2, 'host-hardware-fault': -0.2, 'cpu-affinity-misconfig': -0.2 },
  source,
};
const unlike = unlikeSiblings('host.cpu-governor', 'the clock of the CPUs', {
  'host-hardware-fault': 0.8,
  'facility-fault': 0.5,
  'dataloader-stall': 0.7,
});
const kinds = [heldBack, saving, otherSlow, otherFast, notScaled, fast, unlike];

interface Reading {
  /** Names of governors and how many groups of CPUs each has. */
  readonly governors: Readonly<Record<string, number>>;
  /** Median of the CPUs; null where the kernel names none. */
  readonly currentMhz: number | null;
  readonly highestMhz: number | null;
  readonly line: number;
}

// A CPU that a board throttles (PROCHOT, a lost power supply) sits at its lowest clock, 0.4 to 0.8 of 3 to 4 GHz; one
// that only computes in wide vectors loses less than half.
const heldBackShare = 0.4;
// A host that feeds GPUs keeps its CPUs near their highest clock; half of it is what a governor gives that sees no load.
const slowShare = 0.5;

/** Clocks of the CPUs, and who sets them. */
export const hostCpuGovernor: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.cpu-governor',
  summary: 'clocks of the CPUs against their highest, and the governor that sets them',
  question: 'Do the CPUs run at their full clock?',
  aspect: 'performance',
  costMs: 120,
  outputBytesMax: 262_144,
  argv: () => [
    'grep',
    '-rH',
    '.',
    '/sys/devices/system/cpu/cpufreq',
    '--include=scaling_governor',
    '--include=scaling_cur_freq',
    '--include=cpuinfo_max_freq',
  ],
  parse(output) {
    const values = pathValues(output);
    const odd = values.find(({ path }) => !/\/cpufreq\/policy\d+\/[a-z_]+$/.test(path));
    if (odd !== undefined) throw new ProbeParseError(`line ${odd.line}: not a value of a cpufreq policy`);
    const governors = values.filter(({ path }) => path.endsWith('/scaling_governor'));
    return {
      governors: Object.fromEntries(
        [...Map.groupBy(governors, ({ value }) => value.slice(0, 32))].map(([name, ones]) => [name, ones.length]),
      ),
      currentMhz: medianMhz(values, 'scaling_cur_freq'),
      highestMhz: medianMhz(values, 'cpuinfo_max_freq'),
      line: governors[0]?.line ?? 1,
    };
  },
  outcomes: kinds,
  meaning({ governors, currentMhz, highestMhz, line }) {
    const names = Object.keys(governors);
    if (names.length === 0) return [{ kind: notScaled.id, text: 'no cpufreq policy' }];
    const text = `${names.join(', ')}: CPUs at ${currentMhz ?? 'an unknown'} of ${highestMhz ?? 'an unknown'} MHz`;
    const values = { governor: names.join(' '), currentMhz: currentMhz ?? 0, highestMhz: highestMhz ?? 0 };
    const low = currentMhz !== null && highestMhz !== null && currentMhz < heldBackShare * highestMhz;
    if (low && names.every((name) => name === 'performance')) return [{ kind: heldBack.id, text, line, values }];
    if (names.some((name) => name === 'powersave' || name === 'conservative'))
      return [
        { kind: saving.id, text, line, values },
        { kind: fast.id, text, line, values },
      ].slice(0, low ? 1 : 2);
    return [{ kind: fast.id, text, line, values }];
  },
  siblings: {
    kind: unlike,
    numbers: ({ currentMhz, line }) =>
      currentMhz === null ? [] : [{ name: 'currentMhz', value: currentMhz, unit: 'MHz', line }],
    rules: [{ name: 'currentMhz', side: 'low', relative: 0.3, absolute: 500, source: unlike.source }],
    words: ({ governors, currentMhz, highestMhz, line }) => {
      const names = Object.keys(governors).toSorted();
      const isSlow = currentMhz !== null && highestMhz !== null && currentMhz < slowShare * highestMhz;
      return names.length === 0
        ? []
        : [{ name: 'governor', value: names.join(' '), line, kind: isSlow ? otherSlow : otherFast }];
    },
  },
};

/** Median over the groups of CPUs, from kHz. */
function medianMhz(values: readonly PathValue[], file: string): number | null {
  const khz = values
    .filter(({ path }) => path.endsWith(`/${file}`))
    .map(({ value, line }) => {
      if (!/^\d+$/.test(value)) throw new ProbeParseError(`line ${line}: not a clock in kHz`);
      return Number(value);
    });
  const middle = median(khz);
  return middle === null ? null : Math.round(middle / 1000);
}
