import { switchBuses, switchPort } from '../../physics/nvswitch.ts';
import { driverState, unitState } from '../../physics/driver-state.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { fabricStamp } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

// systemd starts it when the driver is loaded; the fabric is trained within seconds.
const afterBootMs = 31_000;

/** The fabric manager's own log: what it says when it starts, and that it was ended (Fabric Manager User Guide, log format). */
export const fabricManagerLines: NodeSource = {
  log: 'fabricmanager',
  lines(timeline, node, fromMs, toMs) {
    const { settings } = timeline.segmentAt(toMs);
    const boots = new Set([bootMsOf(settings, node, fromMs), bootMsOf(settings, node, toMs)]);
    const stops = factSpans(timeline, 'host.service', fromMs, toMs).filter(
      ({ place, key }) => place === node.name && key === 'nvidia-fabricmanager',
    );
    const starts = [
      ...[...boots].map((ms) => ms + afterBootMs),
      ...stops.map((span) => span.toMs + 400).filter((ms) => ms < Infinity),
    ];
    const upgrades = [
      ...factSpans(timeline, 'driver.stale-module', fromMs, toMs),
      ...factSpans(timeline, 'driver.fabricmanager', fromMs, toMs),
    ].filter(({ place }) => place === node.name);
    // Of its ends those after which it was started again at once; the others are stops.
    const again = factSpans(timeline, 'driver.fabricmanager-exits', fromMs, toMs).filter(
      (span) =>
        span.place === node.name &&
        unitState(timeline.segmentAt(span.fromMs).settings, node.name, 'nvidia-fabricmanager', span.fromMs) ===
          'active',
    );
    // The package restarts it, too.
    const restarts = [...upgrades.map((span) => span.fromMs + 700), ...again.map((span) => span.fromMs + 400)];
    return [
      ...[...starts, ...restarts].flatMap((atMs) => {
        const { fabricManager, module } = driverState(timeline.segmentAt(atMs).settings, node.name, atMs);
        return fabricManager === module
          ? startLines(atMs, node.gpus.length, module)
          : refusedLines(atMs, fabricManager, module);
      }),
      ...[...stops, ...upgrades, ...again].map(({ fromMs: atMs }) =>
        say(atMs, 'INFO', 'Received SIGTERM, Fabric Manager is exiting'),
      ),
      ...switchErrors(timeline, node, fromMs, toMs),
    ];
  },
};

/** It ends at once when the driver is not of its own version. */
function refusedLines(atMs: number, own: string, driver: string) {
  return [
    say(atMs, 'INFO', `Fabric Manager version ${own} is running with the following configuration options`),
    say(
      atMs + 600,
      'ERROR',
      `fabric manager NVIDIA GPU driver interface version ${own} don't match with driver version ${driver}. Please update with matching NVIDIA driver package.`,
    ),
  ];
}

/** Format of a log that gpud and NVIDIA's issue tracker show: `… on fid 0 on NVSwitch pci bus id … physical id … port …`. */
function switchErrors(timeline: Timeline, node: WorldNode, fromMs: number, toMs: number) {
  return factSpans(timeline, 'hardware.nvswitch-sxid', fromMs, toMs)
    .filter(({ place }) => place === node.name)
    .map(({ key = '0', value, fromMs: atMs }) => {
      const at = Number(key);
      const bus = `00000000:${(switchBuses[at] ?? 'c4').toUpperCase()}:00.0`;
      return say(
        atMs + 120,
        'ERROR',
        `detected NVSwitch fatal error ${value} on fid 0 on NVSwitch pci bus id ${bus} physical id ${at} port ${switchPort(at)}`,
      );
    });
}

function startLines(atMs: number, gpus: number, version: string) {
  const at = (afterMs: number, text: string) => say(atMs + afterMs, 'INFO', text);
  return [
    at(0, `Fabric Manager version ${version} is running with the following configuration options`),
    at(2, 'Logging level = 4'),
    at(3, 'Logging file name/path = /var/log/fabricmanager.log'),
    at(4, 'Abort CUDA jobs when Fabric Manager exits = 1'),
    at(5, 'LMDB_LOG: Successfully initialized LMDB'),
    at(700, 'Connected to 1 node.'),
    at(1_900, `Getting fabric node FM version info`),
    at(2_600, `number of GPUs ${gpus}, number of NVSwitches 6`),
    at(
      5_100,
      'Successfully configured all the available NVSwitches to route GPU NVLink traffic. NVLink Peer-to-Peer support will be enabled once the GPUs are successfully registered with the NVLink fabric.',
    ),
  ];
}

function say(atMs: number, level: 'INFO' | 'ERROR' | 'WARNING', text: string) {
  return { atMs, text: `${fabricStamp(atMs)} [${level}] [tid 2640] ${text}` };
}
