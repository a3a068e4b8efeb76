import { findNode } from '../../world.ts';
import { factsOf } from '../../state/facts/fact-at.ts';
import { parseGpuPlace } from '../../state/place.ts';
import { a800 } from '../a800.ts';
import { cpuMhzMax } from '../cpu.ts';
import { soundLinks } from '../nvlink.ts';
import { pcieShare } from '../pcie.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';

/** Share of the transfer phase in which NVLink is busy: tensor parallelism within the node; assumed. */
const nvlinkShare = 0.45;
/** The same for PCIe: gradients on their way to the HCA, and what the host copies; assumed. */
const pcieBusyShare = 0.22;

/** Links that are down, or send much of what they carry twice. */
export const nvlinkSlow: SlowCause = ({ world, settings, atMs, facts }) => {
  const places = new Set([...facts('gpu.nvlink-down'), ...facts('gpu.nvlink-crc-rate')].map(({ place }) => place));
  return [...places].flatMap((place): readonly RankDelay[] => {
    const at = parseGpuPlace(place);
    const node = at === null ? undefined : findNode(world, at.node);
    if (at === null || node === undefined) return [];
    const share = soundLinks(settings, place, atMs) / a800.nvlinks;
    return [{ node: node.index, gpu: at.gpu, transferFactor: 1 - nvlinkShare + nvlinkShare / Math.max(0.05, share) }];
  });
};

/** Lanes that did not train, and packets that are sent again. */
export const pcieSlow: SlowCause = ({ world, settings, atMs, facts }) => {
  const places = new Set([...facts('gpu.pcie-width'), ...facts('gpu.pcie-error-rate')].map(({ place }) => place));
  return [...places].flatMap((place): readonly RankDelay[] => {
    const at = parseGpuPlace(place);
    const node = at === null ? undefined : findNode(world, at.node);
    if (at === null || node === undefined) return [];
    const share = pcieShare(settings, node, at.gpu, atMs);
    return [
      { node: node.index, gpu: at.gpu, transferFactor: 1 - pcieBusyShare + pcieBusyShare / Math.max(0.02, share) },
    ];
  });
};

/** Time in which the host of a sound node prepares the kernels of a step and nothing hides it, ms; assumed. */
const hostPathMs = 420;

/** Cores that the board holds down: Python, the loader and NCCL's proxies take longer, and kernels come late. */
export const prochotSlow: SlowCause = ({ world, facts }) =>
  facts('hardware.cpu-mhz-max').flatMap(({ place, value }) => {
    const node = findNode(world, place);
    return node === undefined
      ? []
      : [{ node: node.index, hostMs: hostPathMs * (cpuMhzMax / Math.max(100, value) - 1) }];
  });

/** How much longer kernels take beside another process that has some of its own: time slices; assumed. */
const sharedFactor: Readonly<Record<string, number>> = { notebook: 1.35, miner: 1.9 };

/** A process beside the job takes a part of the time of its GPU. */
export const residentSlow: SlowCause = ({ world, facts }) =>
  facts('gpu.process').flatMap(({ place, value }) => {
    const at = parseGpuPlace(place);
    const node = at === null ? undefined : findNode(world, at.node);
    const computeFactor = sharedFactor[value];
    return at === null || node === undefined || computeFactor === undefined
      ? []
      : [{ node: node.index, gpu: at.gpu, computeFactor }];
  });

/** Share of the transfer phase in which the HCAs are busy, and what copies through the host make of it; assumed. */
const networkShare = 0.4;
const throughHost = 2.1;

/** Without the peer-memory module an attempt that starts then sends all it has to other nodes through host memory. */
export const peermemSlow: SlowCause = ({ world, attempt }) =>
  factsOf({ seed: world.seed, facts: attempt.launchFacts }, 'host.module', attempt.launchMs).flatMap(
    ({ place, key }) => {
      const node = key === 'nvidia_peermem' ? findNode(world, place) : undefined;
      return node === undefined
        ? []
        : [{ node: node.index, transferFactor: 1 - networkShare + networkShare * throughHost }];
    },
  );
