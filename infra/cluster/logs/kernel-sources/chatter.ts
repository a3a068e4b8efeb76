import { integer, uniform } from '../../noise.ts';
import { factSpans } from '../../state/facts/spans.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';

const minuteMs = 60_000;
// Minutes of one question that are looked at: a day of the ring buffer.
const minutesMax = 1_500;

/** Subsystems that no job uses and that repeat themselves. */
export const chatterLines: KernelSource = (timeline, node, fromMs, toMs) => {
  const { seed } = timeline.world;
  return factSpans(timeline, 'host.kernel-chatter', fromMs, toMs)
    .filter(({ place }) => place === node.name)
    .flatMap((span): readonly KernelLine[] => {
      const told = stories[span.key ?? ''];
      if (told === undefined) return [];
      const beginMs = Math.max(span.fromMs, fromMs);
      const endMs = Math.min(span.toMs, toMs);
      const first = Math.floor(beginMs / minuteMs);
      const count = Math.min(minutesMax, Math.max(0, Math.ceil(endMs / minuteMs) - first));
      return Array.from({ length: count }, (_, at) => first + at).flatMap((minute) => {
        const draw = (what: string) => uniform(seed, 'chatter', span.key ?? '', what, node.index, minute);
        // A rate below one a minute: some minutes have a line, most have none.
        const lines = Math.floor(span.value) + (draw('one-more') < span.value % 1 ? 1 : 0);
        return Array.from({ length: lines }, (_, line) => {
          const atMs = (minute + (line + uniform(seed, 'chatter-at', node.index, minute, line)) / lines) * minuteMs;
          const number = integer(seed, 90_000, 'chatter-number', node.index, minute, line);
          const burst = told.lines[number % told.lines.length] ?? (() => '');
          return { atMs, level: told.level, text: burst(number) };
        }).filter(({ atMs }) => atMs >= beginMs && atMs < endMs);
      });
    });
};

interface Story {
  readonly level: KernelLine['level'];
  readonly lines: readonly ((number: number) => string)[];
}

/**
 * usb: the virtual hub of a management controller comes and goes when somebody opens its console (drivers/usb/core/hub.c).
 * acpi: a power meter that the firmware offers without a handler; reported and harmless, as the kernel's own commit
 * "ACPI / IPMI: Use global IPMI operation region handler" says. audit: profiles that are loaded anew.
 */
const stories: Readonly<Record<string, Story>> = {
  usb: {
    level: 'info',
    lines: [
      (n) => `usb 1-14.1: USB disconnect, device number ${4 + (n % 90)}`,
      (n) => `usb 1-14.1: new high-speed USB device number ${5 + (n % 90)} using xhci_hcd`,
      () => 'usb 1-14.1: New USB device found, idVendor=046b, idProduct=ff10, bcdDevice= 1.00',
      () => 'usb 1-14.1: device descriptor read/64, error -71',
      () =>
        'hid-generic 0003:046B:FF10.0003: input,hidraw0: USB HID v1.10 Keyboard [American Megatrends Inc. Virtual Keyboard and Mouse] on usb-0000:05:00.3-14.1/input0',
    ],
  },
  acpi: {
    level: 'err',
    lines: [
      () => 'ACPI Error: No handler for Region [POWR] (00000000c1a2b3d4) [IPMI] (20210730/evregion-130)',
      () => 'ACPI Error: Region IPMI (ID=7) has no handler (20210730/exfldio-261)',
      () => 'ACPI Error: Aborting method \\_SB.PMI0._PMM due to previous error (AE_NOT_EXIST) (20210730/psparse-529)',
    ],
  },
  audit: {
    level: 'notice',
    lines: [
      (n) =>
        `audit: type=1400 audit(${1_795_000_000 + n}.${String(n % 1000).padStart(3, '0')}:${n}): apparmor="STATUS" operation="profile_replace" info="same as current profile, skipping" profile="unconfined" name="docker-default" pid=${n} comm="apparmor_parser"`,
      (n) =>
        `perf: interrupt took too long (${2500 + (n % 900)} > ${2490 + (n % 90)}), lowering kernel.perf_event_max_sample_rate to ${79_750 - (n % 5) * 250}`,
      (n) => `device veth${(n * 7_919).toString(16).slice(0, 7)} ${n % 2 === 0 ? 'entered' : 'left'} promiscuous mode`,
      (n) =>
        `docker0: port ${1 + (n % 6)}(veth${(n * 7_919).toString(16).slice(0, 7)}) entered ${n % 2 === 0 ? 'blocking' : 'disabled'} state`,
    ],
  },
};
