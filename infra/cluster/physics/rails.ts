import { during, type LinkSettings, type Span } from '../state/link-settings.ts';
import type { Settings } from '../state/settings.ts';
import { findNode, type World, type WorldHca, type WorldNode } from '../world.ts';
import type { Attempt } from './job.ts';
import { downPhases, lastPhaseAt, rhythmOf, type PortPlace } from './link-phases.ts';
import { gradientBytes } from './gradients.ts';
import { deadAtLaunch, wasDeadAtLaunch } from './network/dead-ports.ts';

/** A port with something unusual about it. */
interface Port extends PortPlace {
  readonly link: LinkSettings;
}

/** NCCL lists the ports that are up and connects over them about this long before the first step. */
const connectBeforeRunMs = 10_000;
// What ring all-reduce gets out of an HDR port of 25 GB/s; measured values lie around four fifths of the line rate.
const railBytesPerMs = 0.8 * 25e6;

export function connectMs(attempt: Attempt): number {
  return attempt.runMs - connectBeforeRunMs;
}

/** Ports of the attempt's nodes that are unusual and that it connected over: those that were not disabled then. */
function usedPorts(world: World, settings: Settings, attempt: Attempt): readonly Port[] {
  return oddPorts(world, settings, attempt).filter(({ link }) => !during(link.closed, connectMs(attempt)));
}

/** Used ports that lose their link now and then, until the settings change. */
export function flappingPorts(world: World, settings: Settings, attempt: Attempt): readonly Port[] {
  return usedPorts(world, settings, attempt).filter(({ link }) => lasts(link.loose) && !lasts(link.closed));
}

/** Used ports that were disabled afterwards: what is sent over them waits for its retries to run out. */
export function severedPorts(world: World, settings: Settings, attempt: Attempt): readonly Port[] {
  return usedPorts(world, settings, attempt).filter(({ link }) => lasts(link.closed));
}

/** The HCAs of a node whose ports were not disabled when the attempt connected. */
export function openHcas(settings: Settings, attempt: Attempt, node: WorldNode): readonly WorldHca[] {
  return node.hcas.filter((hca) => {
    const closed = settings.links.get(`${node.name}/${hca.name}`)?.closed ?? [];
    return !during(closed, connectMs(attempt)) && !wasDeadAtLaunch(attempt, node, hca);
  });
}

/**
 * How much of the traffic of a node's GPUs each of its HCAs carries, 1 being its own pair's: NCCL gives the pairs of
 * HCAs that were disabled when it connected to those that have the least to do.
 */
export function railLoads(settings: Settings, attempt: Attempt, node: WorldNode): readonly number[] {
  const usable = openHcas(settings, attempt, node);
  const open = node.hcas.map((hca) => usable.includes(hca));
  const loads = open.map(Number);
  for (let missing = open.filter((one) => !one).length; missing > 0; missing -= 1) {
    const least = Math.min(...loads.filter((_, at) => open[at]));
    const taker = loads.findIndex((load, at) => open[at] === true && load === least);
    if (taker >= 0) loads[taker] = least + 1;
  }
  return loads;
}

/** How much longer a step takes because the GPUs of a disabled HCA share another's. */
export function railDelayMs(world: World, settings: Settings, attempt: Attempt): number {
  const dead = deadAtLaunch(world, attempt).filter(({ node }) => attempt.nodes.includes(node.index));
  const nodes = new Set([...oddPorts(world, settings, attempt), ...dead].map(({ node }) => node));
  const busiest = Math.max(1, ...[...nodes].flatMap((node) => railLoads(settings, attempt, node)));
  return (busiest - 1) * (gradientBytes(world) / railBytesPerMs);
}

/** Share of time in which none of these ports is down, over a long time from when the last of them began to flap. */
export function upShare(ports: readonly PortPlace[]): number {
  const fromMs = Math.max(
    ...ports.map(({ link }) => Math.max(link?.loose.at(-1)?.fromMs ?? 0, link?.closed.at(-1)?.toMs ?? 0)),
  );
  const slowestMs = Math.max(...ports.map(({ link }) => rhythmOf(link?.loose.at(-1) ?? {})));
  const toMs = fromMs + longTime * slowestMs;
  return workedMs(ports, fromMs, toMs) / (toMs - fromMs);
}

// Stretches of the rhythm over which a mean is taken.
const longTime = 200;

/** Time between two moments in which all these ports were up: the job makes steps only then. */
export function workedMs(ports: readonly PortPlace[], fromMs: number, toMs: number): number {
  const [first, ...more] = ports;
  if (first === undefined) return toMs - fromMs;
  // The usual case in one look-up, however long the link has been flapping.
  const downMs =
    more.length === 0 ? downUntil(first, toMs) - downUntil(first, fromMs) : jointlyDownMs(ports, fromMs, toMs);
  return toMs - fromMs - downMs;
}

/** The moment at which so much time without a stall has passed since `fromMs`. */
export function afterWork(ports: readonly PortPlace[], fromMs: number, workMs: number): number {
  let atMs = fromMs + workMs;
  // What is missing at a moment shrinks with every look, as links are up more than they are down.
  for (let look = 0; look < looksMax; look += 1) {
    const missingMs = workMs - workedMs(ports, fromMs, atMs);
    if (missingMs < preciseMs) break;
    atMs = Math.max(atMs + missingMs, ...ports.map((port) => stallEndMs(port, atMs)));
  }
  return atMs;
}

const looksMax = 1_000;
const preciseMs = 1e-3;

/** Milliseconds that a link has been down up to a moment. */
function downUntil(port: PortPlace, ms: number): number {
  const last = lastPhaseAt(port, ms);
  return last === undefined ? 0 : last.downBeforeMs + Math.min(last.toMs, ms) - last.fromMs;
}

/** When a link that is down at this moment comes back; the moment itself when it is up. */
function stallEndMs(port: PortPlace, ms: number): number {
  return Math.max(ms, lastPhaseAt(port, ms)?.toMs ?? ms);
}

/** Milliseconds between two moments in which at least one of the links was down. */
function jointlyDownMs(ports: readonly PortPlace[], fromMs: number, toMs: number): number {
  const phases = ports.flatMap((port) => downPhases(port, fromMs, toMs)).toSorted((a, b) => a.fromMs - b.fromMs);
  let downMs = 0;
  let seenMs = fromMs;
  for (const phase of phases) {
    const untilMs = Math.min(phase.toMs, toMs);
    downMs += Math.max(0, untilMs - Math.max(phase.fromMs, seenMs));
    seenMs = Math.max(seenMs, untilMs);
  }
  return downMs;
}

function oddPorts(world: World, settings: Settings, attempt: Attempt): readonly Port[] {
  return [...settings.links].flatMap(([key, link]) => {
    const slash = key.lastIndexOf('/');
    const node = findNode(world, key.slice(0, slash));
    const hca = node?.hcas.find((one) => one.name === key.slice(slash + 1));
    if (node === undefined || hca === undefined || !attempt.nodes.includes(node.index)) return [];
    return [{ world, node, hca, link }];
  });
}

function lasts(spans: readonly Span[]): boolean {
  return spans.at(-1)?.toMs === Infinity;
}
