import { judge } from '../../../../../kb/performance/detect/judge.ts';
import type { JobLayout } from '../../../../../kb/performance/detect/layout.ts';
import type { AlarmPolicy } from '../../../../../kb/performance/detect/policy.ts';
import type { TierAlarm } from '../../../../../kb/performance/detect/verdict.ts';
import { fleetModel, fleetRange, type FleetGpu, type SlowGpu } from './fleet.ts';

export interface PeersAnswer {
  /** Seconds from the onset to the first alarm that names the slow GPU; `null`: none. */
  readonly delaySeconds: number | null;
  /** Alarms over others, before and after. */
  readonly wrong: number;
  readonly looks: number;
}

const lookSeconds = 15;

/** What the comparison of like ranks says, look by look, from the onset on; of a healthy fleet `slow` is `null`. */
export function peersTier(
  fleet: readonly FleetGpu[],
  slow: SlowGpu | null,
  options: {
    readonly layout: JobLayout;
    readonly policy: AlarmPolicy;
    readonly looksMax: number;
    readonly random: () => number;
  },
): PeersAnswer {
  const from = slow?.fromSeconds ?? 0;
  let wrong = 0;
  for (let look = 0; look < options.looksMax; look += 1) {
    const at = from + look * lookSeconds;
    const { alarms } = judge({
      range: fleetRange(fleet, slow, at, options.random),
      prediction: null,
      site: null,
      layout: options.layout,
      history: null,
      phases: [],
      policy: options.policy,
      modelOf: () => fleetModel,
    });
    const peers = alarms.filter(({ tier }) => tier === 'peers');
    wrong += peers.filter((alarm) => !isOf(alarm, slow)).length;
    if (peers.some((alarm) => isOf(alarm, slow))) return { delaySeconds: at - from, wrong, looks: look + 1 };
  }
  return { delaySeconds: null, wrong, looks: options.looksMax };
}

function isOf({ node, device }: TierAlarm, slow: SlowGpu | null): boolean {
  return slow !== null && node === slow.node && device?.index === slow.gpu;
}
