/** What happens to a part of the cluster as a whole, and takes causes away with it. */
export const factEvents = [
  'gpu-reset',
  'driver-reload',
  'reboot',
  'power-cycle',
  'service-restart',
  'job-restart',
  'board-replaced',
  'cable-replaced',
  'node-replaced',
] as const;
export type FactEvent = (typeof factEvents)[number];

/** The weaker events that each one covers; an event covers itself. */
const covered: Readonly<Record<FactEvent, readonly FactEvent[]>> = {
  'gpu-reset': ['gpu-reset'],
  'driver-reload': ['driver-reload', 'gpu-reset'],
  reboot: ['reboot', 'driver-reload', 'gpu-reset', 'service-restart'],
  'power-cycle': ['power-cycle', 'reboot', 'driver-reload', 'gpu-reset', 'service-restart'],
  'service-restart': ['service-restart'],
  'job-restart': ['job-restart'],
  'board-replaced': ['board-replaced', 'gpu-reset'],
  'cable-replaced': ['cable-replaced'],
  'node-replaced': [
    'node-replaced',
    'board-replaced',
    'cable-replaced',
    'power-cycle',
    'reboot',
    'driver-reload',
    'gpu-reset',
    'service-restart',
  ],
};

/** Whether an event takes away what any of these events would take away. */
export function coversAny(event: FactEvent, weaker: readonly FactEvent[]): boolean {
  return weaker.some((one) => covered[event].includes(one));
}
