import { celsius, megahertz, percents, watts } from './amounts.ts';
import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const nvml = 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html';
const nvidiaSmi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const datasheet =
  'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-nvidia-us-2188504-web.pdf';

// The A800's SM clock is 1,410 MHz at most, under load it stays within a few steps of that; 60 % of it is held down:
// datasheet above, and kb/probes/gpu-clocks.ts.
const boostMhz = 1410;
const heldDownShare = 0.6;

function isClockLow(sentence: string): boolean {
  if (/\bidle\b(?! reason)/i.test(sentence) && !/\b(?:not idle|while|although|under load|during)\b/i.test(sentence))
    return false;
  if (/\b(?:memory|mem|ram|ddr\d?|dimm|cpus?)\b/i.test(sentence) && !/\b(?:sm|graphics|gpu core)\b/i.test(sentence))
    return false;
  const clocks = megahertz(sentence);
  const lowest = Math.min(...clocks);
  const usual = clocks.length > 1 ? Math.max(...clocks) : boostMhz;
  return clocks.length > 0 && lowest < heldDownShare * usual;
}

// GPU Max Operating Temp of A100 SXM4 boards, `nvidia-smi -q -d TEMPERATURE`; as in kb/probes/gpu-temperature.ts.
const hotCelsius = 85;
// Boards of these models leave the factory at 300 W (PCIe) or 400 W (SXM): datasheet above.
const powerLimitWatts = 300;
const loweredShare = 0.9;

function isPowerLow(sentence: string): boolean {
  const limits = watts(sentence);
  const highest = limits.length > 1 ? Math.max(...limits) : powerLimitWatts;
  return limits.length > 0 && Math.min(...limits) < loweredShare * highest;
}

