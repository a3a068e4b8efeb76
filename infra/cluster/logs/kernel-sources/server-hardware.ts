import { hexDigits, integer, uniform } from '../../noise.ts';
import { channelOf, controllerOf, correctedErrors, dimmRule, wornModules } from '../../physics/dimm.ts';
import { trainerPid } from '../../physics/job.ts';
import { spansOnce } from '../../physics/spans-once.ts';
import { strikesOn } from '../../physics/strikes.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { isWithin } from '../../state/place.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';
import { gpuOf, slotAbove } from './nvrm.ts';

/** A client with libraries of another version than the module (`nv.c`), and the package manager's run that brought them. */
export const mismatchLines: KernelSource = (timeline, node, fromMs, toMs) =>
  spansOnce(timeline, 'driver.stale-module', toMs)
    .filter(({ place }) => place === node.name)
    .flatMap(({ fromMs: sinceMs, toMs: endMs }) => {
      const installed = factAt(timeline, { fact: 'driver.installed', place: node.name }, sinceMs);
      const lines: KernelLine[] = [];
      // Monitoring asks again and again; the kernel does not hold these back.
      for (
        let slot = Math.floor(Math.max(fromMs, sinceMs) / askedMs);
        slot * askedMs < Math.min(endMs, toMs);
        slot += 1
      ) {
        const atMs = slot * askedMs + askedMs * uniform(timeline.world.seed, 'mismatch', node.index, slot);
        if (atMs < sinceMs) continue;
        lines.push(
          ...[
            `NVRM: API mismatch: the client has the version ${installed}, but`,
            'NVRM: this kernel module has the version 550.90.07.  Please',
            'NVRM: make sure that this kernel module and all NVIDIA driver',
            'NVRM: components have the same version.',
          ].map((text): KernelLine => ({ atMs, level: 'warn', text })),
        );
      }
      return lines;
    });

const askedMs = 60_000;

/** AER reports of corrected errors, held back by the kernel's rate limit (drivers/pci/pcie/aer.c of Linux 5.15). */
export const aerLines: KernelSource = (timeline, node, fromMs, toMs) =>
  spansOnce(timeline, 'gpu.pcie-error-rate', toMs).flatMap(({ place, value, fromMs: sinceMs, toMs: endMs }) => {
    const gpu = gpuOf(node, place);
    if (gpu === undefined || !isWithin(place, node.name)) return [];
    const everyMs = Math.max(aerEveryMsMin, 1000 / value);
    const lines: KernelLine[] = [];
    const begin = Math.max(fromMs, sinceMs);
    for (let slot = Math.floor(begin / everyMs); slot * everyMs < Math.min(endMs, toMs); slot += 1) {
      const atMs = slot * everyMs + everyMs * uniform(timeline.world.seed, 'aer', node.index, gpu.index, slot);
      if (atMs < sinceMs) continue;
      const [bit, name] =
        aerKinds[integer(timeline.world.seed, aerKinds.length, 'aer-kind', gpu.index, slot)] ?? aerKinds[0];
      const device = `0000:${gpu.busId.slice(9, 11).toLowerCase()}:00.0`;
      lines.push(
        { atMs, level: 'warn', text: `pcieport 0000:${slotAbove(gpu)}: AER: Corrected error received: ${device}` },
        {
          atMs: atMs + 0.1,
          level: 'warn',
          text: `nvidia ${device}: PCIe Bus Error: severity=Corrected, type=${bit === 0 ? 'Physical Layer, (Receiver ID)' : 'Data Link Layer, (Receiver ID)'}`,
        },
        {
          atMs: atMs + 0.2,
          level: 'warn',
          text: `nvidia ${device}:   device [10de:20f3] error status/mask=${(1 << bit).toString(16).padStart(8, '0')}/0000a000`,
        },
        {
          atMs: atMs + 0.3,
          level: 'warn',
          text: `nvidia ${device}:    [${String(bit).padStart(2)}] ${name.padEnd(22)}`,
        },
      );
    }
    return lines;
  });

// A storm fills the ring buffer; the printk rate limit lets ten of them through in five seconds.
const aerEveryMsMin = 2_000;
const aerKinds = [
  [0, 'RxErr'],
  [6, 'BadTLP'],
  [7, 'BadDLLP'],
] as const;

/** Machine checks of memory on an EPYC (arch/x86/kernel/cpu/mce, drivers/edac/amd64_edac.c, mm/memory-failure.c of Linux 5.15). */
export const memoryModuleLines: KernelSource = (timeline, node, fromMs, toMs) => [
  ...strikesOn(timeline, node, dimmRule, toMs).flatMap(({ key = 'CPU0_A1', atMs, attempt }) => {
    const { seed } = timeline.world;
    const page = hexDigits(7, seed, 'mce-page', node.index, attempt.number);
    const pid = trainerPid(
      attempt,
      timeline.world,
      node.index,
      integer(0, 8, 'mce-rank', node.index, attempt.number, node.name.length),
    );
    const say = (after: number, level: KernelLine['level'], text: string): KernelLine => ({
      atMs: atMs + after,
      level,
      text,
    });
    return [
      say(-6, 'emerg', '[Hardware Error]: Uncorrected, software restartable error.'),
      say(
        -6,
        'emerg',
        `[Hardware Error]: CPU:${integer(seed, 96, 'mce-cpu', node.index, attempt.number)} (17:31:0) MC0_STATUS[-|UE|MiscV|AddrV|-|TCC|-|-|Poison|-]: 0xbc002800000c0135`,
      ),
      say(-6, 'emerg', `[Hardware Error]: Error Addr: 0x0000000${page}a40`),
      say(
        -5,
        'emerg',
        `EDAC MC${controllerOf(key)}: 1 UE on mc#${controllerOf(key)}csrow#0channel#${channelOf(key)} (csrow:0 channel:${channelOf(key)} page:0x${page} offset:0xa40 grain:64)`,
      ),
      say(
        -2,
        'err',
        `Memory failure: 0x${page}: Sending SIGBUS to pt_main_thread:${pid} due to hardware memory corruption`,
      ),
      say(-1, 'err', `Memory failure: 0x${page}: recovery action for dirty LRU page: Recovered`),
    ];
  }),
  ...[...wornModules(timeline, node, toMs)].flatMap(([slot, spans]) => {
    const lines: KernelLine[] = [];
    const mc = controllerOf(slot);
    const channel = channelOf(slot);
    const begin = Math.max(fromMs, spans[0]?.fromMs ?? toMs);
    for (let poll = Math.floor(begin / polledMs); poll * polledMs < toMs; poll += 1) {
      const atMs = poll * polledMs + 300;
      const count = correctedErrors(spans, atMs - polledMs, atMs);
      if (count === 0) continue;
      lines.push(
        { atMs, level: 'emerg', text: '[Hardware Error]: Corrected error, no action required.' },
        {
          atMs: atMs + 0.4,
          level: 'info',
          text: `EDAC MC${mc}: ${count} CE on mc#${mc}csrow#0channel#${channel} (csrow:0 channel:${channel} page:0x${hexDigits(7, timeline.world.seed, 'ce-page', node.index, poll)} offset:0x0 grain:64 syndrome:0x0)`,
        },
      );
    }
    return lines;
  }),
];

/** The kernel looks after corrected errors every five minutes (check_interval). */
const polledMs = 300_000;
