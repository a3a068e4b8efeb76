import { lineDetector } from './line-patterns.ts';

/** Clocks that jump or cannot be trusted. They rarely stop a job by themselves, and make every order of events doubtful. */
export const hostClock = lineDetector('host-clock', [
  {
    id: 'clock.jumped',
    summary: 'the clock of the host jumped',
    role: 'context',
    weighs: { unlisted: 0.8 },
    source: 'https://gitlab.com/chrony/chrony/-/blob/master/local.c',
    literals: [
      'system clock wrong by',
      'system clock was stepped by',
      'time jump detected',
      'time has been changed',
      'time reset ',
      'clock is unsynchronized',
      'clock skew detected',
      'clock skew too great',
      'clock drift',
    ],
    pattern:
      /System clock wrong by -?(?:[1-9]\d*\.|\d\.\d*[1-9])[\d]{0,12} seconds|System clock was stepped by -?[1-9]\d*\.|(?:Forward|Backward) time jump detected|systemd\[\d+\]: Time has been changed|ntpd\[\d+\]: time reset [+-][1-9]|clock is unsynchronized|[Cc]lock skew (?:detected|too great)|[Cc]lock drift[^\n]{0,40}(?:exceed|detected|too)/,
    sees: [
      'chronyd[812]: System clock wrong by 3600.123456 seconds',
      'chronyd[812]: Forward time jump detected!',
      'systemd[1]: Time has been changed',
    ],
    ignores: [
      'chronyd[812]: Selected source 10.0.0.1',
      'chronyd[812]: Frequency -12.345 +/- 0.123 ppm read from /var/lib/chrony/drift',
    ],
  },
  {
    id: 'clock.source.unstable',
    summary: 'the kernel gave up the CPU clock as unstable',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.2, 'dataloader-stall': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/time/clocksource.c',
    literals: [
      'marking unstable',
      'marking tsc unstable',
      'turning off tsc clock',
      'marking clocksource ',
      'clocksource tsc unstable',
      'marking tsc unstable',
    ],
    pattern:
      /Marking clocksource '?tsc'? as unstable|Clocksource tsc unstable|Marking TSC unstable due to|attempt \d, marking (?:tsc )?unstable|turning off TSC clock/,
    sees: [
      "clocksource: timekeeping watchdog on CPU3: Marking clocksource 'tsc' as unstable because the skew is too large:",
      'tsc: Marking TSC unstable due to clocksource watchdog',
    ],
    ignores: ['clocksource: Switched to clocksource tsc'],
  },
  {
    id: 'clock.unsynchronised',
    summary: 'the clock of the host follows no source',
    role: 'context',
    weighs: { unlisted: 0.6 },
    source: 'https://gitlab.com/chrony/chrony/-/blob/master/reference.c',
    literals: [
      "can't synchronise: no",
      'clock unsynchronized',
      'exceeds sanity limit',
      'no server suitable for synchronization',
      'synchronization_fault',
      'on fault_detected',
      'polling for tx timestamp',
      'clockcheck: clock jumped',
    ],
    pattern:
      /Can't synchronise: no (?:selectable sources|majority|reachable)|TIME_ERROR: 0x\w{1,4}: Clock Unsynchronized|time correction of \d{1,12} seconds exceeds sanity limit|no server suitable for synchronization found|to \w{4,14} on (?:SYNCHRONIZATION_FAULT|FAULT_DETECTED)|timed out while polling for tx timestamp|clockcheck: clock jumped (?:forward|backward)/,
    sees: [
      "chronyd[812]: Can't synchronise: no selectable sources",
      'ntpd[812]: kernel reports TIME_ERROR: 0x41: Clock Unsynchronized',
      'phc2sys[812.123]: clockcheck: clock jumped backward or running slower than expected!',
    ],
    ignores: [
      'chronyd[812]: Selected source 10.0.0.1',
      'ptp4l[812.123]: port 1: UNCALIBRATED to SLAVE on MASTER_CLOCK_SELECTED',
    ],
  },
]);
