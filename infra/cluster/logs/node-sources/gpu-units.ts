import { driverState } from '../../physics/driver-state.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { syslogLine } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

/** A night's upgrade of the driver packages, and a fabric manager that does not come back (apt and systemd 249). */
export const gpuUnitLines: NodeSource = {
  log: 'syslog',
  lines(timeline, node, fromMs, toMs) {
    const say = (atMs: number, tag: string, text: string) => syslogLine(atMs, node.name, tag, text);
    const upgrades = factSpans(timeline, 'driver.stale-module', fromMs, toMs).filter(
      ({ place }) => place === node.name,
    );
    const held = factSpans(timeline, 'driver.fabricmanager', fromMs, toMs).filter(({ place }) => place === node.name);
    return [
      ...upgrades.flatMap(({ fromMs: atMs }) => {
        const { library } = driverState(timeline.segmentAt(atMs).settings, node.name, atMs);
        return [
          say(atMs - 48_000, 'systemd[1]', 'Starting Daily apt upgrade and clean activities...'),
          say(
            atMs - 2_000,
            'unattended-upgrade',
            `Packages that will be upgraded: libnvidia-compute-550-server nvidia-dkms-550-server nvidia-fabricmanager-550 nvidia-utils-550-server (${library})`,
          ),
        ];
      }),
      ...[...upgrades, ...held].flatMap(({ fromMs: atMs }) => [
        say(atMs, 'systemd[1]', 'Stopping NVIDIA fabric manager service...'),
        say(atMs + 500, 'systemd[1]', 'Stopped NVIDIA fabric manager service.'),
        say(atMs + 600, 'systemd[1]', 'Starting NVIDIA fabric manager service...'),
        say(
          atMs + 1_400,
          'systemd[1]',
          'nvidia-fabricmanager.service: Control process exited, code=exited, status=1/FAILURE',
        ),
        say(atMs + 1_401, 'systemd[1]', "nvidia-fabricmanager.service: Failed with result 'exit-code'."),
        say(atMs + 1_402, 'systemd[1]', 'Failed to start NVIDIA fabric manager service.'),
      ]),
    ];
  },
};
