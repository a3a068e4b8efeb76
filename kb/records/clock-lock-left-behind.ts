import type { KnowledgeRecord } from '../schemas/record.ts';

export const clockLockLeftBehind: KnowledgeRecord = {
  problemkey: 'gpu-clock-lock-left-behind',
  rawtext:
    'A program had locked a GPU\'s core clock (950 MHz) and ended without taking the lock off. Every later job on that GPU ran at the locked clock, whatever it asked for; the GPU reported full utilisation and no throttle reason. `nvidia-smi -rgc` brought the clocks back at once.',
  function:
    'nvidia-smi --query-gpu=clocks.current.sm,clocks.max.sm,clocks_event_reasons.active under load: with a lock the clock stands far below its maximum and no protective reason is set; without one it is near its maximum, or a reason such as thermal or power brake is set.',
  result: 'A clock lock (-lgc) that was still in force after the program that had set it was gone.',
  category: 'gpu-clock-throttle',
  remedy:
    'Reset the locked clocks of the GPU (nvidia-smi -i <index> -rgc) and find out who sets them.',
  signals: ['gpu.clock.locked-low', 'metric.gpu.clock.below-siblings', 'metric.training.step-time.jumped', 'clocks.current.sm', 'lock-gpu-clocks', '-rgc'],
  not_this_if: ['a thermal, power-brake or hardware slow-down reason is active', 'the clock of all siblings is as low'],
  source: 'https://github.com/NebuTech/NBMiner/issues/839',
  probes: ['gpu.clocks', 'gpu.throttle-reasons'],
};
