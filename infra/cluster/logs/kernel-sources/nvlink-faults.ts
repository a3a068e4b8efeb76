import { nvlinkRule } from '../../physics/gpu-strikes.ts';
import { switchBuses, switchPort } from '../../physics/nvswitch.ts';
import { spansOnce } from '../../physics/spans-once.ts';
import { strikesOn } from '../../physics/strikes.ts';
import type { WorldNode } from '../../world.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';
import { gpuOf, unknown, xid } from './nvrm.ts';

/** Xid 74 of both ends' boards, and SXids of a switch (`nvswitch` driver; documents of NVIDIA's Fabric Manager). */
export const nvlinkFaultLines: KernelSource = (timeline, node, _fromMs, toMs) => [
  ...strikesOn(timeline, node, nvlinkRule, toMs).flatMap(({ place, key = '0', atMs }) => {
    const gpu = gpuOf(node, place);
    return gpu === undefined
      ? []
      : [
          xid(
            gpu,
            atMs - 2,
            74,
            `${unknown}, NVLink: fatal error detected on link ${key}(0x10000, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0)`,
          ),
        ];
  }),
  ...spansOnce(timeline, 'hardware.nvswitch-sxid', toMs)
    .filter(({ place }) => place === node.name)
    .flatMap(({ key = '0', value, fromMs: atMs }) => switchLines(node, Number(key), value, atMs)),
];

/** Boards that have a link to this port lose it. */
function switchLines(node: WorldNode, at: number, sxid: number, atMs: number): readonly KernelLine[] {
  const bus = `0000:${switchBuses[at] ?? 'c4'}:00.0`;
  const say = (after: number, text: string): KernelLine => ({
    atMs: atMs + after,
    level: 'err',
    text: `nvidia-nvswitch${at}: SXid (PCI:${bus}): ${sxid}, ${text}`,
  });
  const port = switchPort(at);
  const hit = node.gpus[(at * 3) % node.gpus.length];
  return [
    say(0, `Fatal, Link ${port} ${sxidNames[sxid] ?? 'ingress fatal error'}`),
    say(0.4, `Severity 1 Engine instance ${port} Sub-engine instance 00`),
    say(0.8, `Data {0x00${(port * 257).toString(16).padStart(6, '0')}, 0x00000000, 0x00000001, 0x00000000}`),
    ...(hit === undefined
      ? []
      : [
          xid(
            hit,
            atMs + 90,
            74,
            `${unknown}, NVLink: fatal error detected on link ${at}(0x0, 0x0, 0x10000, 0x0, 0x0, 0x0, 0x0)`,
          ),
        ]),
  ];
}

/** Fatal SXids of NVIDIA's Fabric Manager User Guide, appendix. */
const sxidNames: Readonly<Record<number, string>> = {
  11_004: 'ingress invalid ACL',
  11_013: 'ingress ECC DBE (nport)',
  20_034: 'LTSSM Fault Up',
  22_013: 'Minion Link DLREQ interrupt',
  12_030: 'egress sequence ID error',
};
