import { integer } from '../../noise.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { syslogLine } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

const units = ['dcgm-exporter.service', 'node_exporter.service'] as const;

/** systemd about exporters that end and are started again (Restart=always, messages of systemd 249). */
export const exporterLines: NodeSource = {
  log: 'syslog',
  lines: (timeline, node, fromMs, toMs) =>
    factSpans(timeline, 'host.exporters', fromMs, toMs)
      .filter(({ place }) => place === node.name)
      .flatMap((span) => {
        const count =
          1 + integer(timeline.world.seed, 40, 'exporter-restart', node.index, Math.floor(span.fromMs / 1000));
        const say = (atMs: number, text: string) => syslogLine(atMs, node.name, 'systemd[1]', text);
        return units.flatMap((unit) => [
          say(span.fromMs, `${unit}: Main process exited, code=exited, status=2/INVALIDARGUMENT`),
          say(span.fromMs + 1, `${unit}: Failed with result 'exit-code'.`),
          ...(span.toMs === Infinity
            ? []
            : [
                say(span.toMs, `${unit}: Scheduled restart job, restart counter is at ${count}.`),
                say(span.toMs + 2, `Started ${unit}.`),
              ]),
        ]);
      }),
};
