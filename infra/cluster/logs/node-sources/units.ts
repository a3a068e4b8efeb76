import { factSpans } from '../../state/facts/spans.ts';
import { syslogLine } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

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
