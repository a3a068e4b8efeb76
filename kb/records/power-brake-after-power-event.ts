import type { KnowledgeRecord } from '../schemas/record.ts';

export const powerBrakeAfterPowerEvent: KnowledgeRecord = {
  problemkey: 'gpu-power-brake-after-power-event',
  rawtext:
    'After a power event in the data centre nine of 288 nodes kept the hardware power brake asserted on two GPUs each: their clocks were limited all the time for more than 36 hours. The health watch on power did not report it, because its usual code is noise; it was found by hand with `nvidia-smi -q | grep -i brake`. The bit in DCGM_FI_DEV_CLOCKS_EVENT_REASONS is 0x80.',
  function:
    'nvidia-smi -q -d PERFORMANCE: `HW Power Brake Slowdown : Active` if the cause is present, `Not Active` on siblings and after the power delivery was mended.',
  result:
    'The node\'s power delivery held the hardware power brake line asserted after a power event.',
  category: 'gpu-clock-throttle',
  remedy:
    'Take the node out of service and have its power delivery checked; a setting of the GPU does not release the brake.',
  signals: ['gpu.throttle.power-brake', 'gpu.clock.power-brake', 'HW Power Brake Slowdown', '0x80', 'DCGM_FI_DEV_CLOCKS_EVENT_REASONS'],
  not_this_if: ['no clock event reason is set: then somebody locked the clock', 'only the software power cap is active while power is near its limit'],
  source: 'https://github.com/NVIDIA/NVSentinel/issues/1666',
  probes: ['gpu.throttle-reasons', 'gpu.clocks'],
};
