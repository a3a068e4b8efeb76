/** One alert of a group, as much of it as a history may hold: bounded, redacted, identity first. */
export interface ObservedAlert {
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAtMs: number;
  readonly endsAtMs?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** What the `alertObserved` signal carries: one delivery of one alert group. */
export interface AlertObservation {
  readonly receivedAtMs: number;
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly ObservedAlert[];
  /** Alerts that the sender or we left out because of a bound. */
  readonly truncated: number;
}

export const alertsPerObservationMax = 50;
