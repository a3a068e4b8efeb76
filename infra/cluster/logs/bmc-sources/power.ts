import { factSpans } from '../../state/facts/spans.ts';
import type { BmcSource, SelEntry } from './bmc-source.ts';

/** Power that goes and comes back, and every start of the firmware. */
export const powerEntries: BmcSource = (timeline, node, fromMs, toMs) => {
  const { settings } = timeline.segmentAt(toMs);
  const off = factSpans(timeline, 'host.power', fromMs, toMs).filter(({ place }) => place === node.name);
  const starts = [
    node.bootMs,
    ...(settings.reboots.get(node.name) ?? []).map((reboot) => reboot.fromMs + 9_000),
    ...off.map((span) => span.toMs).filter((ms) => ms < Infinity),
  ];
  return [
    ...off.map((span): SelEntry => ({
      atMs: span.fromMs,
      sensor: 'System ACPI Power State ACPI_State',
      event: 'S4/S5: soft-off',
      direction: 'Asserted',
    })),
    ...starts.map((atMs): SelEntry => ({
      atMs,
      sensor: 'System Boot Initiated BIOS_Boot',
      event: 'Initiated by power up',
      direction: 'Asserted',
    })),
  ];
};
