import { hostCpu } from '../physics/host-cpu.ts';
import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';
import { atOnce } from './rhythms.ts';

/** A core does not leave the kernel: for good, or for so long that the watchdog sees it (20 s, lockup-watchdogs.rst), and again. */
export const softLockup = defineFault({
  id: 'soft-lockup',
  summary: 'the kernel of one node reports soft lockups, and a rank waits for the core that it needs',
  categories: ['host-hardware-fault'],
  place: 'node',
  onsets: [
    atOnce,
    {
      shape: 'intermittent',
      periodMs: { min: 150_000, max: 480_000, unit: 'ms' },
      onShare: { min: 0.4, max: 0.6, unit: 'share' },
    },
  ],
  ranges: { cpu: { min: 0, max: hostCpu.threads - 1, unit: 'CPU', integer: true } },
  heals: 'a reboot and a requeue',
  draw: memberOfLargestJob,
  causes: ({ place }, { cpu }) => [
    setFact('host.soft-lockup', place, true),
    setFact('host.locked-cpu', place, cpu, { onset: sudden }),
  ],
});
