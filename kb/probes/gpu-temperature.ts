import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding, SiblingRule } from '../schemas/probe.ts';
import { rowNumbers } from './gpu-numbers.ts';
import { gpuQueryProbe } from './gpu-query-probe.ts';
import { gpuDevice, type GpuRow } from './nvidia-smi.ts';

// `nvidia-smi -q -d TEMPERATURE` of A100-SXM4 boards: GPU Max Operating Temp 85 C, Memory Max Operating Temp 95 C,
// Slowdown 89 C. https://github.com/NVIDIA/nvidia-docker/issues/1648 (A100-SXM4)
const gpuCelsiusMax = 85;
const memoryCelsiusMax = 95;
const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const gpuHot: FindingKind = {
  id: 'gpu.temperature.high',
  summary: 'a GPU is at or above the highest temperature at which it may work',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2.5, 'facility-fault': 1 },
  // The heat for which the driver slows it down.
  echoes: ['gpu.clock.thermal', 'gpu.throttle.thermal'],
  source,
};
const memoryHot: FindingKind = {
  id: 'gpu.temperature.memory-high',
  summary: 'the memory of a GPU is at or above the highest temperature at which it may work',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2, 'facility-fault': 0.7 },
  echoes: ['gpu.clock.thermal', 'gpu.throttle.thermal', 'gpu.temperature.high'],
  source,
};
const aboveSiblings: FindingKind = {
  id: 'gpu.temperature.above-siblings',
  summary: 'a GPU or its memory is much hotter than its siblings at the same moment',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 0.7, 'facility-fault': 0.3 },
  source: 'https://arxiv.org/abs/2208.11035',
};
const normal: FindingKind = {
  id: 'gpu.temperature.normal',
  summary: 'all GPUs are cooler than the highest temperature at which they may work',
  role: 'clean',
  // Of what a facility gives, power and network are not read here.
  weighs: { 'gpu-clock-throttle': -0.4, 'facility-fault': -0.5 },
  source,
};

const fields = ['temperature.gpu', 'temperature.memory'] as const;
type Row = GpuRow<(typeof fields)[number]>;

/** Temperatures of GPUs and their memory. */
export const gpuTemperature = gpuQueryProbe({
  id: 'gpu.temperature',
  summary: 'temperature of every GPU and of its memory',
  question: 'Is a GPU or its memory hotter than it may be at work?',
  aspect: 'stability',
  fields,
  kinds: [gpuHot, memoryHot, aboveSiblings, normal],
  judge: (rows) =>
    rows.flatMap((row) => [
      ...hot(row, 'temperature.gpu', gpuCelsiusMax, gpuHot),
      ...hot(row, 'temperature.memory', memoryCelsiusMax, memoryHot),
    ]),
  clean: (rows) => ({
    kind: normal.id,
    text: `the hottest of ${rows.length} GPUs has ${Math.max(0, ...rows.map((row) => row.values['temperature.gpu'] ?? 0))} degrees Celsius`,
  }),
  siblings: {
    numbers: ({ rows }) =>
      rowNumbers(rows, [
        { name: 'temperatureCelsius', unit: 'degrees Celsius', field: 'temperature.gpu' },
        { name: 'memoryTemperatureCelsius', unit: 'degrees Celsius', field: 'temperature.memory' },
      ]),
    rules: [siblingRule('temperatureCelsius'), siblingRule('memoryTemperatureCelsius')],
    kind: aboveSiblings,
  },
});

/** Places in the air stream differ by ten degrees and more between equal GPUs; more than that is worth a look. */
function siblingRule(name: string): SiblingRule {
  return { name, side: 'high', relative: 0.25, absolute: 15, source: aboveSiblings.source };
}

function hot(row: Row, field: (typeof fields)[number], celsiusMax: number, kind: FindingKind): readonly ProbeFinding[] {
  const celsius = row.values[field];
  if (celsius === null || celsius < celsiusMax) return [];
  return [
    {
      kind: kind.id,
      device: gpuDevice(row),
      text: `${field === 'temperature.gpu' ? 'GPU' : 'memory'} at ${celsius} degrees Celsius, at most ${celsiusMax} in operation`,
      line: row.line,
      values: { temperatureCelsius: celsius, temperatureCelsiusMax: celsiusMax },
    },
  ];
}