/** Clocks, power, heat and load of GPUs, as people read them from nvidia-smi and dashboards. */
export const gpuClocksSeen = noteDetector('notes-gpu-clocks', [
  {
    id: 'seen.gpu.slowdown-active',
    summary: 'a slowdown or throttle reason of a GPU was seen active',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 4.5, 'facility-fault': 0.4, 'host-hardware-fault': 0.3 },
    source: nvml,
    pattern: any(
      /\b(?:HW|SW|hardware|software|thermal|power[ _-]?brake)[ _-](?:(?:thermal|power[ _-]?brake)[ _-])?slow[ -]?down\b.{0,30}?\b(?:active|asserted|is on|engaged|set|true)\b/,
      /\bactive.{0,25}?\b(?:HW|SW|hardware|thermal|power brake) (?:thermal )?slow[ -]?down\b/,
      /\b(?:throttle|event|slow[ -]?down) reasons?\b.{0,50}?\b(?:thermal|hw_?slowdown|HW slowdown|power[ _-]?brake|slow[ -]?down)\b/,
      /\bpower[ _-]?brake\b.{0,30}?\b(?:active|asserted|engaged|on)\b/,
    ),
    sees: [
      'HW Slowdown active on gpu 2',
      'nvidia-smi -q shows "HW Power Brake Slowdown : Active" for GPU 5',
      'clocks event reasons: HW thermal slowdown',
      'power brake asserted on node-04',
    ],
    ignores: ['HW Slowdown: Not Active', 'no slowdown reason is active', 'the job has a slowdown of 20 %'],
  },
  {
    id: 'seen.gpu.clock-locked',
    summary: 'the clocks of a GPU were locked or capped',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 4.5 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\b(?:sm|gpu|graphics|core|application) ?(?:clocks?|frequency|frequencies)\\b|\\bclocks\\b',
        '\\b(?:locked|pinned|capped|limited|clamped|fixed|held down|set by hand|left behind)\\b(?! (?:in|memory))',
        40,
      ),
      /\bnvidia-smi (?:-i \d+ )?(?:-lgc|--lock-gpu-clocks|-ac|--applications-clocks)\b/,
      /\bclock (?:lock|cap)\b.{0,40}?\b(?:set|active|left|in place|found|still)\b/,
      near(
        '\\bclock (?:lock|cap|limit)\\b|\\b(?:limited|locked|capped|pinned|held) (?:to|at) (?:\\d{3,4} ?mhz|[01]?\\.\\d{1,3} ?ghz)',
        '\\bgpus?\\b|\\bcards?\\b',
        60,
      ),
    ),
    sees: [
      'somebody locked the SM clocks of GPU 3 with nvidia-smi -lgc 210',
      'GPU clocks are capped at 900 MHz on node-02',
      'a clock lock was still in place on gpu 1',
      'the graphics clock is pinned to 210',
    ],
    ignores: ['the clocks are not locked', 'page-locked memory is used', 'clocks of all nodes are synchronised by NTP'],
  },
  {
    id: 'seen.gpu.clock-low',
    summary: 'a GPU was seen at clocks far below the others, or below its model',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 4.5, 'facility-fault': 0.3, 'host-hardware-fault': 0.3 },
    source: datasheet,
    pattern: any(
      /\b\d{1,2} ?(?:%|percent) of (?:the |its )?(?:\w+ ){0,3}(?:clocks?|frequency)\b/,
      near(
        '\\b(?:sm|gpu|graphics|core|gpc)?[ -]?(?:clocks?|frequency|freq|pclk|clk)\\b|\\b(?:runs?|running|pinned|sits|held|locked|capped) at\\b|\\bstuck at\\b|\\bat only\\b|\\bonly at\\b|\\bgpu ?\\d|\\bsm\\b',
        '\\b\\d{2,4}(?:\\.\\d)?\\s?mhz\\b|\\b[01]?\\.\\d{1,3}\\s?ghz\\b|\\b(?:clocks?|p?clk)[ :=]{1,3}\\d{3,4}\\b',
      ),
    ),
    check: (said, sentence) => isClockLow(sentence) || percents(said).some((value) => value < heldDownShare * 100),
    sees: [
      'nvidia-smi shows GPU 3 at 210 MHz SM clock, the others at 1410',
      'gpu 5: SM clock 345 MHz under load',
      'SM clock reads 510 MHz on gpu 2 while its neighbours run at 1410 MHz',
      'one card is stuck at 0.6 GHz, the rest run at 1.4 GHz',
      'during the hang rank 4 runs at 135 MHz graphics clock',
    ],
    ignores: [
      'all GPUs run at 1410 MHz',
      'memory clock 405 MHz on all GPUs',
      'the idle GPUs are at 210 MHz',
      'CPU frequency is 800 MHz',
    ],
  },
  {
    id: 'seen.gpu.throttled',
    summary: 'a GPU was said to throttle',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 4, 'facility-fault': 0.5, 'host-hardware-fault': 0.3 },
    source: nvml,
    pattern: any(
      near(
        '\\b(?:gpus?|cards?|accelerator|sm clocks?|clocks?|boards?)\\b',
        '\\b(?:throttl(?:e|es|ed|ing)|down-?clock(?:s|ed)?|clocks? down)\\b',
      ),
      /\b(?:thermal(?:ly)?|power|heat)[ -]?throttl(?:e|es|ed|ing)\b/,
      /\bthrottling\b(?= (?:is|was|were|has|could|can|ruled|seen|active|observed|reported|on|under|after)\b|$)/,
    ),
    check: (said, sentence) =>
      !/\bcpus?\b|\bi\/?o throttl|\bapi throttl|\bnetwork throttl/i.test(said) && !/\bcpu throttl/i.test(sentence),
    sees: [
      'GPU 3 is throttling',
      'the cards in the middle slots throttle after ten minutes',
      'dcgm reports thermal throttling on node-05',
      'the board downclocks under load',
    ],
    ignores: ['no throttling on any GPU', 'CPU throttling seen in the container', 'throttling was ruled out'],
  },
  {
    id: 'seen.gpu.power-limited',
    summary: 'the power limit of a GPU was lower than it should be',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 4, 'facility-fault': 0.3 },
    source: datasheet,
    pattern: near(
      '\\bpower[ -]?(?:limit|cap|capping|budget)\\b|\\bnvidia-smi (?:-i \\d+ )?-pl\\b|\\bpower[ -]?capped\\b',
      '\\b\\d{2,3}(?:\\.\\d+)?\\s?(?:w|watts?)\\b',
    ),
    check: (_said, sentence) => isPowerLow(sentence),
    sees: [
      'power limit of GPU 6 is 150 W, the others have 400 W',
      'the GPUs on node-03 are power capped to 200 W',
      'nvidia-smi -pl 100 W had been set',
    ],
    ignores: ['power limit is 400 W on all GPUs', 'the power supply has 3000 W'],
  },
  {
    id: 'seen.gpu.power-capped',
    summary: 'a GPU was said to be power-capped',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 2 },
    source: nvml,
    pattern:
      /\bpower[ -]?(?:capped|limited)\b|\bpower (?:limit|cap) (?:was|is|had been|has been) (?:lowered|reduced|changed|set too low|too low)\b/,
    sees: ['gpu 2 is power-capped', 'the power limit was lowered for the event'],
    ignores: ['the GPUs are not power-capped', 'power limit: default'],
  },
  {
    id: 'seen.gpu.hot',
    summary: 'a GPU was seen at or above its operating temperature',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 3, 'facility-fault': 0.9, 'host-hardware-fault': 0.6 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\btemp(?:erature)?s?\\b|\\bgpu(?: ?\\d{1,2})?\\b|\\bhot\\b',
        '\\b\\d{2,3}\\s?(?:°|º|deg(?:rees?)?\\b|c\\b|celsius)',
        50,
      ),
    ),
    check: (_said, sentence) =>
      !/\bwithin (?:its |the )?(?:specification|spec|limits?)\b/i.test(sentence) &&
      !/\b(?:inlet|ambient|room|cpu|transceiver|optic|module|nvme|disk|water|coolant|memory)\b/i.test(sentence) &&
      Math.max(...celsius(sentence)) >= hotCelsius,
    sees: [
      'temperature 92 C',
      'GPU 0 reaches 91°C under load',
      'gpu temp is 88 degrees on node-02',
      'temperatures of 87 C on gpu 4, others 61 C',
    ],
    ignores: [
      '85 C under load is within specification of the card',
      'temperature 61 C',
      'GPU 3 at 45 C',
      'all GPUs below 70 degrees',
    ],
  },
  {
    id: 'seen.gpu.overheats',
    summary: 'a GPU was said to overheat',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 3, 'facility-fault': 0.8, 'host-hardware-fault': 0.8 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\b(?:gpus?|cards?|node-?\\w*|server)\\b',
        '\\b(?:overheat(?:s|ed|ing)?|too hot|very hot|over ?temp(?:erature)?)\\b',
        40,
      ),
    ),
    check: (said) => !/\bswitch|\bcable|\btransceiver|\bcpu\b/i.test(said),
    sees: ['GPU 3 overheats', 'the cards get too hot in that chassis'],
    ignores: ['the switch overheats', 'GPUs are not too hot'],
  },
  {
    id: 'seen.gpu.cooling-bad',
    summary: 'the cooling of a GPU or server was seen broken',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 3.2, 'host-hardware-fault': 2.2, 'facility-fault': 0.8 },
    source: nvidiaSmi,
    pattern: near(
      '\\b(?:gpu |chassis |server |system )?fans?\\b(?!-)|\\bair ?flow\\b|\\bheat ?sink\\b|\\bthermal paste\\b|\\bcold plate\\b',
      '\\b(?:fail(?:s|ed|ing|ure)?|broken|dead|stopped|0 ?rpm|not (?:spinning|turning)|blocked|clogged|loose|dust\\w*|dried out|missing)\\b',
      40,
    ),
    saysNot: true,
    sees: [
      'two chassis fans of node-06 have failed',
      'the heatsink of GPU 1 is loose',
      'fan 3 is not spinning',
      'airflow blocked by cables',
    ],
    ignores: ['fans run at 60 %', 'fan-in of the layer is missing'],
  },
  {
    id: 'seen.cpu.throttled',
    summary: 'the CPU was seen throttled or at low frequency',
    role: 'cause',
    weighs: {
      'host-hardware-fault': 1.6,
      'facility-fault': 0.8,
      'dataloader-stall': 0.8,
      'cpu-affinity-misconfig': 0.3,
    },
    source: 'https://docs.kernel.org/admin-guide/pm/cpufreq.html',
    pattern: near(
      '\\bcpus?\\b(?! clock skew)',
      '\\bthrottl(?:e|es|ed|ing)\\b|\\bpowersave governor\\b|\\b\\d{3} ?MHz\\b|\\b0\\.\\d ?GHz\\b',
      40,
    ),
    sees: ['CPU throttling on node-05', 'CPUs run at 800 MHz with the powersave governor'],
    ignores: ['CPU is not throttled', 'GPU throttling'],
  },
  {
    id: 'seen.gpu.clocks-normal',
    summary: 'clocks, power and temperatures of the GPUs look normal',
    role: 'context',
    weighs: { 'gpu-clock-throttle': -1.4, 'facility-fault': -0.2 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\b(?:sm |gpu )?(?:clocks?|temperatures?|temps?|power(?: draw)?)\\b',
        '\\b(?:normal|fine|ok|okay|healthy|as expected|the same (?:on|for|across)|identical|at (?:their )?(?:max|maximum|boost|default)|stable|equal|default|unremarkable)\\b',
        50,
      ),
      /\ball (?:gpus?|cards?|of them)?\s?(?:\w+ ){0,3}(?:at|run at|show) 1[34]\d\d ?MHz\b/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\b(?:not|\w{1,5}n['’]t|abnormal)\b/i.test(said) &&
      !isClockLow(sentence) &&
      !/\b(?:memory power|clock skew|ntp|time)\b/i.test(said),
    sees: [
      'clocks and temperatures are normal',
      'all GPUs at 1410 MHz',
      'SM clocks are the same on all GPUs',
      'temps fine, power draw as expected',
    ],
    ignores: ['clocks are not normal', 'GPU 3 at 210 MHz, clocks of the others normal'],
  },
]);
