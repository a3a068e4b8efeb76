import { unitState } from '../../physics/driver-state.ts';
import { configuredMs } from '../../physics/fabricmanager.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { syslogLine } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

/** A fabric manager that is restarted: systemd 249 names it by its description. */
export const fabricManagerUnitLines: NodeSource = {
  log: 'syslog',
  lines: (timeline, node, fromMs, toMs) =>
    factSpans(timeline, 'driver.fabricmanager-exits', fromMs, toMs)
      .filter(({ place }) => place === node.name)
      .filter(
        ({ fromMs: ms }) =>
          unitState(timeline.segmentAt(ms).settings, node.name, 'nvidia-fabricmanager', ms) === 'active',
      )
      .flatMap(({ fromMs: atMs }) => {
        const say = (afterMs: number, text: string) => syslogLine(atMs + afterMs, node.name, 'systemd[1]', text);
        return [
          say(0, 'Stopping NVIDIA fabric manager service...'),
          say(310, 'nvidia-fabricmanager.service: Deactivated successfully.'),
          say(311, 'Stopped NVIDIA fabric manager service.'),
          say(330, 'Starting NVIDIA fabric manager service...'),
          say(configuredMs, 'Started NVIDIA fabric manager service.'),
        ];
      }),
};

/** systemd tells of services that fail or are stopped, and of their return (`systemd.unit`, messages of systemd 249). */
export const unitLines: NodeSource = {
  log: 'syslog',
  lines: (timeline, node, fromMs, toMs) =>
    factSpans(timeline, 'host.service', fromMs, toMs)
      .filter(({ place }) => place === node.name)
      .flatMap(({ key = '', value, fromMs: beganMs, toMs: endedMs }) => {
        const say = (atMs: number, text: string) => syslogLine(atMs, node.name, 'systemd[1]', text);
        const unit = `${key}.service`;
        const down =
          value === 'failed'
            ? [
                say(beganMs, `${unit}: Main process exited, code=exited, status=1/FAILURE`),
                say(beganMs + 1, `${unit}: Failed with result 'exit-code'.`),
              ]
            : [say(beganMs, `${unit}: Deactivated successfully.`), say(beganMs + 1, `Stopped ${unit}.`)];
        return endedMs === Infinity ? down : [...down, say(endedMs, `Started ${unit}.`)];
      }),
};
