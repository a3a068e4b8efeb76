import { hcaAddress } from '../../physics/link.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { hcaPlace } from '../../state/place.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';

/**
 * mlx5_core about an adapter whose firmware does not answer (health.c: an example of the whole block is in
 * https://github.com/charmplusplus/charm/issues/2635), and about a
 * link that lost its contact for a moment; of the subnet manager that it waits for the kernel does not speak.
 */
export const hcaFirmwareLines: KernelSource = (timeline, node, fromMs, toMs) =>
  node.hcas.flatMap((hca, index) => {
    const place = hcaPlace(node, hca);
    const device = `mlx5_core ${hcaAddress(index)}`;
    const hung = factSpans(timeline, 'ib.firmware', fromMs, toMs).filter((span) => span.place === place);
    const anew = factSpans(timeline, 'ib.trained-anew', fromMs, toMs).filter((span) => span.place === place);
    return [
      ...hung.flatMap((span) => [
        ...health(device, span.fromMs, span.value),
        ...(span.toMs === Infinity ? [] : [say(span.toMs + 8_400, 'info', `${device}: firmware version: 20.39.1002`)]),
      ]),
      ...anew.flatMap((span) => [
        say(span.fromMs, 'info', `${device}: Port module event: module 0, Cable unplugged`),
        say(span.fromMs + 2_100, 'info', `${device}: Port module event: module 0, Cable plugged`),
      ]),
    ];
  });

// The driver looks at the health counter every two seconds or so and gives up after three misses.
const missedMs = 7_200;

/** `hsynd_str` of health.c. */
const syndromes: Readonly<Record<string, string>> = {
  hung: 'synd 0x7: irisc not responding',
  asserted: 'synd 0x1: firmware internal error',
};

function health(device: string, atMs: number, state: string): readonly KernelLine[] {
  return [
    `${device}: device's health compromised - reached miss count`,
    `${device}: assert_var[0] 0x00000001`,
    `${device}: assert_var[1] 0x2097ce84`,
    `${device}: assert_exit_ptr 0x20a4996c`,
    `${device}: assert_callra 0x20a49a10`,
    `${device}: fw_ver 20.39.1002`,
    `${device}: hw_id 0x0000020f`,
    `${device}: irisc_index 0`,
    `${device}: ${syndromes[state] ?? syndromes['hung']}`,
    `${device}: ext_synd 0x40d0`,
    `${device}: raw fw_ver 0x142703ea`,
  ].map((text, line) => say(atMs + missedMs + line * 6, 'err', text));
}

function say(atMs: number, level: KernelLine['level'], text: string): KernelLine {
  return { atMs, level, text };
}
