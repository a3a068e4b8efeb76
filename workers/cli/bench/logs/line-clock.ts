/** The time of a log as it goes on line by line, in the formats of different tools; UTC. */
export interface LineClock {
  /** Goes on by so many milliseconds on average. */
  tick(random: () => number, meanMs: number): void;
  /** 2026-11-21 03:12:59 */
  plain(): string;
  /** 2026-11-21 03:12:59,123 */
  comma(): string;
  /** 2026-11-21T03:12:59.123456Z */
  iso(): string;
  /** Nov 21 03:12:59 */
  syslog(): string;
  /** 1795230779.123 */
  unix(): string;
  /** Seconds since the node started, as the kernel prints them: `184308.145123`, padded to 12 characters. */
  boot(): string;
}

export function lineClock(startMs: number, bootMs: number): LineClock {
  let nowMs = startMs;
  let second = Number.NaN;
  let date = '';
  let clock = '';
  let syslogDate = '';
  // Formatting a date costs more than the rest of a line; most lines share their second with the one before.
  const settle = (): void => {
    const current = Math.floor(nowMs / 1000);
    if (current === second) return;
    second = current;
    const text = new Date(current * 1000).toISOString();
    date = text.slice(0, 10);
    clock = text.slice(11, 19);
    syslogDate = `${months[Number(text.slice(5, 7)) - 1] ?? ''} ${String(Number(text.slice(8, 10))).padStart(2)}`;
  };
  const millis = (): string => String(Math.floor(nowMs % 1000)).padStart(3, '0');
  return {
    tick(random, meanMs) {
      nowMs += random() * 2 * meanMs;
      settle();
    },
    plain: () => `${date} ${clock}`,
    comma: () => `${date} ${clock},${millis()}`,
    iso: () => `${date}T${clock}.${millis()}${String(Math.floor((nowMs * 1000) % 1000)).padStart(3, '0')}Z`,
    syslog: () => `${syslogDate} ${clock}`,
    unix: () => `${second}.${millis()}`,
    boot: () => ((nowMs - bootMs) / 1000).toFixed(6).padStart(12),
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
