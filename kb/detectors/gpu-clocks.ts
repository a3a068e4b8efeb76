import { lineDetector } from './line-patterns.ts';

const nvml = 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html';

/** Clocks held down by heat, power or a lock, as nvidia-smi, DCGM and the kernel word it. */
export const gpuClocks = lineDetector('gpu-clocks', [
  {
    id: 'gpu.clock.slowdown-active',
    summary: 'a slowdown reason of the GPU is active',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 6, 'facility-fault': 0.4 },
    source: nvml,
    literals: [
      'slowdown',
      'throttl',
      'dcgm_fr_clock',
      'due to thermal violation',
      'due to power violation',
      'dcgm_fi_dev_clock',
    ],
    pattern:
      /(?:HW|SW) (?:Thermal |Power Brake )?Slowdown\s{0,40}: Active|(?:hw_thermal_slowdown|hw_power_brake_slowdown|hw_slowdown|sw_thermal_slowdown)["']?\s?[:=]\s?["']?(?:Active|true|1)\b|HW (?:Thermal |Power Brake )?Slowdown is engaged|clocks event due to (?:thermal|power) violation in GPU|(?:hw|sw)_(?:thermal_|power_brake_)?slowdown (?:is )?Active\b|(?:throttle|event|slowdown|reasons?)\w{0,8}["']?[:=] ?["']?hw_(?:thermal_|power_brake_)?slowdown\b|(?:thermal|power brake) (?:slowdown|throttling) (?:is )?(?:active|detected|engaged)\b|DCGM_FI_DEV_CLOCKS?_(?:THROTTLE|EVENT)_?REASONS\{[^}\n]{0,1500}\}\s{1,4}(?:8|32|40|64|72|96|104|128|136|192|200|232)(?!\d)|DCGM_FR_CLOCK_THROTTLE_(?:THERMAL|POWER)|DCGM_FR_CLOCKS_EVENT_(?:THERMAL|POWER)|GPU[^\n]{0,60}(?:is |being )?(?:thermal(?:ly)?[- ]throttl|throttl)/i,
    sees: [
      '            HW Thermal Slowdown           : Active',
      '            HW Power Brake Slowdown       : Active',
      'GPU 3 is throttling: temperature 91 C',
      'Detected clocks event due to power violation in GPU 0. Monitor the power conditions.',
      'Power brake slowdown active on GPU 2',
      'THERMAL THROTTLING DETECTED on card 1',
      'GPU-6a1b: HW Thermal Slowdown is engaged (reason: HW Thermal Slowdown (temperature being too high))',
      'DCGM_FI_DEV_CLOCK_THROTTLE_REASONS{gpu="3",UUID="GPU-6a",device="nvidia3"} 72',
    ],
    ignores: [
      '            HW Thermal Slowdown           : Not Active',
      'hw_slowdown: 0',
      'DCGM_FI_DEV_CLOCK_THROTTLE_REASONS{gpu="3",UUID="GPU-6a"} 4',
    ],
  },
  {
    id: 'gpu.thermal.shutdown',
    summary: 'a GPU is too hot',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 4, 'facility-fault': 1, 'host-hardware-fault': 0.8, 'gpu-fell-off-bus': 0.4 },
    source: nvml,
    literals: ['thermal', 'temperature', 'overheat', 'overtemp', 'dcgm_fr_temp_violation'],
    pattern:
      /GPU[^\n]{0,60}(?:has overheated|overtemp|over[- ]temperature|temperature[^\n]{0,40}(?:exceed|above|over|violation))|thermal violation|DCGM_FR_(?:THERMAL_VIOLATIONS|TEMP_VIOLATION)/i,
    sees: [
      'NVRM: GPU at PCI:0000:c1:00 has overheated',
      'DCGM_FR_THERMAL_VIOLATIONS: There were thermal violations totaling 12 seconds for GPU 3',
    ],
    ignores: ['GPU 3 temperature 41 C'],
  },
  {
    id: 'gpu.clock.locked',
    summary: 'clocks or the power limit of a GPU were set by hand',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 3 },
    source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    literals: [
      'clocks set to',
      'power limit for',
      'power limit',
      'graphics clock',
      'locked to ',
      'locked at ',
      'stuck at ',
      'pinned at ',
      'pinned to ',
      'stuck to ',
    ],
    pattern:
      /(?:GPU|Memory) clocks set to "?\(?gpuClkMin|Power limit for GPU [0-9a-f:.]{7,16} was set to|(?:SM|graphics) clock[^\n]{0,40}(?:stuck|locked|pinned) (?:at|to) \d+|\bGPU[^\n]{0,20} clocks (?:is |are )?(?:stuck|locked|pinned) (?:at|to) \d+/i,
    sees: [
      'GPU clocks set to "(gpuClkMin 210, gpuClkMax 210)" for GPU 00000000:C1:00.0',
      'Power limit for GPU 00000000:C1:00.0 was set to 100.00 W from 400.00 W.',
      'GPU 6: clocks are locked at 1005 MHz',
    ],
    ignores: ['Power Limit : 400.00 W'],
  },
  {
    id: 'cpu.thermal.throttled',
    summary: 'the CPU throttles for heat',
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.8, 'facility-fault': 1.2, 'gpu-clock-throttle': 0.8, 'dataloader-stall': 0.3 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/thermal/intel/therm_throt.c',
    literals: ['temperature above threshold', 'cpu clock throttled', 'cpu clock'],
    pattern: /(?:Core|Package) temperature (?:is )?above threshold, cpu clock (?:is )?throttled/,
    sees: ['mce: CPU12: Package temperature above threshold, cpu clock throttled (total events = 1234)'],
    ignores: ['mce: CPU12: Package temperature/speed normal'],
  },
]);
